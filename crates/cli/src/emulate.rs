//! `ehub emulate`: stand-ins for the systems outside, to try integrations on.

mod ghl;

use clap::{Args, Subcommand};

use crate::{exit::Outcome, output::Output};

/// Which system.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct EmulateArgs {
    #[command(subcommand)]
    system: System,
}

const EXAMPLES: &str = "\
Examples:
  ehub emulate ghl
  ehub emulate ghl --locations 3 --contacts 500 --webhook-url http://127.0.0.1:4780/webhooks/ghl";

#[derive(Debug, Subcommand)]
enum System {
    /// GoHighLevel: API, OAuth, limits, webhooks and injected faults
    Ghl(ghl::GhlArgs),
}

/// Emulates until asked to stop.
pub fn run(args: &EmulateArgs, out: &Output) -> Outcome {
    match &args.system {
        System::Ghl(args) => ghl::run(args, out),
    }
}
