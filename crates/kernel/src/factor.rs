use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One additive part of a score: the factors of an assessment sum to its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Stable identifier, as used in policies and APIs (`satisfaction`).
    pub name: Cow<'static, str>,
    /// The input on the score's own scale (readiness: 0-100).
    pub value: f64,
    /// Share of the score this factor carries here, as a fraction; weights of known factors sum to 1.
    pub weight: f64,
    /// `value * weight`: what the factor adds to the score.
    pub contribution: f64,
}

/// A closed range that a number lies in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", from = "[f64; 2]")]
pub struct Interval {
    /// Lower end, inclusive.
    pub lower: f64,
    /// Upper end, inclusive.
    pub upper: f64,
}

impl Interval {
    /// The range that holds one value only.
    pub fn point(value: f64) -> Self {
        Self { lower: value, upper: value }
    }

    /// Distance between the ends, in the unit of the number.
    pub fn width(self) -> f64 {
        self.upper - self.lower
    }

    /// Whether `value` lies in the range.
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.lower, interval.upper]
    }
}

impl From<[f64; 2]> for Interval {
    fn from([lower, upper]: [f64; 2]) -> Self {
        Self { lower, upper }
    }
}
