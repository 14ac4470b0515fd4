//! What goes wrong on the way: tried again, waited for, given up with a reason, brought back.

use std::time::Duration;

use emulator::ghl::Rule;
use serde_json::json;

use crate::{
    receiving::signed,
    world::{World, on_both},
};

const GET: &str = "GET /contacts/{contactId}";

fn rule(class: u8) -> Rule {
    Rule { operation: Some(GET.to_owned()), ..Rule::once(class) }
}

#[tokio::test]
async fn an_event_that_cannot_be_worked_off_waits_for_a_person_after_three_attempts_and_comes_back() {
    on_both(async |world| {
        world.connect().await;
        // The answer is "misaddressed" every time: a fault of the request, which no waiting cures.
        world.inject(Rule { count: Some(0), ..rule(8) });
        let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
        let mut worked = world.settled().await;
        for _ in 0..2 {
            assert!(worked.failed >= 1 && worked.dead == 0, "{worked:?}");
            assert!(worked.next.is_some());
            world.emulated.advance(Duration::from_secs(120));
            worked = world.settled().await;
        }
        assert!(worked.dead >= 1, "{worked:?}");
        let letters = world.bridge.dead_letters(&world.market, None, 10).await.unwrap();
        let letter = letters.iter().find(|letter| letter.kind == "ContactCreate").unwrap();
        assert_eq!(letter.attempts, 3);
        assert!(letter.reason.contains("wrong in itself"), "{}", letter.reason);
        assert!(!letter.reason.contains("ana@"), "no personal data");

        world.emulated.clear_faults();
        let dead = letters.len() as u64;
        world.bridge.replay(&world.market, letter.id, &world.at()).await.unwrap();
        assert_eq!(world.settled().await.done, 1);
        assert_eq!(world.here(&added).await.personal.name.as_deref(), Some("Ana"));
        assert!(
            world.bridge.replay(&world.market, letter.id, &world.at()).await.is_err(),
            "it is not dead any more"
        );
        assert_eq!(world.bridge.replay_all(&world.market, &world.at()).await.unwrap(), dead - 1);
        assert_eq!(world.settled().await.dead, 0);
        assert!(world.trail().await.contains(&"gohighlevel.replayed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn an_outage_uses_up_no_attempt() {
    let world = World::connected().await;
    world.inject(Rule { count: Some(0), variant: Some("503".into()), ..rule(20) });
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    let query = || store::Query::new("SELECT attempts FROM inbox WHERE kind = 'ContactCreate'");
    for _ in 0..2 {
        let worked = world.settled().await;
        assert_eq!((worked.dead, worked.failed > 0), (0, true));
        let attempts: u64 = world.market.db().one(query()).await.unwrap().count("attempts").unwrap();
        assert_eq!(attempts, 0);
        world.emulated.advance(Duration::from_secs(600));
    }
    world.emulated.clear_faults();
    // The breaker rests for ten seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    world.emulated.advance(Duration::from_secs(600));
    world.settled().await;
    assert_eq!(world.here(&added).await.personal.name.as_deref(), Some("Ana"));
    assert!(world.bridge.dead_letters(&world.market, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_location_that_did_not_pay_is_not_asked_and_its_events_wait() {
    let world = World::connected().await;
    world.inject(rule(12));
    let first = world.add_there(json!({ "firstName": "Ana" }));
    world.settled().await;
    let before = world.asked(GET);
    world.emulated.advance(Duration::from_secs(3600));
    let second = world.add_there(json!({ "firstName": "Ben" }));
    let worked = world.settled().await;
    assert_eq!((worked.done, worked.failed), (0, 0), "nothing is even leased");
    assert!(worked.next.is_some());
    assert_eq!(world.asked(GET), before);
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.location }));
    world.emulated.advance(Duration::from_secs(25 * 3600));
    world.settled().await;
    for added in [first, second] {
        assert!(world.person(&added).await.is_some());
    }
}

#[tokio::test]
async fn a_poisonous_event_does_not_hold_up_the_others() {
    let world = World::connected().await;
    world.inject(Rule::once(30));
    let added = world.add_there(json!({ "firstName": "Ana" }));
    for (number, body) in [
        json!({ "type": "ContactUpdate", "locationId": world.location, "id": 7, "webhookId": "p1" }),
        json!({ "type": ["x"], "locationId": world.location, "id": {}, "webhookId": "p2" }),
        json!({ "type": "InboundMessage", "locationId": world.location, "messageId": [], "webhookId": "p3" }),
        json!({ "type": "NoSuchThing", "locationId": world.location, "webhookId": "p4" }),
    ]
    .iter()
    .enumerate()
    {
        let body = body.to_string();
        let received = world.bridge.receive(Some(&signed(&body)), body.as_bytes(), None, world.now()).await;
        assert!(received.is_ok(), "{number}");
    }
    world.settled().await;
    assert!(world.person(&added).await.is_some());
    for _ in 0..3 {
        world.emulated.advance(Duration::from_secs(120));
        world.settled().await;
    }
    let depth = store::inbox::depth(world.market.db(), world.now()).await.unwrap();
    assert_eq!(depth.waiting, 0, "{depth:?}");
}

#[tokio::test]
async fn an_event_whose_worker_died_is_worked_off_by_another_without_a_second_effect() {
    let world = World::connected().await;
    let added = world.add_there(json!({ "firstName": "Ana", "tags": ["buyer"] }));
    world.writes(&added, "SMS", "Hello");
    world.delivered().await;
    // A worker takes the events, does half of it, and is never heard of again.
    let worker = store::queue::Worker { owner: "gone".into(), lease_for: Duration::from_secs(60) };
    let inbox = store::inbox::Inbox::new(world.market.db().clone());
    let taken = inbox.lease(&worker, world.now(), 100).await.unwrap();
    assert!(taken.len() >= 2);
    assert_eq!(world.settled().await.done, 0);
    world.emulated.advance(Duration::from_secs(61));
    world.settled().await;
    let entries = world.timeline(&added).await.entries().count();
    let (person, count) = (world.person(&added).await.unwrap(), world.count().await);
    // All of it once more.
    let query = store::Query::new("UPDATE inbox SET state = 'waiting' WHERE state = 'done'");
    world.market.db().execute(query).await.unwrap();
    world.settled().await;
    assert_eq!((world.person(&added).await.unwrap(), world.count().await), (person, count));
    assert_eq!(world.timeline(&added).await.entries().count(), entries);
}
