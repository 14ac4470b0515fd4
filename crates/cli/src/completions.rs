//! `ehub completions`: the script that makes a shell complete `ehub`'s arguments.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{
    exit::{Outcome, Status},
    output::Output,
};

/// Which shell to write for.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Writes the script to standard output.
pub fn run(args: &CompletionsArgs, out: &Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::command::Ehub::command(), "ehub", &mut script);
    out.data(&script)?;
    Ok(Status::Done)
}
