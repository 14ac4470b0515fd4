//! Errors of the domains as problems: the one place that decides which of them a user can do something about.

use std::time::Duration;

use contacts::ContactsError;
use directory::{DirectoryError, SignInError};
use gohighlevel::GoHighLevelError;
use growth::GrowthError;
use leads::{LeadsError, overlay::OverrideError};
use markets::{EnterError, MarketsError};
use store::{StoreError, trail::TrailError};
use webhooks::WebhooksError;

use super::Problem;

/// When to try again after a database that did not answer.
const SOON: Duration = Duration::from_secs(2);
/// When to try again in a market that is being moved or restored.
const MOVING: Duration = Duration::from_secs(1);
/// When to try again what another system did not do just now.
const FAR: Duration = Duration::from_secs(30);
/// When to try again in a market that a person has to open again.
const CLOSED: Duration = Duration::from_secs(300);

impl From<EnterError> for Problem {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::Unknown(_) => Self::not_found(crate::access::NOTHING_HERE),
            EnterError::Moving { .. } => Self::unavailable(sentence(&error.to_string())).retry_after(MOVING),
            EnterError::Suspended(_) | EnterError::Fenced { .. } | EnterError::Deleting(_) => {
                Self::unavailable(sentence(&error.to_string())).retry_after(CLOSED)
            }
            EnterError::Failed(error) => (*error).into(),
            other => Self::internal(&other),
        }
    }
}

