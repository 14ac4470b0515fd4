//! Webhooks: kept before they are acknowledged, once, and only when they are signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::ghl::signature::Rejection;
use emulator::ghl::{Rule, State, TEST_SIGNING_SEED};
use gohighlevel::Received;
use ring::signature::Ed25519KeyPair;
use serde_json::json;

use crate::world::{World, on_both};

/// Signed by the emulated GoHighLevel.
pub fn signed(body: &str) -> String {
    let pair = Ed25519KeyPair::from_seed_unchecked(&TEST_SIGNING_SEED).unwrap();
    STANDARD.encode(pair.sign(body.as_bytes()))
}

fn event(world: &World, webhook_id: Option<&str>) -> String {
    let mut event = json!({
        "type": "ContactUpdate", "locationId": world.location, "id": world.somebody(),
        "timestamp": world.now().to_string(), "email": "canary.wren@example.com",
    });
    if let Some(id) = webhook_id {
        event["webhookId"] = json!(id);
    }
    event.to_string()
}

async fn receive(world: &World, body: &str) -> Received {
    world.bridge.receive(Some(&signed(body)), body.as_bytes(), None, world.now()).await.unwrap()
}

#[tokio::test]
async fn a_delivery_is_kept_once_however_often_it_comes() {
    on_both(async |world| {
        world.connect().await;
        let (market, body) = (world.market.id(), event(&world, Some("w-1")));
        assert_eq!(receive(&world, &body).await, Received::Kept { market });
        assert_eq!(receive(&world, &body).await, Received::Duplicate { market });
        assert_eq!(world.settled().await.done, 1);
        assert_eq!(receive(&world, &body).await, Received::Duplicate { market }, "also when it is done");
        assert_eq!(receive(&world, &event(&world, Some("w-2"))).await, Received::Kept { market });
        // Without an identifier, what it says and when tells it apart.
        let nameless = event(&world, None);
        assert_eq!(receive(&world, &nameless).await, Received::Kept { market });
        assert_eq!(receive(&world, &nameless).await, Received::Duplicate { market });
        let timeless =
            json!({ "type": "ContactUpdate", "locationId": world.location, "id": "x" }).to_string();
        assert_eq!(receive(&world, &timeless).await, Received::Kept { market });
        assert_eq!(receive(&world, &timeless).await, Received::Kept { market }, "it may have happened twice");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_signed_is_refused_and_what_is_no_event_is_unreadable() {
    let world = World::connected().await;
    let body = event(&world, Some("w-1"));
    let ask = async |signature: Option<&str>, body: &str| {
        world.bridge.receive(signature, body.as_bytes(), None, world.now()).await.unwrap()
    };
    assert_eq!(ask(None, &body).await, Received::Refused(Rejection::Missing));
    assert_eq!(ask(Some("N/A"), &body).await, Received::Refused(Rejection::Malformed));
    assert_eq!(ask(Some(&signed("{}")), &body).await, Received::Refused(Rejection::Wrong));
    assert_eq!(ask(Some(&signed("[1]")), "[1]").await, Received::Unreadable);
    assert_eq!(world.settled().await, gohighlevel::Worked::default());
}

#[tokio::test]
async fn what_is_of_another_location_or_app_is_not_ours() {
    let world = World::connected().await;
    for (name, value) in [("locationId", "elsewhere"), ("appId", "another-app")] {
        let mut body: serde_json::Value = serde_json::from_str(&event(&world, Some("w"))).unwrap();
        body[name] = json!(value);
        assert_eq!(receive(&world, &body.to_string()).await, Received::NotOurs, "{name}");
    }
}

#[tokio::test]
async fn an_address_for_one_kind_of_event_says_what_an_event_without_a_type_is() {
    let world = World::connected().await;
    let body = json!({ "locationId": world.location, "id": world.somebody(), "webhookId": "w" }).to_string();
    let received = world
        .bridge
        .receive(Some(&signed(&body)), body.as_bytes(), Some("contact-update"), world.now())
        .await;
    assert_eq!(received.unwrap(), Received::Kept { market: world.market.id() });
    assert_eq!(world.settled().await.touched.len(), 1);
}

#[tokio::test]
async fn nothing_personal_of_an_event_is_readable_while_it_waits() {
    let world = World::connected().await;
    receive(&world, &event(&world, Some("w-1"))).await;
    let query = store::Query::new("SELECT payload_sealed FROM inbox WHERE dedupe_key = 'w-1'");
    let kept = world.market.db().one(query).await.unwrap().bytes("payload_sealed").unwrap();
    assert!(!kept.is_empty() && !kept.windows(6).any(|window| window == b"canary"));
    world.settled().await;
    let query = store::Query::new("SELECT payload_sealed, state FROM inbox WHERE dedupe_key = 'w-1'");
    let done = world.market.db().one(query).await.unwrap();
    assert_eq!(done.bytes_or_null("payload_sealed").unwrap(), None, "and nothing is left when it is done");
}

#[tokio::test]
async fn a_market_that_cannot_be_entered_asks_for_a_repeat_and_loses_nothing() {
    let world = World::connected().await;
    let name = world.market.name().clone();
    world.markets.suspend(&name, "unpaid", &world.at()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    let sent = world.delivered().await;
    let of_ana = |state| sent.iter().any(|it| it.subject == added && it.state == state);
    assert!(of_ana(State::Waiting) && !of_ana(State::Lost), "429, which is repeated");
    world.markets.resume(&name, &world.at()).await.unwrap();
    world.advance(std::time::Duration::from_secs(700));
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    world.settled().await;
    assert_eq!(world.here(&added).await.personal.name.as_deref(), Some("Ana"));
}

#[tokio::test]
async fn duplicates_storms_and_late_events_are_one_change() {
    let world = World::connected().await;
    let contact = world.somebody();
    for (class, times) in [(26, None), (29, Some(40))] {
        world.strike(Rule { times, ..Rule::once(class) });
        let path = format!("/contacts/{contact}");
        world.staff("PUT", &path, json!({ "firstName": format!("Name{class}") }));
        let before = world.asked("GET /contacts/{contactId}");
        world.delivered().await;
        let worked = world.settled().await;
        assert_eq!((worked.failed, worked.dead), (0, 0));
        assert!(
            world.asked("GET /contacts/{contactId}") - before <= 2,
            "fetched once per round, not per event"
        );
        assert!(world.here(&contact).await.personal.name.unwrap().starts_with(&format!("Name{class}")));
    }
    // The older news comes last, and changes nothing.
    world.strike(Rule { seconds: Some(30), ..Rule::once(27) });
    world.staff("PUT", &format!("/contacts/{contact}"), json!({ "firstName": "Early" }));
    world.staff("PUT", &format!("/contacts/{contact}"), json!({ "firstName": "Late" }));
    world.settled().await;
    world.advance(std::time::Duration::from_secs(40));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    world.settled().await;
    assert!(world.here(&contact).await.personal.name.unwrap().starts_with("Late"));
}

#[tokio::test]
async fn webhooks_that_no_key_fits_are_told_to_a_person_unless_others_do() {
    let world = World::connected().await;
    world.fill().await;
    world.tend().await;
    let forged = async |count: usize| {
        for number in 0..count {
            let body = event(&world, Some(&format!("forged-{number}")));
            let received =
                world.bridge.receive(Some(&signed("{}")), body.as_bytes(), None, world.now()).await.unwrap();
            assert_eq!(received, Received::Refused(Rejection::Wrong));
        }
    };
    let told = async || {
        world.advance(std::time::Duration::from_secs(301));
        world.tend().await;
        let open = world.bridge.incidents(&world.market, true).await.unwrap();
        open.into_iter().map(|incident| incident.class).collect::<Vec<_>>()
    };
    forged(9).await;
    receive(&world, &event(&world, Some("real"))).await;
    forged(9).await;
    assert_eq!(told().await, Vec::<u8>::new(), "somebody tries the door");
    forged(1).await;
    assert_eq!(told().await, [25], "nobody else comes: the key may be another one");
    let incident = world.bridge.incidents(&world.market, true).await.unwrap().remove(0);
    assert!(!incident.packet().contains("canary"), "{}", incident.packet());
    assert_eq!(gohighlevel::GoHighLevel::class_label(25), "the signatures of webhooks do not fit");
}

#[tokio::test]
async fn an_event_with_a_wrong_clock_is_as_good_as_any() {
    let world = World::connected().await;
    let contact = world.somebody();
    for (number, seconds) in [3_600, 24 * 3_600].into_iter().enumerate() {
        world.strike(Rule { seconds: Some(seconds), ..Rule::once(39) });
        let name = format!("Skewed{number}");
        world.advance(std::time::Duration::from_secs(5));
        world.staff("PUT", &format!("/contacts/{contact}"), json!({ "firstName": name }));
        let worked = world.settled().await;
        assert_eq!((worked.failed, worked.dead), (0, 0));
        assert!(world.here(&contact).await.personal.name.unwrap().starts_with(&name));
    }
}
