//! Whose fault it is that an event is not done.

use connect::ghl::fault::{Action, Class};
use jiff::SignedDuration;

use crate::GoHighLevelError;

/// So long the tokens of an installation may be on their way: what is told of it comes before them.
const TOKENS_COME_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Why an event is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is not the event's fault: nothing is counted.
    Wait(String),
    /// It may be: counted.
    Count(String),
    /// Nothing will help.
    Never(String),
}

impl Trouble {
    /// The program failed over the event: it would do so again, and others are not to wait for it.
    pub(super) fn broken() -> Self {
        Self::Count("the program failed over it".to_owned())
    }

    /// By the error, and how long the event has waited. Reasons name classes and operations, never what was said there:
    /// that may be personal.
    ///
    /// # Errors
    /// When the market itself fails: then nothing is known about the event.
    pub(super) fn of(error: GoHighLevelError, waited: SignedDuration) -> Result<Self, GoHighLevelError> {
        Ok(match error {
            GoHighLevelError::Failed(failure) => {
                let class = failure.fault.class;
                let status = failure.fault.status.map_or_else(String::new, |status| format!(" ({status})"));
                let reason = format!("{}: {}{status}", failure.op.key(), class.label());
                let is_passing = failure.is_temporary()
                    || matches!(
                        class,
                        Class::LocationInactive
                            | Class::RefreshDead
                            | Class::RefreshLost
                            | Class::ScopeMissing
                            | Class::Outage
                            | Class::NotJson
                            | Class::GatewayAs401
                    );
                // A token that could not be made anew for the location that is meant will not be so by waiting.
                let is_passing = is_passing && failure.fault.action != Action::Remint;
                if is_passing { Self::Wait(reason) } else { Self::Count(reason) }
            }
            GoHighLevelError::Token(error) => Self::Wait(format!("there is no token: {error}")),
            GoHighLevelError::Busy => Self::Wait("others change the same contact".to_owned()),
            error @ (GoHighLevelError::UnknownCompany(_)
            | GoHighLevelError::NoApp
            | GoHighLevelError::NotConnected) => {
                let reason = match error {
                    GoHighLevelError::NotConnected => "the market is not connected",
                    _ => "installed again, and nobody has given consent here: connect it again",
                };
                let reason = reason.to_owned();
                if waited < TOKENS_COME_WITHIN { Self::Wait(reason) } else { Self::Never(reason) }
            }
            error @ (GoHighLevelError::Store(_)
            | GoHighLevelError::Market(_)
            | GoHighLevelError::Enter(_)) => return Err(error),
            GoHighLevelError::Contacts(contacts::ContactsError::Store(error)) => return Err(error.into()),
            GoHighLevelError::Leads(leads::LeadsError::Store(error)) => return Err(error.into()),
            error => Self::Count(error.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_whose_tokens_have_not_come_waits_for_ten_minutes() {
        let of = |minutes| {
            let error = GoHighLevelError::UnknownCompany("K".to_owned());
            Trouble::of(error, SignedDuration::from_mins(minutes)).unwrap()
        };
        assert!(matches!(of(0), Trouble::Wait(_)) && matches!(of(9), Trouble::Wait(_)));
        assert!(matches!(of(10), Trouble::Never(_)));
    }
}
