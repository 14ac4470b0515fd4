//! A client base to look at, in one line.

use growth::{
    Moment,
    import::{self, ColumnMapping, ImportOptions},
    service::NewSnapshot,
    snapshot::SnapshotSummary,
};
use jiff::civil::{Date, date};
use kernel::{Actor, Currency};
use server::testing::{START, TestHub};

/// The day that the test bases speak of.
pub const AS_OF: Date = date(2026, 1, 19);

const COLUMNS: &str = "client_id,client_name,current_mrr,active_users,locations_count,leads_processed_monthly,\
    roi_percentage,satisfaction_score,success_case_documented,referrals_provided,last_interaction_date,\
    executive_relationship_strength,leads_growth_rate,usage_intensity,payment_history_score,upsell_history";

/// Imports `rows` of the columns above, as of `as_of`.
pub async fn import(hub: &TestHub, as_of: Date, rows: &[String]) -> SnapshotSummary {
    let file = format!("{COLUMNS}\n{}\n", rows.join("\n"));
    let options = ImportOptions { as_of, currency: Currency::USD };
    let imported = import::read(file.as_bytes(), &"base.csv".into(), &ColumnMapping::default(), &options);
    let new = NewSnapshot {
        source: "base.csv".to_owned(),
        content_sha256: NewSnapshot::digest([file.as_bytes()]),
        profile: None,
        simulated: false,
        as_of,
        currency: Currency::USD,
        imported: imported.expect("the file is read"),
    };
    let actor = Actor::new("test");
    let moment = Moment {
        now: START.parse().expect("an instant"),
        actor,
        entropy: u128::from(as_of.day().unsigned_abs()),
    };
    hub.state().growth().import(new, &moment).await.expect("imported").snapshot
}

/// Tier 1 and on the short list.
pub fn best(id: &str) -> String {
    format!("{id},Best {id},2400,12,6,260,25000,4.8,true,3,2026-01-10,9,0.25,0.9,10,")
}

/// Tier 1 by every number, but owns a vehicle.
pub fn owner(id: &str) -> String {
    format!("{id},Owner {id},3600,12,6,260,25000,4.8,true,3,2026-01-10,9,0.25,0.9,10,white_label")
}

/// Unhappy: fails the gate of satisfaction.
pub fn unhappy(id: &str) -> String {
    format!("{id},Unhappy {id},1200,5,2,120,5000,2.0,false,0,2026-01-10,5,0.05,0.4,8,")
}

/// Next to nothing is known.
pub fn blank(id: &str) -> String {
    format!("{id},Blank {id},900,,,,,,,,,,,,,")
}

/// Two of the best, an owner, an unhappy one and an unknown one.
pub fn five() -> Vec<String> {
    vec![best("c1"), best("c2"), owner("c3"), unhappy("c4"), blank("c5")]
}
