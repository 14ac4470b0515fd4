//! Owners: the people who work on opportunities, and the hours they have.

use kernel::Ulid;
use serde::{Deserialize, Serialize};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 80;
/// Hours in a week.
const WEEKLY_HOURS_MAX: f64 = 168.0;

/// A person with a weekly capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Identity.
    pub id: Ulid,
    /// Their name.
    pub name: String,
    /// Their e-mail, unique, in lower case.
    pub email: String,
    /// Hours per week for expansion work, 0 to 168.
    pub weekly_hours: f64,
    /// Whether new plans count on them.
    pub active: bool,
}

/// What is said of an owner when they are added or changed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct OwnerDraft {
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Hours per week.
    pub weekly_hours: f64,
    /// Whether new plans count on them.
    pub active: bool,
}

/// Why an owner cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OwnerError {
    /// No usable name.
    #[error("an owner needs a name of 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// No usable e-mail.
    #[error("`{0}` is not an e-mail address: name@domain")]
    Email(String),
    /// The week has no such hours.
    #[error("weekly hours lie between 0 and {WEEKLY_HOURS_MAX}, not at {0}")]
    WeeklyHours(f64),
}

impl OwnerDraft {
    /// The owner with identity `id`, checked and normalised.
    ///
    /// # Errors
    /// The first value that cannot be.
    pub fn owner(&self, id: Ulid) -> Result<Owner, OwnerError> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(OwnerError::Name);
        }
        let email = self.email.trim().to_lowercase();
        let halves = email.split_once('@').filter(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !email.contains(' ')
        });
        if halves.is_none() {
            return Err(OwnerError::Email(self.email.clone()));
        }
        // Written so that a NaN is refused, too.
        if !(0.0..=WEEKLY_HOURS_MAX).contains(&self.weekly_hours) {
            return Err(OwnerError::WeeklyHours(self.weekly_hours));
        }
        let (weekly_hours, active) = (self.weekly_hours, self.active);
        Ok(Owner { id, name: name.to_owned(), email, weekly_hours, active })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> OwnerDraft {
        OwnerDraft { name: " Ana ".into(), email: "Ana@Example.com".into(), weekly_hours: 12.0, active: true }
    }

    #[test]
    fn an_owner_is_checked_and_normalised() {
        let id = Ulid::from_parts(0, 1);
        let owner = draft().owner(id).expect("fine");
        assert_eq!((owner.name.as_str(), owner.email.as_str()), ("Ana", "ana@example.com"));
        let nameless = OwnerDraft { name: "  ".into(), ..draft() };
        assert_eq!(nameless.owner(id), Err(OwnerError::Name));
        for email in ["", "ana", "@b", "a@", "a@b@c", "a b@c"] {
            let unknown = OwnerDraft { email: email.into(), ..draft() };
            assert_eq!(unknown.owner(id), Err(OwnerError::Email(email.into())));
        }
        for weekly_hours in [-1.0, 169.0, f64::INFINITY, f64::NAN] {
            let tireless = OwnerDraft { weekly_hours, ..draft() };
            assert!(matches!(tireless.owner(id), Err(OwnerError::WeeklyHours(_))), "{weekly_hours}");
        }
    }
}
