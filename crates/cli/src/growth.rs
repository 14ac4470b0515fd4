//! `ehub growth`: client expansion from a shell.

mod assess;
mod constants;
mod whitespace;

use clap::{Args, Subcommand};

use crate::{exit::Outcome, output::Output};

/// Which part of the work to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GrowthArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth assess --clients clients.csv           no server and no store needed
  ehub growth import clients.csv                     remember it as a snapshot in the hub's store
  ehub growth plan generate --owner 'Ana:8'          who works which opportunity in which week";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Who is ready to buy more, how likely, how much, and why
    Assess(assess::AssessArgs),
    /// Every client against every vehicle: owned, offered, eligible or blocked
    Whitespace(whitespace::WhitespaceArgs),
}

/// Runs the verb.
pub fn run(args: &GrowthArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Assess(args) => assess::run(args, out),
        Verb::Whitespace(args) => whitespace::run(args, out),
    }
}
