//! What the shell is told when a command ends: a status, and on failure a sentence with advice.

use std::{fmt, io, process::ExitCode};

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything asked for was done: status 0.
    Done,
    /// Done for the good rows; some rows were rejected: status 2.
    SomeRejected,
    /// Nothing could be done, and the answer says why: status 1.
    NothingDone,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => ExitCode::SUCCESS,
            Status::NothingDone => ExitCode::from(1),
            Status::SomeRejected => ExitCode::from(2),
        }
    }
}

/// Why a command did nothing, and what the person can do about it: status 1.
#[derive(Debug)]
pub struct Failure {
    message: String,
    advice: Option<String>,
    closed_pipe: bool,
}

/// The result of a verb.
pub type Outcome<T = Status> = Result<T, Failure>;

impl Failure {
    /// A failure with one sentence that names what is wrong.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), advice: None, closed_pipe: false }
    }

    /// The same failure with a sentence that says what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl fmt::Display) -> Self {
        self.advice = Some(advice.to_string());
        self
    }

    /// What is wrong, without the advice.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the reader of standard output went away (`ehub ... | head`): the end, but no failure.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}", self.message)?;
        match &self.advice {
            Some(advice) => write!(out, "\n  help: {advice}"),
            None => Ok(()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { message: error.to_string(), advice: None, closed_pipe }
    }
}

/// Turns the error of a lower floor into a failure that starts with what was being done.
pub trait During<T> {
    /// `doing` completes "cannot ...".
    fn during(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: std::error::Error> During<T> for Result<T, E> {
    fn during(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| {
            let mut message = format!("cannot {doing}: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                let text = inner.to_string();
                if !message.contains(&text) {
                    message.push_str(": ");
                    message.push_str(&text);
                }
                cause = inner.source();
            }
            Failure::new(message)
        })
    }
}
