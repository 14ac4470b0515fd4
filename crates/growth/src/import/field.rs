use std::fmt;

use serde::{Deserialize, Serialize};

/// What a cell of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text.
    Text,
    /// An amount in the import's currency.
    Money,
    /// A civil date, or an instant that becomes its UTC date.
    Date,
    /// A whole number from 0.
    Count,
    /// A number.
    Number,
    /// A number where 0.2 is 20 %.
    Fraction,
    /// Yes or no.
    Flag,
    /// Words separated by `;`.
    List,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident, $id:literal, $label:literal, $kind:ident, [$($synonym:literal),*];)+) => {
        /// A value of a client that a file can give.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[$doc])* $variant,)+
        }

        impl Field {
            /// Every field, in the order in which files list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in files, mappings and APIs.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// Its name for people.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// What its cells are.
            pub fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind),+ }
            }

            /// Other column names that mean it, normalised.
            pub fn synonyms(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($synonym),*]),+ }
            }
        }
    };
}

fields! {
    /// Identity, unique in a file.
    ClientId, "client_id", "Client id", Text, ["id", "customer_id", "account_id", "brokerage_id", "client"];
    /// Display name.
    ClientName, "client_name", "Client name", Text,
        ["name", "customer_name", "account_name", "brokerage_name", "company", "company_name", "brokerage"];
    /// Monthly recurring revenue.
    CurrentMrr, "current_mrr", "Current MRR", Money,
        ["current_monthly_spend", "mrr", "monthly_spend", "monthly_recurring_revenue", "monthly_revenue", "mrr_amount"];
    /// Annual recurring revenue.
    CurrentAnnualSpend, "current_annual_spend", "Current annual spend", Money,
        ["current_arr", "arr", "annual_spend", "annual_recurring_revenue", "annual_revenue", "arr_amount"];
    /// First day of service.
    ImplementationDate, "implementation_date", "Implementation date", Date,
        ["implemented_on", "go_live_date", "start_date", "signup_date", "customer_since"];
    /// Whole months of service.
    TenureMonths, "tenure_months", "Tenure, months", Count, ["tenure", "months_of_service"];
    /// People who use the product.
    ActiveUsers, "active_users", "Active users", Count, ["users", "monthly_active_users", "mau"];
    /// Locations under contract.
    LocationsCount, "locations_count", "Locations", Count, ["locations", "location_count", "offices"];
    /// Locations with activity this month.
    MonthlyActiveLocations, "monthly_active_locations", "Active locations", Count, ["active_locations"];
    /// Leads processed per month.
    LeadsProcessedMonthly, "leads_processed_monthly", "Leads per month", Count,
        ["leads_processed", "monthly_leads", "leads_per_month", "leads"];
    /// Appointments generated per month.
    AppointmentsGeneratedMonthly, "appointments_generated_monthly", "Appointments per month", Count,
        ["appointments_generated", "monthly_appointments", "appointments_per_month", "appointments"];
    /// Return on the client's spend, in percent.
    RoiPercentage, "roi_percentage", "ROI, percent", Number, ["roi_percent", "roi_pct"];
    /// Satisfaction, 1-5.
    SatisfactionScore, "satisfaction_score", "Satisfaction, 1-5", Number, ["satisfaction", "csat", "csat_score"];
    /// Net promoter score, -100 to 100.
    NpsScore, "nps_score", "NPS", Number, ["nps", "net_promoter_score"];
    /// Whether a success story was written and approved.
    SuccessCaseDocumented, "success_case_documented", "Success case documented", Flag,
        ["success_case", "documented_success", "case_study", "success_story"];
    /// Clients that this client referred.
    ReferralsProvided, "referrals_provided", "Referrals provided", Count, ["referrals", "referral_count"];
    /// Support tickets per month.
    SupportTicketsMonthly, "support_tickets_monthly", "Support tickets per month", Count,
        ["support_tickets", "monthly_tickets", "tickets_per_month", "tickets"];
    /// Open feature requests.
    FeatureRequests, "feature_requests", "Feature requests", Count, ["open_feature_requests"];
    /// Day of the last interaction with a person of ours.
    LastInteractionDate, "last_interaction_date", "Last interaction", Date,
        ["last_interaction", "last_contact", "last_contact_date", "last_contacted", "last_touch", "last_activity_date"];
    /// Strength of the relationship with an executive, 1-10.
    ExecutiveRelationshipStrength, "executive_relationship_strength", "Executive relationship, 1-10", Number,
        ["executive_relationship", "executive_strength", "exec_relationship", "exec_relationship_strength"];
    /// Growth of leads, month over month.
    LeadsGrowthRate, "leads_growth_rate", "Leads growth", Fraction, ["leads_growth", "lead_growth", "lead_growth_rate"];
    /// Growth of locations, month over month.
    LocationsGrowthRate, "locations_growth_rate", "Locations growth", Fraction,
        ["locations_growth", "location_growth", "location_growth_rate"];
    /// Share of the product in use.
    UsageIntensity, "usage_intensity", "Usage intensity", Fraction, ["usage", "usage_rate", "utilization", "utilisation"];
    /// Payment history, 1-10.
    PaymentHistoryScore, "payment_history_score", "Payment history, 1-10", Number,
        ["payment_history", "payment_score"];
    /// Vehicles already bought.
    UpsellHistory, "upsell_history", "Bought before", List,
        ["upsells", "owned_vehicles", "owned_products", "products_owned", "add_ons"];
    /// End of the contract.
    ContractEndDate, "contract_end_date", "Contract end", Date,
        ["contract_end", "contract_expiry", "contract_expires", "renewal_date"];
}

impl Field {
    /// The field with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.id() == id)
    }

    /// The field that a column of this name usually holds, and whether the name is its own.
    pub fn guess(column: &str) -> Option<(Self, bool)> {
        let name = normalised(column);
        if let Some(field) = Self::from_id(&name) {
            return Some((field, true));
        }
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.synonyms().contains(&name.as_str()))
            .map(|field| (field, false))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// Small letters and digits, words joined by `_`: `"Client  ID"` and `clientId` become `client_id`.
fn normalised(column: &str) -> String {
    let mut name = String::with_capacity(column.len());
    let mut after_small = false;
    for letter in column.chars() {
        if letter.is_alphanumeric() {
            let break_word = letter.is_uppercase() && after_small;
            if break_word {
                name.push('_');
            }
            after_small = letter.is_lowercase() || letter.is_numeric();
            name.extend(letter.to_lowercase());
        } else {
            after_small = false;
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        }
    }
    name.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_recognised_by_name_spelling_and_synonym() {
        for (column, expected) in [
            ("client_id", Some(Field::ClientId)),
            ("Client ID", Some(Field::ClientId)),
            ("clientId", Some(Field::ClientId)),
            ("current_monthly_spend", Some(Field::CurrentMrr)),
            (" MRR ", Some(Field::CurrentMrr)),
            ("Current ARR", Some(Field::CurrentAnnualSpend)),
            ("NPS", Some(Field::NpsScore)),
            ("Last contact (date)", Some(Field::LastInteractionDate)),
            ("note", None),
            ("", None),
        ] {
            assert_eq!(Field::guess(column).map(|(field, _)| field), expected, "{column:?}");
        }
    }

    #[test]
    fn no_name_means_two_fields() {
        let mut names: Vec<&str> = Field::ALL
            .iter()
            .flat_map(|field| field.synonyms().iter().copied().chain([field.id()]))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            assert_eq!(normalised(name), name, "synonyms are written normalised");
        }
    }
}
