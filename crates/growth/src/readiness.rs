//! Readiness score, 0-100: a weighted sum of dimensions that says what it is made of.
//!
//! A dimension with an unknown metric is left out and the other weights are scaled to 1; `coverage` is the weight
//! that remains, and the interval holds the scores that the unknown dimensions could lead to. With every dimension
//! unknown the score is 0, the coverage 0 and the interval 0-100.

use std::borrow::Cow;

use kernel::{Factor, Interval};

use crate::{
    assessment::Readiness,
    policy::{Condition, EDGE_TOLERANCE, LevelSection, Metric, PolicyDocument, Values},
};

/// Highest value of a dimension and of the score.
const FULL: f64 = 100.0;

/// Names that need no allocation when an assessment lists its factors. Other names work as well.
const KNOWN_NAMES: [&str; 7] = [
    "satisfaction",
    "usage",
    "growth",
    "financial_health",
    "engagement",
    "executive_relationship",
    "success_documentation",
];

pub(crate) struct ReadinessRules {
    dimensions: Vec<Dimension>,
    levels: Vec<LevelSection>,
}

struct Dimension {
    name: Cow<'static, str>,
    weight: f64,
    metric: Metric,
    shape: Shape,
}

enum Shape {
    Line { zero_at: f64, per_unit: f64 },
    Points(Vec<(Condition, f64)>),
}

impl Dimension {
    fn value(&self, values: &Values) -> Option<f64> {
        let metric = values.get(self.metric)?;
        let value = match &self.shape {
            Shape::Line { zero_at, per_unit } => (metric - zero_at) * per_unit,
            Shape::Points(points) => points.iter().try_fold(0.0, |sum, (condition, points)| {
                condition.holds(values).map(|holds| if holds { sum + points } else { sum })
            })?,
        };
        Some(value.clamp(0.0, FULL))
    }
}

impl ReadinessRules {
    pub fn of(document: &PolicyDocument) -> Self {
        let section = &document.readiness;
        let dimensions = section
            .dimensions
            .iter()
            .map(|dimension| Dimension {
                name: match KNOWN_NAMES.iter().find(|name| **name == dimension.name) {
                    Some(name) => Cow::Borrowed(*name),
                    None => Cow::Owned(dimension.name.clone()),
                },
                weight: dimension.weight,
                metric: dimension.metric,
                shape: match (dimension.zero_at, dimension.full_at) {
                    (Some(zero_at), Some(full_at)) => {
                        Shape::Line { zero_at, per_unit: FULL / (full_at - zero_at) }
                    }
                    _ => Shape::Points(
                        dimension.points.iter().map(|item| (item.condition(), item.points)).collect(),
                    ),
                },
            })
            .collect();
        Self { dimensions, levels: section.levels.clone() }
    }

    pub fn assess(&self, values: &Values) -> Readiness {
        let mut factors = Vec::with_capacity(self.dimensions.len());
        let (mut known, mut unknown) = (0.0, 0.0);
        for dimension in &self.dimensions {
            match dimension.value(values) {
                Some(value) => {
                    known += dimension.weight;
                    factors.push(Factor {
                        name: dimension.name.clone(),
                        value,
                        weight: dimension.weight,
                        contribution: 0.0,
                    });
                }
                None => unknown += dimension.weight,
            }
        }
        let complete = factors.len() == self.dimensions.len();
        let (mut score, mut lower) = (0.0, 0.0);
        for factor in &mut factors {
            lower += factor.value * factor.weight;
            if !complete {
                factor.weight /= known;
            }
            factor.contribution = factor.value * factor.weight;
            if score + factor.contribution > FULL {
                // Scaled weights may sum to a hair more than 1; the last contribution gives it back.
                factor.contribution = FULL - score;
            }
            score += factor.contribution;
        }
        let (coverage, interval) = if complete {
            (1.0, Interval::point(score))
        } else {
            let upper = (lower + unknown * FULL).min(FULL);
            let total = known + unknown;
            (known / total, Interval { lower: lower.min(score), upper: upper.max(score) })
        };
        Readiness { score, level: self.level(score).level, coverage, interval, factors }
    }

    pub fn close_days(&self, score: f64) -> u32 {
        let level = self.level(score);
        match (level.fast_from, level.fast_close_days) {
            (Some(from), Some(days)) if reaches(score, from) => days,
            _ => level.close_days,
        }
    }

    fn level(&self, score: f64) -> &LevelSection {
        let last = self.levels.len() - 1;
        let index = self.levels.iter().position(|level| reaches(score, level.from)).unwrap_or(last);
        &self.levels[index]
    }
}

fn reaches(score: f64, edge: f64) -> bool {
    score >= edge - EDGE_TOLERANCE
}
