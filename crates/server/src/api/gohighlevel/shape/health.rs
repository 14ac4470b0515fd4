use gohighlevel::heal;
use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::Connection;

/// How a connection is doing.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelHealth)]
pub struct Health {
    /// When.
    at: Timestamp,
    /// The location; nothing while the market is not connected.
    connection: Option<Connection>,
    /// Whether there is nothing to look at.
    ok: bool,
    /// What there is to look at, in sentences, the worst first.
    concerns: Vec<String>,
    /// Whether the location can be asked: `well`, `inactive`, `reconnect` or `unreachable`.
    standing: &'static str,
    /// Since when it stands so.
    standing_since: Option<Timestamp>,
    /// The credentials; never the tokens themselves.
    tokens: Vec<Token>,
    /// What is left of the limits.
    budgets: Vec<Budget>,
    /// Events by kind.
    events: Vec<EventRate>,
    /// When the last event came.
    last_event_at: Option<Timestamp>,
    /// Events that wait to be worked off.
    events_waiting: u64,
    /// Events that were given up.
    events_dead: u64,
    /// How long the oldest event that could be worked off has waited, in seconds.
    lag_seconds: u64,
    /// Writes that wait.
    writes_waiting: u64,
    /// Writes that were given up.
    writes_dead: u64,
    /// Incidents that wait for a person.
    incidents_open: u64,
    /// The first fill.
    backfill: Progress,
    /// The comparisons.
    families: Vec<Family>,
    /// When the oldest of the families was last compared.
    reconciled_at: Option<Timestamp>,
    /// Times in which events seem to have been lost, the latest first.
    gaps: Vec<Gap>,
    /// Operations that fail for many locations at the same time: GoHighLevel itself is out.
    outages: Vec<String>,
}

impl From<gohighlevel::Health> for Health {
    fn from(health: gohighlevel::Health) -> Self {
        Self {
            ok: health.is_ok(),
            concerns: health.concerns(),
            at: health.at,
            connection: health.connection.map(Connection::from),
            standing: health.standing.id(),
            standing_since: health.standing_since,
            tokens: health.tokens.into_iter().map(Token::from).collect(),
            budgets: health.budgets.into_iter().map(Budget::from).collect(),
            events: health.events.into_iter().map(EventRate::from).collect(),
            last_event_at: health.last_event_at,
            events_waiting: health.events_waiting,
            events_dead: health.events_dead,
            lag_seconds: health.lag_seconds,
            writes_waiting: health.writes_waiting,
            writes_dead: health.writes_dead,
            incidents_open: health.incidents_open,
            backfill: health.backfill.into(),
            families: health.families.into_iter().map(Family::from).collect(),
            reconciled_at: health.reconciled_at,
            gaps: health.gaps.into_iter().map(Gap::from).collect(),
            outages: health.outages,
        }
    }
}

/// A credential of the market.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelToken)]
pub struct Token {
    /// `location` (the app's), or `private` (a private integration token).
    kind: String,
    /// `good`, `due` (to be renewed) or `expired`.
    state: String,
    /// When it was given.
    given_at: Option<Timestamp>,
    /// When it ends; a private integration token does not say.
    expires_at: Option<Timestamp>,
}

impl From<gohighlevel::TokenHealth> for Token {
    fn from(token: gohighlevel::TokenHealth) -> Self {
        let gohighlevel::TokenHealth { kind, state, given_at, expires_at } = token;
        Self { kind, state: crate::api::leads::shape::word(&state), given_at, expires_at }
    }
}

/// The requests that a credential has left.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelBudget)]
pub struct Budget {
    /// `app` or `private`.
    credential: String,
    /// Requests per interval.
    burst: u32,
    /// The interval in milliseconds.
    interval_ms: u64,
    /// Requests per day.
    day: u32,
    /// Requests left today.
    day_left: u32,
    /// When the day begins again, where an answer has said so.
    day_ends: Option<Timestamp>,
}

impl From<gohighlevel::BudgetHealth> for Budget {
    fn from(budget: gohighlevel::BudgetHealth) -> Self {
        let gohighlevel::BudgetHealth { credential, burst, interval_ms, day, day_left, day_ends } = budget;
        Self { credential, burst, interval_ms, day, day_left, day_ends }
    }
}

/// How many events of a kind come.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelEventRate)]
pub struct EventRate {
    /// The kind.
    #[schema(example = "ContactUpdate")]
    kind: String,
    /// Received in the last hour.
    last_hour: u64,
    /// What is usual for this hour of the week, once it is known.
    usual: Option<f64>,
    /// When the last one of the last day came.
    last_at: Option<Timestamp>,
}

