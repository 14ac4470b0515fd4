//! Errors of the domains as problems: the one place that decides which of them a user can do something about.

use directory::{DirectoryError, SignInError};
use growth::GrowthError;
use store::StoreError;

use super::Problem;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "request not served: {error}");
            return Self::unavailable("The hub's database does not answer right now. Try again in a moment.");
        }
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

impl From<GrowthError> for Problem {
    fn from(error: GrowthError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            GrowthError::UnknownSnapshot(_)
            | GrowthError::UnknownPolicy(_)
            | GrowthError::UnknownClient(_)
            | GrowthError::UnknownOwner(_)
            | GrowthError::UnknownAction(_)
            | GrowthError::UnknownOutcome(_)
            | GrowthError::UnknownProposition(_) => Self::not_found(text),
            GrowthError::NoSnapshot
            | GrowthError::PropositionSent
            | GrowthError::OwnerEmailTaken
            | GrowthError::SettingsCurrency { .. } => Self::conflict(text),
            GrowthError::NothingToImport { .. }
            | GrowthError::PropositionClient { .. }
            | GrowthError::Currency(_)
            | GrowthError::Projection(_)
            | GrowthError::Posterior(_)
            | GrowthError::Backtest(_)
            | GrowthError::Plan(_) => Self::invalid(text),
            GrowthError::Policy(_) => Self::invalid(text.clone()).with_error("policy", text),
            GrowthError::Settings(_) => Self::invalid(text.clone()).with_error("settings", text),
            GrowthError::Owner(_) => Self::invalid(text.clone()).with_error("owner", text),
            GrowthError::OutcomeInFuture { .. } => {
                Self::invalid(text.clone()).with_error("occurred_on", text)
            }
            GrowthError::OutcomeArr => Self::invalid(text.clone()).with_error("arr", text),
            GrowthError::ActionHours(_) => Self::invalid(text.clone()).with_error("hours", text),
            GrowthError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

/// An error's words as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{capital}{}{end}", letters.as_str())
}
