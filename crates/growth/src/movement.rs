//! What changed between two sets of assessments: who came, who left, who moved, and by which factor.

use std::collections::{HashMap, HashSet};

use kernel::{Arr, Factor};
use serde::Serialize;

use crate::{
    assessment::{Assessment, ReadinessLevel, Tier},
    metrics::ClientId,
};

/// The difference between two sets of assessments, by client identifier.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Movement {
    /// In the later set only, in its order.
    pub entered: Vec<ClientId>,
    /// In the earlier set only, in its order.
    pub left: Vec<ClientId>,
    /// In both, and something changed; largest change of the score first.
    pub changed: Vec<ClientMovement>,
    /// In both, and nothing below changed.
    pub unchanged: usize,
}

/// How one client moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientMovement {
    /// The client.
    pub client_id: ClientId,
    /// Readiness score.
    pub score: Change<f64>,
    /// The sum of the factors' deltas: the change of the score.
    pub score_delta: f64,
    /// Readiness level.
    pub level: Change<ReadinessLevel>,
    /// Tier.
    pub tier: Change<Tier>,
    /// Priority.
    pub priority: Change<f64>,
    /// Success probability.
    pub success_probability: Change<f64>,
    /// Potential added ARR.
    pub potential_arr: Change<Arr>,
    /// Every factor whose contribution changed, largest first. Their deltas sum to `score_delta`.
    pub factors: Vec<FactorMovement>,
}

/// A value before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change<T> {
    /// In the earlier set.
    pub before: T,
    /// In the later set.
    pub after: T,
}

impl<T: PartialEq> Change<T> {
    /// Whether the two differ.
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// How one factor moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorMovement {
    /// The factor.
    pub name: String,
    /// Value on the factor's own scale (0-100); `None` where its input was unknown.
    pub value: Change<Option<f64>>,
    /// What it added to the score; an unknown factor adds nothing.
    pub contribution: Change<f64>,
    /// After less before.
    pub delta: f64,
}

/// What one factor did to the scores of all clients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The factor.
    pub name: String,
    /// Clients whose score it raised.
    pub risen: usize,
    /// Clients whose score it lowered.
    pub fallen: usize,
    /// The points that it added to all scores together.
    pub points: f64,
}

impl Movement {
    /// Clients whose score rose.
    pub fn risen(&self) -> impl Iterator<Item = &ClientMovement> {
        self.changed.iter().filter(|client| client.score_delta > 0.0)
    }

    /// Clients whose score fell.
    pub fn fallen(&self) -> impl Iterator<Item = &ClientMovement> {
        self.changed.iter().filter(|client| client.score_delta < 0.0)
    }

    /// What moved the scores of all clients together, per factor, the largest first.
    pub fn causes(&self) -> Vec<Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        for factor in self.changed.iter().flat_map(|client| &client.factors) {
            let known = causes.iter().position(|cause| cause.name == factor.name);
            let place = known.unwrap_or_else(|| {
                causes.push(Cause { name: factor.name.clone(), risen: 0, fallen: 0, points: 0.0 });
                causes.len() - 1
            });
            let cause = &mut causes[place];
            cause.points += factor.delta;
            if factor.delta > 0.0 { cause.risen += 1 } else { cause.fallen += 1 }
        }
        causes.sort_by(|one, two| two.points.abs().total_cmp(&one.points.abs()));
        causes
    }

    /// Clients whose level or tier changed.
    pub fn reclassified(&self) -> impl Iterator<Item = &ClientMovement> {
        self.changed.iter().filter(|client| client.level.differs() || client.tier.differs())
    }
}

/// The difference between an earlier and a later set. The order within either set does not matter, except that
/// it carries over to `entered` and `left`.
pub fn compare(before: &[Assessment], after: &[Assessment]) -> Movement {
    let earlier: HashMap<&ClientId, &Assessment> =
        before.iter().map(|assessment| (&assessment.client_id, assessment)).collect();
    let later: HashSet<&ClientId> = after.iter().map(|assessment| &assessment.client_id).collect();
    let mut movement = Movement {
        left: before.iter().map(|old| &old.client_id).filter(|id| !later.contains(id)).cloned().collect(),
        ..Movement::default()
    };
    for assessment in after {
        match earlier.get(&assessment.client_id) {
            None => movement.entered.push(assessment.client_id.clone()),
            Some(old) => {
                let client = client_movement(old, assessment);
                if client.is_change() {
                    movement.changed.push(client);
                } else {
                    movement.unchanged += 1;
                }
            }
        }
    }
    movement.changed.sort_by(|one, two| {
        let size = two.score_delta.abs().total_cmp(&one.score_delta.abs());
        size.then_with(|| one.client_id.cmp(&two.client_id))
    });
    movement
}

impl ClientMovement {
    fn is_change(&self) -> bool {
        !self.factors.is_empty()
            || self.score.differs()
            || self.level.differs()
            || self.tier.differs()
            || self.priority.differs()
            || self.success_probability.differs()
            || self.potential_arr.differs()
    }
}

fn client_movement(before: &Assessment, after: &Assessment) -> ClientMovement {
    let factors = factor_movements(&before.readiness.factors, &after.readiness.factors);
    ClientMovement {
        client_id: after.client_id.clone(),
        score: Change { before: before.readiness.score, after: after.readiness.score },
        score_delta: factors.iter().map(|factor| factor.delta).sum(),
        level: Change { before: before.readiness.level, after: after.readiness.level },
        tier: Change { before: before.tier, after: after.tier },
        priority: Change { before: before.priority, after: after.priority },
        success_probability: Change { before: before.success_probability, after: after.success_probability },
        potential_arr: Change { before: before.potential_arr, after: after.potential_arr },
        factors,
    }
}

fn factor_movements(before: &[Factor], after: &[Factor]) -> Vec<FactorMovement> {
    let new_names = after.iter().filter(|factor| before.iter().all(|old| old.name != factor.name));
    let names = before.iter().chain(new_names).map(|factor| &factor.name);
    let mut movements: Vec<FactorMovement> = names
        .map(|name| {
            let old = before.iter().find(|factor| factor.name == *name);
            let new = after.iter().find(|factor| factor.name == *name);
            let added = |factor: Option<&Factor>| factor.map_or(0.0, |factor| factor.contribution);
            let contribution = Change { before: added(old), after: added(new) };
            FactorMovement {
                name: name.to_string(),
                value: Change {
                    before: old.map(|factor| factor.value),
                    after: new.map(|factor| factor.value),
                },
                contribution,
                delta: contribution.after - contribution.before,
            }
        })
        .filter(|movement| movement.contribution.differs() || movement.value.differs())
        .collect();
    movements.sort_by(|one, two| two.delta.abs().total_cmp(&one.delta.abs()));
    movements
}

#[cfg(test)]
mod tests;
