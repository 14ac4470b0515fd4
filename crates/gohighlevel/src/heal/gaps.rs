//! Events that should have come and did not.
//!
//! Two signs bring a comparison forward: the bridge itself was away (what was sent meanwhile met a closed door), or fewer
//! events of a kind came than the learned rate of that hour of the week lets expect ([`super::rate`]). A sign is no proof: the
//! comparison that it starts finds what is missing, or that the office was quiet.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    time::Duration,
};

use connect::ghl::events::Kind;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::Ulid;
use markets::Market;

use super::{
    Family, Pass,
    mark::later,
    probe::Vitals,
    rate::{Week, chance_of_so_few, hour_of_week},
};
use crate::{
    Connection, GoHighLevel, GoHighLevelError,
    health::Gap,
    out::{GIVEN_UP_CLASS, Over},
    records::{self, heal::hour_begin, heal::hour_of},
    road::SOURCE,
};

/// How unlikely a silence must be before it is looked into. There are some 30 kinds, three windows and 288 looks a day,
/// most of them the same question again: a false alarm every few days, which costs some requests.
const CHANCE_MAX: f64 = 1e-4;
/// Over how many full hours silences are looked for: short times find a dead line, long ones a trickle. What is usual is
/// known by the hour; when within it things happen is not, so that the hour that runs says nothing yet.
const WINDOWS: [i64; 3] = [1, 4, 24];
/// Looks that are missed before the bridge counts as having been away.
const AWAY: u32 = 4;
/// Looks that are missed before deletions are looked for as well: an hour by default.
const AWAY_LONG: u32 = 12;
/// Hours that are learned at one look at most.
const FOLDED_MAX: i64 = 200;
/// Gaps that are remembered while looking.
const GAPS: u32 = 200;
/// How long gaps are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 92);
/// Webhooks in a row that no key fits, from which on it is not somebody who tries the door.
const REFUSED_MIN: u32 = 10;
/// How long a message that is due may wait for somebody to come round to it.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);
/// Number of the catalogue for webhooks whose signatures do not fit.
pub(crate) const SIGNATURE_CLASS: u8 = 25;
/// This program.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");
/// Stands for every kind of event, in gaps during which the bridge was away.
pub(crate) const EVERY_KIND: &str = "*";

impl GoHighLevel {
    /// Looks whether events are missing, when it is time to; says when it is time again.
    pub(super) async fn look(
        &self,
        market: &Market,
        connection: &Connection,
        vitals: Vitals,
        now: Timestamp,
    ) -> Result<Timestamp, GoHighLevelError> {
        let every = self.look_every();
        if let Some(again) = vitals.looked_at.map(|at| later(at, every)).filter(|again| *again > now) {
            return Ok(again);
        }
        self.heed_signatures(market, connection, now).await?;
        let away = vitals.alive_at.map(|at| now.duration_since(at)).unwrap_or_default();
        let mut vitals = self.replayed_after_an_upgrade(market, vitals, now).await?;
        if away <= signed(every * AWAY) {
            self.heed_messages(market, now).await?;
        }
        if away > signed(every * AWAY) {
            let from = vitals.alive_at.unwrap_or(now);
            let pass = if away > signed(every * AWAY_LONG) { Pass::Sweep } else { Pass::Reconcile };
            let gaps = Family::ALL.map(|family| (family, EVERY_KIND.to_owned(), from, None, 0));
            self.note_gaps(market, connection, gaps.to_vec(), pass, now).await?;
            // Hours without ears teach nothing.
            vitals.folded_until = Some(hour_begin(hour_of(now) + 1));
        }
        let gaps = records::heal::gaps(market.db(), GAPS).await?;
        if connection.has_app {
            // Judged before it is learned: a silence must not teach that silence is usual.
            let missing = self.missing(market, connection, &gaps, now).await?;
            for pass in [Pass::Sweep, Pass::Reconcile] {
                let found: Vec<_> =
                    missing.iter().filter(|gap| pass_for(gap.0, &gap.1) == pass).cloned().collect();
                if !found.is_empty() {
                    self.note_gaps(market, connection, found, pass, now).await?;
                }
            }
            if missing.is_empty() {
                vitals.folded_until = Some(self.fold(market, &vitals, &gaps, now).await?);
            }
        }
        let vitals = Vitals { alive_at: Some(now), looked_at: Some(now), ..vitals };
        self.save_vitals(market, &vitals).await?;
        Ok(later(now, every))
    }

