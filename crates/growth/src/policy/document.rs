use serde::{Deserialize, Serialize};

use super::{
    condition::{Condition, Relation},
    metric::Metric,
};
use crate::{
    assessment::{NextAction, ReadinessLevel, Tier},
    metrics::VehicleId,
};

/// A policy as it is written: every constant of an assessment. The text form is TOML; unknown keys are refused.
///
/// Fields are public so that a screen can change them; [`super::Policy::new`] checks and compiles the result.
/// Amounts of money carry no currency: they are in the currency of the client base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// Name, `[a-z0-9_-]+`.
    pub name: String,
    /// Counts up from 1 within the name.
    pub version: u32,
    /// What the policy is for, one or two sentences.
    pub description: String,
    /// What the added revenue of an opportunity is taken to be.
    pub potential: PotentialBasis,
    /// Readiness score and levels.
    pub readiness: ReadinessSection,
    /// Tiers, best first.
    pub tiers: Vec<TierSection>,
    /// How well a vehicle fits a client.
    pub fit: FitSection,
    /// What can be sold.
    pub vehicles: Vec<VehicleSection>,
    /// Prior rule of success.
    pub probability: ProbabilitySection,
    /// Priority formula.
    pub priority: PrioritySection,
    /// Which clients make the short list, in which order.
    pub ranking: RankingSection,
    /// First match wins; the last has neither level nor priority.
    pub next_actions: Vec<NextActionSection>,
    /// How recorded outcomes move the prior rule.
    pub posterior: PosteriorSection,
    /// Constants of plans and indicators.
    pub plan: PlanSection,
    /// Constants of value propositions.
    pub proposition: PropositionSection,
}

/// What the added revenue of an opportunity is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PotentialBasis {
    /// The tier's midpoint.
    Midpoint,
    /// The sum of the offered vehicles, within the tier's band; zero when none is offered.
    Vehicles,
}

/// Readiness score and levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadinessSection {
    /// Dimensions; weights sum to 1.
    pub dimensions: Vec<DimensionSection>,
    /// Levels, best first; the last starts at 0.
    pub levels: Vec<LevelSection>,
}

/// One dimension of readiness: either a line through two points or a sum of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionSection {
    /// Identifier (`satisfaction`).
    pub name: String,
    /// Share of the score, 0-1.
    pub weight: f64,
    /// The metric of the line; of a sum, the first that must be known for the dimension to count.
    pub metric: Metric,
    /// The metric's value that is worth 0 (line only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_at: Option<f64>,
    /// The metric's value that is worth 100 (line only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_at: Option<f64>,
    /// Points per condition that holds (sum only); every metric in them must be known as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<PointsSection>,
}

/// Points for a condition that holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsSection {
    /// What is tested.
    pub metric: Metric,
    /// How.
    pub relation: Relation,
    /// Against what.
    pub threshold: f64,
    /// What it adds.
    pub points: f64,
}

impl PointsSection {
    /// The test.
    pub fn condition(&self) -> Condition {
        Condition { metric: self.metric, relation: self.relation, threshold: self.threshold }
    }
}

/// A readiness level and how long its clients take to sign.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelSection {
    /// The level.
    pub level: ReadinessLevel,
    /// Lower edge of the score, inclusive.
    pub from: f64,
    /// Expected days to signature.
    pub close_days: u32,
    /// Lower edge of the fast lane, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_from: Option<f64>,
    /// Expected days to signature in the fast lane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_close_days: Option<u32>,
}

/// A tier: who qualifies, what it brings, what is sold in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierSection {
    /// The tier.
    pub tier: Tier,
    /// What the marketing calls it (`10x`). Screens print the true multiple beside it.
    pub label: String,
    /// Smallest and largest added ARR.
    pub band: [f64; 2],
    /// Added ARR when the basis is the midpoint.
    pub midpoint: f64,
    /// Share of opportunities that are expected to close, 0-1.
    pub close_rate: f64,
    /// What the tier adds to the probability.
    pub probability: f64,
    /// What is sold in it.
    pub vehicles: Vec<VehicleId>,
    /// Every one must be known and hold.
    pub criteria: Vec<Condition>,
}

/// How well a vehicle fits a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitSection {
    /// Where every fit starts, 0-100.
    pub base: f64,
    /// How a fit must relate to the threshold to be offered: `>=` or `>`.
    pub relation: Relation,
    /// Fit from which a vehicle is worth offering.
    pub threshold: f64,
    /// How many vehicles are offered at most, 1-8.
    pub max_offers: usize,
    /// Added to every vehicle that they concern.
    #[serde(default)]
    pub adjustments: Vec<AdjustmentSection>,
    /// Points for a vehicle whose ARR suits the tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alignment: Vec<AlignmentSection>,
}

/// Points for every vehicle, or for those of one complexity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentSection {
    /// What is tested.
    pub metric: Metric,
    /// How.
    pub relation: Relation,
    /// Against what.
    pub threshold: f64,
    /// What it adds; negative for a penalty.
    pub points: f64,
    /// Only vehicles of this complexity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complexity: Option<Complexity>,
}

