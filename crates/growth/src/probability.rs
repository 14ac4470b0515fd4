//! Prior rule of success: readiness, tier and bonuses, added and clamped. A rule that people agreed on, not an
//! estimate; recorded outcomes move it in [`crate::posterior`].

use std::sync::Arc;

use crate::{
    assessment::Tier,
    policy::{Condition, EDGE_TOLERANCE, PolicyDocument, Values},
};

pub(crate) struct ProbabilityRules {
    readiness_divisor: f64,
    readiness: Arc<str>,
    tiers: Vec<(Tier, f64)>,
    tier: Arc<str>,
    bonuses: Vec<(Condition, Arc<str>, f64)>,
}

/// The rule's answer with its parts.
pub(crate) struct Prior {
    pub probability: f64,
    /// Whether the clamp changed it.
    pub saturated: bool,
    /// What was added up, before the clamp.
    pub parts: Vec<(Arc<str>, f64)>,
}

impl ProbabilityRules {
    pub fn of(document: &PolicyDocument) -> Self {
        Self {
            readiness_divisor: document.probability.readiness_divisor,
            readiness: "readiness".into(),
            tiers: document.tiers.iter().map(|section| (section.tier, section.probability)).collect(),
            tier: "tier".into(),
            bonuses: document
                .probability
                .bonuses
                .iter()
                .map(|bonus| (bonus.condition(), bonus.name.as_str().into(), bonus.add))
                .collect(),
        }
    }

    pub fn prior(&self, score: f64, tier: Tier, values: &Values) -> Prior {
        let mut parts = Vec::with_capacity(2 + self.bonuses.len());
        parts.push((self.readiness.clone(), score / self.readiness_divisor));
        if let Some((_, add)) = self.tiers.iter().find(|(of, _)| *of == tier) {
            parts.push((self.tier.clone(), *add));
        }
        for (condition, name, add) in &self.bonuses {
            if condition.holds(values) == Some(true) {
                parts.push((name.clone(), *add));
            }
        }
        let sum: f64 = parts.iter().map(|(_, part)| part).sum();
        let saturated = !(-EDGE_TOLERANCE..=1.0 + EDGE_TOLERANCE).contains(&sum);
        Prior { probability: sum.clamp(0.0, 1.0), saturated, parts }
    }
}
