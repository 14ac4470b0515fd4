//! `ehub leads`: models of who becomes a client, from a shell.

mod evaluate;

use clap::{Args, Subcommand};

use crate::{exit::Outcome, output::Output};

/// Which part of the work to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LeadsArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub leads evaluate --data leads.csv --target Converted --time-column Created";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Train a model on a table and judge it on rows that it has not seen
    Evaluate(evaluate::EvaluateArgs),
}

/// Runs the verb.
pub fn run(args: &LeadsArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Evaluate(args) => evaluate::run(args, out),
    }
}
