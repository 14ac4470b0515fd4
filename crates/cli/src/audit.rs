//! `ehub audit`: the chains that say who did what, and whether they are whole.

mod chains;
mod checkpoint;
mod export;
mod search;
mod verify;

use clap::{Args, Subcommand};

use crate::{exit::Outcome, hub, output::Output};

/// What to do with the audit chains.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub audit verify
  ehub audit verify --export audit.ndjson
  ehub audit list --market alpha --action market.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Whether nothing was changed, removed or moved: in the chains of the hub and its markets, or in an export
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::VerifyArgs),
    /// Show entries, the newest first
    #[command(after_help = search::EXAMPLES)]
    List(search::ListArgs),
    /// Write a whole chain with its checkpoints, to be verified without the database
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArgs),
    /// Sign what the chain holds now and print the note, to be kept elsewhere
    #[command(after_help = checkpoint::EXAMPLES)]
    Checkpoint(checkpoint::CheckpointArgs),
}

/// Runs the verb.
pub fn run(args: &AuditArgs, out: &Output) -> Outcome {
    match &args.verb {
        // Needs no hub, when it is about an export.
        Verb::Verify(args) => verify::run(args, out),
        Verb::List(args) => hub::block_on(search::run(args, out)),
        Verb::Export(args) => hub::block_on(export::run(args, out)),
        Verb::Checkpoint(args) => hub::block_on(checkpoint::run(args, out)),
    }
}
