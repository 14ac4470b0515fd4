//! Were the predictions any good? Scores made on earlier days against what happened afterwards.
//!
//! Pure: predictions and outcomes in, a [`Report`] out. Below [`CLASS_MIN`] cases of either kind the answer
//! is "insufficient data" and no measure is given: a figure that nobody should act on is not printed.

mod measures;

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::measures::{Bin, Estimate, Measures};
use crate::{assessment::Assessment, metrics::ClientId, outcome::Outcome};

/// Fewest cases of each kind, won and not won, that measures are given for.
pub const CLASS_MIN: usize = 30;

/// A score of one day and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The client.
    pub client_id: ClientId,
    /// The day the score speaks of; it uses nothing known later.
    pub as_of: Date,
    /// The chance given, 0-1.
    pub probability: f64,
    /// Whether it happened within the window.
    pub happened: bool,
}

/// What a client without any outcome in the window counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// As nothing: only recorded outcomes are compared.
    Excluded,
    /// As not won: for sources that record every event, such as upgrades in a billing system.
    NotWon,
}

/// What the comparison says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Predictions compared.
    pub n: usize,
    /// Of which won.
    pub positives: usize,
    /// Of which not.
    pub negatives: usize,
    /// From which days, with how many predictions each.
    pub as_of: BTreeMap<Date, usize>,
    /// The measures, or why there are none.
    pub verdict: Verdict,
    /// Predicted at or above the threshold and not won, the most confident first.
    pub false_positives: Vec<Prediction>,
    /// Predicted below the threshold and won, the least expected first.
    pub false_negatives: Vec<Prediction>,
    /// The chance from which on an offer was expected to be won.
    pub threshold: f64,
}

/// Whether there is enough to measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Too few cases of one kind.
    InsufficientData {
        /// Fewest cases of each kind that are needed.
        needed: usize,
    },
    /// Enough to measure.
    Measured(Box<Measures>),
}

/// The comparison makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BacktestError {
    /// A chance outside 0-1, or not a number.
    #[error("client {client_id} on {as_of}: {probability} is not a chance between 0 and 1")]
    Probability {
        /// The client.
        client_id: ClientId,
        /// The day.
        as_of: Date,
        /// What was given.
        probability: f64,
    },
}

/// What was claimed of a client on a day: an assessment, or an entry of the prediction ledger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim<'a> {
    /// The client.
    pub client_id: &'a ClientId,
    /// The day.
    pub as_of: Date,
    /// The chance given, 0-1.
    pub probability: f64,
}

impl<'a> From<&'a Assessment> for Claim<'a> {
    fn from(assessment: &'a Assessment) -> Self {
        Self {
            client_id: &assessment.client_id,
            as_of: assessment.as_of,
            probability: assessment.success_probability,
        }
    }
}

/// Pairs claims with the first outcome of their client after their day and within `window_days`.
///
/// An outcome of the day itself or before is not counted: the score may already have known it.
pub fn pair<'a>(
    claims: impl IntoIterator<Item: Into<Claim<'a>>>,
    outcomes: &[Outcome],
    window_days: u32,
    silence: Silence,
) -> Vec<Prediction> {
    let mut by_client: BTreeMap<&ClientId, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_client.entry(&outcome.client_id).or_default().push(outcome);
    }
    for outcomes in by_client.values_mut() {
        outcomes.sort_by_key(|outcome| (outcome.occurred_on, outcome.id));
    }
    claims
        .into_iter()
        .filter_map(|claim| {
            let claim = claim.into();
            let last = claim.as_of.saturating_add(i64::from(window_days).days());
            let first = by_client.get(claim.client_id).and_then(|outcomes| {
                outcomes
                    .iter()
                    .find(|outcome| claim.as_of < outcome.occurred_on && outcome.occurred_on <= last)
            });
            let happened = match (first, silence) {
                (Some(outcome), _) => outcome.won(),
                (None, Silence::NotWon) => false,
                (None, Silence::Excluded) => return None,
            };
            Some(Prediction {
                client_id: claim.client_id.clone(),
                as_of: claim.as_of,
                probability: claim.probability,
                happened,
            })
        })
        .collect()
}

/// Compares predictions with what happened. `threshold` splits them into expected and not; `seed` starts
/// the resampling behind the intervals, so that the same question has the same answer.
///
/// # Errors
/// When a prediction is no chance.
pub fn run(predictions: &[Prediction], threshold: f64, seed: u64) -> Result<Report, BacktestError> {
    if let Some(Prediction { client_id, as_of, probability, .. }) =
        predictions.iter().find(|prediction| !(0.0..=1.0).contains(&prediction.probability))
    {
        let client_id = client_id.clone();
        return Err(BacktestError::Probability { client_id, as_of: *as_of, probability: *probability });
    }
    let positives = predictions.iter().filter(|prediction| prediction.happened).count();
    let negatives = predictions.len() - positives;
    let verdict = if positives.min(negatives) < CLASS_MIN {
        Verdict::InsufficientData { needed: CLASS_MIN }
    } else {
        let cases: Vec<(f64, bool)> =
            predictions.iter().map(|prediction| (prediction.probability, prediction.happened)).collect();
        Verdict::Measured(Box::new(measures::measure(&cases, seed)))
    };
    let mut as_of = BTreeMap::new();
    for prediction in predictions {
        *as_of.entry(prediction.as_of).or_insert(0) += 1;
    }
    let mut false_positives = wrong(predictions, |p| p.probability >= threshold && !p.happened);
    false_positives.reverse();
    let false_negatives = wrong(predictions, |p| p.probability < threshold && p.happened);
    Ok(Report {
        n: predictions.len(),
        positives,
        negatives,
        as_of,
        verdict,
        false_positives,
        false_negatives,
        threshold,
    })
}

/// The predictions that `is` picks, by ascending chance.
fn wrong(predictions: &[Prediction], is: impl Fn(&&Prediction) -> bool) -> Vec<Prediction> {
    let mut picked: Vec<Prediction> = predictions.iter().filter(is).cloned().collect();
    picked.sort_by(|a, b| {
        a.probability
            .total_cmp(&b.probability)
            .then_with(|| (a.as_of, &a.client_id).cmp(&(b.as_of, &b.client_id)))
    });
    picked
}

#[cfg(test)]
mod tests;
