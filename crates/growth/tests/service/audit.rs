use std::collections::BTreeSet;

use growth::activity::ActivityKind;
use growth::{Moment, outcome::OutcomeKind, service::NewOutcome};
use kernel::Actor;
use rust_decimal::Decimal;
use store::{testing::on_both_databases, trail};

use super::{add_owner, id, moment, with_clients};

#[tokio::test]
async fn every_change_of_client_expansion_is_in_the_hubs_trail_without_names() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let owner = add_owner(&growth, 2).await;
        let actor = Actor::new("ana@example.com").known_as("user:01J");
        let win = NewOutcome {
            client_id: id("c1"),
            occurred_on: "2026-01-20".parse().expect("date"),
            kind: OutcomeKind::Won,
            arr: Some(Decimal::from(36_000)),
            vehicle: None,
            note: Some("Ana signed".into()),
        };
        let at = Moment { actor, ..moment(3) };
        growth.record_outcome(win.clone(), &at).await.expect("recorded");
        growth.record_outcome(win, &at).await.expect("twice is once");

        let entries = trail::after(&db, None).await.expect("read");
        audit::chain::verify(&entries).expect("a sound chain");
        let activity = growth.activity(100).await.expect("read");
        let logged: BTreeSet<String> = activity.iter().map(|event| event.id.to_string()).collect();
        let audited: BTreeSet<String> =
            entries.iter().map(|entry| entry.detail["activity"].clone()).collect();
        assert_eq!((logged, entries.len()), (audited, 3));
        let last = &entries[2];
        assert_eq!(last.action, format!("growth.{}", ActivityKind::OutcomeRecorded.id()));
        assert_eq!((last.actor.as_str(), last.subject.as_str()), ("user:01J", "client:c1"));
        assert_eq!(entries[1].subject, format!("owner:{}", owner.id));
        let text = serde_json::to_string(&entries[1..]).expect("JSON");
        for personal in ["Ben", "ben@example.com", "signed", "Harbour"] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
    })
    .await;
}