/// Points for a vehicle whose ARR suits the tier of the client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentSection {
    /// The client's tier.
    pub tier: Tier,
    /// The vehicle's ARR, from (inclusive).
    pub arr_from: f64,
    /// The vehicle's ARR, below (exclusive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arr_below: Option<f64>,
    /// What it adds.
    pub points: f64,
}

/// How hard a vehicle is to introduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Complexity {
    /// Days.
    Low,
    /// Weeks.
    Medium,
    /// Months, with an executive's backing.
    High,
}

/// Something that can be sold on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleSection {
    /// Identifier (`white_label`).
    pub id: VehicleId,
    /// As people read it.
    pub name: String,
    /// Added ARR.
    pub arr: f64,
    /// How hard it is to introduce.
    pub complexity: Complexity,
    /// One-time cost of introducing it.
    pub cost: f64,
    /// Other spellings of the identifier found in histories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What makes it fit.
    #[serde(default)]
    pub signals: Vec<PointsSection>,
}

/// Prior rule of success: readiness over the divisor, plus the tier's part, plus the bonuses, within 0-1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbabilitySection {
    /// What the readiness score is divided by.
    pub readiness_divisor: f64,
    /// Parts for conditions that hold; unknown ones add nothing.
    pub bonuses: Vec<BonusSection>,
}

/// A named part of a sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BonusSection {
    /// Identifier (`documented`).
    pub name: String,
    /// What is tested.
    pub metric: Metric,
    /// How.
    pub relation: Relation,
    /// Against what.
    pub threshold: f64,
    /// What it adds.
    pub add: f64,
}

impl BonusSection {
    /// The test.
    pub fn condition(&self) -> Condition {
        Condition { metric: self.metric, relation: self.relation, threshold: self.threshold }
    }
}

/// Priority: weighted mean of three marks out of 10, times 1 plus the boosts that hold, within 1-10, rounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrioritySection {
    /// Weight of min(10, potential / `potential_per_point`), relative to the other two.
    pub potential_weight: f64,
    /// Weight of 10 x probability.
    pub probability_weight: f64,
    /// Weight of readiness / 10.
    pub readiness_weight: f64,
    /// Potential ARR per mark.
    pub potential_per_point: f64,
    /// Rounding of the result.
    pub rounding: Rounding,
    /// Added to the factor 1; unknown conditions add nothing.
    pub boosts: Vec<BonusSection>,
}

/// How a priority is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To one decimal, halves up.
    OneDecimal,
    /// The integer part.
    IntegerPart,
}

/// Which clients make the short list, in which order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankingSection {
    /// How long the list is.
    pub limit: usize,
    /// Potential ARR from which a client is a whale.
    pub whale_arr: f64,
    /// First key decides; client identifiers break what remains.
    pub order: Vec<OrderKey>,
    /// All hold for a client of reference value.
    pub reference: Vec<Condition>,
    /// Every one must be known and hold.
    pub gates: Vec<Condition>,
}

/// A key of the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKey {
    /// Highest first.
    Priority,
    /// Highest first.
    SuccessProbability,
    /// Soonest first.
    CloseDays,
    /// Whales first.
    Whale,
    /// Reference value first.
    Reference,
    /// Highest first.
    PotentialArr,
    /// Highest first.
    ReadinessScore,
    /// Ascending.
    ClientId,
}

/// What to do next with whom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextActionSection {
    /// What to do.
    pub action: NextAction,
    /// Only clients of this level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<ReadinessLevel>,
    /// Only clients of this priority or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_from: Option<f64>,
    /// Within so many days; absent where nothing is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_days: Option<u32>,
}

/// How recorded outcomes move the prior rule (Beta-binomial per tier).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PosteriorSection {
    /// The rule counts as much as so many recorded outcomes.
    pub prior_strength: f64,
    /// Mass of the credible interval shown beside the mean.
    pub interval: f64,
}

/// Constants of plans and indicators.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSection {
    /// A deal without progress for more than so many days is stalled.
    pub stalled_days: u32,
    /// Effort of each kind of action, hours.
    pub effort_hours: EffortHours,
}

/// Effort of each kind of action, hours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffortHours {
    /// Hours of an executive presentation.
    pub executive_presentation: f64,
    /// Hours of a custom proposal.
    pub custom_proposal: f64,
    /// Hours of a discovery call.
    pub discovery_call: f64,
    /// Hours of setting up a nurture sequence.
    pub nurture_sequence: f64,
    /// Hours of watching.
    pub monitor: f64,
}

impl EffortHours {
    /// Hours of an action.
    pub fn of(&self, action: NextAction) -> f64 {
        match action {
            NextAction::ExecutivePresentation => self.executive_presentation,
            NextAction::CustomProposal => self.custom_proposal,
            NextAction::DiscoveryCall => self.discovery_call,
            NextAction::NurtureSequence => self.nurture_sequence,
            NextAction::Monitor => self.monitor,
        }
    }
}

/// Constants of value propositions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropositionSection {
    /// A contract that ends within so many days is a reason to hurry.
    pub urgent_contract_days: u32,
    /// Growth of leads above this fraction is a reason to hurry.
    pub urgent_leads_growth: f64,
}
