//! What the hub knows of a market.

use std::fmt;

use jiff::{Timestamp, tz::TimeZone};
use kernel::{Currency, Locale, MarketId, MarketName, Region, Vertical};
use serde::{Deserialize, Serialize};

use crate::server::ServerId;

/// What it takes to open a market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewMarket {
    /// Its name in addresses and commands; unique in the hub.
    pub name: MarketName,
    /// Where it does business.
    pub region: Region,
    /// What its amounts are in.
    pub currency: Currency,
    /// How it writes.
    pub locale: Locale,
    /// Whose day it lives in.
    pub time_zone: ZoneName,
    /// Its lines of business; none means residential.
    pub verticals: Vec<Vertical>,
}

/// The name of a time zone of the IANA database, such as `America/Los_Angeles`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ZoneName(String);

/// The text names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone: a name of the IANA database, such as America/Los_Angeles")]
pub struct ZoneNameError(String);

impl ZoneName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its rules. A zone that the running program does not know any more counts as UTC.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl std::str::FromStr for ZoneName {
    type Err = ZoneNameError;

    fn from_str(text: &str) -> Result<Self, ZoneNameError> {
        let refused = || ZoneNameError(text.chars().take(60).collect());
        let zone = TimeZone::get(text).map_err(|_| refused())?;
        // The database's own spelling; a fixed offset has no name and is none.
        let name = zone.iana_name().ok_or_else(refused)?;
        if name.eq_ignore_ascii_case(text) { Ok(Self(name.to_owned())) } else { Ok(Self(text.to_owned())) }
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<ZoneName> for String {
    fn from(name: ZoneName) -> Self {
        name.0
    }
}

impl TryFrom<String> for ZoneName {
    type Error = ZoneNameError;

    fn try_from(text: String) -> Result<Self, ZoneNameError> {
        text.parse()
    }
}

/// Whether people get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketState {
    /// Open.
    Active,
    /// Closed by an operator until resumed; nothing is lost.
    Suspended,
    /// Being restored or moved: open again in moments.
    Moving,
    /// Deleted; until its grace period ends it can be resumed.
    Deleting,
}

impl MarketState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Moving, Self::Deleting];

    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Moving => "moving",
            Self::Deleting => "deleting",
        }
    }

    /// The word as people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Moving => "Moving",
            Self::Deleting => "Deleted, in its grace period",
        }
    }
}

impl std::str::FromStr for MarketState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.id() == text);
        found.ok_or_else(|| format!("`{text}` is no state of a market"))
    }
}

/// Where a market's database is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// A SQLite file in the hub's data directory.
    Embedded,
    /// A PostgreSQL database of its own on this server.
    Server(ServerId),
}

impl fmt::Display for Placement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => out.write_str("embedded"),
            Self::Server(id) => write!(out, "server:{id}"),
        }
    }
}

impl std::str::FromStr for Placement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("server:") {
            None if text == "embedded" => Ok(Self::Embedded),
            Some(id) => id.parse().map(Self::Server).map_err(|error| format!("{error}")),
            None => Err(format!("`{text}` is no place for a market")),
        }
    }
}

/// A market as the hub has it on record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarketRecord {
    /// Which one.
    pub id: MarketId,
    /// Its name.
    pub name: MarketName,
    /// Where it does business.
    pub region: Region,
    /// What its amounts are in.
    pub currency: Currency,
    /// How it writes.
    pub locale: Locale,
    /// Whose day it lives in.
    pub time_zone: ZoneName,
    /// Its lines of business, at least one.
    pub verticals: Vec<Vertical>,
    /// Whether people get in.
    pub state: MarketState,
    /// Why not, in an operator's words or the program's.
    pub state_reason: Option<String>,
    /// Counts its databases: 1 at first, one more with every restore and move.
    pub generation: u32,
    /// Where the database is.
    pub placement: Placement,
    /// Why its tables could not be brought up to date, while they are not.
    pub fenced: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was deleted for good at the earliest.
    pub delete_after: Option<Timestamp>,
    /// When a backup was last completed.
    pub backed_up_at: Option<Timestamp>,
    /// Which program's tables its database has; see [`crate::Markets::migrate_all`].
    #[serde(skip)]
    pub(crate) schema_stamp: String,
}

impl MarketRecord {
    /// Whether a person can enter now.
    pub fn is_open(&self) -> bool {
        self.state == MarketState::Active && self.fenced.is_none()
    }

    /// The subject of its entries in the audit chains.
    pub fn subject(&self) -> String {
        format!("market:{}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_one_of_the_iana_database() {
        for name in ["America/Los_Angeles", "Europe/Berlin", "UTC"] {
            assert_eq!(name.parse::<ZoneName>().map(String::from), Ok(name.to_owned()));
        }
        for name in ["", "Mars/Olympus", "+02:00", "../../etc/passwd", "PST8PDT-nowhere"] {
            assert!(name.parse::<ZoneName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_place_reads_back_as_it_is_written() {
        let server: ServerId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id");
        for place in [Placement::Embedded, Placement::Server(server)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert!("server:../x".parse::<Placement>().is_err());
    }
}
