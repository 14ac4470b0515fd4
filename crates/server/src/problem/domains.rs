//! Errors of the domains as problems: the one place that decides which of them a user can do something about.

use directory::{DirectoryError, SignInError};
use store::StoreError;

use super::Problem;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let text = error.to_string();
        match error {
            DirectoryError::Email(_) => Self::invalid(text.clone()).with_error("email", text),
            DirectoryError::EmailTaken => Self::conflict("There is a user with this e-mail already."),
            DirectoryError::UnknownUser => Self::not_found("There is no such user."),
            DirectoryError::LastOwner => {
                Self::conflict("The last owner stays. Make somebody else an owner first.")
            }
            DirectoryError::Password(_) => Self::invalid(text.clone()).with_error("password", text),
            DirectoryError::ViewName => Self::invalid(text.clone()).with_error("name", text),
            DirectoryError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::WrongCredentials => Self::invalid("The e-mail or the password is wrong."),
            SignInError::LinkUnusable => {
                Self::invalid("This sign-in link can no longer be used. Ask for a new one.")
            }
            SignInError::TooManyAttempts { retry_at } => Self::too_many_requests(format!(
                "Too many failed attempts. Try again after {}.",
                crate::design::format::instant(retry_at)
            )),
            SignInError::Password(error) => Self::invalid(error.to_string()),
            SignInError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}
