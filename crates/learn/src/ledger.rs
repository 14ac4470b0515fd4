//! The arithmetic of a prediction ledger: what was predicted, what became of it, and what may be said of that
//! already.
//!
//! A prediction says how likely something is to happen within the **horizon** after its instant: in (as of, as of +
//! horizon]. Its label is known once the horizon has passed, and the **delay** after which outcomes are on record;
//! until then the row is open and counts for nothing, also when the event has already happened. (To count the early
//! positives and leave out the others of their age would make every young base rate too high.)
//!
//! ```
//! use jiff::{SignedDuration, Timestamp};
//! use learn::ledger::{Label, Ledger, Outcome, Prediction, Terms};
//!
//! let day = |day: i64| Timestamp::from_second(day * 86_400);
//! let predictions = [
//!     Prediction::new("v3", "a", [("visits", "7")], day(0)?, 0.8)?,
//!     Prediction::new("v3", "b", [("visits", "1")], day(0)?, 0.1)?,
//!     Prediction::new("v3", "a", [("visits", "9")], day(20)?, 0.9)?,
//! ];
//! let outcomes = [Outcome { subject: "a".into(), at: day(5)?, positive: true }];
//! let terms = Terms::new(SignedDuration::from_hours(14 * 24), SignedDuration::ZERO)?;
//! let ledger = Ledger::join(&predictions, &outcomes, terms, day(21)?);
//! let labels: Vec<Label> = ledger.rows().iter().map(|row| row.label).collect();
//! assert_eq!(labels, [Label::Positive, Label::Negative, Label::Open]);
//! assert_eq!(ledger.known(), (vec![0.8, 0.1], vec![true, false]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod features;
mod waiting;

pub use features::FeaturesHash;
pub use waiting::{Step, Waiting};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a model said of a subject at an instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The version of the model.
    pub model: String,
    /// Whom it is about: a keyed hash or an identifier without meaning, never a name.
    pub subject: String,
    /// What it was predicted from.
    pub features: FeaturesHash,
    /// The instant: nothing later was known.
    pub as_of: Timestamp,
    /// The probability, 0-1.
    pub score: f64,
}

/// Something that happened, or was found not to happen, to a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// To whom, as in [`Prediction::subject`].
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// Whether it is what was predicted. A negative outcome (lost, declined) closes nothing before the horizon: the
    /// subject may come back.
    pub positive: bool,
}

/// When a label is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    horizon: SignedDuration,
    delay: SignedDuration,
}

/// Why something cannot go into a ledger.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// A score that is no probability.
    #[error("the score {score} of {subject:?} is no probability")]
    NotAProbability {
        /// The subject.
        subject: String,
        /// The score.
        score: f64,
    },
    /// A horizon that is not ahead.
    #[error("the horizon must lie ahead")]
    Horizon,
    /// A delay before the event.
    #[error("outcomes cannot be on record before they happen: the delay must not be negative")]
    Delay,
    /// No hexadecimal number of 16 digits.
    #[error("{text:?} is no hash of features: it takes 16 hexadecimal digits")]
    NoHash {
        /// What was read.
        text: String,
    },
}

impl Prediction {
    /// The prediction of `model` for `subject` from `features`, each a column's name and cell as text, in any order.
    ///
    /// # Errors
    /// When the score is no probability.
    pub fn new<'a>(
        model: impl Into<String>,
        subject: impl Into<String>,
        features: impl IntoIterator<Item = (&'a str, &'a str)>,
        as_of: Timestamp,
        score: f64,
    ) -> Result<Self, LedgerError> {
        let subject = subject.into();
        if !(0.0..=1.0).contains(&score) {
            return Err(LedgerError::NotAProbability { subject, score });
        }
        let features = FeaturesHash::of(features);
        Ok(Self { model: model.into(), subject, features, as_of, score })
    }
}

impl Terms {
    /// Labels that are known `horizon` after the prediction, and `delay` for the outcome to be on record.
    ///
    /// # Errors
    /// When the horizon is not ahead or the delay is negative.
    pub fn new(horizon: SignedDuration, delay: SignedDuration) -> Result<Self, LedgerError> {
        match () {
            () if !horizon.is_positive() => Err(LedgerError::Horizon),
            () if delay.is_negative() => Err(LedgerError::Delay),
            () => Ok(Self { horizon, delay }),
        }
    }

    /// The last instant that counts for a prediction made `as_of`.
    pub fn until(&self, as_of: Timestamp) -> Timestamp {
        as_of.checked_add(self.horizon).unwrap_or(Timestamp::MAX)
    }

