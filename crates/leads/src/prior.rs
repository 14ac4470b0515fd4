//! The published rule that scores leads before a market has outcomes enough for a model.
//!
//! ```
//! use leads::{features::{Feature, Features}, prior::Prior};
//! use learn::frame::Value;
//!
//! let at = "2026-03-02T10:00:00Z".parse().unwrap();
//! let asked = Features::of(at, [(Feature::Preapproved, Value::Number(1.0)), (Feature::HorizonDays, Value::Number(20.0))]);
//! let silent = Features::of(at, []);
//! let (told, untold) = (Prior::shipped().assess(&asked), Prior::shipped().assess(&silent));
//! assert!(told.probability() > untold.probability());
//! assert!(told.margins.width() < untold.margins.width(), "what we are told makes us surer");
//! ```
//!
//! Scores are additive in log-odds. Every contribution is a multiple of 2^-20, so that base and contributions sum
//! to the score exactly, in whatever order they are added.

mod document;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use kernel::{Interval, PolicyKey};
use learn::{frame::Value, odds};
use serde::{Deserialize, Serialize};

pub use document::{
    BaseSection, DoubtSection, Evidence, FactorSection, PriorDocument, PriorError, SwitchSection,
};

use crate::features::{Absent, Feature, Features};

/// The prior policy as it is written, with its comments.
pub const PRIOR_TOML: &str = include_str!("../../../policies/leads_prior.toml");

/// The step of contributions in log-odds: 2^-20, a millionth. Multiples of it add without rounding.
const STEP: f64 = 1.0 / 1_048_576.0;

/// A prior policy that was checked: scoring with it cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    key: PolicyKey,
    document: PriorDocument,
    base: f64,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    feature: Feature,
    shape: Shape,
    absent: f64,
    lower: f64,
    upper: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Curve(Vec<[f64; 2]>),
    Levels(Vec<f64>),
}

/// What the rule says of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorScore {
    /// Log-odds of the base rate.
    pub base: f64,
    /// Log-odds of the row: the base and every contribution, exactly.
    pub margin: f64,
    /// What each feature of the policy adds, in the policy's order; zeros included.
    pub contributions: Vec<(Feature, f64)>,
    /// The log-odds that the row can have, whatever the unknown features are, with the rule's own doubt on both sides.
    pub margins: Interval,
    /// Features that have a value which we do not know.
    pub missing: Vec<Missing>,
}

/// A feature that has a value which we do not know.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Which.
    pub feature: Feature,
    /// What knowing it would change the log-odds by, at worst and at best.
    pub change: Interval,
}

impl PriorScore {
    /// The probability of the goal.
    pub fn probability(&self) -> f64 {
        odds::probability(self.margin)
    }

    /// The probabilities that it can have.
    pub fn interval(&self) -> Interval {
        Interval {
            lower: odds::probability(self.margins.lower),
            upper: odds::probability(self.margins.upper),
        }
    }
}

impl Prior {
    /// Checks and compiles a document.
    ///
    /// # Errors
    /// Every value that cannot be, with its key and the reason.
    pub fn new(document: PriorDocument) -> Result<Self, PriorError> {
        let rules = document.check()?;
        let key = PolicyKey { name: document.name.clone(), version: document.version };
        let base = stepped(odds::logit(document.base.probability));
        let rules = rules.into_iter().map(|(feature, section)| Rule::of(feature, section)).collect();
        Ok(Self { key, base, rules, document })
    }

    /// Reads a policy as written in `policies/leads_prior.toml`.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value cannot be.
    pub fn from_toml(text: &str) -> Result<Self, PriorError> {
        Self::new(toml::from_str(text).map_err(|error| PriorError::Unreadable(error.to_string()))?)
    }

