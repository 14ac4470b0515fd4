use std::time::Duration;

use gohighlevel::{Config, heal::Family};
use serde_json::json;

use crate::world::World;

async fn listening(contacts: usize) -> World {
    let mut world = World::with_contacts(contacts).await;
    world.connect().await;
    world.listen().await;
    world.fill().await;
    world.tend().await;
    world
}

/// Somebody changes so many contacts.
fn change(world: &World, count: usize, name: &str) {
    for contact in world.remote_contacts().iter().take(count) {
        world.staff("PUT", &format!("/contacts/{contact}"), json!({ "firstName": name }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_in_which_the_hub_was_away_is_made_good_at_once() {
    let mut world = listening(30).await;
    // Away for half an hour; whatever was sent met a closed door.
    world.deafen();
    change(&world, 5, "Changed");
    let contacts = world.remote_contacts();
    world.staff("DELETE", &format!("/contacts/{}", contacts[20]), json!({}));
    world.advance(Duration::from_secs(70 * 60));
    world.restart().await;
    world.tend().await;
    world.assert_equals_truth().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.gaps.len(), Family::ALL.len());
    assert!(health.gaps.iter().all(|gap| gap.was_away() && gap.ended_at.is_some()), "{:?}", health.gaps);
    let contacts = health.gaps.iter().find(|gap| gap.family == Family::Contacts).unwrap();
    assert_eq!(contacts.brought, Some(6), "five changed, one gone");
}

/// A day passes, tended all the time.
async fn a_day(world: &World) {
    for _ in 0..78 {
        world.advance(Duration::from_secs(1100));
        world.tend().await;
    }
    world.advance(Duration::from_secs(600));
    world.tend().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_that_is_too_unlikely_starts_a_comparison() {
    let mut world = World::with_contacts(30).await;
    // Compared seldom, so that it is the silence that is noticed.
    world.restart_with(|config| Config { reconcile_every: Duration::from_secs(6 * 3600), ..config }).await;
    world.connect().await;
    world.listen().await;
    world.fill().await;
    world.tend().await;
    a_day(&world).await;
    // An office that changes twenty contacts in this hour of every day.
    for day in 0..8 {
        change(&world, 20, &format!("Day {day}"));
        world.delivered().await;
        world.work().await;
        a_day(&world).await;
    }
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    let learned = health.events.iter().find(|rate| rate.kind == "ContactUpdate").unwrap();
    assert!(learned.usual.is_some(), "{learned:?}");
    assert!(health.gaps.is_empty(), "quiet hours are usual: {:?}", health.gaps);

    // The line goes dead, and the office works on.
    world.deafen();
    change(&world, 20, "Unheard");
    for _ in 0..4 {
        world.advance(Duration::from_secs(1100));
        world.tend().await;
    }
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    let gap = health.gaps.iter().find(|gap| gap.kind == "ContactUpdate").unwrap();
    assert_eq!((gap.family, gap.observed), (Family::Contacts, 0));
    assert!(gap.expected.is_some_and(|expected| (10.0..25.0).contains(&expected)), "{gap:?}");
    assert_eq!(gap.brought, Some(20));
    world.assert_equals_truth().await;
}
