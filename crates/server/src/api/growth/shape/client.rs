use std::collections::BTreeMap;

use growth::{assessment::Assessment, metrics::ClientMetrics};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Shown,
    words::{LevelWord, NextActionWord, TierWord},
};

/// What is known of a client on the snapshot's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Client {
    /// Identity, unique within a snapshot.
    pub client_id: String,
    /// Display name.
    pub client_name: String,
    /// Annual recurring revenue today.
    pub current_arr: f64,
    /// Monthly recurring revenue today.
    pub current_mrr: f64,
    /// ISO code of the amounts.
    pub currency: String,
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
    /// Return on the client's spend, in percent.
    pub roi_percentage: Option<f64>,
    /// Satisfaction, 1-5.
    pub satisfaction_score: Option<f64>,
    /// Net promoter score, -100 to 100.
    pub nps_score: Option<f64>,
    /// Whether a success story was written and approved.
    pub success_case_documented: Option<bool>,
    /// Clients that this client referred.
    pub referrals_provided: Option<u32>,
    /// Support tickets per month.
    pub support_tickets_monthly: Option<u32>,
    /// Open feature requests.
    pub feature_requests: Option<u32>,
    /// Day of the last interaction with a person of the operator.
    pub last_interaction_date: Option<Date>,
    /// Strength of the relationship with an executive, 1-10.
    pub executive_relationship_strength: Option<f64>,
    /// Growth of leads, month over month, fraction.
    pub leads_growth_rate: Option<f64>,
    /// Growth of locations, month over month, fraction.
    pub locations_growth_rate: Option<f64>,
    /// Share of the product in use, 0-1.
    pub usage_intensity: Option<f64>,
    /// Whether `usage_intensity` was derived from locations rather than given.
    pub usage_derived: bool,
    /// Payment history, 1-10.
    pub payment_history_score: Option<f64>,
    /// End of the contract.
    pub contract_end_date: Option<Date>,
    /// Vehicles already bought.
    pub upsell_history: Vec<String>,
    /// Columns of the source that the product does not know, as found.
    pub extra: BTreeMap<String, String>,
}

impl Shown<ClientMetrics> for Client {
    fn shown(value: &ClientMetrics) -> Self {
        Self {
            client_id: value.client_id.to_string(),
            client_name: value.client_name.to_string(),
            current_arr: value.current_arr.to_f64(),
            current_mrr: value.current_mrr.to_f64(),
            currency: value.current_mrr.currency().to_string(),
            implementation_date: value.implementation_date,
            tenure_months: value.tenure_months,
            active_users: value.active_users,
            monthly_active_locations: value.monthly_active_locations,
            locations_count: value.locations_count,
            leads_processed_monthly: value.leads_processed_monthly,
            appointments_generated_monthly: value.appointments_generated_monthly,
            roi_percentage: value.roi_percentage,
            satisfaction_score: value.satisfaction_score,
            nps_score: value.nps_score,
            success_case_documented: value.success_case_documented,
            referrals_provided: value.referrals_provided,
            support_tickets_monthly: value.support_tickets_monthly,
            feature_requests: value.feature_requests,
            last_interaction_date: value.last_interaction_date,
            executive_relationship_strength: value.executive_relationship_strength,
            leads_growth_rate: value.leads_growth_rate,
            locations_growth_rate: value.locations_growth_rate,
            usage_intensity: value.usage_intensity,
            usage_derived: value.usage_derived,
            payment_history_score: value.payment_history_score,
            contract_end_date: value.contract_end_date,
            upsell_history: value.upsell_history.iter().map(ToString::to_string).collect(),
            extra: value.extra.clone(),
        }
    }
}

/// A client in a list: what it pays and what the policy makes of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientLine {
    /// Identity.
    pub client_id: String,
    /// Display name.
    pub client_name: String,
    /// Monthly recurring revenue today.
    pub current_mrr: f64,
    /// Readiness, 0-100.
    pub score: f64,
    /// Its level.
    pub level: LevelWord,
    /// Share of the policy's weight that is known, 0-1.
    pub coverage: f64,
    /// The tier.
    pub tier: TierWord,
    /// Added annual revenue if the client buys.
    pub potential_arr: f64,
    /// ISO code of the amounts.
    pub currency: String,
    /// Prior rule's probability, 0-1.
    pub success_probability: f64,
    /// Expected days to signature.
    pub close_days: u32,
    /// 1-10.
    pub priority: f64,
    /// Vehicles to offer, best first.
    pub vehicles: Vec<String>,
    /// What to do next.
    pub next_action: NextActionWord,
    /// The day by which it is due.
    pub next_action_due: Option<Date>,
}

impl ClientLine {
    /// Of a client and its assessment.
    pub fn of(client: &ClientMetrics, assessment: &Assessment) -> Self {
        Self {
            client_id: client.client_id.to_string(),
            client_name: client.client_name.to_string(),
            current_mrr: client.current_mrr.to_f64(),
            score: assessment.readiness.score,
            level: LevelWord(assessment.readiness.level),
            coverage: assessment.readiness.coverage,
            tier: TierWord(assessment.tier),
            potential_arr: assessment.potential_arr.to_f64(),
            currency: assessment.potential_arr.currency().to_string(),
            success_probability: assessment.success_probability,
            close_days: assessment.close_days,
            priority: assessment.priority,
            vehicles: assessment.vehicles.iter().map(|offer| offer.id.to_string()).collect(),
            next_action: NextActionWord(assessment.next_action),
            next_action_due: assessment.next_action_due(),
        }
    }
}
