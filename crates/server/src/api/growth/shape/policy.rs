use std::collections::BTreeMap;

use growth::{policy_version, whatif};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Movement, PolicyName, Shown, shows};

/// One saved policy, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// Name.
    pub name: String,
    /// Version, from 1 within the name.
    pub version: u32,
    /// Why it was made.
    pub note: String,
    /// When; `null`: it ships with the product.
    pub created_at: Option<Timestamp>,
    /// By whom; `null`: it ships with the product.
    pub created_by: Option<String>,
    /// Whether it is the one that counts.
    pub active: bool,
}

impl Shown<policy_version::PolicyVersion> for PolicyVersion {
    fn shown(value: &policy_version::PolicyVersion) -> Self {
        Self {
            name: value.key.name.clone(),
            version: value.key.version,
            note: value.note.clone(),
            created_at: value.created_at,
            created_by: value.created_by.clone(),
            active: value.active,
        }
    }
}

/// What a policy makes of a client base.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyEffect {
    /// The policy.
    pub policy: PolicyName,
    /// Clients per 5 points of the score: 0 to below 5, ..., 95 to 100.
    pub histogram: Vec<u32>,
    /// Clients per level.
    pub levels: BTreeMap<String, usize>,
    /// Clients per tier.
    pub tiers: BTreeMap<String, usize>,
    /// Mean score; `null` without clients.
    pub mean_score: Option<f64>,
    /// Sum of the potential added ARR.
    pub potential_arr: f64,
    /// Sum of potential times probability.
    pub weighted_arr: f64,
}

impl Shown<whatif::PolicyEffect> for PolicyEffect {
    fn shown(value: &whatif::PolicyEffect) -> Self {
        Self {
            policy: PolicyName::shown(&value.policy),
            histogram: value.histogram.to_vec(),
            levels: Shown::shown(&value.levels),
            tiers: Shown::shown(&value.tiers),
            mean_score: value.mean_score,
            potential_arr: value.potential_arr.to_f64(),
            weighted_arr: value.weighted_arr.to_f64(),
        }
    }
}

/// The difference between the live policy and a draft, on the same clients and the same day.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyDiff {
    /// The live policy.
    pub live: PolicyEffect,
    /// The draft.
    pub draft: PolicyEffect,
    /// Every client whose assessment changes, with the factors behind it.
    pub movement: Movement,
}

shows!(PolicyDiff of whatif::PolicyDiff { live, draft, movement });
