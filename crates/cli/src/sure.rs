//! Being sure: what cannot be undone asks for `--yes`.

use std::fmt;

use clap::Args;

use crate::exit::{Failure, Outcome};

/// Whether the person has thought about it.
#[derive(Clone, Copy, Debug, Args)]
pub struct Sure {
    /// Do it: this cannot be undone
    #[arg(long)]
    yes: bool,
}

impl Sure {
    /// Goes on only when the person said yes; `what` says what will have happened.
    ///
    /// # Errors
    /// When they did not.
    pub fn that(self, what: impl fmt::Display) -> Outcome<()> {
        if self.yes {
            return Ok(());
        }
        Err(Failure::new(format_args!("nothing was done: {what}")).advise("repeat the command with --yes"))
    }
}
