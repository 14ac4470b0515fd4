//! The client's metrics, those that are not known marked as such.

use maud::{Markup, html};

use super::Dossier;
use crate::design::{disclose, format};

impl Dossier<'_> {
    /// Every metric of the snapshot.
    pub(super) fn metrics(&self) -> Markup {
        let client = self.client;
        let count = |value: Option<u32>| value.map(|value| format::count(u64::from(value)));
        let number = |value: Option<f64>| value.map(|value| format::number(value, 2));
        let share = |value: Option<f64>| value.map(|value| format::percent(value, 1));
        let day = |value: Option<jiff::civil::Date>| value.map(format::date);
        let usage = share(client.usage_intensity)
            .map(|text| if client.usage_derived { format!("{text} (from locations)") } else { text });
        let documented = client.success_case_documented.map(|yes| if yes { "yes" } else { "no" }.to_owned());
        let owned: Vec<&str> = client.upsell_history.iter().map(|vehicle| vehicle.as_str()).collect();
        let owned = if owned.is_empty() { "none".to_owned() } else { owned.join(", ") };
        let rows: Vec<(&str, Option<String>)> = vec![
            ("Identifier", Some(client.client_id.to_string())),
            ("Current MRR", Some(format::money(&client.current_mrr))),
            ("Current ARR", Some(format::money(&client.current_arr))),
            ("First day of service", day(client.implementation_date)),
            ("Months of service", count(client.tenure_months)),
            ("Contract ends", day(client.contract_end_date)),
            ("Last interaction", day(client.last_interaction_date)),
            ("Active users", count(client.active_users)),
            ("Locations", count(client.locations_count)),
            ("Active locations", count(client.monthly_active_locations)),
            ("Growth of locations, monthly", share(client.locations_growth_rate)),
            ("Leads per month", count(client.leads_processed_monthly)),
            ("Growth of leads, monthly", share(client.leads_growth_rate)),
            ("Appointments per month", count(client.appointments_generated_monthly)),
            ("ROI", client.roi_percentage.map(|roi| format!("{} %", format::number(roi, 1)))),
            ("Satisfaction (1–5)", number(client.satisfaction_score)),
            ("NPS (−100–100)", number(client.nps_score)),
            ("Usage", usage),
            ("Payment history (1–10)", number(client.payment_history_score)),
            ("Executive relationship (1–10)", number(client.executive_relationship_strength)),
            ("Success story documented", documented),
            ("Referrals", count(client.referrals_provided)),
            ("Support tickets per month", count(client.support_tickets_monthly)),
            ("Feature requests", count(client.feature_requests)),
            ("Vehicles owned", Some(owned)),
        ];
        let unknown = rows.iter().filter(|(_, value)| value.is_none()).count();
        html! {
            div.section {
                (self.heading(html! { "Metrics " @if unknown > 0 { span.muted.small { (unknown) " unknown" } } }))
                dl.facts {
                    @for (name, value) in &rows {
                        dt { (name) }
                        dd { @match value { Some(value) => (value), None => span.muted { (format::UNKNOWN) } } }
                    }
                }
                @if !client.extra.is_empty() {
                    (disclose("Columns of the source that are not used", html! {
                        dl.facts { @for (name, value) in &client.extra { dt { (name) } dd { (value) } } }
                    }))
                }
            }
        }
    }
}
