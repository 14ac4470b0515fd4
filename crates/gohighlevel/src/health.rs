//! How a market's connection is doing, in one value: for the page, the API and whoever is called at night.

use boxed::boxed;
use connect::ghl::budget::Limits;
use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use markets::Market;
use serde::Serialize;

use crate::{
    Connection, GoHighLevel, GoHighLevelError,
    heal::{
        Family, Progress, Standing,
        gaps::{EVERY_KIND, usual},
        mark::{Mark, later},
    },
    records,
    road::SOURCE,
};

/// Gaps that are shown.
const GAPS: u32 = 20;
/// Lag of events from which on it is said that they lag: scores are to be written back within a second.
const LAG_MAX: SignedDuration = SignedDuration::from_secs(60);
/// Comparisons that may be missed before it is said that they are late.
const RECONCILE_LATE: u32 = 3;

/// A time in which events seem to have been lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Its identifier.
    pub id: Ulid,
    /// What was compared because of it.
    pub family: Family,
    /// The kind of event that was missing; `*` when the hub itself was away.
    pub kind: String,
    /// Since when they were missing.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How many were to be expected, where that was known.
    pub expected: Option<f64>,
    /// How many came.
    pub observed: u64,
    /// When it was noticed.
    pub found_at: Timestamp,
    /// When the comparison that it began ended.
    pub ended_at: Option<Timestamp>,
    /// Entities that the comparison brought: none, and the office was quiet.
    pub brought: Option<u64>,
}

impl Gap {
    /// Whether it began because the hub was away.
    pub fn was_away(&self) -> bool {
        self.kind == EVERY_KIND
    }
}

/// How many events of a kind come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventRate {
    /// The kind.
    pub kind: String,
    /// Received in the last hour.
    pub last_hour: u64,
    /// What is usual for this hour of the week, once it is known.
    pub usual: Option<f64>,
    /// When the last one of the last day came.
    pub last_at: Option<Timestamp>,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It lives.
    Good,
    /// It is past 80 % of its life and is renewed at the next occasion.
    Due,
    /// It is dead, and is renewed at the next occasion.
    Expired,
}

/// A credential of the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenHealth {
    /// `location` (the app's), or `private` (a private integration token).
    pub kind: String,
    /// What it is good for.
    pub state: TokenState,
    /// When it was given.
    pub given_at: Option<Timestamp>,
    /// When it dies; a private integration token says nothing.
    pub expires_at: Option<Timestamp>,
}

/// The requests that a credential has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetHealth {
    /// Which credential: `app`, or `private`.
    pub credential: String,
    /// Requests per interval.
    pub burst: u32,
    /// The interval in milliseconds.
    pub interval_ms: u64,
    /// Requests per day.
    pub day: u32,
    /// Requests left today.
    pub day_left: u32,
    /// When the day begins again, where an answer has said so.
    pub day_ends: Option<Timestamp>,
}

/// How far a family has been compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FamilyHealth {
    /// The family.
    pub family: Family,
    /// Entities that are here.
    pub linked: u64,
    /// Everything that changed before is here.
    pub good_until: Option<Timestamp>,
    /// When it was last compared as a whole.
    pub swept_at: Option<Timestamp>,
    /// The pass that is under way: `fill`, `reconcile`, `sweep`, `verify`.
    pub pass: Option<&'static str>,
    /// What the last page failed for.
    pub failure: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// How a connection is doing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// When.
    pub at: Timestamp,
    /// The location; none while the market is not connected.
    pub connection: Option<Connection>,
    /// Whether the location can be asked.
    pub standing: Standing,
    /// Since when it stands so.
    pub standing_since: Option<Timestamp>,
    /// The credentials.
    pub tokens: Vec<TokenHealth>,
    /// What is left of the limits, for credentials that this process has used.
    pub budgets: Vec<BudgetHealth>,
    /// Events by kind.
    pub events: Vec<EventRate>,
    /// When the last event came.
    pub last_event_at: Option<Timestamp>,
    /// Events that wait to be worked off.
    pub events_waiting: u64,
    /// Events that were given up.
    pub events_dead: u64,
    /// How long the oldest event that could be worked off has waited, in seconds.
    pub lag_seconds: u64,
    /// Writes that wait.
    pub writes_waiting: u64,
    /// Writes that were given up.
    pub writes_dead: u64,
    /// Incidents that wait for a person.
    pub incidents_open: u64,
    /// The first fill.
    pub backfill: Progress,
    /// The comparisons.
    pub families: Vec<FamilyHealth>,
    /// When the oldest of the families was last compared.
    pub reconciled_at: Option<Timestamp>,
    /// Whether comparisons are late.
    pub is_reconcile_late: bool,
    /// Times in which events seem to have been lost, the latest first.
    pub gaps: Vec<Gap>,
    /// Families of operations that fail for many locations at the same time: GoHighLevel itself is out.
    pub outages: Vec<String>,
}

impl Health {
    /// Whether there is nothing to look at.
    pub fn is_ok(&self) -> bool {
        self.connection.is_some() && self.concerns().is_empty()
    }

    /// What there is to look at, in sentences, the worst first.
    pub fn concerns(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut say = |when: bool, what: String| {
            if when {
                all.push(what);
            }
        };
        say(self.connection.is_none(), "the market is not connected to a location".to_owned());
        say(self.standing != Standing::Well, format!("the location {}", self.standing.label()));
        let outages = self.outages.join(", ");
        say(
            !outages.is_empty(),
            format!("GoHighLevel is out for everybody: {outages}; what is to be written waits"),
        );
        say(self.incidents_open > 0, format!("{} incidents wait for a person", self.incidents_open));
        say(self.events_dead > 0, format!("{} events were given up", self.events_dead));
        say(self.writes_dead > 0, format!("{} writes were given up", self.writes_dead));
        let is_lagging = self.lag_seconds > LAG_MAX.unsigned_abs().as_secs();
        say(is_lagging, format!("events wait for {} s", self.lag_seconds));
        say(self.is_reconcile_late, "the comparison with GoHighLevel's lists is late".to_owned());
        let open = self.gaps.iter().filter(|gap| gap.ended_at.is_none()).count();
        say(open > 0, format!("events seem to be missing in {open} families; they are looked for"));
        all
    }
}

