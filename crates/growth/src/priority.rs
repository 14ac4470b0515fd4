//! Priority, 1-10: weighted mean of three marks out of 10, times the boosts that hold, clamped and rounded.

use crate::policy::{Condition, EDGE_TOLERANCE, PolicyDocument, PrioritySection, Rounding, Values};

/// Highest mark, and highest priority.
const FULL: f64 = 10.0;

pub(crate) struct PriorityRules {
    section: PrioritySection,
    boosts: Vec<(Condition, f64)>,
}

impl PriorityRules {
    pub fn of(document: &PolicyDocument) -> Self {
        let section = document.priority.clone();
        let boosts = section.boosts.iter().map(|boost| (boost.condition(), boost.add)).collect();
        Self { section, boosts }
    }

    /// `potential` in the policy's money per year, `probability` 0-1, `score` 0-100.
    pub fn priority(&self, potential: f64, probability: f64, score: f64, values: &Values) -> f64 {
        let section = &self.section;
        let marks = section.potential_weight * (potential / section.potential_per_point).min(FULL)
            + section.probability_weight * (probability * FULL)
            + section.readiness_weight * (score / FULL);
        let weights = section.potential_weight + section.probability_weight + section.readiness_weight;
        let boost: f64 = self
            .boosts
            .iter()
            .filter(|(condition, _)| condition.holds(values) == Some(true))
            .map(|(_, add)| add)
            .sum();
        let priority = (marks / weights * (1.0 + boost)).clamp(1.0, FULL);
        match section.rounding {
            // 7.25 on paper may be 7.249999999999999 in memory.
            Rounding::OneDecimal => ((priority + EDGE_TOLERANCE) * 10.0).round() / 10.0,
            Rounding::IntegerPart => (priority + EDGE_TOLERANCE).floor(),
        }
    }
}
