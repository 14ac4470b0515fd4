use std::collections::{BTreeSet, HashMap};

use audit::NewEntry;
use boxed::boxed;
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use kernel::{Moment, Ulid, Vertical};
use markets::Market;
use serde::{Deserialize, Serialize};
use store::{Session, StoreError, Tx, trail};

use super::zone;
use crate::{
    Leads, LeadsError,
    records::{agent, offer},
    routing::{Absence, Agent, DayHours, Hours},
};

/// The highest weight.
pub const WEIGHT_MAX: u32 = 1_000;
/// Absences of one agent, and areas, languages or lines of business.
const LIST_MAX: usize = 200;
const WORD_CHARS_MAX: usize = 80;

/// A working day in the market's local time: from `from` on, until `to`, which is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingDay {
    /// The beginning.
    pub from: Time,
    /// The end, later than the beginning.
    pub to: Time,
}

/// What somebody takes. Lists that are empty are no limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentSettings {
    /// The team.
    pub team: Option<String>,
    /// How many leads of each turn are theirs, in relation to the others; 0 takes none, at most [`WEIGHT_MAX`].
    pub weight: u32,
    /// Open leads that they can hold; none is no limit.
    pub open_max: Option<u32>,
    /// Leads that they take in a day; none is no limit.
    pub daily_max: Option<u32>,
    /// Lines of business that they serve.
    pub verticals: BTreeSet<Vertical>,
    /// Areas that they serve, as the market names them.
    pub areas: BTreeSet<String>,
    /// Least and highest price that they serve, both inclusive, in whole units of the market's currency.
    pub prices: Option<(u64, u64)>,
    /// Languages that they speak (`es`); asked for only when a contact asked for one.
    pub languages: BTreeSet<String>,
    /// When they work, from Monday on; a day that is none is a day off. None at all is always.
    pub hours: Option<[Option<WorkingDay>; 7]>,
    /// When they are away.
    pub absences: Vec<Absence>,
}

impl Default for AgentSettings {
    /// Weight 1, no limits.
    fn default() -> Self {
        Self {
            team: None,
            weight: 1,
            open_max: None,
            daily_max: None,
            verticals: BTreeSet::new(),
            areas: BTreeSet::new(),
            prices: None,
            languages: BTreeSet::new(),
            hours: None,
            absences: Vec::new(),
        }
    }
}

/// Somebody who takes leads, as they stand now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentView {
    /// The user.
    pub agent: Ulid,
    /// What they take.
    pub settings: AgentSettings,
    /// Since when.
    pub updated_at: Timestamp,
    /// Open leads that they hold.
    pub open: u32,
    /// Leads that they were offered today.
    pub today: u32,
    /// What they have earned in turns, in millionths of a lead.
    pub credit: i64,
    /// Whether they are at work now.
    pub at_work: bool,
}

impl AgentSettings {
    fn check(&self) -> Result<(), LeadsError> {
        let invalid = |field: &'static str, message: String| Err(LeadsError::Invalid { field, message });
        if self.weight > WEIGHT_MAX {
            return invalid("weight", format!("{} is more than {WEIGHT_MAX}", self.weight));
        }
        if let Some((from, to)) = self.prices
            && from > to
        {
            return invalid("prices", format!("the least, {from}, is above the highest, {to}"));
        }
        let long = |word: &String| word.trim().is_empty() || word.chars().count() > WORD_CHARS_MAX;
        for (field, words) in [("areas", &self.areas), ("languages", &self.languages)] {
            if words.len() > LIST_MAX || words.iter().any(long) {
                return invalid(
                    field,
                    format!("at most {LIST_MAX}, each of 1 to {WORD_CHARS_MAX} characters"),
                );
            }
        }
        if self.team.as_ref().is_some_and(long) {
            return invalid("team", format!("1 to {WORD_CHARS_MAX} characters"));
        }
        if self.absences.len() > LIST_MAX || self.absences.iter().any(|away| away.from >= away.until) {
            return invalid("absences", format!("at most {LIST_MAX}, each ends after it begins"));
        }
        match self.working_hours(TimeZone::UTC) {
            Err(error) => invalid("hours", error.to_string()),
            Ok(_) => Ok(()),
        }
    }

    fn working_hours(&self, zone: TimeZone) -> Result<Option<Hours>, crate::routing::AgentError> {
        let Some(days) = self.hours else { return Ok(None) };
        let days = days.map(|day| day.map(|WorkingDay { from, to }| DayHours { from, to }));
        Hours::new(zone, days).map(Some)
    }

    /// As routing knows them. Hours that are none keep nobody at work: they were checked when they were saved.
    fn agent(&self, id: Ulid, zone: &TimeZone, open: u32, today: u32) -> Agent {
        let hours = self.working_hours(zone.clone());
        Agent {
            team: self.team.clone(),
            weight: if hours.is_ok() { self.weight } else { 0 },
            open_max: self.open_max,
            open,
            daily_max: self.daily_max,
            today,
            verticals: self.verticals.clone(),
            areas: self.areas.clone(),
            prices: self.prices,
            languages: self.languages.clone(),
            hours: hours.unwrap_or_default(),
            absences: self.absences.clone(),
            ..Agent::named(id.to_string())
        }
    }
}

