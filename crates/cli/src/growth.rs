//! `ehub growth`: client expansion from a shell.

mod assess;
mod backtest;
mod base;
mod constants;
mod import;
mod outcome;
mod plan;
mod policy;
mod project;
mod propose;
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
  ehub growth plan generate                          who works which opportunity in which week";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Remember a client base as a new snapshot in the hub's store
    Import(import::ImportArgs),
    /// Who is ready to buy more, how likely, how much, and why
    Assess(assess::AssessArgs),
    /// Every client against every vehicle: owned, offered, eligible or blocked
    Whitespace(whitespace::WhitespaceArgs),
    /// The exact distribution of signed revenue in 30, 60 and 90 days
    Project(project::ProjectArgs),
    /// The 30/60/90-day plan: make it, show it, tick it off
    Plan(plan::PlanArgs),
    /// Write the value proposition for a client
    Propose(propose::ProposeArgs),
    /// Record what became of an opportunity, or list what was recorded
    Outcome(outcome::OutcomeArgs),
    /// Compare predictions with what happened
    Backtest(backtest::BacktestArgs),
    /// The versioned constants behind every score
    Policy(policy::PolicyArgs),
}

/// Runs the verb.
pub fn run(args: &GrowthArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Import(args) => import::run(args, out),
        Verb::Assess(args) => assess::run(args, out),
        Verb::Whitespace(args) => whitespace::run(args, out),
        Verb::Project(args) => project::run(args, out),
        Verb::Plan(args) => plan::run(args, out),
        Verb::Propose(args) => propose::run(args, out),
        Verb::Outcome(args) => outcome::run(args, out),
        Verb::Backtest(args) => backtest::run(args, out),
        Verb::Policy(args) => policy::run(args, out),
    }
}
