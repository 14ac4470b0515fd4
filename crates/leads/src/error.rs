use contacts::ContactsError;
use kernel::PersonId;
use markets::MarketsError;
use store::StoreError;

use crate::{learning::Kind, overlay::OverrideError};

/// Why a use case of leads was not carried out. No message holds personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeadsError {
    /// No such lead in this market, or not in sight.
    #[error("there is no lead {0}")]
    Unknown(PersonId),
    /// An input that cannot be taken.
    #[error("{field}: {message}")]
    Invalid {
        /// Which one.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// What a person says of a lead cannot stand.
    #[error(transparent)]
    Override(#[from] OverrideError),
    /// Somebody else changed it in the meantime.
    #[error("{0}")]
    Conflict(String),
    /// Too few leads have come to an end for a model.
    #[error(
        "a model needs {needed} leads that reached the goal and as many that did not; there are {positive} and {negative}"
    )]
    NotEnough {
        /// Leads that reached the goal.
        positive: u64,
        /// Leads that did not.
        negative: u64,
        /// Of each.
        needed: u64,
    },
    /// No model of this kind has this version.
    #[error("there is no {kind} model of version {version}")]
    UnknownModel {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
    },
    /// A model cannot be made, or a stored one cannot be read.
    #[error("{kind} model {version}: {reason}")]
    Model {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
        /// Why.
        reason: String,
    },
    /// A model may not become champion.
    #[error("{kind} model {version} was not cleared: {}", objections.join("; "))]
    NotCleared {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
        /// What speaks against it, as sentences.
        objections: Vec<String>,
    },
    /// The people of the market could not be asked.
    #[error(transparent)]
    Contacts(ContactsError),
    /// The market's keys failed.
    #[error(transparent)]
    Market(#[from] MarketsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ContactsError> for LeadsError {
    fn from(error: ContactsError) -> Self {
        match error {
            ContactsError::Unknown(person) | ContactsError::Erased(person) => Self::Unknown(person),
            ContactsError::Market(error) => Self::Market(error),
            ContactsError::Store(error) => Self::Store(error),
            other => Self::Contacts(other),
        }
    }
}
