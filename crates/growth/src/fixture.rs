//! Clients for the tests of this crate.

use jiff::civil::{Date, date};
use kernel::{Currency, Mrr};

use crate::metrics::ClientMetrics;

/// The day that the tests speak of.
pub(crate) const AS_OF: Date = date(2026, 1, 19);

/// A client of whom only the MRR of 2 400 is known.
pub(crate) fn blank(id: &str) -> ClientMetrics {
    ClientMetrics::unknown(id, format!("Brokerage {id}"), Mrr::new(2_400.into(), Currency::USD))
}

/// Every dimension of readiness is worth 80: readiness is exactly 80; tier 1 but for an ROI of 20 000.
pub(crate) fn eighty(id: &str) -> ClientMetrics {
    ClientMetrics {
        satisfaction_score: Some(4.0),
        usage_intensity: Some(0.8),
        leads_growth_rate: Some(0.6),
        payment_history_score: Some(8.0),
        last_interaction_date: Some(date(2026, 1, 9)),
        executive_relationship_strength: Some(8.0),
        success_case_documented: Some(true),
        roi_percentage: Some(20_000.0),
        referrals_provided: Some(0),
        ..blank(id)
    }
}

/// On every edge of tier 1, the ROI just beyond it; nothing unknown that a score asks for.
pub(crate) fn tier_one(id: &str) -> ClientMetrics {
    ClientMetrics {
        satisfaction_score: Some(4.5),
        usage_intensity: Some(0.70),
        leads_growth_rate: Some(0.2),
        payment_history_score: Some(10.0),
        last_interaction_date: Some(date(2026, 1, 17)),
        executive_relationship_strength: Some(8.0),
        success_case_documented: Some(true),
        roi_percentage: Some(20_000.01),
        referrals_provided: Some(2),
        leads_processed_monthly: Some(200),
        locations_count: Some(5),
        active_users: Some(10),
        nps_score: Some(50.0),
        support_tickets_monthly: Some(3),
        feature_requests: Some(5),
        locations_growth_rate: Some(0.1),
        ..blank(id)
    }
}
