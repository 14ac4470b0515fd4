//! What is seen of the rule or model in force, day by day: how often it was right, and whether the world has moved.

use std::sync::Arc;

use audit::NewEntry;
use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::Moment;
use learn::{
    evaluate::Report,
    ledger::{LedgerError, Terms},
};
use markets::Market;
use serde::{Deserialize, Serialize};
use store::trail;

use super::{models, policy, training};
use crate::{
    Leads, LeadsError,
    features::{Features, Sampling, Target},
    learning::{Book, Kind, Reference, WatchTerms, Watched, live_report, watch},
    policy::LeadPolicy,
    records,
    timeline::Timeline,
};

/// What was seen of the rule or model in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// Which rule or model, as the ledger names it: `prior leads_prior v1`, `v3`.
    pub in_force: String,
    /// What it answers.
    pub question: String,
    /// What it is worth on predictions that were made before their end was known; none before there is one.
    pub live: Option<Report>,
    /// Whether the world has moved since it was trained. Of a prior rule, which learned from no world, only the losses.
    pub watched: Option<Watched>,
    /// What it should not be trusted for any more, as sentences; empty when all is well.
    pub alarms: Vec<String>,
}

/// Predictions of one rule or model that are read at most, the latest.
const BOOK_ROWS_MAX: usize = 50_000;

#[boxed]
impl Leads {
    /// Looks at the rules or models in force: their worth on the ledger, and drift. [`Leads::judge`] does so as well.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn watch_drift(&self, market: &Market, at: &Moment) -> Result<Vec<Seen>, LeadsError> {
        let policy = policy::current(self, market).await?.policy;
        let lives = self.lives(market, &policy).await?;
        let mut seen = Vec::new();
        for kind in Kind::ALL {
            seen.push(look(self, market, kind, &policy, lives.clone(), at).await?);
        }
        Ok(seen)
    }
}

/// What was last seen.
pub(super) async fn last(market: &Market, kind: Kind) -> Result<Option<Seen>, LeadsError> {
    Ok(read(records::model::watch(market.db(), kind).await?))
}

/// What an older program wrote in another form is seen anew with the next look.
fn read(found: Option<(Timestamp, String)>) -> Option<Seen> {
    found.and_then(|(_, document)| serde_json::from_str(&document).ok())
}

/// Whether the last look at who answers `question` now raised an alarm.
pub(super) async fn is_alarmed(market: &Market, kind: Kind, question: &str) -> Result<bool, LeadsError> {
    Ok(last(market, kind).await?.is_some_and(|seen| seen.question == question && !seen.alarms.is_empty()))
}

/// Looks at one kind, keeps what was seen, and says so in the audit chain when an alarm begins.
pub(super) async fn look(
    leads: &Leads,
    market: &Market,
    kind: Kind,
    policy: &Arc<LeadPolicy>,
    lives: training::Lives,
    at: &Moment,
) -> Result<Seen, LeadsError> {
    let current = policy::current(leads, market).await?;
    let in_use = models::in_use(leads, market, &current).await?;
    let (in_force, champion) = in_use.in_force(kind);
    let question = models::question(policy, kind);
    let rows = records::ledger::book(market.db(), kind, &question, &in_force, BOOK_ROWS_MAX).await?;
    let trained_at = match &champion {
        Some((version, _)) => {
            records::model::by_version(market.db(), kind, *version).await?.map(|model| model.trained_at)
        }
        None => None,
    };
    let (policy, zone, now) = (policy.clone(), super::zone(market), at.now);
    let named = in_force.clone();
    let asked = question.clone();
    let (live, watched) = training::blocking(move || -> Result<_, String> {
        let terms = terms(&policy, kind).map_err(|error| error.to_string())?;
        let daily = Book::of(named.clone(), rows.clone(), terms, Sampling::default().gap, now);
        let day = now.to_zoned(zone.clone()).date().to_string();
        let live = (!daily.rows().is_empty())
            .then(|| live_report(&daily, &asked, policy.capacity(), &day))
            .transpose()
            .map_err(|error| error.to_string())?;
        let apart = Book::of(named, rows, terms, terms.horizon(), now);
        let score = |features: &Features| match &champion {
            Some((_, learned)) => learned.probability(features),
            None => models::prior(&policy, kind).probability(features),
        };
        let names: Vec<String> = lives.iter().map(|(contact, _)| contact.to_string()).collect();
        // A rule learned from no world: nothing is held against the time before it.
        let watched_lives: Vec<(&str, &Timeline)> = match trained_at {
            Some(_) => {
                names.iter().zip(lives.iter()).map(|(name, (_, life))| (name.as_str(), life)).collect()
            }
            None => Vec::new(),
        };
        let reference = Reference { trained_at: trained_at.unwrap_or(now), score: &score };
        let drift = policy.drift();
        let watch_terms = WatchTerms {
            now,
            zone: &zone,
            sampling: policy.sampling(),
            window: SignedDuration::from_hours(24 * i64::from(drift.window_days)),
            rows_min: drift.rows_min as usize,
            alpha: drift.alpha,
        };
        let watched = match kind {
            Kind::Goal => watch(watched_lives, policy.goal(), reference, &apart, &watch_terms),
            Kind::Cold => watch(watched_lives, policy.cold(), reference, &apart, &watch_terms),
        };
        Ok((live, watched.map_err(|error| error.to_string())?))
    })
    .await?
    .map_err(LeadsError::Conflict)?;
    let alarms = watched.alarms();
    let seen = Seen { at: at.at(), in_force, question, live, watched: Some(watched), alarms };
    keep(market, kind, &seen, at).await?;
    Ok(seen)
}

async fn keep(market: &Market, kind: Kind, seen: &Seen, at: &Moment) -> Result<(), LeadsError> {
    let document = serde_json::to_string(seen).map_err(|error| LeadsError::Conflict(error.to_string()))?;
    let mut tx = market.db().begin().await?;
    tx.one_at_a_time("lead models").await?;
    let before = read(records::model::watch(&mut tx, kind).await?);
    let was_alarmed =
        before.is_some_and(|before| before.in_force == seen.in_force && !before.alarms.is_empty());
    records::model::set_watch(&mut tx, kind, at.at(), &document).await?;
    if !seen.alarms.is_empty() && !was_alarmed {
        let entry = NewEntry::new(at.at(), &at.actor, "leads.drift_seen", &format!("lead_watch:{kind}"))
            .with("in_force", &seen.in_force)
            .with("alarms", seen.alarms.join("; "));
        trail::append(&mut tx, entry);
    }
    Ok(tx.commit().await?)
}

/// When the label of a prediction is known.
fn terms(policy: &LeadPolicy, kind: Kind) -> Result<Terms, LedgerError> {
    let begin = Timestamp::UNIX_EPOCH;
    let ends = match kind {
        Kind::Goal => policy.goal().ends(begin),
        Kind::Cold => policy.cold().ends(begin),
    };
    Terms::new(ends.duration_since(begin), policy.delay())
}
