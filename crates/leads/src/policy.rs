//! What one market wants of its leads: its goal, what its team can do, how its models learn, and the rules that it has
//! instead of the shipped ones.
//!
//! ```
//! use leads::policy::LeadPolicy;
//!
//! let policy = LeadPolicy::shipped();
//! assert_eq!((policy.goal().horizon_days(), policy.capacity().today()), (14, 20));
//! let longer = LeadPolicy::from_toml(&leads::policy::LEADS_TOML.replace("horizon_days = 14", "horizon_days = 30"))?;
//! assert_eq!(longer.question(), "appointment_booked within 30 days");
//! # Ok::<(), leads::policy::LeadPolicyError>(())
//! ```

mod document;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::SignedDuration;
use kernel::PolicyKey;
use serde::Serialize;

pub use document::{
    CapacitySection, ColdSection, DriftSection, EventWord, GoalSection, LeadPolicyDocument, LearningSection,
    OutcomesSection, ScoringSection,
};

use crate::{
    band::Capacity,
    features::{Goal, GoingCold, Sampling},
    gate::GatePolicy,
    prior::Prior,
    routing,
};

/// The policy that a new market begins with, with its comments.
pub const LEADS_TOML: &str = include_str!("../../../policies/leads.toml");

/// The prior rule of going cold as it is written, with its comments.
pub const COLD_PRIOR_TOML: &str = include_str!("../../../policies/leads_cold_prior.toml");

/// A policy that was checked: nothing that follows from it can fail.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadPolicy {
    key: PolicyKey,
    document: LeadPolicyDocument,
    goal: Goal,
    cold: GoingCold,
    capacity: Capacity,
    prior: Prior,
    routing: routing::Policy,
    gate: GatePolicy,
}

/// Why a text is no policy of leads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeadPolicyError {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    #[error("the policy cannot be read: {0}")]
    Unreadable(String),
    /// A value that cannot be.
    #[error("{key}: {reason}")]
    Invalid {
        /// Where, as a path.
        key: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

/// A saved version of a market's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeadPolicyVersion {
    /// Counts from 1; 0 is the shipped text in a market that saved none.
    pub version: u32,
    /// The policy as TOML.
    pub text: String,
    /// Why it was saved.
    pub note: String,
    /// Who saved it: `user:` and an identifier, or the name of a command.
    pub actor: String,
    /// When; none of the shipped text.
    pub saved_at: Option<jiff::Timestamp>,
}

impl LeadPolicy {
    /// Reads and checks a policy as written in `policies/leads.toml`.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value cannot be: the first of these.
    pub fn from_toml(text: &str) -> Result<Self, LeadPolicyError> {
        let document: LeadPolicyDocument = toml::from_str(text)
            .map_err(|error| LeadPolicyError::Unreadable(error.to_string().trim().to_owned()))?;
        Self::new(document)
    }

    /// Checks a document.
    ///
    /// # Errors
    /// The first value that cannot be, with its key and the reason.
    pub fn new(document: LeadPolicyDocument) -> Result<Self, LeadPolicyError> {
        let checked = document.check()?;
        let key = PolicyKey { name: document.name.clone(), version: document.version };
        let document::Checked { goal, cold, capacity, prior, routing, gate } = checked;
        Ok(Self { key, document, goal, cold, capacity, prior, routing, gate })
    }

    /// The policy that ships with the product.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<LeadPolicy> = LazyLock::new(|| {
            // Part of the program, read by the tests of this module.
            LeadPolicy::from_toml(LEADS_TOML).expect("the embedded policy is valid")
        });
        &SHIPPED
    }

    /// The prior rule of going cold.
    pub fn cold_prior() -> &'static Prior {
        static SHIPPED: LazyLock<Prior> = LazyLock::new(|| {
            // Part of the program, read by the tests of this module.
            Prior::from_toml(COLD_PRIOR_TOML).expect("the embedded policy is valid")
        });
        &SHIPPED
    }

    /// Name and version of the text.
    pub fn key(&self) -> &PolicyKey {
        &self.key
    }

    /// Everything as written.
    pub fn document(&self) -> &LeadPolicyDocument {
        &self.document
    }

    /// What the market wants to happen.
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// What going cold means here.
    pub fn cold(&self) -> &GoingCold {
        &self.cold
    }

    /// How many leads the team can get to.
    pub fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// The rule that scores until there is a model.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// Who is offered a lead, and how fast somebody has to act.
    pub fn routing(&self) -> &routing::Policy {
        &self.routing
    }

    /// Limits of the gate before any message.
    pub fn gate(&self) -> &GatePolicy {
        &self.gate
    }

    /// After how much silence a lead is scored anew.
    pub fn rescore(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.document.scoring.rescore_hours))
    }

    /// How late we may still learn of an outcome.
    pub fn delay(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.document.outcomes.delay_hours))
    }

    /// Which moments of a contact's life are learned from.
    pub fn sampling(&self) -> Sampling {
        Sampling { delay: self.delay(), ..Sampling::default() }
    }

    /// How models learn.
    pub fn learning(&self) -> &LearningSection {
        &self.document.learning
    }

    /// When the world has changed.
    pub fn drift(&self) -> &DriftSection {
        &self.document.drift
    }

    /// What a score answers, in words: predictions and models of another question are not compared with these.
    pub fn question(&self) -> String {
        let goal = &self.document.goal;
        let share = goal.stage_share.map(|share| format!(" {share}")).unwrap_or_default();
        format!("{}{share} within {} days", goal.event.id(), goal.horizon_days)
    }

    /// What a chance of going cold answers, in words.
    pub fn cold_question(&self) -> String {
        format!("silent for {} days", self.cold.silent_days())
    }
}