    /// The policy that ships with the product.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Prior> = LazyLock::new(|| {
            // Part of the program, read by the tests of this module.
            Prior::from_toml(PRIOR_TOML).expect("the embedded policy is valid")
        });
        &SHIPPED
    }

    /// Name and version.
    pub fn key(&self) -> &PolicyKey {
        &self.key
    }

    /// Everything as written.
    pub fn document(&self) -> &PriorDocument {
        &self.document
    }

    /// What is known of where a feature's constants come from; none when the policy does not use it.
    pub fn section(&self, feature: Feature) -> Option<&FactorSection> {
        self.document.factors.iter().find(|section| section.feature == feature.spec().name)
    }

    /// The probability of the goal and nothing else: for many rows.
    pub fn probability(&self, features: &Features) -> f64 {
        let sum: f64 = self.rules.iter().map(|rule| rule.contribution(features.value(rule.feature))).sum();
        odds::probability(self.base + sum)
    }

    /// What the rule says, in parts.
    pub fn assess(&self, features: &Features) -> PriorScore {
        let (mut margin, mut lower, mut upper) = (self.base, self.base, self.base);
        let mut contributions = Vec::with_capacity(self.rules.len());
        let mut missing = Vec::new();
        for rule in &self.rules {
            let value = features.value(rule.feature);
            let contribution = rule.contribution(value);
            margin += contribution;
            contributions.push((rule.feature, contribution));
            if rule.is_unknown(value) {
                lower += rule.lower;
                upper += rule.upper;
                let change = Interval { lower: rule.lower - contribution, upper: rule.upper - contribution };
                missing.push(Missing { feature: rule.feature, change });
            } else {
                lower += contribution;
                upper += contribution;
            }
        }
        let doubt = self.document.doubt.log_odds;
        let margins = Interval { lower: lower - doubt, upper: upper + doubt };
        PriorScore { base: self.base, margin, contributions, margins, missing }
    }
}

impl Rule {
    fn of(feature: Feature, section: &FactorSection) -> Self {
        let spec = feature.spec();
        let shape = match (section.yes, section.no) {
            (Some(yes), Some(no)) => Shape::Curve(vec![[0.0, no], [1.0, yes]]),
            _ if section.levels.is_empty() => Shape::Curve(section.curve.clone()),
            _ => {
                let of = |level: &&str| section.levels.get(*level).copied().unwrap_or(section.absent);
                Shape::Levels(spec.levels.iter().map(|level| stepped(of(level))).collect())
            }
        };
        let absent = stepped(section.absent);
        let all: Vec<f64> = match &shape {
            Shape::Curve(points) => points.iter().map(|[_, adds]| stepped(*adds)).collect(),
            Shape::Levels(levels) => levels.clone(),
        };
        let lower = all.iter().copied().fold(absent, f64::min);
        let upper = all.iter().copied().fold(absent, f64::max);
        Self { feature, shape, absent, lower, upper }
    }

    fn contribution(&self, value: Value) -> f64 {
        match (value, &self.shape) {
            (Value::Number(x), Shape::Curve(points)) => stepped(on_curve(points, x)),
            (Value::Level(code), Shape::Levels(levels)) => {
                levels.get(code as usize).copied().unwrap_or(self.absent)
            }
            _ => self.absent,
        }
    }

    fn is_unknown(&self, value: Value) -> bool {
        value == Value::Missing && self.feature.spec().absent == Absent::Unknown
    }
}

/// The nearest multiple of [`STEP`]. `-0.0` becomes `0.0`.
fn stepped(log_odds: f64) -> f64 {
    (log_odds / STEP).round() * STEP + 0.0
}

/// The height of the line through `points` at `x`, level beyond its ends.
fn on_curve(points: &[[f64; 2]], x: f64) -> f64 {
    let after = points.partition_point(|[at, _]| *at <= x);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some([x0, y0]), Some([x1, y1])) => y0 + (y1 - y0) * ((x - x0) / (x1 - x0)),
        (Some([_, y]), None) | (None, Some([_, y])) => *y,
        (None, None) => 0.0,
    }
}
