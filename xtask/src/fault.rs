//! What went wrong, in words for the person at the terminal.

use std::fmt;

/// A failure of the tool itself or of something it ran.
#[derive(Debug)]
pub struct Fault(String);

impl Fault {
    /// A failure with this explanation.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Says what was being done when a standard-library call failed.
pub trait Doing<T> {
    /// The value, or a [`Fault`] that begins with what was being done.
    fn doing(self, what: impl fmt::Display) -> Result<T, Fault>;
}

impl<T, E: fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Fault> {
        self.map_err(|error| Fault(format!("{what}: {error}")))
    }
}
