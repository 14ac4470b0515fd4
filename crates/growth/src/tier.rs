//! Tiers: the best one of which every criterion is known and holds, else maintenance; and what the next better one
//! still asks for.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use crate::{
    assessment::{MissedCriterion, Tier},
    metrics::ClientMetrics,
    policy::{Condition, Policy, PolicyDocument, Values},
};

/// A criterion of a tier, held against a client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CriterionCheck {
    /// The criterion.
    pub criterion: Condition,
    /// The client's value; `None` when unknown.
    pub actual: Option<f64>,
    /// Whether it holds; `None` when the value is unknown, which counts as no.
    pub holds: Option<bool>,
}

/// Every criterion of `tier` for one client, in the policy's order, met or not; none for tiers without criteria.
pub fn checks(client: &ClientMetrics, policy: &Policy, tier: Tier, as_of: Date) -> Vec<CriterionCheck> {
    let values = Values::of(client, as_of);
    let criteria = policy.tier(tier).map_or(&[][..], |section| &section.criteria);
    criteria
        .iter()
        .map(|criterion| CriterionCheck {
            criterion: *criterion,
            actual: values.get(criterion.metric),
            holds: criterion.holds(&values),
        })
        .collect()
}

/// The tier that a client of `tier` would reach next: the next better one of the policy; `None` at the top.
pub fn next_better(policy: &Policy, tier: Tier) -> Option<Tier> {
    let tiers = &policy.document().tiers;
    match tiers.iter().position(|section| section.tier == tier) {
        Some(place) => place.checked_sub(1).map(|better| tiers[better].tier),
        None => tiers.last().map(|section| section.tier),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assess::assess,
        fixture::{AS_OF, eighty},
    };

    #[test]
    fn the_checks_that_fail_are_the_criteria_that_the_assessment_misses() {
        let policy = Policy::framework();
        let client = eighty("a");
        let assessment = assess(&client, &policy, AS_OF);
        let wanted = next_better(&policy, assessment.tier).expect("not at the top");
        let checks = checks(&client, &policy, wanted, AS_OF);
        let failed: Vec<&str> = checks
            .iter()
            .filter(|check| check.holds != Some(true))
            .map(|check| check.criterion.metric.id())
            .collect();
        let missed: Vec<&str> = assessment.missed_criteria.iter().map(|missed| &*missed.metric).collect();
        assert!(!missed.is_empty() && checks.len() > missed.len());
        assert_eq!(failed, missed);
    }

    #[test]
    fn there_is_a_next_better_tier_below_the_top() {
        let policy = Policy::framework();
        assert_eq!(next_better(&policy, Tier::Maintenance), Some(Tier::Three));
        assert_eq!(next_better(&policy, Tier::Two), Some(Tier::One));
        assert_eq!(next_better(&policy, Tier::One), None);
    }
}
