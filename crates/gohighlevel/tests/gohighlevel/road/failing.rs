//! What goes wrong on the way: tried again, waited for, given up with a reason, brought back.

use std::time::Duration;

use emulator::ghl::Rule;
use serde_json::json;

use crate::{
    road::receiving::signed,
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
        world.strike(Rule { count: Some(0), ..rule(8) });
        let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
        let mut worked = world.settled().await;
        for _ in 0..2 {
            assert!(worked.failed >= 1 && worked.dead == 0, "{worked:?}");
            assert!(worked.next.is_some());
            world.advance(Duration::from_secs(120));
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
    let mut world = World::connected().await;
    world.strike(Rule { count: Some(0), variant: Some("503".into()), ..rule(20) });
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    let query = || store::Query::new("SELECT attempts FROM inbox WHERE kind = 'ContactCreate'");
    for _ in 0..2 {
        let worked = world.settled().await;
        assert_eq!((worked.dead, worked.failed > 0), (0, true));
        let attempts: u64 = world.market.db().one(query()).await.unwrap().count("attempts").unwrap();
        assert_eq!(attempts, 0);
        world.advance(Duration::from_secs(600));
    }
    world.emulated.clear_faults();
    // Another process: the breaker of this one goes by a clock that cannot be moved.
    world.restart().await;
    world.advance(Duration::from_secs(600));
    world.settled().await;
    assert_eq!(world.here(&added).await.personal.name.as_deref(), Some("Ana"));
    assert!(world.bridge.dead_letters(&world.market, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_location_that_did_not_pay_is_not_asked_and_its_events_wait() {
    let world = World::connected().await;
    world.strike(rule(12));
    let first = world.add_there(json!({ "firstName": "Ana" }));
    world.settled().await;
    let before = world.asked(GET);
    world.advance(Duration::from_secs(3600));
    let second = world.add_there(json!({ "firstName": "Ben" }));
    let worked = world.settled().await;
    assert_eq!((worked.done, worked.failed), (0, 0), "nothing is even leased");
    assert!(worked.next.is_some());
    assert_eq!(world.asked(GET), before);
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.location }));
    world.advance(Duration::from_secs(25 * 3600));
    world.settled().await;
    for added in [first, second] {
        assert!(world.person(&added).await.is_some());
    }
}

#[tokio::test]
async fn a_poisonous_event_does_not_hold_up_the_others() {
    let world = World::connected().await;
    world.strike(Rule::once(30));
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
        world.advance(Duration::from_secs(120));
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
    world.advance(Duration::from_secs(61));
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

/// Fails as a program does, over every message that is kept.
struct Fails;

impl contacts::Witness for Fails {
    fn told<'a>(&'a self, _: &'a mut store::Tx, told: &'a contacts::Told<'a>) -> contacts::Telling<'a> {
        Box::pin(async move {
            assert!(!matches!(told.what, contacts::ToldWhat::Messaged { .. }), "a fault of the program");
            Ok(())
        })
    }

    fn erased<'a>(
        &'a self,
        _: &'a mut store::Tx,
        _: &'a markets::Market,
        _: kernel::PersonId,
    ) -> contacts::Removing<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn an_event_over_which_the_program_fails_is_given_up_and_holds_up_nobody() {
    let world = World::connected().await;
    world.contacts.add_witness(std::sync::Arc::new(Fails));
    let ana = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    world.writes(&ana, "SMS", "Hello");
    let ben = world.add_there(json!({ "firstName": "Ben", "email": "ben@example.com" }));
    let mut dead = 0;
    for _ in 0..3 {
        dead += world.settled().await.dead;
        world.advance(Duration::from_secs(120));
    }
    assert!(world.person(&ana).await.is_some() && world.person(&ben).await.is_some());
    let letters = world.bridge.dead_letters(&world.market, None, 10).await.unwrap();
    assert_eq!((dead, letters.len()), (1, 1), "{letters:?}");
    assert_eq!((letters[0].kind.as_str(), letters[0].attempts), ("InboundMessage", 3));
    assert_eq!(letters[0].reason, "the program failed over it");
}

#[tokio::test]
async fn what_an_earlier_version_gave_up_is_tried_again_by_the_next_once() {
    let world = World::connected().await;
    world.fill().await;
    world.tend().await;
    world.strike(Rule { count: Some(0), ..rule(8) });
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    for _ in 0..3 {
        world.settled().await;
        world.advance(Duration::from_secs(120));
    }
    let dead = async || world.bridge.dead_letters(&world.market, None, 10).await.unwrap().len();
    assert_eq!(dead().await, 1);
    world.tend().await;
    assert_eq!(dead().await, 1, "the same version knows no better");
    world.emulated.clear_faults();
    let upgraded = store::Query::new("UPDATE ghl_vitals SET replayed_by = '0.0.1'");
    world.market.db().execute(upgraded).await.unwrap();
    world.advance(Duration::from_secs(301));
    world.tend().await;
    world.settled().await;
    assert_eq!(dead().await, 0);
    assert!(world.person(&added).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_long_keeps_its_events_and_one_that_dies_does_not() {
    let mut world = World::connected().await;
    let added = world.add_there(json!({ "firstName": "Ana" }));
    world.delivered().await;
    let lease_for = Duration::from_millis(400);
    world.restart_with(|config| gohighlevel::Config { lease_for, ..config }).await;
    let hang = Rule { variant: Some("hang".into()), seconds: Some(2), ..rule(20) };
    let working = |world: &World| {
        let (bridge, market, now) = (world.bridge.clone(), world.market.clone(), world.now());
        tokio::spawn(async move { bridge.work(&market, now, 100).await.unwrap() })
    };
    world.strike(hang.clone());
    let slow = working(&world);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let other = world.another_node().await;
    let beside = other.work(&world.market, world.now(), 100).await.unwrap();
    assert_eq!((beside.done, beside.failed), (0, 0), "it is still at work");
    assert_eq!(slow.await.unwrap().done, 1);
    assert!(world.person(&added).await.is_some());

    let again = world.add_there(json!({ "firstName": "Ben" }));
    world.delivered().await;
    world.strike(hang);
    let dies = working(&world);
    tokio::time::sleep(Duration::from_millis(300)).await;
    dies.abort();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(other.work(&world.market, world.now(), 100).await.unwrap().done, 1, "after its lease");
    assert!(world.person(&again).await.is_some());
}
