use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::metric::{Metric, Values};

/// Scores are sums of binary fractions: a score that is 80 on paper may be 79.99999999999999 in memory.
/// A number this close to an edge counts as lying on it.
pub(crate) const EDGE_TOLERANCE: f64 = 1e-9;

/// How a metric must relate to its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// The threshold itself holds.
    #[serde(rename = ">=")]
    AtLeast,
    /// The threshold itself does not hold.
    #[serde(rename = ">")]
    Above,
    /// The threshold itself holds.
    #[serde(rename = "<=")]
    AtMost,
    /// The threshold itself does not hold.
    #[serde(rename = "<")]
    Below,
}

impl Relation {
    /// As written in policy files.
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }

    fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::AtMost => value <= threshold,
            Self::Below => value < threshold,
        }
    }
}

/// A test of one metric, as written in a policy: `{ metric = "roi_percentage", relation = ">", threshold = 20000 }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What is tested.
    pub metric: Metric,
    /// How.
    pub relation: Relation,
    /// Against what, in the metric's own unit.
    pub threshold: f64,
}

impl Condition {
    /// Whether it holds; `None` when the metric is unknown.
    ///
    /// Inputs are compared exactly as given; results (sums of binary fractions) to within 1e-9.
    pub fn holds(&self, values: &Values) -> Option<bool> {
        let value = values.get(self.metric)?;
        let slack = match self.relation {
            _ if !self.metric.is_result() => 0.0,
            Relation::AtLeast | Relation::Below => -EDGE_TOLERANCE,
            Relation::Above | Relation::AtMost => EDGE_TOLERANCE,
        };
        Some(self.relation.holds(value, self.threshold + slack))
    }

    /// How much the metric lacks to reach the threshold; zero or more when the condition does not hold.
    pub fn gap(&self, value: f64) -> f64 {
        match self.relation {
            Relation::AtLeast | Relation::Above => self.threshold - value,
            Relation::AtMost | Relation::Below => value - self.threshold,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.metric.is_flag() {
            let wants_yes = self.relation.holds(1.0, self.threshold);
            return write!(out, "{}{}", if wants_yes { "" } else { "no " }, self.metric.label());
        }
        write!(
            out,
            "{} {} {}{}",
            self.metric.label(),
            self.relation.sign(),
            self.threshold,
            self.metric.unit()
        )
    }
}

/// A condition that adds a number when it holds, with its words made once.
#[derive(Clone, Debug)]
pub(crate) struct Signal {
    pub condition: Condition,
    pub points: f64,
    /// `locations >= 5: +15`.
    pub reason: Arc<str>,
    /// `locations >= 5`.
    pub text: Arc<str>,
}

impl Signal {
    pub fn new(condition: Condition, points: f64) -> Self {
        Self {
            condition,
            points,
            reason: format!("{condition}: {points:+}").into(),
            text: condition.to_string().into(),
        }
    }
}
