//! Versioned constants of the rule-based scores: TOML in, checked and compiled for speed.
//!
//! [`PolicyDocument`] is the policy as written, [`Policy`] the same after checking, with every name resolved and
//! every text made once, so that [`crate::assess::assess`] neither searches nor formats.

mod check;
mod condition;
mod document;
mod fault;
mod knob;
mod metric;

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use kernel::PolicyKey;

pub(crate) use self::condition::{EDGE_TOLERANCE, Signal};
pub use self::{
    condition::{Condition, Relation},
    document::{
        AdjustmentSection, AlignmentSection, BonusSection, Complexity, DimensionSection, EffortHours,
        FitSection, LevelSection, NextActionSection, OrderKey, PlanSection, PointsSection, PolicyDocument,
        PosteriorSection, PotentialBasis, PrioritySection, ProbabilitySection, PropositionSection,
        RankingSection, ReadinessSection, Rounding, TierSection, VehicleSection,
    },
    fault::{Fault, PolicyError},
    knob::{Knob, KnobUnit, is_weight, knobs, turned},
    metric::{Metric, Values},
};
use crate::{
    assessment::{ReadinessLevel, Tier},
    metrics::VehicleId,
    next_action::NextActionRules,
    priority::PriorityRules,
    probability::ProbabilityRules,
    ranking::RankingRules,
    readiness::ReadinessRules,
    tier::TierRules,
    vehicle::VehicleRules,
};

/// The default policy as it is written, with its comments.
pub const FRAMEWORK_TOML: &str = include_str!("../../../policies/framework.toml");

/// The comparison policy as it is written, with its comments.
pub const LEGACY_TOML: &str = include_str!("../../../policies/legacy.toml");

/// A policy that was checked: an assessment with it cannot fail. Cloning is cheap.
#[derive(Clone)]
pub struct Policy {
    key: Arc<PolicyKey>,
    document: Arc<PolicyDocument>,
    rules: Arc<Rules>,
}

/// The document, compiled: one part per concept, each next to the code that runs it.
pub(crate) struct Rules {
    pub readiness: ReadinessRules,
    pub tiers: TierRules,
    pub vehicles: VehicleRules,
    pub probability: ProbabilityRules,
    pub priority: PriorityRules,
    pub next_actions: NextActionRules,
    pub ranking: RankingRules,
}

impl Policy {
    /// Checks and compiles a document.
    ///
    /// # Errors
    /// Every value that cannot be, each with its key and the reason.
    pub fn new(document: PolicyDocument) -> Result<Self, PolicyError> {
        let faults = check::faults(&document);
        if !faults.is_empty() {
            return Err(PolicyError::Invalid(faults));
        }
        let rules = Rules {
            readiness: ReadinessRules::of(&document),
            tiers: TierRules::of(&document),
            vehicles: VehicleRules::of(&document),
            probability: ProbabilityRules::of(&document),
            priority: PriorityRules::of(&document),
            next_actions: NextActionRules::of(&document),
            ranking: RankingRules::of(&document),
        };
        let key = PolicyKey { name: document.name.clone(), version: document.version };
        Ok(Self { key: Arc::new(key), document: Arc::new(document), rules: Arc::new(rules) })
    }

    /// Reads a policy as written in `policies/*.toml`.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value cannot be.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let document: PolicyDocument =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        Self::new(document)
    }

    /// The policy as TOML. Reading it back gives an equal policy; comments are not kept.
    ///
    /// # Errors
    /// None that a checked policy is known to cause; the writer's own failure is passed on.
    pub fn to_toml(&self) -> Result<String, PolicyError> {
        toml::to_string(&*self.document).map_err(|error| PolicyError::Unwritable(error.to_string()))
    }

    /// The growth team's own rules: the default.
    pub fn framework() -> Self {
        static FRAMEWORK: LazyLock<Policy> = LazyLock::new(|| embedded(FRAMEWORK_TOML));
        FRAMEWORK.clone()
    }

    /// The rules of an earlier engine, for comparison only.
    pub fn legacy() -> Self {
        static LEGACY: LazyLock<Policy> = LazyLock::new(|| embedded(LEGACY_TOML));
        LEGACY.clone()
    }

    /// The policies that ship with the product, the default first.
    pub fn shipped() -> [Self; 2] {
        [Self::framework(), Self::legacy()]
    }

    /// Name and version.
    pub fn key(&self) -> &PolicyKey {
        &self.key
    }

    /// Everything as written.
    pub fn document(&self) -> &PolicyDocument {
        &self.document
    }

    /// The tier's section; `None` for maintenance and for tiers that the policy does not have.
    pub fn tier(&self, tier: Tier) -> Option<&TierSection> {
        self.document.tiers.iter().find(|section| section.tier == tier)
    }

    /// The level's section; `None` for levels that the policy does not have.
    pub fn level(&self, level: ReadinessLevel) -> Option<&LevelSection> {
        self.document.readiness.levels.iter().find(|section| section.level == level)
    }

    /// The vehicle's section; `None` when the policy does not sell it.
    pub fn vehicle(&self, id: &VehicleId) -> Option<&VehicleSection> {
        self.document.vehicles.iter().find(|section| section.id == *id)
    }

    /// Name and version, for an assessment to keep.
    pub(crate) fn shared_key(&self) -> Arc<PolicyKey> {
        self.key.clone()
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }
}

fn embedded(text: &str) -> Policy {
    // Both texts are part of the program and read by the tests of this module.
    Policy::from_toml(text).expect("an embedded policy is valid")
}

impl fmt::Debug for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Policy").field(&self.key).finish()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

#[cfg(test)]
mod tests;
