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
    /// The user's name and e-mail are gone; nothing of theirs changes any more.
    #[error("this user was erased")]
    Erased,
    /// Nobody could manage the hub afterwards.
    #[error("the last operator stays: make somebody else an operator first")]
    LastOperator,
    /// Nobody could manage the market afterwards.
    #[error("the last owner of a market stays: make somebody else an owner first")]
    LastMarketOwner,
    /// The password cannot be taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A view needs a name.
    #[error("a view needs a name of 1 to 80 characters")]
    ViewName,
    /// A key needs a name.
    #[error("a key needs a name of 1 to 80 characters")]
    KeyName,
    /// A key ends, and not too far away.
    #[error("a key works for 1 hour to 366 days")]
    KeyLifetime,
    /// There is no such key here.
    #[error("there is no such key")]
    UnknownKey,
    /// There is nothing to seal secrets with.
    #[error("this hub was opened without its key, so that it can neither keep nor read second factors")]
    NoKey,
    /// A sealed secret does not open: another key, or changed bytes.
    #[error("a second factor cannot be read: {0}")]
    Sealed(#[from] seal::SealError),
    /// A second factor is on already.
    #[error("a second factor is set up already: remove it first")]
    SecondFactorOn,
    /// There is no second factor, or none being set up.
    #[error("no second factor is set up")]
    SecondFactorOff,
    /// Identity and user do not belong together.
    #[error("this identity belongs to another user, or this user has another identity there")]
    IdentityTaken,
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
    /// The code is wrong, was used before, or is of another time.
    #[error("this code is wrong or was used before: take the next one that the app shows")]
    WrongCode,
    /// The second step came too late, or was never asked for.
    #[error("this sign-in took too long: begin again")]
    StepUnusable,
    /// The browser came back from a provider too late, twice, or without having been sent.
    #[error("this sign-in at the provider can no longer be used: begin again")]
    RequestUnusable,
    /// The provider vouches for somebody whom nobody invited, or for an e-mail it has not verified, or the user is
    /// disabled: not told apart on purpose.
    #[error("nobody with this identity may come in: ask an operator for an invitation")]
    NotInvited,
    /// Neither password nor second factor is set: there is nothing that could be asked for.
    #[error("there is no password to ask for: sign out and in again")]
    NothingToProve,
    /// Too many failures lately.
    #[error("too many failed attempts: try again later")]
    TooManyAttempts {
        /// When the next attempt is heard.
        retry_at: Timestamp,
    },
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// There is nothing to read second factors with.
    #[error("this hub was opened without its key, so that it cannot read second factors")]
    NoKey,
    /// The second factor cannot be read.
    #[error("a second factor cannot be read: {0}")]
    Sealed(#[from] seal::SealError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
