//! Where the key at the top comes from.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::Chance;
use seal::{HeldKey, Key, KeyId, KeyWrapping, KeyWrappingError};

use super::{blocking, file, program::Program, records::KnownTop};
use crate::MarketsError;

/// Where the key-encryption key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In this file, which a new hub makes for itself, readable by its owner only.
    Own(PathBuf),
    /// In this file, which is somebody else's to make: named by the configuration or the environment, mounted by a
    /// secret store. Lost, nothing sealed can be read again.
    Given(PathBuf),
    /// In a key management service, reached by a program: it is run with the arguments `wrap CONTEXT` or
    /// `unwrap CONTEXT` after these, reads bytes from standard input and answers on standard output.
    Program {
        /// The program.
        path: PathBuf,
        /// Arguments before the verb.
        arguments: Vec<String>,
    },
}

/// Why the key at the top cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The file is not there, and not ours to make.
    #[error("the key file {} is missing: everything sealed with it stays unreadable until it is back", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used: {cause}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file holds no key.
    #[error("{} holds no key: one line `ehub-key-1 IDENTIFIER BASE64` is expected", .0.display())]
    Content(PathBuf),
    /// Others than the owner may read the file.
    #[error("{} can be read by others: make it private (chmod 600)", .0.display())]
    Public(PathBuf),
    /// Another key than this keyring's.
    #[error("this is not the key that the hub's keys are wrapped with ({known}): {found} was found")]
    Other {
        /// The one that is needed.
        known: KeyId,
        /// The one that is there.
        found: KeyId,
    },
    /// The service or the key refuses.
    #[error(transparent)]
    Wrapping(#[from] KeyWrappingError),
}

/// The key at the top, ready to wrap.
pub(super) struct Top {
    pub id: KeyId,
    pub source: KeySource,
    wrapping: Arc<dyn KeyWrapping>,
}

impl Top {
    pub fn held(id: KeyId, key: Key, source: KeySource) -> Self {
        Self { id, source, wrapping: Arc::new(HeldKey::new(id, key)) }
    }

    pub fn wrapping(&self) -> Arc<dyn KeyWrapping> {
        Arc::clone(&self.wrapping)
    }
}

impl KeySource {
    /// Reads the key. `known` is the name of the one that the keyring was made with.
    pub(super) async fn open(&self, known: Option<&KnownTop>, chance: &Chance) -> Result<Top, MarketsError> {
        let known = known.map(|top| top.id);
        match self {
            Self::Program { path, arguments } => {
                let program = Program { path: path.clone(), arguments: arguments.clone() };
                // The service knows its own keys; ours has one name as long as the service is the same.
                let id = known.unwrap_or_else(|| KeyId::new(file::fresh_id(chance)));
                Ok(Top { id, source: self.clone(), wrapping: Arc::new(program) })
            }
            Self::Own(path) | Self::Given(path) => {
                let (path, chance, own) = (path.clone(), chance.clone(), matches!(self, Self::Own(_)));
                let (id, key) = blocking(move || read(&path, own, known, &chance)).await??;
                Ok(Top::held(id, key, self.clone()))
            }
        }
    }
}

fn read(
    path: &Path,
    own: bool,
    known: Option<KeyId>,
    chance: &Chance,
) -> Result<(KeyId, Key), KeySourceError> {
    let found = match file::read(path) {
        Err(KeySourceError::Missing(_)) if own && known.is_none() => file::make(path, chance)?,
        found => found?,
    };
    match known {
        Some(known) if known != found.0 => {
            // A rotation that was interrupted after the keys were wrapped anew, before the file took its place.
            match file::read(&file::next(path)) {
                Ok(next) if own && next.0 == known => {
                    file::replace(path)?;
                    Ok(next)
                }
                _ => Err(KeySourceError::Other { known, found: found.0 }),
            }
        }
        _ => Ok(found),
    }
}
