//! How likely a lead reaches the market's goal, why, how sure that is, and what to do next.
//!
//! ```
//! use leads::{features::Features, prior::Prior, score::{Basis, Outcomes, Scorer}};
//!
//! let outcomes = Outcomes { positive: 12, negative: 240 };
//! let scorer = Scorer::choose(Prior::shipped(), None, outcomes);
//! let score = scorer.score(&Features::of("2026-03-02T10:00:00Z".parse().unwrap(), []));
//! let Basis::Prior { policy, why } = &score.basis else { unreachable!() };
//! assert_eq!(policy.to_string(), "leads_prior v1");
//! assert_eq!(why.to_string(), "12 of the 200 leads that reached the goal are there, and 240 of the 200 that did not");
//! ```
//!
//! The published prior and a learned model give the same thing: log-odds that begin at a base and are moved by
//! factors, a probability, an interval, and reasons in words. Base and factors sum to the log-odds exactly, added in
//! the order in which they stand.

mod basis;
mod learned;
mod next;
#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

use jiff::Timestamp;
use kernel::{Factor, Interval};
use learn::{
    explain::{self, Explanation},
    frame::{Schema, Value},
    ledger::FeaturesHash,
    odds,
};
use serde::{Deserialize, Serialize};

pub use basis::{Basis, NotYet, Outcomes};
pub use learned::{Learned, LearnedError, SIMILAR_ROWS};
pub use next::{NextBest, Step};
pub use words::Reason;

use crate::{
    band::{self, Capacity, Ranked, Standing},
    features::{Absent, Feature, Features},
    overlay::Effective,
    prior::{Missing, Prior},
};

/// What is said of one lead at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadScore {
    /// The probability that the goal is reached within the horizon.
    pub probability: f64,
    /// Of a prior: every probability that the rule allows, whatever is unknown, with its own doubt. Of a model: as far
    /// off, with 90 % confidence, as leads with such a score were among those that it was judged on.
    pub interval: Interval,
    /// Where the lead stands among the open ones; none before they were ranked.
    pub standing: Option<Standing>,
    /// The log-odds that every lead begins with.
    pub base: f64,
    /// The log-odds of this one: the base and the factors' contributions. Of a model, before calibration.
    pub margin: f64,
    /// What moves it, in log-odds, the largest first.
    pub factors: Vec<Factor>,
    /// The same in words and in points of the chance, the largest first.
    pub reasons: Vec<Reason>,
    /// What the score rests on.
    pub basis: Basis,
    /// The moment of what was known.
    pub as_of: Timestamp,
    /// Tells whether another score saw the same.
    pub features: FeaturesHash,
    /// What would change the score if it were known, the widest first.
    pub missing: Vec<Missing>,
    /// What to do next.
    pub next: NextBest,
}

/// A score in parts, before words are made of it.
struct Parts {
    base: f64,
    /// In the order of the features.
    contributions: Vec<f64>,
    interval: Interval,
    missing: Vec<Missing>,
}

/// What scores the leads of a market: its model where there is one, else the prior.
#[derive(Clone, Debug)]
pub struct Scorer<'a> {
    prior: &'a Prior,
    learned: Result<&'a Learned, NotYet>,
}

impl<'a> Scorer<'a> {
    /// The model `learned`, when it is there and `outcomes` are as many as the prior policy asks for; else the prior,
    /// with the reason.
    pub fn choose(prior: &'a Prior, learned: Option<&'a Learned>, outcomes: Outcomes) -> Self {
        let switch = &prior.document().switch;
        let needed = Outcomes { positive: switch.positive_min, negative: switch.negative_min };
        let learned = match learned {
            _ if outcomes.positive < needed.positive || outcomes.negative < needed.negative => {
                Err(NotYet::TooFew { outcomes, needed })
            }
            Some(learned) => Ok(learned),
            None => Err(NotYet::NotTrained),
        };
        Self { prior, learned }
    }

    /// The prior, although model `version` was accepted: it cannot be read.
    pub fn without(prior: &'a Prior, version: u32) -> Self {
        Self { prior, learned: Err(NotYet::Unreadable { version }) }
    }

    /// What scores rest on.
    pub fn basis(&self) -> Basis {
        match &self.learned {
            Ok(learned) => learned.basis(),
            Err(why) => Basis::Prior { policy: self.prior.key().clone(), why: *why },
        }
    }

