//! What a changed policy would do, before it is saved: distributions side by side, and every client that moves.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{Arr, Currency, CurrencyMismatch, PolicyKey};
use rust_decimal::{Decimal, prelude::FromPrimitive};
use serde::Serialize;

use crate::{
    assess::assess_all,
    assessment::{Assessment, ReadinessLevel, Tier},
    metrics::ClientMetrics,
    movement::{self, Movement},
    policy::{EDGE_TOLERANCE, Policy},
};

/// Width of a bin of the score histogram.
pub const BIN_WIDTH: u32 = 5;

/// Bins of the score histogram; the last includes 100.
pub const BINS: usize = (100 / BIN_WIDTH) as usize;

/// Cents: what weighted sums are rounded to once, at the end.
const CENTS: u32 = 2;

/// The difference between the live policy and a draft, on the same clients and the same day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyDiff {
    /// The live policy.
    pub live: PolicyEffect,
    /// The draft.
    pub draft: PolicyEffect,
    /// Every client whose assessment changes, with the factors behind it; largest change of the score first.
    pub movement: Movement,
}

/// What a policy makes of a client base.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyEffect {
    /// The policy.
    pub policy: PolicyKey,
    /// Clients per bin of the score: 0 to below 5, 5 to below 10, ..., 95 to 100.
    pub histogram: [u32; BINS],
    /// Clients per level; every level is present.
    pub levels: BTreeMap<ReadinessLevel, usize>,
    /// Clients per tier; every tier is present.
    pub tiers: BTreeMap<Tier, usize>,
    /// Mean score; `None` without clients.
    pub mean_score: Option<f64>,
    /// Sum of the potential added ARR.
    pub potential_arr: Arr,
    /// Sum of potential x probability, to the cent.
    pub weighted_arr: Arr,
}

impl PolicyDiff {
    /// How many clients would change their tier or level.
    pub fn reclassified(&self) -> usize {
        self.movement.reclassified().count()
    }
}

/// Assesses every client under both policies.
///
/// # Errors
/// When the clients pay in more than one currency: their sums would mean nothing.
pub fn preview(
    clients: &[ClientMetrics],
    live: &Policy,
    draft: &Policy,
    as_of: Date,
) -> Result<PolicyDiff, CurrencyMismatch> {
    let before = assess_all(clients, live, as_of);
    let after = assess_all(clients, draft, as_of);
    Ok(PolicyDiff {
        live: effect(live, &before)?,
        draft: effect(draft, &after)?,
        movement: movement::compare(&before, &after),
    })
}

/// Summary of a set of assessments.
///
/// # Errors
/// When their currencies differ.
pub fn effect(policy: &Policy, assessments: &[Assessment]) -> Result<PolicyEffect, CurrencyMismatch> {
    let currency = assessments.first().map_or(Currency::USD, |first| first.potential_arr.currency());
    let mut histogram = [0; BINS];
    let mut levels: BTreeMap<_, _> = ReadinessLevel::ALL.iter().map(|level| (*level, 0)).collect();
    let mut tiers: BTreeMap<_, _> = Tier::ALL.iter().map(|tier| (*tier, 0)).collect();
    let (mut score_sum, mut weighted) = (0.0, 0.0);
    let mut potential_arr = Arr::zero(currency);
    for assessment in assessments {
        let score = assessment.readiness.score;
        histogram[(((score + EDGE_TOLERANCE) / f64::from(BIN_WIDTH)) as usize).min(BINS - 1)] += 1;
        *levels.entry(assessment.readiness.level).or_default() += 1;
        *tiers.entry(assessment.tier).or_default() += 1;
        score_sum += score;
        potential_arr = potential_arr.plus(assessment.potential_arr)?;
        weighted += assessment.success_probability * assessment.potential_arr.to_f64();
    }
    let weighted = Decimal::from_f64(weighted).unwrap_or_default().round_dp(CENTS);
    Ok(PolicyEffect {
        policy: policy.key().clone(),
        histogram,
        levels,
        tiers,
        mean_score: (!assessments.is_empty()).then(|| score_sum / assessments.len() as f64),
        potential_arr,
        weighted_arr: Arr::new(weighted, currency),
    })
}

#[cfg(test)]
mod tests;
