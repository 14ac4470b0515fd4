//! A client's metrics as they are kept: one short JSON object, without what is unknown. A board reads thousands
//! of them at once, so the keys are short. A new key gets a default, and old rows stay valid.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use kernel::{Arr, Currency, Mrr};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::StoreError;

use crate::metrics::{ClientId, ClientMetrics, VehicleId};

macro_rules! kept {
    ($($field:ident $key:literal $type:ty;)+) => {
        #[derive(Serialize, Deserialize)]
        struct Kept {
            #[serde(rename = "i")]
            client_id: ClientId,
            #[serde(rename = "n")]
            client_name: Arc<str>,
            #[serde(rename = "a")]
            current_arr: Decimal,
            #[serde(rename = "m")]
            current_mrr: Decimal,
            $(
                #[serde(rename = $key, default, skip_serializing_if = "Option::is_none")]
                $field: Option<$type>,
            )+
            #[serde(rename = "ud", default, skip_serializing_if = "is_false")]
            usage_derived: bool,
            #[serde(rename = "up", default, skip_serializing_if = "Vec::is_empty")]
            upsell_history: Vec<VehicleId>,
            #[serde(rename = "x", default, skip_serializing_if = "BTreeMap::is_empty")]
            extra: BTreeMap<String, String>,
        }

        impl Kept {
            fn of(client: &ClientMetrics) -> Self {
                Self {
                    client_id: client.client_id.clone(),
                    client_name: client.client_name.clone(),
                    current_arr: client.current_arr.amount(),
                    current_mrr: client.current_mrr.amount(),
                    $($field: client.$field.clone(),)+
                    usage_derived: client.usage_derived,
                    upsell_history: client.upsell_history.clone(),
                    extra: client.extra.clone(),
                }
            }

            fn metrics(self, currency: Currency) -> ClientMetrics {
                ClientMetrics {
                    client_id: self.client_id,
                    client_name: self.client_name,
                    current_arr: Arr::new(self.current_arr, currency),
                    current_mrr: Mrr::new(self.current_mrr, currency),
                    $($field: self.$field,)+
                    usage_derived: self.usage_derived,
                    upsell_history: self.upsell_history,
                    extra: self.extra,
                }
            }
        }
    };
}

kept! {
    implementation_date "id" Date;
    tenure_months "te" u32;
    active_users "au" u32;
    monthly_active_locations "al" u32;
    locations_count "lo" u32;
    leads_processed_monthly "le" u32;
    appointments_generated_monthly "ap" u32;
    roi_percentage "ro" f64;
    satisfaction_score "sa" f64;
    nps_score "np" f64;
    success_case_documented "sd" bool;
    referrals_provided "re" u32;
    support_tickets_monthly "ti" u32;
    feature_requests "fr" u32;
    last_interaction_date "li" Date;
    executive_relationship_strength "ex" f64;
    leads_growth_rate "lg" f64;
    locations_growth_rate "og" f64;
    usage_intensity "us" f64;
    payment_history_score "pa" f64;
    contract_end_date "ce" Date;
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// The text that is kept. Amounts are kept in the snapshot's currency.
pub(super) fn write(client: &ClientMetrics) -> Result<String, StoreError> {
    serde_json::to_string(&Kept::of(client)).map_err(|error| StoreError::column("metrics", error))
}

/// The client of a kept text.
pub(super) fn read(text: &str, currency: Currency) -> Result<ClientMetrics, StoreError> {
    let kept: Kept = serde_json::from_str(text).map_err(|error| StoreError::column("metrics", error))?;
    Ok(kept.metrics(currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::tier_one;

    #[test]
    fn a_client_comes_back_as_it_went() {
        let mut full = tier_one("c1");
        full.extra.insert("region".into(), "West".into());
        full.upsell_history.push(VehicleId::new("consulting_delivery"));
        full.leads_growth_rate = Some(0.1 + 0.2);
        let unknown =
            ClientMetrics::unknown("c2", "Hill & Vale", Mrr::new(Decimal::new(180_050, 2), Currency::USD));
        for client in [full, unknown] {
            let text = write(&client).expect("writes");
            assert_eq!(read(&text, Currency::USD).expect("reads"), client, "{text}");
        }
    }

    #[test]
    fn what_is_unknown_takes_no_room() {
        let client = ClientMetrics::unknown("c2", "Hill", Mrr::new(Decimal::from(100), Currency::USD));
        assert_eq!(write(&client).expect("writes"), r#"{"i":"c2","n":"Hill","a":"1200","m":"100"}"#);
    }
}
