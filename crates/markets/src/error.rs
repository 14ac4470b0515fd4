use std::path::PathBuf;

use kernel::{MarketId, MarketName, PersonId};
use seal::{KeyWrappingError, SealError};
use store::StoreError;

use crate::{MarketState, keyring::KeySourceError, policy::PolicyFault};

/// Why a market could not be entered. None of them says anything about what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnterError {
    /// There is no such market (or it is not ready yet): answered as any missing thing.
    #[error("there is no market `{0}`")]
    Unknown(String),
    /// An operator closed it.
    #[error("the market {0} is suspended")]
    Suspended(MarketName),
    /// It is being restored or moved.
    #[error("the market {name} opens again in moments: {reason}")]
    Moving {
        /// Which.
        name: MarketName,
        /// What is going on.
        reason: String,
    },
    /// Its tables are not as this program needs them.
    #[error("the market {name} is closed: {reason}")]
    Fenced {
        /// Which.
        name: MarketName,
        /// What is wrong.
        reason: String,
    },
    /// It was deleted; its grace period runs.
    #[error("the market {0} was deleted")]
    Deleting(MarketName),
    /// A database, a file or a key failed.
    #[error(transparent)]
    Failed(#[from] Box<MarketsError>),
}

impl From<MarketsError> for EnterError {
    fn from(error: MarketsError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<StoreError> for EnterError {
    fn from(error: StoreError) -> Self {
        MarketsError::from(error).into()
    }
}

/// Why something with a market did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarketsError {
    /// There is no such market.
    #[error("there is no market `{0}`")]
    Unknown(MarketName),
    /// There is no market with this identifier.
    #[error("there is no market {0}")]
    UnknownId(MarketId),
    /// The name is in use, or was until a deleted market is purged.
    #[error("there is a market `{0}` already")]
    NameTaken(MarketName),
    /// Something else is being done with it.
    #[error("the market `{name}` is busy: {work} is under way")]
    Busy {
        /// Which.
        name: MarketName,
        /// What is being done.
        work: String,
    },
    /// Not in this state.
    #[error("the market `{name}` is {state}: {advice}", state = .state.label().to_lowercase())]
    State {
        /// Which.
        name: MarketName,
        /// Its state.
        state: MarketState,
        /// What to do instead.
        advice: &'static str,
    },
    /// The market could not be entered.
    #[error(transparent)]
    Enter(EnterError),
    /// The person's key was destroyed: nothing can be stored about them under this identifier.
    #[error("the person {0} was erased")]
    PersonErased(PersonId),
    /// There are no keys for this market or the hub.
    #[error("the keyring has no keys of {0}: nothing of it can be read")]
    KeysMissing(String),
    /// A file that is not ours to change.
    #[error("the key file is managed from outside: name the file or program with the new key")]
    RotationNeedsTarget,
    /// The key at the top cannot be had.
    #[error(transparent)]
    KeySource(#[from] KeySourceError),
    /// A sealed value or key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The policy of a market is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyFault),
    /// There is no such server.
    #[error("there is no server `{0}` for markets")]
    UnknownServer(String),
    /// The name of a server is in use.
    #[error("there is a server `{0}` already")]
    ServerTaken(String),
    /// The folder holds something already.
    #[error("{} exists already and is not empty: name a new folder", .0.display())]
    FolderTaken(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("{} cannot be used: {cause}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A backup or export is not what its manifest says; nothing was changed.
    #[error("{}: {what}; nothing was changed", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A backup or export of something else.
    #[error("{0}; nothing was changed")]
    Unsuitable(String),
    /// A part of the program that keeps rows about persons failed.
    #[error("{part} could not remove erased persons")]
    Erasing {
        /// Which part.
        part: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A part of the program that keeps something of markets elsewhere failed.
    #[error("{part} could not let go of a market that was deleted")]
    Forgetting {
        /// Which part.
        part: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An audit chain is not what it was, or cannot be written.
    #[error("the audit chain: {0}")]
    Chain(String),
    /// The key that signs audit chains cannot be used.
    #[error("the audit chain cannot be signed: {0}")]
    Signing(String),
    /// A worker ended early.
    #[error("the work was interrupted")]
    Interrupted,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeyWrappingError> for MarketsError {
    fn from(error: KeyWrappingError) -> Self {
        match error {
            KeyWrappingError::Seal(error) => Self::Seal(error),
            other => Self::KeySource(other.into()),
        }
    }
}

impl From<EnterError> for MarketsError {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Failed(inner) => *inner,
            other => Self::Enter(other),
        }
    }
}

impl MarketsError {
    /// Makes an error of the file system one about `path`.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }

    /// A backup or export that is not what it says.
    pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.into(), what: what.to_string() }
    }
}