impl From<gohighlevel::EventRate> for EventRate {
    fn from(rate: gohighlevel::EventRate) -> Self {
        let gohighlevel::EventRate { kind, last_hour, usual, last_at } = rate;
        Self { kind, last_hour, usual, last_at }
    }
}

/// How far the first fill is.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelProgress)]
pub struct Progress {
    /// Whether everything is here.
    done: bool,
    /// Entities listed so far.
    seen: u64,
    /// How many there are, as far as is known yet.
    total: u64,
    /// The families, in the order in which they are filled.
    families: Vec<FamilyProgress>,
    /// Not before, after a failure.
    retry_at: Option<Timestamp>,
}

impl From<heal::Progress> for Progress {
    fn from(progress: heal::Progress) -> Self {
        Self {
            done: progress.is_done(),
            seen: progress.seen(),
            total: progress.total(),
            retry_at: progress.retry_at,
            families: progress
                .families
                .into_iter()
                .map(|family| FamilyProgress {
                    family: family.family.id(),
                    seen: family.seen,
                    total: family.total,
                    done: family.is_done,
                    failure: family.failure,
                })
                .collect(),
        }
    }
}

/// How far the first fill of a family is.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelFamilyProgress)]
pub struct FamilyProgress {
    /// `contacts`, `opportunities`, `appointments` or `messages`.
    family: &'static str,
    /// Entities listed so far.
    seen: u64,
    /// How many there are, where somebody counts them.
    total: Option<u64>,
    /// Whether it is filled.
    done: bool,
    /// What the last page failed for; it is tried again.
    failure: Option<String>,
}

/// How far a family has been compared.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelFamily)]
pub struct Family {
    /// `contacts`, `opportunities`, `appointments` or `messages`.
    family: &'static str,
    /// Entities that are here.
    linked: u64,
    /// Everything that changed before is here.
    good_until: Option<Timestamp>,
    /// When it was last compared as a whole.
    swept_at: Option<Timestamp>,
    /// The pass that is under way: `fill`, `reconcile`, `sweep` or `verify`.
    pass: Option<&'static str>,
    /// What the last page failed for.
    failure: Option<String>,
    /// When it is tried again.
    retry_at: Option<Timestamp>,
}

impl From<gohighlevel::FamilyHealth> for Family {
    fn from(family: gohighlevel::FamilyHealth) -> Self {
        Self {
            family: family.family.id(),
            linked: family.linked,
            good_until: family.good_until,
            swept_at: family.swept_at,
            pass: family.pass,
            failure: family.failure,
            retry_at: family.retry_at,
        }
    }
}

/// A time in which events seem to have been lost.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelGap)]
pub struct Gap {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// What was compared because of it.
    family: &'static str,
    /// The kind of event that was missing; `*`: the hub itself was away.
    kind: String,
    /// Since when.
    from: Timestamp,
    /// Until when.
    until: Timestamp,
    /// How many were to be expected, where that was known.
    expected: Option<f64>,
    /// How many came.
    observed: u64,
    /// When it was noticed.
    found_at: Timestamp,
    /// When the comparison that it began ended.
    ended_at: Option<Timestamp>,
    /// Entities that the comparison brought.
    brought: Option<u64>,
}

impl From<gohighlevel::Gap> for Gap {
    fn from(gap: gohighlevel::Gap) -> Self {
        Self {
            id: gap.id,
            family: gap.family.id(),
            kind: gap.kind,
            from: gap.from,
            until: gap.until,
            expected: gap.expected,
            observed: gap.observed,
            found_at: gap.found_at,
            ended_at: gap.ended_at,
            brought: gap.brought,
        }
    }
}

/// One check of a connection and what came of it.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelCheck)]
pub struct Check {
    /// Its identifier.
    check: &'static str,
    /// What is checked.
    title: &'static str,
    /// `well`, `attention` or `broken`.
    verdict: &'static str,
    /// The figure or what is wrong, in a sentence.
    finding: String,
    /// What to do, unless all is well.
    advice: Option<String>,
}

impl From<gohighlevel::Finding> for Check {
    fn from(found: gohighlevel::Finding) -> Self {
        let gohighlevel::Finding { check, title, verdict, finding, advice } = found;
        Self { check, title, verdict: verdict.label(), finding, advice }
    }
}
