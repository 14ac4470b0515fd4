use jiff::Timestamp;
use store::StoreError;

use crate::{PasswordError, email::EmailError};

/// Why the directory refused a change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The text is no e-mail address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// Somebody else has this e-mail.
    #[error("there is a user with this e-mail already")]
    EmailTaken,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody could manage the hub afterwards.
    #[error("the last owner stays: make somebody else an owner first")]
    LastOwner,
    /// The password cannot be taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A view needs a name.
    #[error("a view needs a name of 1 to 80 characters")]
    ViewName,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// E-mail and password do not belong together, or the user is disabled: not told apart on purpose.
    #[error("the e-mail or the password is wrong")]
    WrongCredentials,
    /// The link was used, is too old, was never given, or its user is disabled: not told apart on purpose.
    #[error("this sign-in link can no longer be used: ask for a new one")]
    LinkUnusable,
    /// Too many failures lately.
    #[error("too many failed attempts: try again later")]
    TooManyAttempts {
        /// When the next attempt is heard.
        retry_at: Timestamp,
    },
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
