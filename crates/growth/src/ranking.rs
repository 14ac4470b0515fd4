//! The short list: who passes every gate, in which order, and why the others do not.

use std::{cmp::Ordering, fmt, sync::Arc};

use serde::Serialize;

use crate::{
    assessment::Assessment,
    metrics::{ClientId, ClientMetrics},
    policy::{Condition, Metric, OrderKey, Policy, PolicyDocument, Values},
};

pub(crate) struct RankingRules {
    gates: Vec<(Condition, Arc<str>)>,
    reference: Vec<Condition>,
    whale_arr: f64,
    order: Vec<OrderKey>,
}

/// A client on the short list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// Place, from 1.
    pub rank: usize,
    /// Position in the list that was ranked.
    pub index: usize,
    /// The client.
    pub client_id: ClientId,
    /// Whether the potential makes it a whale.
    pub whale: bool,
    /// Whether it would make a good reference: a documented success with a high return.
    pub reference: bool,
}

/// A client that fails at least one gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Excluded {
    /// Position in the list that was ranked.
    pub index: usize,
    /// The client.
    pub client_id: ClientId,
    /// Every gate that it fails, in the policy's order.
    pub reasons: Vec<GateFailure>,
}

/// A gate that a client fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateFailure {
    /// The metric's name (`satisfaction_score`).
    pub metric: &'static str,
    /// The gate as text (`satisfaction >= 3.5`).
    pub gate: Arc<str>,
    /// The client's value; `None` when unknown, which fails the gate.
    pub actual: Option<f64>,
}

impl fmt::Display for GateFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.actual {
            Some(actual) => write!(out, "{} fails: it is {actual}", self.gate),
            None => write!(out, "{} fails: it is unknown", self.gate),
        }
    }
}

/// Everyone, sorted into the list and the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranking {
    /// Everyone who passes every gate, best first.
    pub passed: Vec<Ranked>,
    /// Everyone else, in the order given.
    pub excluded: Vec<Excluded>,
}

impl RankingRules {
    pub fn of(document: &PolicyDocument) -> Self {
        let ranking = &document.ranking;
        Self {
            gates: ranking.gates.iter().map(|gate| (*gate, gate.to_string().into())).collect(),
            reference: ranking.reference.clone(),
            whale_arr: ranking.whale_arr,
            order: ranking.order.clone(),
        }
    }

    fn failures(&self, values: &Values) -> Vec<GateFailure> {
        self.gates
            .iter()
            .filter(|(gate, _)| gate.holds(values) != Some(true))
            .map(|(gate, text)| GateFailure {
                metric: gate.metric.id(),
                gate: text.clone(),
                actual: values.get(gate.metric),
            })
            .collect()
    }
}

struct Candidate<'a> {
    index: usize,
    assessment: &'a Assessment,
    whale: bool,
    reference: bool,
}

impl Candidate<'_> {
    fn compare(&self, other: &Self, order: &[OrderKey]) -> Ordering {
        let (one, two) = (self.assessment, other.assessment);
        let by_key = |key: &OrderKey| match key {
            OrderKey::Priority => two.priority.total_cmp(&one.priority),
            OrderKey::SuccessProbability => two.success_probability.total_cmp(&one.success_probability),
            OrderKey::CloseDays => one.close_days.cmp(&two.close_days),
            OrderKey::Whale => other.whale.cmp(&self.whale),
            OrderKey::Reference => other.reference.cmp(&self.reference),
            OrderKey::PotentialArr => two.potential_arr.amount().cmp(&one.potential_arr.amount()),
            OrderKey::ReadinessScore => two.readiness.score.total_cmp(&one.readiness.score),
            OrderKey::ClientId => one.client_id.cmp(&two.client_id),
        };
        order
            .iter()
            .map(by_key)
            .find(|order| order.is_ne())
            .unwrap_or_else(|| one.client_id.cmp(&two.client_id))
    }
}

/// Sorts clients into those who pass every gate, best first, and the rest with their reasons.
pub fn rank(clients: &[(&ClientMetrics, &Assessment)], policy: &Policy) -> Ranking {
    let rules = &policy.rules().ranking;
    let mut candidates = Vec::with_capacity(clients.len());
    let mut excluded = Vec::new();
    for (index, (client, assessment)) in clients.iter().enumerate() {
        let values = values_of(client, assessment);
        let reasons = rules.failures(&values);
        if reasons.is_empty() {
            candidates.push(Candidate {
                index,
                assessment,
                whale: values.get(Metric::PotentialArr).is_some_and(|arr| arr >= rules.whale_arr),
                reference: rules.reference.iter().all(|condition| condition.holds(&values) == Some(true)),
            });
        } else {
            excluded.push(Excluded { index, client_id: assessment.client_id.clone(), reasons });
        }
    }
    candidates.sort_by(|one, two| one.compare(two, &rules.order));
    let passed = candidates.into_iter().enumerate().map(|(place, candidate)| Ranked {
        rank: place + 1,
        index: candidate.index,
        client_id: candidate.assessment.client_id.clone(),
        whale: candidate.whale,
        reference: candidate.reference,
    });
    Ranking { passed: passed.collect(), excluded }
}

/// The first `limit` of [`rank`]; the policy's own length is `policy.document().ranking.limit`.
pub fn top(clients: &[(&ClientMetrics, &Assessment)], policy: &Policy, limit: usize) -> Vec<Ranked> {
    let mut passed = rank(clients, policy).passed;
    passed.truncate(limit);
    passed
}

/// The client's inputs with the results of its assessment.
pub(crate) fn values_of(client: &ClientMetrics, assessment: &Assessment) -> Values {
    let mut values = Values::of(client, assessment.as_of);
    values.set(Metric::Readiness, assessment.readiness.score);
    values.set(Metric::PotentialArr, assessment.potential_arr.to_f64());
    values.set(Metric::Probability, assessment.success_probability);
    values.set(Metric::Priority, assessment.priority);
    values
}

#[cfg(test)]
mod tests;
