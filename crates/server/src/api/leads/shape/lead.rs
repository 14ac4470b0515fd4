use jiff::Timestamp;
use kernel::{Interval, Ulid};
use leads::{
    BoardPage, LeadRow, LeadView, PastScore as Past, ScoreOverride,
    score::{LeadScore, NextBest, Reason},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::word;
use crate::api::contacts::shape::Contact;

/// Some leads.
#[derive(Serialize, ToSchema)]
pub struct Leads {
    /// The leads. In a search a page can be short, or empty, before the last one: names are looked for one by one.
    leads: Vec<Lead>,
    /// How many meet the conditions.
    total: u64,
    /// Where the next page begins; `null`: this was the last.
    next_cursor: Option<String>,
}

impl Leads {
    /// A page with the cursor of the next.
    pub fn of(page: BoardPage, next_cursor: Option<String>) -> Self {
        Self { leads: page.rows.into_iter().map(Lead::from).collect(), total: page.total, next_cursor }
    }
}

/// A lead as a list shows it. What a score says is missing before the first one.
#[derive(Serialize, ToSchema)]
pub struct Lead {
    /// Who.
    contact: Contact,
    /// When they first came.
    arrived_at: Timestamp,
    /// From where.
    source: Option<&'static str>,
    /// Since when it is won or lost.
    closed_at: Option<Timestamp>,
    /// When we first spoke to them after they came.
    first_action_at: Option<Timestamp>,
    /// When they last did something of their own accord.
    last_activity_at: Option<Timestamp>,
    /// When it was scored.
    scored_at: Option<Timestamp>,
    /// Whether there are news that the score does not know of yet.
    stale: bool,
    /// The chance that the market's goal is reached, as computed, 0 to 1.
    probability: Option<f64>,
    /// Where that chance lies: lower and upper end.
    interval: Option<[f64; 2]>,
    /// The chance that counts: a person's word, where there is one.
    effective: Option<f64>,
    /// Where it stands among the open leads.
    standing: Option<Standing>,
    /// How likely it goes cold, 0 to 1.
    cold_probability: Option<f64>,
    /// What the score rests on, as a sentence.
    basis: Option<String>,
    /// What moves the chance, the largest first.
    reasons: Vec<ScoreReason>,
    /// What to do next.
    next: Option<NextStep>,
}

impl From<LeadRow> for Lead {
    fn from(row: LeadRow) -> Self {
        Self {
            contact: row.contact.into(),
            arrived_at: row.arrived_at,
            source: row.source.map(|source| source.id()),
            closed_at: row.closed_at,
            first_action_at: row.first_action_at,
            last_activity_at: row.last_activity_at,
            scored_at: row.scored_at,
            stale: row.stale,
            probability: row.probability,
            interval: row.interval.map(Interval::into),
            effective: row.effective,
            standing: row.standing.map(Standing::from),
            cold_probability: row.cold_probability,
            basis: row.basis,
            reasons: row.reasons.into_iter().map(ScoreReason::from).collect(),
            next: row.next.map(NextStep::from),
        }
    }
}

/// Where a lead stands among the open ones.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadStanding)]
pub struct Standing {
    /// `hot`: the team can call it today; `warm`: within the days it plans; `cold`: beyond.
    band: &'static str,
    /// Its place by chance alone, from 1.
    #[schema(minimum = 1)]
    rank: usize,
    /// How many open leads there are.
    of: usize,
    /// Whether it has its band because it had it before: by chance alone another would be there.
    kept: bool,
    /// The same as a sentence.
    sentence: String,
}

impl From<leads::band::Standing> for Standing {
    fn from(standing: leads::band::Standing) -> Self {
        let sentence = standing.to_string();
        let leads::band::Standing { band, rank, of, kept, .. } = standing;
        Self { band: band.id(), rank, of, kept, sentence }
    }
}

/// One reason for a chance.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadReason)]
pub struct ScoreReason {
    /// Which feature.
    feature: String,
    /// What is known of the lead there.
    said: String,
    /// What it adds to the chance, as a fraction.
    change: f64,
}

impl From<Reason> for ScoreReason {
    fn from(reason: Reason) -> Self {
        Self { feature: word(&reason.feature), said: reason.said, change: reason.change }
    }
}

/// What to do next with a lead. Whether it may be done says the gate.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadNextStep)]
pub struct NextStep {
    /// What: `answer`, `first_contact`, `ask`, ..
    step: String,
    /// As a sentence to the agent.
    text: String,
    /// Why this and nothing else.
    why: String,
}

impl From<NextBest> for NextStep {
    fn from(next: NextBest) -> Self {
        Self { step: word(&next.step), text: next.text, why: next.why }
    }
}

/// A lead with everything that is known of its score.
#[derive(Serialize, ToSchema)]
pub struct LeadDetail {
    /// As a list shows it.
    lead: Lead,
    /// The score with all its factors; nothing before the first one.
    score: Option<Score>,
    /// What a person said that counts now.
    r#override: Option<Override>,
    /// Everything that persons said of it, the latest first.
    overrides: Vec<Override>,
}

impl From<LeadView> for LeadDetail {
    fn from(view: LeadView) -> Self {
        Self {
            lead: view.row.into(),
            score: view.score.map(Score::from),
            r#override: view.set_by.map(Override::from),
            overrides: view.overrides.into_iter().map(Override::from).collect(),
        }
    }
}

/// A score with everything that it is made of.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadScore)]
pub struct Score {
    /// The chance that the goal is reached within its horizon, 0 to 1.
    probability: f64,
    /// Where it lies: lower and upper end.
    interval: [f64; 2],
    /// The log-odds that every lead begins with.
    base: f64,
    /// The log-odds of this one: the base and all contributions.
    margin: f64,
    /// What moves it, the largest first.
    factors: Vec<ScoreFactor>,
    /// The same in words and in points of the chance.
    reasons: Vec<ScoreReason>,
    /// What it rests on, as a sentence.
    basis: String,
    /// Whether a learned model made it; else a published rule did.
    learned: bool,
    /// The moment of what was known.
    as_of: Timestamp,
    /// Tells whether another score saw the same.
    features: String,
    /// What would change it if it were known, the widest first.
    missing: Vec<Unknown>,
    /// What to do next.
    next: NextStep,
}

impl From<LeadScore> for Score {
    fn from(score: LeadScore) -> Self {
        Self {
            probability: score.probability,
            interval: score.interval.into(),
            base: score.base,
            margin: score.margin,
            factors: score.factors.into_iter().map(ScoreFactor::from).collect(),
            reasons: score.reasons.into_iter().map(ScoreReason::from).collect(),
            basis: score.basis.to_string(),
            learned: matches!(score.basis, leads::score::Basis::Model { .. }),
            as_of: score.as_of,
            features: word(&score.features),
            missing: score
                .missing
                .into_iter()
                .map(|missing| Unknown { feature: word(&missing.feature), change: missing.change.into() })
                .collect(),
            next: score.next.into(),
        }
    }
}

/// One additive contribution to the log-odds.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadFactor)]
pub struct ScoreFactor {
    /// Which feature.
    name: String,
    /// Its input.
    value: f64,
    /// What it adds to the log-odds; base and contributions sum to the margin.
    contribution: f64,
}

impl From<kernel::Factor> for ScoreFactor {
    fn from(factor: kernel::Factor) -> Self {
        Self { name: factor.name.into_owned(), value: factor.value, contribution: factor.contribution }
    }
}

/// Something that nobody knows of a lead.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadUnknown)]
pub struct Unknown {
    /// Which feature.
    feature: String,
    /// What knowing it would change the log-odds by, at worst and at best.
    change: [f64; 2],
}

/// What a person said of a lead.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadOverride)]
pub struct Override {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// The chance that they give it.
    probability: f64,
    /// Why.
    reason: String,
    /// Who: `user:` or `key:` with the identifier.
    by: String,
    /// From when on.
    since: Timestamp,
    /// Until when; that instant is outside.
    until: Timestamp,
    /// When it was taken back.
    withdrawn_at: Option<Timestamp>,
}

impl From<ScoreOverride> for Override {
    fn from(word: ScoreOverride) -> Self {
        let ScoreOverride { id, probability, reason, who, since, until, withdrawn_at } = word;
        Self { id, probability, reason, by: who, since, until, withdrawn_at }
    }
}

/// A score of the past.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadPastScore)]
pub struct PastScore {
    /// When.
    at: Timestamp,
    /// The chance as computed.
    probability: f64,
    /// Where it lay.
    interval: [f64; 2],
    /// The band then.
    band: &'static str,
    /// `prior` or `model`.
    basis: String,
    /// Which rule or model, with its version.
    model: String,
    /// What moved it, the largest first.
    reasons: Vec<ScoreReason>,
}

impl From<Past> for PastScore {
    fn from(past: Past) -> Self {
        Self {
            at: past.at,
            probability: past.probability,
            interval: past.interval.into(),
            band: past.band.id(),
            basis: past.basis,
            model: past.model,
            reasons: past.reasons.into_iter().map(ScoreReason::from).collect(),
        }
    }
}

/// What a file of leads holds.
#[derive(Serialize, ToSchema)]
pub struct LeadExportManifest {
    /// Leads in it.
    rows: u64,
    /// SHA-256 of the table as CSV, before anything is done against formulas, in hexadecimal.
    sha256: String,
    /// The market's policy of leads, with its version.
    policy: String,
    /// What the scores rest on, each rule or model once.
    models: Vec<String>,
    /// The moment that it speaks of.
    as_of: Timestamp,
}

impl From<leads::ExportManifest> for LeadExportManifest {
    fn from(manifest: leads::ExportManifest) -> Self {
        let leads::ExportManifest { rows, sha256, policy, models, as_of } = manifest;
        Self { rows, sha256, policy, models, as_of }
    }
}