#[boxed]
impl GoHighLevel {
    /// How the market's connection is doing. Asks nobody but the market's database and this process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn health(&self, market: &Market, now: Timestamp) -> Result<Health, GoHighLevelError> {
        let db = market.db();
        let connection = self.connection(market).await?;
        let location = connection.as_ref().map(|connection| connection.location.clone()).unwrap_or_default();
        let marks = match &connection {
            Some(connection) => self.marks(market, connection).await?,
            None => Family::ALL.map(|family| Mark::new(family, "")).to_vec(),
        };
        let vitals = records::heal::vitals(db).await?.filter(|vitals| vitals.location == location);
        let standing = vitals.as_ref().map_or(Standing::Well, |vitals| vitals.standing);
        let depth = store::inbox::depth(db, now).await?;
        let writes = records::out::write::counts(db).await?;
        let in_state =
            |state: &str| writes.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| *count);
        let mut families = Vec::new();
        for mark in &marks {
            let linked = records::heal::linked(db, mark.family.kind()).await?;
            families.push(FamilyHealth {
                family: mark.family,
                linked,
                good_until: mark.good_until,
                swept_at: mark.swept_at,
                pass: mark.pass.map(|pass| pass.id()),
                failure: mark.failure.clone(),
                retry_at: mark.retry_at.filter(|at| *at > now),
            });
        }
        let reconciled_at = marks.iter().map(|mark| mark.good_until).min().flatten();
        let late = self.0.config.reconcile_every * RECONCILE_LATE;
        let is_reconcile_late = connection.is_some()
            && marks.iter().all(Mark::is_filled)
            && reconciled_at.is_some_and(|at| later(at, late) < now);
        Ok(Health {
            at: now,
            standing,
            standing_since: vitals.map(|vitals| vitals.since),
            tokens: self.token_health(market, &location, now).await?,
            budgets: self.budget_health(&location),
            events: self.event_rates(market, now).await?,
            last_event_at: records::heal::last_event(db, SOURCE).await?,
            events_waiting: depth.waiting + depth.leased,
            events_dead: depth.dead,
            lag_seconds: depth
                .due_since
                .map_or(0, |since| now.duration_since(since).unsigned_abs().as_secs()),
            writes_waiting: in_state("waiting"),
            writes_dead: in_state("dead"),
            incidents_open: records::out::incident::open_count(db).await?,
            backfill: Progress::of(&marks, standing, now),
            families,
            reconciled_at,
            is_reconcile_late,
            gaps: records::heal::gaps(db, GAPS).await?,
            outages: self.0.ghl.outages(),
            connection,
        })
    }

    async fn token_health(
        &self,
        market: &Market,
        location: &str,
        now: Timestamp,
    ) -> Result<Vec<TokenHealth>, GoHighLevelError> {
        let ages = records::token::ages(market.db()).await?;
        let of_location =
            |(account, given_at, expires_at): (String, Option<Timestamp>, Option<Timestamp>)| {
                let (kind, resource) = account.split_once(' ')?;
                let spent = given_at.zip(expires_at).map(|(given, expires)| {
                    let life = expires.duration_since(given).as_secs_f64().max(1.0);
                    now.duration_since(given).as_secs_f64() / life
                });
                let state = match spent {
                    Some(spent) if spent >= 1.0 => TokenState::Expired,
                    Some(spent) if spent >= 0.8 => TokenState::Due,
                    _ => TokenState::Good,
                };
                (resource == location).then(|| TokenHealth {
                    kind: kind.to_owned(),
                    state,
                    given_at,
                    expires_at,
                })
            };
        Ok(ages.into_iter().filter_map(of_location).collect())
    }

    fn budget_health(&self, location: &str) -> Vec<BudgetHealth> {
        let budgets = self.0.ghl.budgets();
        let of_location = budgets.all().into_iter().filter(|(key, ..)| key.resource == location);
        of_location
            .map(|(key, Limits { burst, interval, day }, day_left)| BudgetHealth {
                burst,
                interval_ms: u64::try_from(interval.as_millis()).unwrap_or(u64::MAX),
                day,
                day_left,
                day_ends: budgets.day(&key).and_then(|(_, ends)| ends),
                credential: key.credential,
            })
            .collect()
    }

    async fn event_rates(&self, market: &Market, now: Timestamp) -> Result<Vec<EventRate>, GoHighLevelError> {
        let before = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        let last_hour = records::heal::events(market.db(), SOURCE, before(1), now).await?;
        let last_day = records::heal::events(market.db(), SOURCE, before(24), now).await?;
        let weeks = self.weeks(market).await?;
        let zone = market.time_zone().zone();
        let mut kinds: Vec<&String> = last_day.iter().map(|(kind, ..)| kind).chain(weeks.keys()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let rate = |kind: &String| EventRate {
            kind: kind.clone(),
            last_hour: last_hour.iter().find(|(name, ..)| name == kind).map_or(0, |(_, count, _)| *count),
            usual: weeks.get(kind).and_then(|week| usual(week, now, &zone)),
            last_at: last_day.iter().find(|(name, ..)| name == kind).map(|(.., at)| *at),
        };
        Ok(kinds.into_iter().map(rate).collect())
    }
}
