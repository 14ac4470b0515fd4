use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Time};
use kernel::{Ulid, Vertical};
use leads::{AgentSettings, AgentView, WorkingDay, routing::Absence};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::input::{object, objects},
    problem::Problem,
};

/// What somebody takes. Lists that are empty are no limits.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadAgentSettings {
    /// The team.
    #[schema(min_length = 1, max_length = 80)]
    team: Option<String>,
    /// How many leads of each turn are theirs, in relation to the others; 0 takes none; 1 when left out.
    #[serde(default = "one")]
    #[schema(maximum = 1000)]
    weight: u32,
    /// Open leads that they can hold; no limit when left out.
    open_max: Option<u32>,
    /// Leads that they take in a day; no limit when left out.
    daily_max: Option<u32>,
    /// Lines of business that they serve.
    #[serde(default)]
    #[schema(max_items = 200)]
    verticals: BTreeSet<String>,
    /// Areas that they serve, as the market names them.
    #[serde(default)]
    #[schema(max_items = 200)]
    areas: BTreeSet<String>,
    /// Least price that they serve, in whole units of the market's currency.
    price_from: Option<u64>,
    /// Highest price that they serve.
    price_to: Option<u64>,
    /// Languages that they speak (`es`); asked for only when a contact asked for one.
    #[serde(default)]
    #[schema(max_items = 200)]
    languages: BTreeSet<String>,
    /// When they work, in the market's local time, from Monday on: seven days, `null` a day off. Always when left out.
    #[schema(min_items = 7, max_items = 7)]
    hours: Option<Vec<Option<LeadWorkingDay>>>,
    /// When they are away.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 200)]
    absences: Vec<LeadAbsence>,
}

fn one() -> u32 {
    1
}

/// A working day.
#[derive(Serialize, ToSchema)]
pub struct LeadWorkingDay {
    /// The beginning.
    #[schema(value_type = String, example = "09:00:00")]
    from: Time,
    /// The end, later than the beginning.
    #[schema(value_type = String, example = "17:30:00")]
    to: Time,
}

/// As it is read: an object, not a list of its fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayRead {
    from: Time,
    to: Time,
}

impl<'de> Deserialize<'de> for LeadWorkingDay {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let DayRead { from, to } = object(input)?;
        Ok(Self { from, to })
    }
}

/// A time away.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadAbsence {
    /// From when on.
    from: Timestamp,
    /// When they are back.
    until: Timestamp,
}

impl LeadAgentSettings {
    /// As routing takes them.
    ///
    /// # Errors
    /// 422 for what is no line of business, no week or half a range; the rest is for the domain to say.
    pub fn read(self) -> Result<AgentSettings, Problem> {
        let wrong = |field: &str, message: String| {
            Problem::invalid(format!("This cannot be: `{field}` {message}.")).with_error(field, message)
        };
        let verticals = self
            .verticals
            .iter()
            .map(|text| text.parse::<Vertical>().map_err(|error| wrong("verticals", error.to_string())))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let prices = match (self.price_from, self.price_to) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(0), to.unwrap_or(u64::MAX >> 1))),
        };
        let hours = match self.hours {
            None => None,
            Some(days) => {
                let days: Vec<Option<WorkingDay>> = days
                    .into_iter()
                    .map(|day| day.map(|LeadWorkingDay { from, to }| WorkingDay { from, to }))
                    .collect();
                let week = <[Option<WorkingDay>; 7]>::try_from(days);
                Some(week.map_err(|days| wrong("hours", format!("has seven days, not {}", days.len())))?)
            }
        };
        let absences = self.absences.into_iter().map(|LeadAbsence { from, until }| Absence { from, until });
        Ok(AgentSettings {
            team: self.team,
            weight: self.weight,
            open_max: self.open_max,
            daily_max: self.daily_max,
            verticals,
            areas: self.areas,
            prices,
            languages: self.languages,
            hours,
            absences: absences.collect(),
        })
    }
}

impl From<AgentSettings> for LeadAgentSettings {
    fn from(settings: AgentSettings) -> Self {
        let days = |week: [Option<WorkingDay>; 7]| {
            week.into_iter()
                .map(|day| day.map(|WorkingDay { from, to }| LeadWorkingDay { from, to }))
                .collect()
        };
        Self {
            team: settings.team,
            weight: settings.weight,
            open_max: settings.open_max,
            daily_max: settings.daily_max,
            verticals: settings.verticals.iter().map(ToString::to_string).collect(),
            areas: settings.areas,
            price_from: settings.prices.map(|(from, _)| from),
            price_to: settings.prices.map(|(_, to)| to),
            languages: settings.languages,
            hours: settings.hours.map(days),
            absences: settings
                .absences
                .into_iter()
                .map(|Absence { from, until }| LeadAbsence { from, until })
                .collect(),
        }
    }
}

/// Somebody who takes leads, as they stand now.
#[derive(Serialize, ToSchema)]
pub struct LeadAgent {
    /// The user.
    #[schema(value_type = String)]
    user: Ulid,
    /// What they take.
    settings: LeadAgentSettings,
    /// Since when.
    updated_at: Timestamp,
    /// Open leads that they hold.
    open: u32,
    /// Leads that they were offered today.
    today: u32,
    /// What they have earned in turns, in millionths of a lead.
    credit: i64,
    /// Whether they are at work now.
    at_work: bool,
}

impl From<AgentView> for LeadAgent {
    fn from(agent: AgentView) -> Self {
        Self {
            user: agent.agent,
            settings: agent.settings.into(),
            updated_at: agent.updated_at,
            open: agent.open,
            today: agent.today,
            credit: agent.credit,
            at_work: agent.at_work,
        }
    }
}
