use std::{fmt, sync::LazyLock};

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::{Channel, place::State};

/// The table that ships with the product.
pub const SHIPPED_TOML: &str = include_str!("../../../../policies/calling_hours.toml");

/// The place of rows that hold in every state.
pub(super) const FEDERAL: &str = "US";

/// How sure a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The text of the law says so.
    Verified,
    /// Secondary sources say so.
    Believed,
}

/// From the first allowed minute to the first that is not, on one day; `closed` when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpenHours {
    pub(super) opens: Time,
    pub(super) closes: Time,
}

impl OpenHours {
    pub(super) const WHOLE_DAY: Self = Self { opens: Time::midnight(), closes: Time::MAX };
    const CLOSED: Self = Self { opens: Time::midnight(), closes: Time::midnight() };

    fn contains(self, time: Time) -> bool {
        self.opens <= time && time < self.closes
    }

    /// What both allow; nothing when that is nothing.
    pub(super) fn within(self, other: Self) -> Option<Self> {
        let both = Self { opens: self.opens.max(other.opens), closes: self.closes.min(other.closes) };
        (both.opens < both.closes).then_some(both)
    }
}

impl TryFrom<String> for OpenHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "closed" {
            return Ok(Self::CLOSED);
        }
        let time = |text: &str| Time::strptime("%H:%M", text).ok().filter(|_| text.len() == 5);
        text.split_once('-')
            .and_then(|(opens, closes)| Some(Self { opens: time(opens)?, closes: time(closes)? }))
            .filter(|hours| hours.opens < hours.closes)
            .ok_or_else(|| format!("`{text}` is neither hours as 08:00-21:00 nor `closed`"))
    }
}

impl From<OpenHours> for String {
    fn from(hours: OpenHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for OpenHours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.opens >= self.closes {
            return out.write_str("closed");
        }
        write!(out, "{}-{}", self.opens.strftime("%H:%M"), self.closes.strftime("%H:%M"))
    }
}

/// A row: the hours of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Its name, unique.
    pub id: String,
    /// `US`, or a state's two letters.
    pub place: String,
    /// Channels that it is about.
    pub channels: Vec<Channel>,
    /// Hours of every day that has none of its own.
    pub daily: OpenHours,
    /// Hours of Saturdays.
    pub saturday: Option<OpenHours>,
    /// Hours of Sundays.
    pub sunday: Option<OpenHours>,
    /// The first day that the row is claimed for.
    pub from: Date,
    /// The first day that it no longer holds.
    pub until: Option<Date>,
    /// The last day that it is relied upon without somebody looking at it again.
    pub review_by: Date,
    /// How sure it is.
    pub status: Status,
    /// Where it comes from.
    pub source: String,
}

impl Law {
    /// Hours of a weekday.
    pub fn on(&self, weekday: Weekday) -> OpenHours {
        let own = match weekday {
            Weekday::Saturday => self.saturday,
            Weekday::Sunday => self.sunday,
            _ => None,
        };
        own.unwrap_or(self.daily)
    }

    pub(super) fn allows(&self, local: DateTime) -> bool {
        self.on(local.date().weekday()).contains(local.time())
    }

    pub(super) fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallingHours {
    /// Always `calling hours`.
    pub name: String,
    /// Version of the text.
    pub version: u32,
    /// What it is for.
    pub description: String,
    /// Its rows.
    pub hours: Vec<Law>,
}

/// What is wrong with the text of a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table of calling hours cannot be used: {0}")]
pub struct CallingHoursFault(String);

impl CallingHours {
    /// Reads and checks a table.
    ///
    /// # Errors
    /// The first thing that is wrong, with its row.
    pub fn parse(text: &str) -> Result<Self, CallingHoursFault> {
        let table: Self =
            toml::from_str(text).map_err(|error| CallingHoursFault(error.to_string().trim().to_owned()))?;
        table.check()?;
        Ok(table)
    }

    /// The table that ships with the product.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<CallingHours> = LazyLock::new(|| {
            CallingHours::parse(SHIPPED_TOML).expect("the shipped table is valid, as a test makes sure")
        });
        &SHIPPED
    }

    /// Whether any row is about a channel.
    pub fn governs(&self, channel: Channel) -> bool {
        self.hours.iter().any(|law| law.channels.contains(&channel))
    }

    fn check(&self) -> Result<(), CallingHoursFault> {
        let fault = |text: String| Err(CallingHoursFault(text));
        if self.name != "calling hours" {
            return fault(format!("name: `calling hours` is expected, not `{}`", self.name));
        }
        let governed: Vec<Channel> = self.hours.iter().flat_map(|law| law.channels.clone()).collect();
        for (index, law) in self.hours.iter().enumerate() {
            let earlier = &self.hours[..index];
            if law.place != FEDERAL && law.place.parse::<State>().is_err() {
                return fault(format!("{}: `{}` is neither US nor a state", law.id, law.place));
            }
            if law.source.trim().is_empty() {
                return fault(format!("{}: the source is missing", law.id));
            }
            if law.until.is_some_and(|until| until <= law.from) || law.review_by < law.from {
                return fault(format!("{}: it ends before it begins", law.id));
            }
            if law.on(Weekday::Monday) == OpenHours::CLOSED {
                return fault(format!("{}: a place without any hours", law.id));
            }
            if earlier.iter().any(|other| other.id == law.id) {
                return fault(format!("{}: two rows of this name", law.id));
            }
            let at_once = |other: &&Law| {
                other.place == law.place
                    && other.channels.iter().any(|channel| law.channels.contains(channel))
                    && other.until.is_none_or(|until| law.from < until)
                    && law.until.is_none_or(|until| other.from < until)
            };
            if let Some(other) = earlier.iter().find(at_once) {
                return fault(format!("{} and {} hold at once", other.id, law.id));
            }
        }
        for channel in governed {
            if !self.hours.iter().any(|law| law.place == FEDERAL && law.channels.contains(&channel)) {
                return fault(format!("no federal row for {channel}"));
            }
        }
        Ok(())
    }
}