    /// Brings back, once, what an earlier version of the program had to give up: this one may know better.
    async fn replayed_after_an_upgrade(
        &self,
        market: &Market,
        vitals: Vitals,
        now: Timestamp,
    ) -> Result<Vitals, GoHighLevelError> {
        if vitals.replayed_by.as_deref() == Some(PROGRAM) {
            return Ok(vitals);
        }
        let replayed = self.replay_all(market, &self.moment(now)).await?;
        self.try_again(market, Over::Upgraded, &self.moment(now)).await?;
        if replayed > 0 {
            tracing::info!(market = %market.name(), replayed, "events that were given up are tried by this version");
        }
        Ok(Vitals { replayed_by: Some(PROGRAM.to_owned()), ..vitals })
    }

    /// Tells a person when nothing but webhooks that no key fits has come for a while: GoHighLevel may sign by another one.
    async fn heed_signatures(
        &self,
        market: &Market,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<(), GoHighLevelError> {
        let refused = self.0.gate.refused_in_a_row();
        if refused < REFUSED_MIN || !connection.has_app {
            return Ok(());
        }
        let tried = format!("every key that is valid now, for the last {refused} webhooks");
        let words = "no webhook that arrives is signed by a known key";
        self.report_words(market, SIGNATURE_CLASS, "webhook", words, &tried, &self.moment(now)).await
    }

    /// Tells a person of messages that are due and that nobody comes round to: whatever keeps the writers busy, somebody
    /// waits for an answer.
    async fn heed_messages(&self, market: &Market, now: Timestamp) -> Result<(), GoHighLevelError> {
        let before = now.checked_sub(OVERDUE).unwrap_or(Timestamp::MIN);
        let overdue = records::out::write::overdue(market.db(), before).await?;
        if overdue == 0 {
            return Ok(());
        }
        let tried = format!("{overdue} have been due for {} minutes or longer", OVERDUE.as_mins());
        let words = "messages that may be sent are not sent";
        self.report_words(market, GIVEN_UP_CLASS, "message-overdue", words, &tried, &self.moment(now)).await
    }

    /// Kinds of which too few events came, with the time, what was expected and what came.
    async fn missing(
        &self,
        market: &Market,
        connection: &Connection,
        gaps: &[Gap],
        now: Timestamp,
    ) -> Result<Vec<Missing>, GoHighLevelError> {
        let weeks = self.weeks(market).await?;
        let zone = market.time_zone().zone();
        let mut missing: BTreeMap<String, Missing> = BTreeMap::new();
        let mut counted: BTreeMap<Timestamp, Vec<(String, u64, Timestamp)>> = BTreeMap::new();
        if weeks.is_empty() {
            return Ok(Vec::new());
        }
        for window in WINDOWS {
            let until = hour_begin(hour_of(now));
            let from = hour_begin((hour_of(now) - window).max(hour_of(connection.connected_at) + 1));
            for (kind, week) in &weeks {
                let Some(family) = Family::of_event(kind) else { continue };
                let of_kind = || gaps.iter().filter(|gap| gap.kind == *kind || gap.kind == EVERY_KIND);
                let of_kind = || of_kind().filter(|gap| gap.family == family);
                if missing.contains_key(kind) || of_kind().any(|gap| gap.ended_at.is_none()) {
                    continue;
                }
                // What was looked into once says nothing new.
                let looked = of_kind().map(|gap| gap.until).max();
                let from = looked.map_or(from, |until| from.max(hour_begin(hour_of(until) + 1)));
                if from >= until {
                    continue;
                }
                let Some(expected) = week.expected(from, until, &zone) else { continue };
                let came = match counted.entry(from) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        place.insert(records::heal::events(market.db(), SOURCE, from, until).await?)
                    }
                };
                let mut came = came.iter();
                let came = came.find(|(name, ..)| name == kind).map_or(0, |(_, count, _)| *count);
                if chance_of_so_few(expected, came) < CHANCE_MAX {
                    missing.insert(kind.clone(), (family, kind.clone(), from, Some(expected.mean), came));
                }
            }
        }
        Ok(missing.into_values().collect())
    }

    /// What was learned, by kind.
    pub(crate) async fn weeks(&self, market: &Market) -> Result<BTreeMap<String, Week>, GoHighLevelError> {
        let mut weeks: BTreeMap<String, Week> = BTreeMap::new();
        for (kind, hour, rate) in records::heal::rates(market.db()).await? {
            weeks.entry(kind).or_default().set(hour, rate);
        }
        Ok(weeks)
    }

    /// Learns the full hours that have passed, those without the ones in which events were lost; until when it has.
    async fn fold(
        &self,
        market: &Market,
        vitals: &Vitals,
        gaps: &[Gap],
        now: Timestamp,
    ) -> Result<Timestamp, GoHighLevelError> {
        let present = hour_of(now);
        let Some(from) = vitals.folded_until.map(hour_of) else { return Ok(hour_begin(present + 1)) };
        let from = from.max(present - FOLDED_MAX);
        // While something is looked into, nobody knows yet whether these hours were usual.
        if from >= present || gaps.iter().any(|gap| gap.ended_at.is_none()) {
            return Ok(hour_begin(from));
        }
        let (begin, end) = (hour_begin(from), hour_begin(present));
        let counted = records::heal::events_by_hour(market.db(), SOURCE, begin, end).await?;
        let mut weeks = self.weeks(market).await?;
        for (kind, ..) in &counted {
            weeks.entry(kind.clone()).or_default();
        }
        let zone = market.time_zone().zone();
        let mut learned = BTreeMap::new();
        for (kind, week) in &mut weeks {
            for hour in from..present {
                if is_lost(gaps, kind, hour) {
                    continue;
                }
                let count = counted.iter().find(|(name, at, _)| name == kind && *at == hour);
                let place = hour_of_week(hour_begin(hour), &zone);
                let rate = week.learned(place).with(count.map_or(0, |(.., count)| *count));
                week.set(place, rate);
                learned.insert((kind.clone(), place), rate);
            }
        }
        let rates: Vec<_> = learned.into_iter().map(|((kind, hour), rate)| (kind, hour, rate)).collect();
        let mut tx = market.db().begin().await?;
        records::heal::save_rates(&mut tx, &rates).await?;
        let forgotten = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        records::heal::prune_gaps(&mut tx, forgotten).await?;
        tx.commit().await?;
        Ok(end)
    }

    async fn note_gaps(
        &self,
        market: &Market,
        connection: &Connection,
        found: Vec<Missing>,
        pass: Pass,
        now: Timestamp,
    ) -> Result<(), GoHighLevelError> {
        let at = self.moment(now);
        let mut ids = at.ids();
        let families: Vec<Family> = found.iter().map(|gap| gap.0).collect();
        let mut tx = market.db().begin().await?;
        for (family, kind, from, expected, observed) in found {
            tracing::warn!(
                market = %market.name(), family = family.id(), %kind, %from, expected, observed,
                "events seem to be missing; GoHighLevel's lists are compared now"
            );
            let id: Ulid = ids.next();
            let (found_at, ended_at, brought) = (at.at(), None, None);
            let gap = Gap {
                id,
                family,
                kind,
                from,
                until: at.at(),
                expected,
                observed,
                found_at,
                ended_at,
                brought,
            };
            records::heal::add_gap(&mut tx, &gap).await?;
        }
        tx.commit().await?;
        self.want(market, connection, &families, pass).await
    }
}

