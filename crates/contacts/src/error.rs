use kernel::{PersonId, Rejection};
use markets::MarketsError;
use store::StoreError;

/// Why nothing was done. No message holds personal data; a [`Rejection`] holds the value it rejects, for the one who
/// sent it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContactsError {
    /// No such contact in this market, or not in sight.
    #[error("there is no contact {0}")]
    Unknown(PersonId),
    /// The input has fields that cannot be taken.
    #[error("{} cannot be taken", if .0.len() == 1 { "a value" } else { "some values" })]
    Rejected(Vec<Rejection>),
    /// Somebody else changed it in the meantime.
    #[error(
        "the contact was changed in the meantime: it is at version {now}, the change was made from {based_on}"
    )]
    Stale {
        /// The version the change started from.
        based_on: u64,
        /// The version there is.
        now: u64,
    },
    /// Another contact has this e-mail address.
    #[error("another contact of this market has this e-mail address")]
    EmailTaken,
    /// The person asked to be left alone.
    #[error("this person is on the suppression list of this market and cannot be added")]
    Suppressed,
    /// The person must be kept.
    #[error("the contact is under a legal hold and cannot be erased: lift the hold first")]
    Held,
    /// The person was erased while something was written about them.
    #[error("the contact {0} was erased")]
    Erased(PersonId),
    /// A file without a row that could be taken for one.
    #[error("the file cannot be read as contacts: {0}")]
    Unreadable(String),
    /// Too many rows for one import.
    #[error("the file has {rows} rows, more than the {limit} that one import takes: split it")]
    TooManyRows {
        /// In the file.
        rows: u64,
        /// The most.
        limit: u64,
    },
    /// The privacy budget is used up.
    #[error(transparent)]
    Overspent(#[from] disclosure::Overspent),
    /// A question that cannot be answered.
    #[error("{0}")]
    Question(String),
    /// The market's keys or database failed.
    #[error(transparent)]
    Market(#[from] MarketsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<seal::SealError> for ContactsError {
    fn from(error: seal::SealError) -> Self {
        Self::Market(error.into())
    }
}
