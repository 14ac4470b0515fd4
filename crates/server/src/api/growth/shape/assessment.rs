use growth::{assessment as domain, history, metrics::ClientMetrics, whitespace};
use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    PolicyName, Shown, many, shows,
    words::{LevelWord, NextActionWord, StateWord, TierWord},
};

/// One additive contribution to a score, with its input.
#[derive(Debug, Serialize, ToSchema)]
pub struct Factor {
    /// Identifier (`satisfaction`).
    pub name: String,
    /// The input on the factor's own scale, 0-100.
    pub value: f64,
    /// Share of the policy, 0-1.
    pub weight: f64,
    /// What it adds to the score; the contributions sum to it.
    pub contribution: f64,
}

impl Shown<kernel::Factor> for Factor {
    fn shown(value: &kernel::Factor) -> Self {
        let kernel::Factor { name, value, weight, contribution } = value;
        Self { name: name.to_string(), value: *value, weight: *weight, contribution: *contribution }
    }
}

/// How ready a client is to buy more.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// 0-100, the sum of the contributions.
    pub score: f64,
    /// The level.
    pub level: LevelWord,
    /// Share of the weight that is known, 0-1.
    pub coverage: f64,
    /// What the unknown dimensions could make of the score: from, to.
    pub interval: [f64; 2],
    /// The known dimensions.
    pub factors: Vec<Factor>,
}

shows!(Readiness of domain::Readiness { score, level, coverage, interval, factors });

/// A criterion of the next better tier that does not hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissedCriterion {
    /// The tier it belongs to.
    pub tier: TierWord,
    /// The metric's name.
    pub metric: String,
    /// `>=` or `>`.
    pub relation: String,
    /// The threshold.
    pub required: f64,
    /// The client's value.
    pub actual: Option<f64>,
    /// How much is missing.
    pub gap: Option<f64>,
}

shows!(MissedCriterion of domain::MissedCriterion { tier, metric, relation, required, actual, gap });

/// A vehicle worth offering.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleFit {
    /// The vehicle.
    pub id: String,
    /// Fit, 0-100.
    pub fit: f64,
    /// What moved the fit away from its base, in words with points.
    pub reasons: Vec<String>,
    /// Signals whose metric is unknown; they added nothing.
    pub unknown: Vec<String>,
}

shows!(VehicleFit of domain::VehicleFit { id, fit, reasons, unknown });

/// A named part of the probability.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbabilityPart {
    /// Identifier (`tier`).
    pub name: String,
    /// What it adds.
    pub add: f64,
}

/// Everything that a policy says of one client on one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assessment {
    /// The client.
    pub client_id: String,
    /// The version of the policy that it follows from.
    pub policy: PolicyName,
    /// The day it speaks of.
    pub as_of: Date,
    /// Readiness with its factors.
    pub readiness: Readiness,
    /// The tier reached.
    pub tier: TierWord,
    /// What separates the client from the next better tier.
    pub missed_criteria: Vec<MissedCriterion>,
    /// Added annual revenue if the client buys.
    pub potential_arr: f64,
    /// ISO code of the amounts.
    pub currency: String,
    /// (current + added) / current.
    pub multiple: Option<f64>,
    /// Prior rule's probability, 0-1.
    pub success_probability: f64,
    /// Whether the rule left 0-1 and was clamped.
    pub saturated: bool,
    /// What was added up, before the clamp.
    pub probability_parts: Vec<ProbabilityPart>,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1-10.
    pub priority: f64,
    /// Months until the offer's cost is earned back.
    pub payback_months: Option<u32>,
    /// Vehicles to offer, best first.
    pub vehicles: Vec<VehicleFit>,
    /// What to do next.
    pub next_action: NextActionWord,
    /// Within how many days of `as_of`.
    pub next_action_days: Option<u32>,
    /// The day by which it is due.
    pub next_action_due: Option<Date>,
}

impl Shown<domain::Assessment> for Assessment {
    fn shown(value: &domain::Assessment) -> Self {
        Self {
            client_id: value.client_id.to_string(),
            policy: PolicyName::shown(&value.policy),
            as_of: value.as_of,
            readiness: Readiness::shown(&value.readiness),
            tier: TierWord(value.tier),
            missed_criteria: many(&value.missed_criteria),
            potential_arr: value.potential_arr.to_f64(),
            currency: value.potential_arr.currency().to_string(),
            multiple: value.multiple,
            success_probability: value.success_probability,
            saturated: value.saturated,
            probability_parts: value
                .probability_parts
                .iter()
                .map(|(name, add)| ProbabilityPart { name: name.to_string(), add: *add })
                .collect(),
            close_days: value.close_days,
            priority: value.priority,
            payback_months: value.payback_months,
            vehicles: many(&value.vehicles),
            next_action: NextActionWord(value.next_action),
            next_action_days: value.next_action_days,
            next_action_due: value.next_action_due(),
        }
    }
}

/// An assessment with the client's name beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedAssessment {
    /// Display name.
    pub client_name: String,
    /// What the policy says.
    #[serde(flatten)]
    pub assessment: Assessment,
}

impl NamedAssessment {
    /// Of a client and its assessment.
    pub fn of(client: &ClientMetrics, assessment: &domain::Assessment) -> Self {
        Self { client_name: client.client_name.to_string(), assessment: Assessment::shown(assessment) }
    }
}

/// What was predicted of a client on an earlier day.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryPoint {
    /// The snapshot it was said of.
    pub snapshot_id: Ulid,
    /// The day it speaks of.
    pub as_of: Date,
    /// The policy.
    pub policy: PolicyName,
    /// When it was recorded.
    pub assessed_at: Timestamp,
    /// Readiness, 0-100.
    pub score: f64,
    /// Its level.
    pub level: LevelWord,
    /// Share of the policy's weight whose inputs were known.
    pub coverage: f64,
    /// The tier.
    pub tier: TierWord,
    /// Prior chance of success, 0-1.
    pub success_probability: f64,
    /// Added annual revenue if the client bought.
    pub potential_arr: f64,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1-10.
    pub priority: f64,
}

shows!(HistoryPoint of history::HistoryPoint {
    snapshot_id, as_of, policy, assessed_at, score, level, coverage, tier, success_probability, potential_arr,
    close_days, priority,
});

/// One client and one vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhitespaceCell {
    /// The vehicle.
    pub vehicle: String,
    /// What it is to the client.
    pub state: StateWord,
    /// Fit, 0-100.
    pub fit: f64,
    /// Why, in one sentence.
    pub reason: String,
}

shows!(WhitespaceCell of whitespace::WhitespaceCell { vehicle, state, fit, reason });

/// One client and every vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhitespaceRow {
    /// The client.
    pub client_id: String,
    /// The client's tier.
    pub tier: TierWord,
    /// A cell per vehicle, in the policy's order.
    pub cells: Vec<WhitespaceCell>,
}

shows!(WhitespaceRow of whitespace::WhitespaceRow { client_id, tier, cells });