/// Family, kind, since when, how many were expected, how many came.
type Missing = (Family, String, Timestamp, Option<f64>, u64);

/// How what an event of this kind announces is found: by what changed since, or only in a whole list.
fn pass_for(family: Family, kind: &str) -> Pass {
    let is_deletion = Kind::named(kind).is_some_and(Kind::is_deletion);
    match family {
        // No filter says which opportunities changed.
        Family::Opportunities => Pass::Sweep,
        Family::Contacts | Family::Appointments if is_deletion => Pass::Sweep,
        Family::Contacts | Family::Appointments | Family::Messages => Pass::Reconcile,
    }
}

/// Whether events of this kind were lost in an hour.
fn is_lost(gaps: &[Gap], kind: &str, hour: i64) -> bool {
    let (begin, end) = (hour_begin(hour), hour_begin(hour + 1));
    gaps.iter().any(|gap| {
        let is_of_kind =
            gap.kind == kind || gap.kind == EVERY_KIND && Family::of_event(kind) == Some(gap.family);
        is_of_kind && gap.brought.is_some_and(|brought| brought > 0) && gap.from < end && gap.until > begin
    })
}

fn signed(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

/// What is usual in the hour before `now`, if it is known.
pub(crate) fn usual(week: &Week, now: Timestamp, zone: &TimeZone) -> Option<f64> {
    let from = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
    week.expected(from, now, zone).map(|rate| rate.mean)
}