#[boxed]
impl Leads {
    /// Everybody who takes leads, as they stand now.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn agents(&self, market: &Market, now: Timestamp) -> Result<Vec<AgentView>, LeadsError> {
        let zone = zone(market);
        let open = offer::open_by_agent(market.db()).await?;
        let today = offer::offered_since(market.db(), day_begins(&zone, now)).await?;
        let credit = agent::credit(market.db()).await?;
        let mut agents = Vec::new();
        for stored in agent::agents(market.db()).await? {
            let settings = settings(&stored.document)?;
            let id = stored.agent.to_string();
            let works = settings.agent(stored.agent, &zone, 0, 0);
            let away = settings.absences.iter().any(|away| away.from <= now && now < away.until);
            agents.push(AgentView {
                agent: stored.agent,
                updated_at: stored.updated_at,
                open: open.get(&id).copied().unwrap_or_default(),
                today: today.get(&id).copied().unwrap_or_default(),
                credit: credit.get(&id).copied().unwrap_or_default(),
                at_work: !away && works.hours.is_none_or(|hours| hours.open_at(now)),
                settings,
            });
        }
        Ok(agents)
    }

    /// Says what somebody takes; leads that nobody could take are looked at again at once.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`], or when the market fails.
    pub async fn save_agent(
        &self,
        market: &Market,
        agent: Ulid,
        settings: &AgentSettings,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        settings.check()?;
        let document =
            serde_json::to_string(settings).map_err(|error| StoreError::column("document", error))?;
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time(super::routing::LOCK).await?;
        agent::put_agent(&mut tx, agent, document, at.at()).await?;
        offer::retry_untaken(&mut tx, at.at()).await?;
        let entry = NewEntry::new(at.at(), &at.actor, "lead.agent_saved", &format!("user:{agent}"));
        trail::append(&mut tx, entry.with("weight", settings.weight));
        tx.commit().await?;
        Ok(())
    }

    /// Offers somebody no more leads; those that they hold stay theirs. Whether they were offered any.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn remove_agent(&self, market: &Market, agent: Ulid, at: &Moment) -> Result<bool, LeadsError> {
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time(super::routing::LOCK).await?;
        let removed = agent::remove_agent(&mut tx, agent).await?;
        if removed {
            let entry = NewEntry::new(at.at(), &at.actor, "lead.agent_removed", &format!("user:{agent}"));
            trail::append(&mut tx, entry);
            tx.commit().await?;
        }
        Ok(removed)
    }
}

/// Everybody who takes leads, as routing knows them, with the leads that they hold in this transaction.
pub(super) async fn roster(tx: &mut Tx, market: &Market, now: Timestamp) -> Result<Vec<Agent>, LeadsError> {
    let zone = zone(market);
    let stored = agent::agents(Session::from(&mut *tx)).await?;
    let all = stored
        .into_iter()
        .map(|stored| Ok((stored.agent, settings(&stored.document)?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    // Counted only where a limit asks for it.
    let mut open = HashMap::new();
    if all.iter().any(|(_, settings)| settings.open_max.is_some()) {
        open = offer::open_by_agent(&mut *tx).await?;
    }
    let mut today = HashMap::new();
    if all.iter().any(|(_, settings)| settings.daily_max.is_some()) {
        today = offer::offered_since(&mut *tx, day_begins(&zone, now)).await?;
    }
    let count =
        |counts: &HashMap<String, u32>, id: Ulid| counts.get(&id.to_string()).copied().unwrap_or_default();
    let as_agent = |(id, settings): &(Ulid, AgentSettings)| {
        settings.agent(*id, &zone, count(&open, *id), count(&today, *id))
    };
    Ok(all.iter().map(as_agent).collect())
}

fn settings(document: &str) -> Result<AgentSettings, StoreError> {
    serde_json::from_str(document).map_err(|error| StoreError::column("document", error))
}

fn day_begins(zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = zone.to_datetime(now).date();
    zone.to_zoned(today.to_datetime(Time::midnight())).map_or(now, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn settings_that_cannot_be_are_refused_by_name() {
        let day = |from, to| Some(WorkingDay { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) });
        let good = AgentSettings {
            hours: Some([day(9, 17), day(9, 17), None, None, None, None, None]),
            prices: Some((1, 2)),
            ..AgentSettings::default()
        };
        assert!(good.check().is_ok());
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let back = Absence { from: at("2026-03-02T00:00:00Z"), until: at("2026-03-01T00:00:00Z") };
        for (bad, field) in [
            (AgentSettings { weight: 1_001, ..good.clone() }, "weight"),
            (AgentSettings { prices: Some((3, 2)), ..good.clone() }, "prices"),
            (AgentSettings { hours: Some([day(17, 9); 7]), ..good.clone() }, "hours"),
            (AgentSettings { areas: [" ".to_owned()].into(), ..good.clone() }, "areas"),
            (AgentSettings { team: Some("x".repeat(81)), ..good.clone() }, "team"),
            (AgentSettings { absences: vec![back], ..good.clone() }, "absences"),
        ] {
            let Err(LeadsError::Invalid { field: named, .. }) = bad.check() else { panic!("{field}") };
            assert_eq!(named, field);
        }
    }

    #[test]
    fn what_is_not_written_is_no_limit_and_an_unknown_key_is_refused() {
        assert_eq!(settings("{}").unwrap(), AgentSettings::default());
        assert!(settings("{\"wieght\": 2}").is_err());
    }
}