    /// When the label of a prediction made `as_of` is known.
    pub fn known_from(&self, as_of: Timestamp) -> Timestamp {
        self.until(as_of).checked_add(self.delay).unwrap_or(Timestamp::MAX)
    }

    /// How long after a prediction something still counts.
    pub fn horizon(&self) -> SignedDuration {
        self.horizon
    }
}

/// What is known of a prediction's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It happened within the horizon.
    Positive,
    /// It did not.
    Negative,
    /// Too early to say.
    Open,
}

/// A prediction and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The prediction.
    pub prediction: Prediction,
    /// What is known.
    pub label: Label,
    /// The first time it happened within the horizon, as far as is on record: also in open rows.
    pub happened: Option<Timestamp>,
}

/// Predictions with their labels as of one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    rows: Vec<Row>,
    terms: Terms,
    now: Timestamp,
    repeated: usize,
    unpredicted: usize,
}

impl Ledger {
    /// Joins `predictions` and `outcomes`, in whatever order they come, as `now` sees them: what lies after `now`
    /// is not looked at.
    ///
    /// A prediction that is there twice (same model, subject and instant) counts once: the first.
    pub fn join(predictions: &[Prediction], outcomes: &[Outcome], terms: Terms, now: Timestamp) -> Self {
        let mut happened: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.positive && outcome.at <= now) {
            happened.entry(&outcome.subject).or_default().push(outcome.at);
        }
        for instants in happened.values_mut() {
            instants.sort_unstable();
        }
        let made = predictions.iter().filter(|prediction| prediction.as_of <= now);
        let mut seen = BTreeSet::new();
        let mut rows = Vec::with_capacity(predictions.len());
        let mut repeated = 0;
        for prediction in made {
            if !seen.insert((prediction.subject.as_str(), prediction.as_of, prediction.model.as_str())) {
                repeated += 1;
                continue;
            }
            let instants = happened.get(prediction.subject.as_str()).map_or(&[][..], Vec::as_slice);
            let next = instants.partition_point(|at| *at <= prediction.as_of);
            let until = terms.until(prediction.as_of);
            let happened = instants.get(next).copied().filter(|at| *at <= until);
            let label = match () {
                () if now < terms.known_from(prediction.as_of) => Label::Open,
                () if happened.is_some() => Label::Positive,
                () => Label::Negative,
            };
            rows.push(Row { prediction: prediction.clone(), label, happened });
        }
        let unpredicted = happened.keys().filter(|subject| !predicts(&seen, subject)).count();
        Self { rows, terms, now, repeated, unpredicted }
    }

    /// The rows, in the order of the predictions.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of one version of the model.
    #[must_use]
    pub fn of_model(&self, model: &str) -> Self {
        let rows = self.rows.iter().filter(|row| row.prediction.model == model).cloned().collect();
        let Self { terms, now, repeated, unpredicted, .. } = *self;
        Self { rows, terms, now, repeated, unpredicted }
    }

    /// Scores and labels of the rows whose labels are known: what every figure is computed from.
    pub fn known(&self) -> (Vec<f64>, Vec<bool>) {
        let known = self.rows.iter().filter(|row| row.label != Label::Open);
        known.map(|row| (row.prediction.score, row.label == Label::Positive)).unzip()
    }

    /// How many rows are still open.
    pub fn open(&self) -> usize {
        self.rows.iter().filter(|row| row.label == Label::Open).count()
    }

    /// Predictions that were there more than once and counted once.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Subjects to whom it happened and of whom nothing was ever predicted.
    pub fn unpredicted(&self) -> usize {
        self.unpredicted
    }

    /// How long it takes to happen, open rows included for as long as they have been watched.
    pub fn waiting(&self) -> Waiting {
        // What has not had the time to be on record was not watched.
        let watched_until = self.now.checked_sub(self.terms.delay).unwrap_or(Timestamp::MIN);
        let waits = self.rows.iter().filter_map(|row| {
            let as_of = row.prediction.as_of;
            let end = watched_until.min(self.terms.until(as_of));
            let event = row.happened.filter(|at| *at <= end);
            let wait = event.unwrap_or(end).duration_since(as_of);
            wait.is_positive().then_some((wait, event.is_some()))
        });
        Waiting::of(waits)
    }
}

/// Whether anything was predicted of `subject`.
fn predicts(seen: &BTreeSet<(&str, Timestamp, &str)>, subject: &str) -> bool {
    let first = (subject, Timestamp::MIN, "");
    seen.range(first..).next().is_some_and(|(found, _, _)| *found == subject)
}
