//! What is known of a client on a day. The only input of an assessment besides the policy and the day.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::civil::Date;
use kernel::{Arr, Mrr};
use serde::{Deserialize, Serialize};

/// Identifies a client within the hub: the identifier of the source file, trimmed, never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(Arc<str>);

/// Identifies an expansion vehicle of the policy (`white_label`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VehicleId(Arc<str>);

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The identifier with this text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

text_id!(ClientId);
text_id!(VehicleId);

/// What is known of one client on one day. A value that the source did not give is `None`, never zero.
///
/// Built only by parsing ([`crate::import`]) or deriving ([`crate::profile`]), so ranges hold here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientMetrics {
    /// Identity, unique within a snapshot.
    pub client_id: ClientId,
    /// Display name, never empty.
    pub client_name: Arc<str>,
    /// Annual recurring revenue today: the annual figure of the source where it gave one that differs
    /// by more than 1 % from twelve months, else 12 x MRR.
    pub current_arr: Arr,
    /// Monthly recurring revenue today: as given, else a twelfth of the annual figure.
    pub current_mrr: Mrr,
    /// First day of service.
    pub implementation_date: Option<Date>,
    /// Whole months of service.
    pub tenure_months: Option<u32>,
    /// People who use the product.
    pub active_users: Option<u32>,
    /// Locations with activity this month.
    pub monthly_active_locations: Option<u32>,
    /// Locations under contract.
    pub locations_count: Option<u32>,
    /// Leads processed per month.
    pub leads_processed_monthly: Option<u32>,
    /// Appointments generated per month.
    pub appointments_generated_monthly: Option<u32>,
    /// Return on the client's spend, in percent (49 400 = 494 times).
    pub roi_percentage: Option<f64>,
    /// Satisfaction, 1.0-5.0.
    pub satisfaction_score: Option<f64>,
    /// Net promoter score, -100 to 100.
    pub nps_score: Option<f64>,
    /// Whether a success story with numbers was written and approved.
    pub success_case_documented: Option<bool>,
    /// Clients that this client referred.
    pub referrals_provided: Option<u32>,
    /// Support tickets per month.
    pub support_tickets_monthly: Option<u32>,
    /// Open feature requests.
    pub feature_requests: Option<u32>,
    /// Day of the last interaction with a person of ours (UTC day where the source gave an instant).
    pub last_interaction_date: Option<Date>,
    /// Strength of the relationship with an executive, 1-10.
    pub executive_relationship_strength: Option<f64>,
    /// Growth of leads, month over month, fraction, >= -1.
    pub leads_growth_rate: Option<f64>,
    /// Growth of locations, month over month, fraction, >= -1.
    pub locations_growth_rate: Option<f64>,
    /// Share of the product in use, 0-1: as given, else active locations over locations.
    pub usage_intensity: Option<f64>,
    /// Whether `usage_intensity` was derived from locations rather than given.
    pub usage_derived: bool,
    /// Payment history, 1-10.
    pub payment_history_score: Option<f64>,
    /// End of the contract.
    pub contract_end_date: Option<Date>,
    /// Vehicles already bought; never offered again.
    pub upsell_history: Vec<VehicleId>,
    /// Columns of the source that the product does not know, kept as found.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

impl ClientMetrics {
    /// A client of whom nothing is known but who it is and what it pays per month.
    pub fn unknown(id: impl Into<Arc<str>>, name: impl Into<Arc<str>>, current_mrr: Mrr) -> Self {
        Self {
            client_id: ClientId::new(id),
            client_name: name.into(),
            current_arr: current_mrr.per_year(),
            current_mrr,
            implementation_date: None,
            tenure_months: None,
            active_users: None,
            monthly_active_locations: None,
            locations_count: None,
            leads_processed_monthly: None,
            appointments_generated_monthly: None,
            roi_percentage: None,
            satisfaction_score: None,
            nps_score: None,
            success_case_documented: None,
            referrals_provided: None,
            support_tickets_monthly: None,
            feature_requests: None,
            last_interaction_date: None,
            executive_relationship_strength: None,
            leads_growth_rate: None,
            locations_growth_rate: None,
            usage_intensity: None,
            usage_derived: false,
            payment_history_score: None,
            contract_end_date: None,
            upsell_history: Vec::new(),
            extra: BTreeMap::new(),
        }
    }
}
