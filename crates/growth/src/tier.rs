//! Tiers: the best one of which every criterion is known and holds, else maintenance; and what the next better one
//! still asks for.

use std::sync::Arc;

use crate::{
    assessment::{MissedCriterion, Tier},
    policy::{Condition, PolicyDocument, Values},
};

pub(crate) struct TierRules {
    /// Best first.
    tiers: Vec<TierRule>,
}

struct TierRule {
    tier: Tier,
    criteria: Vec<Criterion>,
}

struct Criterion {
    condition: Condition,
    metric: Arc<str>,
    relation: Arc<str>,
}

impl TierRules {
    pub fn of(document: &PolicyDocument) -> Self {
        let criterion = |condition: &Condition| Criterion {
            condition: *condition,
            metric: condition.metric.id().into(),
            relation: condition.relation.sign().into(),
        };
        let tiers = document
            .tiers
            .iter()
            .map(|section| TierRule {
                tier: section.tier,
                criteria: section.criteria.iter().map(criterion).collect(),
            })
            .collect();
        Self { tiers }
    }

    /// The tier reached, and what the next better one misses.
    pub fn classify(&self, values: &Values) -> (Tier, Vec<MissedCriterion>) {
        let reached = self.tiers.iter().position(|rule| {
            rule.criteria.iter().all(|criterion| criterion.condition.holds(values) == Some(true))
        });
        let next_better = match reached {
            Some(index) => index.checked_sub(1),
            None => self.tiers.len().checked_sub(1),
        };
        let missed = next_better.map_or_else(Vec::new, |index| self.tiers[index].missed(values));
        (reached.map_or(Tier::Maintenance, |index| self.tiers[index].tier), missed)
    }
}

impl TierRule {
    fn missed(&self, values: &Values) -> Vec<MissedCriterion> {
        let mut missed = Vec::with_capacity(self.criteria.len());
        for criterion in &self.criteria {
            let condition = &criterion.condition;
            if condition.holds(values) == Some(true) {
                continue;
            }
            let actual = values.get(condition.metric);
            missed.push(MissedCriterion {
                tier: self.tier,
                metric: criterion.metric.clone(),
                relation: criterion.relation.clone(),
                required: condition.threshold,
                actual,
                gap: actual.map(|value| condition.gap(value)),
            });
        }
        missed
    }
}