    /// The probability of one row and nothing else: for many rows.
    pub fn probability(&self, features: &Features) -> f64 {
        match &self.learned {
            Ok(learned) => learned.probability(features),
            Err(_) => self.prior.probability(features),
        }
    }

    /// The probabilities of many rows.
    pub fn probabilities(&self, rows: &[Features]) -> Vec<f64> {
        rows.iter().map(|features| self.probability(features)).collect()
    }

    /// Everything that is to be said of one row.
    pub fn score(&self, features: &Features) -> LeadScore {
        let parts = match &self.learned {
            Ok(learned) => learned.parts(features, &self.missing(features)),
            Err(_) => self.prior_parts(features),
        };
        let mut explanation =
            Explanation { base: parts.base, prediction: parts.base, contributions: parts.contributions };
        let factors = explain::factors(schema(), &explanation);
        let margin = factors.iter().fold(parts.base, |sum, factor| sum + factor.contribution);
        explanation.prediction = margin;
        let points = explanation.on_scale(|margin| self.chance(margin));
        let mut missing = parts.missing;
        missing.sort_by(|one, other| other.change.width().total_cmp(&one.change.width()));
        LeadScore {
            probability: points.prediction,
            interval: hull(parts.interval, points.prediction),
            standing: None,
            base: parts.base,
            margin,
            factors,
            reasons: words::reasons(features, &points.contributions),
            basis: self.basis(),
            as_of: features.moment(),
            features: features.hash(),
            next: next::next_best(features, &missing),
            missing,
        }
    }

    /// Everything that is to be said of many rows.
    pub fn score_all(&self, rows: &[Features]) -> Vec<LeadScore> {
        rows.iter().map(|features| self.score(features)).collect()
    }

    fn chance(&self, margin: f64) -> f64 {
        match &self.learned {
            Ok(learned) => learned.chance(margin),
            Err(_) => odds::probability(margin),
        }
    }

    fn prior_parts(&self, features: &Features) -> Parts {
        let score = self.prior.assess(features);
        let mut contributions = vec![0.0; Feature::ALL.len()];
        for (feature, contribution) in &score.contributions {
            contributions[*feature as usize] = *contribution;
        }
        Parts { base: score.base, contributions, interval: score.interval(), missing: score.missing }
    }

    /// What is unknown, with what it would change in the log-odds at the values that the prior policy names.
    fn missing(&self, features: &Features) -> Vec<Missing> {
        let Ok(learned) = &self.learned else { return Vec::new() };
        let now = learned.margin(features);
        let unknown = Feature::ALL.into_iter().filter(|feature| {
            feature.spec().absent == Absent::Unknown && features.value(*feature) == Value::Missing
        });
        let change = |feature: Feature| {
            let section = self.prior.section(feature)?;
            let answers = [section.no.map(|_| 0.0), section.yes.map(|_| 1.0)].into_iter().flatten();
            let numbers = section.curve.iter().map(|[x, _]| *x).chain(answers).map(Value::Number);
            let levels = (0..feature.spec().levels.len() as u32).map(Value::Level);
            let changes =
                numbers.chain(levels).map(|value| learned.margin(&features.with(feature, value)) - now);
            let change = changes.fold(Interval::point(0.0), hull);
            Some(Missing { feature, change })
        };
        unknown.filter_map(change).collect()
    }
}

impl LeadScore {
    /// The score as a person's word leaves it: what rankings use.
    pub fn ranked(
        &self,
        lead: impl Into<String>,
        effective: &Effective<'_>,
        previous: Option<band::Band>,
    ) -> Ranked {
        Ranked { lead: lead.into(), margin: odds::logit(effective.probability), previous }
    }
}

/// Gives each score its standing among `ranked`, which are the same leads in the same order.
pub fn rank(scores: &mut [LeadScore], ranked: &[Ranked], capacity: &Capacity) {
    for (score, standing) in scores.iter_mut().zip(band::assign(ranked, capacity)) {
        score.standing = Some(standing);
    }
}

/// The columns of every row, made once.
fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(Features::schema);
    &SCHEMA
}

/// The least interval that holds `interval` and `value`.
fn hull(interval: Interval, value: f64) -> Interval {
    Interval { lower: interval.lower.min(value), upper: interval.upper.max(value) }
}
