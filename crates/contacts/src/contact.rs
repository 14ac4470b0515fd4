use std::fmt;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use serde::{Deserialize, Serialize};

/// Who a person is and how to reach them. `Debug` shows which of them are known, and none of the values.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// The name as the person writes it.
    pub name: Option<String>,
    /// E-mail address, as given.
    pub email: Option<String>,
    /// Phone number in international form (E.164).
    pub phone: Option<String>,
    /// Postal address, in one text.
    pub address: Option<String>,
}

impl fmt::Debug for Personal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |value: &Option<String>| if value.is_some() { "(sealed)" } else { "-" };
        out.debug_struct("Personal")
            .field("name", &known(&self.name))
            .field("email", &known(&self.email))
            .field("phone", &known(&self.phone))
            .field("address", &known(&self.address))
            .finish()
    }
}

impl Personal {
    /// What to call the person in a list: the name, else the address or number, else nothing.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.email.as_deref()).or(self.phone.as_deref())
    }
}

/// How a contact came into the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Entered by a person or a program through the interface.
    Entered,
    /// From a file.
    Import,
    /// From the market's location in GoHighLevel.
    #[serde(rename = "gohighlevel")]
    GoHighLevel,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Entered, Self::Import, Self::GoHighLevel];

    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Import => "import",
            Self::GoHighLevel => "gohighlevel",
        }
    }

    /// The origin of this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.id() == id)
    }
}

/// A person of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Which one, within its market.
    pub id: PersonId,
    /// Counts its changes, from 1: a change names the version it started from.
    pub version: u64,
    /// Who.
    pub personal: Personal,
    /// The pipeline it goes through.
    pub pipeline: String,
    /// Where in it.
    pub stage: String,
    /// Since when.
    pub staged_at: Timestamp,
    /// The user who looks after it.
    pub assignee: Option<Ulid>,
    /// How it came here.
    pub origin: Origin,
    /// Why it must not be erased, if it must not.
    pub hold: Option<Hold>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A legal hold: as long as it lasts the person cannot be erased.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

impl fmt::Debug for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Hold(since {})", self.since)
    }
}

/// A contact to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewContact {
    /// Who: at least a name, an address or a number.
    pub personal: Personal,
    /// The pipeline; the market's first when absent.
    pub pipeline: Option<String>,
    /// The stage; the pipeline's first when absent.
    pub stage: Option<String>,
    /// Who looks after it.
    pub assignee: Option<Ulid>,
}

/// A change of a contact. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactEdit {
    /// The name; `Some(None)` removes it.
    pub name: Option<Option<String>>,
    /// The e-mail address; `Some(None)` removes it.
    pub email: Option<Option<String>>,
    /// The phone number; `Some(None)` removes it.
    pub phone: Option<Option<String>>,
    /// The postal address; `Some(None)` removes it.
    pub address: Option<Option<String>>,
    /// The pipeline; with it goes the stage, or the pipeline's first one.
    pub pipeline: Option<String>,
    /// The stage.
    pub stage: Option<String>,
}

/// A stage that a contact entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The pipeline.
    pub pipeline: String,
    /// The stage before; `None` for the first.
    pub from: Option<String>,
    /// The stage.
    pub stage: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_says_what_is_known_and_never_what_it_is() {
        let personal = Personal {
            name: Some("Ana Díaz".to_owned()),
            email: Some("ana@example.com".to_owned()),
            ..Personal::default()
        };
        let shown = format!("{personal:?}");
        assert!(!shown.contains("Ana") && !shown.contains("example.com"), "{shown}");
        assert!(shown.contains("phone: \"-\""), "{shown}");
    }
}