impl From<MarketsError> for Problem {
    fn from(error: MarketsError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            MarketsError::Unknown(_) | MarketsError::UnknownId(_) => {
                Self::not_found(crate::access::NOTHING_HERE)
            }
            MarketsError::NameTaken(_) | MarketsError::ServerTaken(_) => {
                Self::conflict(text.clone()).with_error("name", text)
            }
            MarketsError::Busy { .. }
            | MarketsError::State { .. }
            | MarketsError::PersonErased(_)
            | MarketsError::FolderTaken(_)
            | MarketsError::Damaged { .. } => Self::conflict(text),
            MarketsError::Enter(error) => error.into(),
            MarketsError::Policy(_) | MarketsError::UnknownServer(_) | MarketsError::Unsuitable(_) => {
                Self::invalid(text)
            }
            MarketsError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<ContactsError> for Problem {
    fn from(error: ContactsError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            ContactsError::Unknown(_) | ContactsError::Erased(_) => {
                Self::not_found(crate::access::NOTHING_HERE)
            }
            // The values stay with whoever sent them: answers are kept, and logged by others.
            ContactsError::Rejected(refused) => {
                refused.into_iter().fold(Self::invalid(text), |problem, refused| {
                    problem.with_error(refused.field, refused.message)
                })
            }
            ContactsError::EmailTaken => Self::conflict(text.clone()).with_error("email", text),
            ContactsError::Stale { .. }
            | ContactsError::Suppressed
            | ContactsError::Held
            | ContactsError::Overspent(_) => Self::conflict(text),
            ContactsError::Unreadable(_) | ContactsError::TooManyRows { .. } | ContactsError::Question(_) => {
                Self::invalid(text)
            }
            ContactsError::Market(error) => error.into(),
            ContactsError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<LeadsError> for Problem {
    fn from(error: LeadsError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            LeadsError::Unknown(_) | LeadsError::UnknownModel { .. } => {
                Self::not_found(crate::access::NOTHING_HERE)
            }
            LeadsError::Invalid { field, message } => Self::invalid(text).with_error(field, message),
            LeadsError::Override(refused) => Self::invalid(text).with_error(
                match refused {
                    OverrideError::Probability(_) => "probability",
                    OverrideError::NoReason => "reason",
                    OverrideError::Expiry => "until",
                },
                refused.to_string(),
            ),
            LeadsError::Conflict(_) | LeadsError::NotEnough { .. } | LeadsError::NotCleared { .. } => {
                Self::conflict(text)
            }
            LeadsError::Contacts(error) => error.into(),
            LeadsError::Market(error) => error.into(),
            LeadsError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<GoHighLevelError> for Problem {
    fn from(error: GoHighLevelError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            GoHighLevelError::UnknownWrite(_)
            | GoHighLevelError::UnknownIncident(_)
            | GoHighLevelError::UnknownLetter(_) => Self::not_found(crate::access::NOTHING_HERE),
            GoHighLevelError::Invalid { field, message } => Self::invalid(text).with_error(field, message),
            GoHighLevelError::NotConnected
            | GoHighLevelError::LocationTaken(_)
            | GoHighLevelError::OtherLocation(_)
            | GoHighLevelError::UnknownInstall
            | GoHighLevelError::UnknownCompany(_)
            | GoHighLevelError::NoApp => Self::conflict(text),
            // What GoHighLevel answered is in the text: a class and a status, never a token or a person.
            GoHighLevelError::Failed(failure) if failure.is_temporary() => {
                Self::unavailable(text).retry_after(FAR)
            }
            GoHighLevelError::Failed(_) | GoHighLevelError::Token(_) | GoHighLevelError::Grant(_) => {
                Self::conflict(text)
            }
            GoHighLevelError::Enter(error) => error.into(),
            GoHighLevelError::Market(error) => error.into(),
            GoHighLevelError::Contacts(error) => error.into(),
            GoHighLevelError::Leads(error) => error.into(),
            GoHighLevelError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<WebhooksError> for Problem {
    fn from(error: WebhooksError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            WebhooksError::UnknownEndpoint | WebhooksError::UnknownMessage => {
                Self::not_found(crate::access::NOTHING_HERE)
            }
            WebhooksError::Url(_) | WebhooksError::UrlLength => {
                Self::invalid(text.clone()).with_error("url", text)
            }
            WebhooksError::Description => Self::invalid(text.clone()).with_error("description", text),
            WebhooksError::Topics(_) => Self::invalid(text.clone()).with_error("topics", text),
            WebhooksError::Range | WebhooksError::RangeTooWide => {
                Self::invalid(text.clone()).with_error("until", text)
            }
            WebhooksError::TooMany
            | WebhooksError::Changed
            | WebhooksError::Disabled
            | WebhooksError::NoSecret
            | WebhooksError::Erased => Self::conflict(text),
            WebhooksError::Market(error) => error.into(),
            WebhooksError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "request not served: {error}");
            return Self::unavailable("The hub's database does not answer right now. Try again in a moment.")
                .retry_after(SOON);
        }
        match error {
            StoreError::Fenced { .. } => Self::unavailable(
                "This market is being moved or restored and takes no changes. Try again in a moment.",
            )
            .retry_after(MOVING),
            other => Self::internal(&other),
        }
    }
}

impl From<TrailError> for Problem {
    fn from(error: TrailError) -> Self {
        match error {
            TrailError::Store(error) => error.into(),
            TrailError::Fault(fault) => Self::conflict(format!("The audit chain is not whole: {fault}.")),
            TrailError::Write(error) => Self::internal(&error),
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let text = error.to_string();
        match error {
            DirectoryError::Email(_) => Self::invalid(text.clone()).with_error("email", text),
            DirectoryError::EmailTaken => Self::conflict("There is a user with this e-mail already."),
            DirectoryError::UnknownUser | DirectoryError::UnknownKey => {
                Self::not_found(crate::access::NOTHING_HERE)
            }
            DirectoryError::Erased
            | DirectoryError::LastOperator
            | DirectoryError::LastMarketOwner
            | DirectoryError::SecondFactorOn
            | DirectoryError::SecondFactorOff
            | DirectoryError::IdentityTaken => Self::conflict(sentence(&text)),
            DirectoryError::Password(_) => Self::invalid(text.clone()).with_error("password", text),
            DirectoryError::ViewName | DirectoryError::KeyName => {
                Self::invalid(text.clone()).with_error("name", text)
            }
            DirectoryError::KeyLifetime => Self::invalid(text.clone()).with_error("lifetime", text),
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
            SignInError::WrongCode
            | SignInError::StepUnusable
            | SignInError::RequestUnusable
            | SignInError::NotInvited
            | SignInError::NothingToProve => Self::invalid(sentence(&error.to_string())),
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

#[cfg(test)]
mod tests {
    use axum::{http::header, response::IntoResponse as _};

    use super::*;

    #[test]
    fn a_market_that_is_closed_for_a_moment_asks_to_come_back_in_a_second() {
        let name = "alpha".parse().expect("a name");
        let moving = EnterError::Moving { name, reason: "it is being moved to another place".to_owned() };
        let fenced = StoreError::Fenced { reason: "it is being moved to another place".to_owned() };
        for problem in [Problem::from(moving), Problem::from(fenced)] {
            let answer = problem.into_response();
            assert_eq!(answer.status(), 503);
            assert_eq!(answer.headers().get(header::RETRY_AFTER).expect("said"), "1");
        }
    }
}
