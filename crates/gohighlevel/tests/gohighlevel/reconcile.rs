use std::time::Duration;

use emulator::ghl::Rule;
use serde_json::json;

use crate::{backfill::book, world::World};

async fn filled() -> World {
    let mut world = World::with_contacts(60).await;
    world.connect().await;
    world.listen().await;
    world.fill().await;
    world.tend().await;
    world
}

/// Somebody in the office does one thing of each kind.
fn busy_office(world: &World) {
    let contacts = world.remote_contacts();
    let new = json!({ "locationId": world.location, "firstName": "Nia", "lastName": "Newell", "email": "nia@example.net", "phone": "+12025550199" });
    world.staff("POST", "/contacts/", new);
    world.staff("PUT", &format!("/contacts/{}", contacts[0]), json!({ "firstName": "Renamed" }));
    world.staff("PUT", &format!("/contacts/{}", contacts[1]), json!({ "phone": "+12025550123" }));
    world.staff("DELETE", &format!("/contacts/{}", contacts[2]), json!({}));
    world.writes(&contacts[3], "SMS", "When can I see it?");
    let booked = book(world, &contacts[4], "2026-12-02T18:00:00Z");
    book(world, &contacts[5], "2026-12-03T18:00:00Z");
    world.staff("DELETE", &format!("/calendars/events/{booked}"), json!({}));
    let truth = world.truth();
    let pipeline = &truth["pipelines"][0];
    let all = truth["opportunities"].as_object().unwrap();
    let has_none = |contact: &&String| !all.values().any(|deal| deal["contactId"] == contact.as_str());
    let lonely = contacts[6..].iter().find(has_none).unwrap();
    let deal = json!({
        "pipelineId": pipeline["id"], "pipelineStageId": pipeline["stages"][0]["id"], "locationId": world.location,
        "name": "House hunt", "status": "open", "contactId": lonely,
    });
    world.staff("POST", "/opportunities/", deal);
    let mut deals = all.keys();
    if let Some(first) = deals.next() {
        world.staff(
            "PUT",
            &format!("/opportunities/{first}"),
            json!({ "pipelineId": pipeline["id"], "pipelineStageId": pipeline["stages"][1]["id"] }),
        );
    }
    if let Some(second) = deals.next() {
        world.staff("DELETE", &format!("/opportunities/{second}"), json!({}));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_found_in_turn_without_anybody_asking() {
    let world = filled().await;
    world.deafen();
    busy_office(&world);
    // The next reconciliation finds what changed, the next sweep what is gone.
    world.advance(Duration::from_secs(901));
    world.tend().await;
    let changed = world.live("contact").await;
    assert_eq!(changed.len(), 61, "one came; that one went is known by a whole list only");
    world.advance(Duration::from_secs(24 * 3600));
    world.tend().await;
    world.assert_equals_truth().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert!(!health.is_reconcile_late);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lost_event_is_made_good_by_one_sweep() {
    let world = filled().await;
    world.strike(Rule { count: Some(10_000), ..Rule::once(28) });
    busy_office(&world);
    world.delivered().await;
    world.work().await;
    world.bridge.sweep_now(&world.market, world.now()).await.unwrap();
    world.tend().await;
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_events_brought_is_not_brought_twice() {
    let world = filled().await;
    busy_office(&world);
    world.delivered().await;
    world.work().await;
    world.assert_equals_truth().await;
    let before = footprint(&world).await;
    for _ in 0..2 {
        world.bridge.sweep_now(&world.market, world.now()).await.unwrap();
        world.tend().await;
    }
    world.assert_equals_truth().await;
    assert_eq!(footprint(&world).await, before, "no version, no happening and no audit entry more");
}

/// What an effect would show in: versions of contacts, and how much is on their timelines.
async fn footprint(world: &World) -> Vec<(String, u64, usize)> {
    let mut all = Vec::new();
    for (remote, person) in world.live("contact").await {
        let person = person.unwrap();
        let contact =
            world.contacts.many(&world.market, contacts::Sight::All, &[person]).await.unwrap().remove(0);
        let timeline = world.leads.timeline(&world.market, person).await.unwrap();
        all.push((remote, contact.version, timeline.as_of(jiff::Timestamp::MAX).len()));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_no_list_shows_is_asked_for_before_it_is_buried() {
    let world = filled().await;
    let contacts = world.remote_contacts();
    world.staff("DELETE", &format!("/contacts/{}", contacts[9]), json!({}));
    world.deafen();
    world.bridge.sweep_now(&world.market, world.now()).await.unwrap();
    world.tend().await;
    world.assert_equals_truth().await;
    let buried = world.links("contact").await.into_iter().find(|link| link.remote == contacts[9]).unwrap();
    assert!(buried.tombstoned_at.is_some(), "{buried:?}");
    let before = world.asked("GET /contacts/{contactId}");
    world.bridge.sweep_now(&world.market, world.now()).await.unwrap();
    world.tend().await;
    assert_eq!(world.asked("GET /contacts/{contactId}"), before, "the buried are not asked for again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_is_refused_is_got_round_by_a_whole_list() {
    let world = filled().await;
    world.deafen();
    world.staff(
        "PUT",
        &format!("/contacts/{}", world.remote_contacts()[0]),
        json!({ "firstName": "Renamed" }),
    );
    let rule = Rule {
        operation: Some("POST /contacts/search".to_owned()),
        field: Some("filters".to_owned()),
        ..Rule::once(14)
    };
    world.strike(rule);
    world.advance(Duration::from_secs(901));
    world.tend().await;
    world.advance(Duration::from_secs(60));
    world.tend().await;
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_app_what_is_new_is_asked_for_every_two_minutes() {
    let world = World::with_contacts(20).await;
    world.connect_private().await;
    world.fill().await;
    world.tend().await;
    world.writes(&world.remote_contacts()[0], "SMS", "Hello?");
    world.advance(Duration::from_secs(121));
    world.tend().await;
    world.assert_equals_truth().await;
}
