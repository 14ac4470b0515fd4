use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::metrics::ClientMetrics;

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident => $id:literal, $label:literal, $unit:literal;)+) => {
        /// A number that a policy may speak of: an input of the client, or a result of an earlier step
        /// of the same assessment. Stable names, as in policy files.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Metric {
            $($(#[$doc])* #[serde(rename = $id)] $variant,)+
        }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Name in policy files and APIs.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// As people read it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// What follows the number when it is shown; empty for counts and fractions.
            pub fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit),+ }
            }
        }
    };
}

metrics! {
    /// Satisfaction, 1.0-5.0.
    Satisfaction => "satisfaction_score", "satisfaction", "";
    /// Net promoter score, -100 to 100.
    Nps => "nps_score", "NPS", "";
    /// Share of the product in use, 0-1.
    Usage => "usage_intensity", "usage", "";
    /// Growth of leads, fraction, month over month.
    LeadsGrowth => "leads_growth_rate", "leads growth", "";
    /// Growth of locations, fraction, month over month.
    LocationsGrowth => "locations_growth_rate", "locations growth", "";
    /// Payment history, 1-10.
    Payment => "payment_history_score", "payment history", "";
    /// Strength of the relationship with an executive, 1-10.
    Executive => "executive_relationship_strength", "executive relationship", "";
    /// Whole days since the last interaction.
    DaysSinceInteraction => "days_since_interaction", "days since last interaction", "";
    /// 1 when a success case is documented, else 0.
    Documented => "success_case_documented", "success case documented", "";
    /// Return on the client's spend, percent.
    Roi => "roi_percentage", "ROI", " %";
    /// Clients referred.
    Referrals => "referrals_provided", "referrals", "";
    /// Leads processed per month.
    Leads => "leads_processed_monthly", "leads per month", "";
    /// Appointments generated per month.
    Appointments => "appointments_generated_monthly", "appointments per month", "";
    /// Locations under contract.
    Locations => "locations_count", "locations", "";
    /// Locations with activity this month.
    ActiveLocations => "monthly_active_locations", "active locations", "";
    /// People who use the product.
    ActiveUsers => "active_users", "active users", "";
    /// Support tickets per month.
    Tickets => "support_tickets_monthly", "support tickets per month", "";
    /// Open feature requests.
    FeatureRequests => "feature_requests", "feature requests", "";
    /// Whole months of service.
    Tenure => "tenure_months", "months of service", "";
    /// Monthly recurring revenue today.
    CurrentMrr => "current_mrr", "current MRR", "";
    /// Annual recurring revenue today.
    CurrentArr => "current_arr", "current ARR", "";
    /// Readiness score, 0-100 (result).
    Readiness => "readiness_score", "readiness", "";
    /// Potential added ARR (result).
    PotentialArr => "potential_arr", "potential ARR", "";
    /// Prior rule's probability, 0-1 (result).
    Probability => "success_probability", "probability", "";
    /// Priority, 1-10 (result).
    Priority => "priority", "priority", "";
}

impl Metric {
    /// Whether the metric is a yes or no, held as 1 or 0.
    pub fn is_flag(self) -> bool {
        self == Self::Documented
    }

    /// Whether the metric is computed by the assessment rather than given with the client.
    pub fn is_result(self) -> bool {
        matches!(self, Self::Readiness | Self::PotentialArr | Self::Probability | Self::Priority)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.label())
    }
}

const COUNT: usize = Metric::ALL.len();

/// The numbers of one client on one day, by [`Metric`]; what is not known is absent.
///
/// Results (readiness, potential, ...) are absent until the assessment has computed them.
#[derive(Clone, Debug)]
pub struct Values([f64; COUNT]);

impl Values {
    /// The client's inputs as of a day.
    pub fn of(client: &ClientMetrics, as_of: Date) -> Self {
        let mut values = Self([f64::NAN; COUNT]);
        let mut known = |metric: Metric, value: Option<f64>| {
            if let Some(value) = value {
                values.0[metric as usize] = value;
            }
        };
        known(Metric::Satisfaction, client.satisfaction_score);
        known(Metric::Nps, client.nps_score);
        known(Metric::Usage, client.usage_intensity);
        known(Metric::LeadsGrowth, client.leads_growth_rate);
        known(Metric::LocationsGrowth, client.locations_growth_rate);
        known(Metric::Payment, client.payment_history_score);
        known(Metric::Executive, client.executive_relationship_strength);
        known(Metric::DaysSinceInteraction, client.last_interaction_date.map(|day| days_between(day, as_of)));
        known(Metric::Documented, client.success_case_documented.map(|yes| f64::from(u8::from(yes))));
        known(Metric::Roi, client.roi_percentage);
        known(Metric::Referrals, client.referrals_provided.map(f64::from));
        known(Metric::Leads, client.leads_processed_monthly.map(f64::from));
        known(Metric::Appointments, client.appointments_generated_monthly.map(f64::from));
        known(Metric::Locations, client.locations_count.map(f64::from));
        known(Metric::ActiveLocations, client.monthly_active_locations.map(f64::from));
        known(Metric::ActiveUsers, client.active_users.map(f64::from));
        known(Metric::Tickets, client.support_tickets_monthly.map(f64::from));
        known(Metric::FeatureRequests, client.feature_requests.map(f64::from));
        known(Metric::Tenure, client.tenure_months.map(f64::from));
        known(Metric::CurrentMrr, Some(client.current_mrr.to_f64()));
        known(Metric::CurrentArr, Some(client.current_arr.to_f64()));
        values
    }

    /// The metric's value; `None` when it is unknown.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        let value = self.0[metric as usize];
        if value.is_nan() { None } else { Some(value) }
    }

    /// Records a result.
    pub fn set(&mut self, metric: Metric, value: f64) {
        self.0[metric as usize] = value;
    }
}

/// Whole days from `earlier` to `later`; negative when `earlier` is the later one.
fn days_between(earlier: Date, later: Date) -> f64 {
    // Civil days have 86 400 s each, so the division is exact.
    (earlier.duration_until(later).as_secs() / 86_400) as f64
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        assert_eq!(days_between(date(2026, 1, 17), date(2026, 1, 19)), 2.0);
        assert_eq!(days_between(date(2024, 2, 28), date(2024, 3, 1)), 2.0);
        assert_eq!(days_between(date(2026, 1, 24), date(2026, 1, 19)), -5.0);
    }

    #[test]
    fn names_are_unique_and_read_back() {
        for metric in Metric::ALL {
            let text = format!("\"{}\"", metric.id());
            assert_eq!(serde_json::from_str::<Metric>(&text).expect("name"), *metric);
        }
    }
}
