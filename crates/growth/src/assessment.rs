//! What an assessment says: the words for level, tier and action, and the result as one value.

use std::{fmt, sync::Arc};

use jiff::civil::Date;
use kernel::{Arr, Factor, Interval, PolicyKey};
use serde::{Deserialize, Serialize};

use crate::metrics::{ClientId, VehicleId};

/// How ready a client is to buy more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessLevel {
    /// Score >= 80: close within 30 days (15 from 90).
    ReadyNow,
    /// Score >= 60: close within 60 days (45 from 70).
    ReadySoon,
    /// Score >= 40: close within 90 days.
    NeedsNurture,
    /// Below: 120 days, shown as "beyond 90".
    NotReady,
}

/// Which band of added revenue a client qualifies for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Marketed as "10x".
    #[serde(rename = "tier_1")]
    One,
    /// Marketed as "3-5x".
    #[serde(rename = "tier_2")]
    Two,
    /// Marketed as "2x".
    #[serde(rename = "tier_3")]
    Three,
    /// No expansion now.
    #[serde(rename = "maintenance")]
    Maintenance,
}

/// What to do next with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextAction {
    /// Within 3 days.
    ExecutivePresentation,
    /// Within 7 days.
    CustomProposal,
    /// Within 14 days.
    DiscoveryCall,
    /// Automated nurture sequence.
    NurtureSequence,
    /// Nothing but watching.
    Monitor,
}

/// The readiness score and what it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// 0-100: the sum of the contributions of `factors`.
    pub score: f64,
    /// The level the score falls in.
    pub level: ReadinessLevel,
    /// Share of the policy's weight whose inputs are known, 0-1.
    pub coverage: f64,
    /// Score if every unknown dimension were 0 and if it were 100.
    pub interval: Interval,
    /// The known dimensions, in the policy's order.
    pub factors: Vec<Factor>,
}

/// A criterion of the next better tier that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MissedCriterion {
    /// The tier it belongs to.
    pub tier: Tier,
    /// The metric's name (`satisfaction_score`).
    pub metric: Arc<str>,
    /// `>=` or `>`.
    pub relation: Arc<str>,
    /// The threshold.
    pub required: f64,
    /// The client's value; `None` when unknown.
    pub actual: Option<f64>,
    /// How much is missing; `None` when unknown.
    pub gap: Option<f64>,
}

/// A vehicle worth offering to this client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VehicleFit {
    /// The vehicle.
    pub id: VehicleId,
    /// Fit, 0-100.
    pub fit: f64,
    /// What moved the fit away from its base, in words with points ("locations >= 5: +15").
    pub reasons: Vec<Arc<str>>,
    /// Signals whose metric is unknown; they added nothing.
    pub unknown: Vec<Arc<str>>,
}

/// Everything the policy says of one client on one day. A pure function of (metrics, policy, as-of).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The client.
    pub client_id: ClientId,
    /// The version of the policy that it follows from.
    pub policy: Arc<PolicyKey>,
    /// The day it speaks of.
    pub as_of: Date,
    /// Readiness with its factors.
    pub readiness: Readiness,
    /// The tier reached.
    pub tier: Tier,
    /// What separates the client from the next better tier; empty in tier 1.
    pub missed_criteria: Vec<MissedCriterion>,
    /// Vehicles to offer, best first, at most three.
    pub vehicles: Vec<VehicleFit>,
    /// Added annual revenue if the client buys; zero in maintenance.
    pub potential_arr: Arr,
    /// (current + added) / current; `None` when the client pays nothing today.
    pub multiple: Option<f64>,
    /// Prior rule for the chance that an offer made now is signed, 0-1.
    pub success_probability: f64,
    /// Whether the rule left 0-1 and was clamped.
    pub saturated: bool,
    /// The additive parts of the probability, before the clamp: (name, value).
    pub probability_parts: Vec<(Arc<str>, f64)>,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1.0-10.0.
    pub priority: f64,
    /// Months until the vehicles' cost is earned back by the added MRR; `None` without an offer.
    pub payback_months: Option<u32>,
    /// What to do next.
    pub next_action: NextAction,
    /// Within how many days of `as_of`; `None` where nothing is due.
    pub next_action_days: Option<u32>,
}

macro_rules! named {
    ($type:ident { $($variant:ident => $id:literal, $label:literal;)+ }) => {
        impl $type {
            /// Every value, best first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable identifier, as in files and APIs.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// As people read it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The value with this identifier.
            pub fn from_id(id: &str) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.label())
            }
        }
    };
}
pub(crate) use named;

named!(ReadinessLevel {
    ReadyNow => "ready_now", "Ready now";
    ReadySoon => "ready_soon", "Ready soon";
    NeedsNurture => "needs_nurture", "Needs nurture";
    NotReady => "not_ready", "Not ready";
});

named!(Tier {
    One => "tier_1", "Tier 1";
    Two => "tier_2", "Tier 2";
    Three => "tier_3", "Tier 3";
    Maintenance => "maintenance", "Maintenance";
});

named!(NextAction {
    ExecutivePresentation => "executive_presentation", "Executive presentation";
    CustomProposal => "custom_proposal", "Custom proposal";
    DiscoveryCall => "discovery_call", "Discovery call";
    NurtureSequence => "nurture_sequence", "Nurture sequence";
    Monitor => "monitor", "Monitor";
});
