//! A hub with the fifty clients that the growth framework works its scenarios out on: 10 of tier 1, 20 of tier 2,
//! 20 of tier 3, together 130 000 of monthly revenue, as of 2026-01-19.

use std::fmt::Write as _;

use growth::{
    Moment,
    import::{self, ColumnMapping, ImportOptions},
    service::NewSnapshot,
};
use kernel::{Actor, Currency};
use server::testing::TestHub;

const HEADER: &str = "client_id,client_name,current_mrr,satisfaction_score,usage_intensity,leads_growth_rate,\
                      payment_history_score,last_interaction_date,executive_relationship_strength,\
                      success_case_documented,roi_percentage,referrals_provided,leads_processed_monthly,\
                      locations_count,active_users";

/// Now, by somebody.
pub fn moment(hub: &TestHub) -> Moment {
    let state = hub.state();
    Moment {
        now: state.clock().now(),
        actor: Actor::new("ana@example.com"),
        entropy: state.entropy().number(),
    }
}

/// The hub.
pub async fn hub() -> TestHub {
    let hub = TestHub::embedded().await;
    let mut text = format!("{HEADER}\n");
    for n in 0..50 {
        let metrics = match n {
            0..10 => "2600,4.6,0.82,0.25,10,2026-01-17,9,true,24000,3,240,6,12",
            10..30 => "2600,4.2,0.65,0.30,8,2026-01-10,7,false,9000,1,140,3,8",
            _ => "2600,3.6,0.40,0.05,7,2025-12-20,5,false,1200,0,60,1,4",
        };
        writeln!(text, "c{n:02},Brokerage {n:02},{metrics}").expect("a String takes everything");
    }
    let as_of = "2026-01-19".parse().expect("a day");
    let options = ImportOptions { as_of, currency: Currency::USD };
    let imported = import::read(text.as_bytes(), &"clients.csv".into(), &ColumnMapping::default(), &options);
    let imported = imported.expect("the file reads");
    assert_eq!((imported.clients.len(), imported.rejected.len()), (50, 0));
    let snapshot = NewSnapshot {
        source: "clients.csv".into(),
        content_sha256: NewSnapshot::digest([text.as_bytes()]),
        profile: None,
        simulated: false,
        as_of,
        currency: Currency::USD,
        imported,
    };
    hub.state().growth().import(snapshot, &moment(&hub)).await.expect("the snapshot is kept");
    hub
}
