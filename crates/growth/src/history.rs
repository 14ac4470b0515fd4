//! A client's past: what was predicted of it, snapshot by snapshot.

use jiff::{Timestamp, civil::Date};
use kernel::{Arr, Interval, PolicyKey, Ulid};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Assessment, NextAction, ReadinessLevel, Tier},
    metrics::{ClientId, VehicleId},
};

/// One entry of the prediction ledger: what a policy said of a client on a day, as it was recorded then.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryPoint {
    /// The snapshot it was said of.
    pub snapshot_id: Ulid,
    /// The day it speaks of.
    pub as_of: Date,
    /// The policy.
    pub policy: PolicyKey,
    /// When it was recorded.
    pub assessed_at: Timestamp,
    /// Readiness, 0-100.
    pub score: f64,
    /// Its level.
    pub level: ReadinessLevel,
    /// Share of the policy's weight whose inputs were known.
    pub coverage: f64,
    /// The tier.
    pub tier: Tier,
    /// Prior chance of success, 0-1.
    pub success_probability: f64,
    /// Added annual revenue if the client bought.
    pub potential_arr: Arr,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1.0-10.0.
    pub priority: f64,
    /// Factors and offers behind it.
    pub detail: LedgerDetail,
}

/// The reasons of a ledger entry, short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerDetail {
    /// Range of the score for unknown inputs.
    pub interval: Interval,
    /// Known dimensions: name, value 0-100, weight.
    pub factors: Vec<(String, f64, f64)>,
    /// Vehicles offered, best first, with their fit.
    pub vehicles: Vec<(VehicleId, f64)>,
    /// Whether the probability was clamped.
    pub saturated: bool,
    /// What was to be done next.
    pub next_action: NextAction,
}

impl LedgerDetail {
    /// The reasons of an assessment.
    pub fn of(assessment: &Assessment) -> Self {
        let factors = &assessment.readiness.factors;
        Self {
            interval: assessment.readiness.interval,
            factors: factors
                .iter()
                .map(|factor| (factor.name.to_string(), factor.value, factor.weight))
                .collect(),
            vehicles: assessment.vehicles.iter().map(|offer| (offer.id.clone(), offer.fit)).collect(),
            saturated: assessment.saturated,
            next_action: assessment.next_action,
        }
    }
}

/// The prediction that an outcome is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PredictionInForce {
    pub run_id: Ulid,
    pub probability: f64,
    pub tier: Tier,
}

/// One entry of the prediction ledger, for back-tests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecordedPrediction {
    pub client_id: ClientId,
    pub as_of: Date,
    pub probability: f64,
}
