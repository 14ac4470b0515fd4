use std::time::Duration;

use emulator::ghl::Rule;
use gohighlevel::heal::{Family, Standing};
use serde_json::json;

use crate::world::World;

/// A world with something of everything: 250 contacts are three pages.
async fn furnished() -> World {
    let world = World::with_contacts(250).await;
    let contacts = world.remote_contacts();
    for contact in contacts.iter().take(12) {
        world.writes(contact, "SMS", "Is the house on Elm Street still there?");
        world.writes(contact, "SMS", "I could come on Friday");
    }
    for (number, contact) in contacts.iter().skip(20).take(4).enumerate() {
        book(&world, contact, &format!("2026-12-0{}T18:00:00Z", number + 1));
    }
    world.connect().await;
    world
}

/// An appointment, as somebody in the office makes one.
pub fn book(world: &World, contact: &str, at: &str) -> String {
    let truth = world.truth();
    let calendar = &truth["calendars"][0]["id"];
    let body = json!({
        "calendarId": calendar, "locationId": world.location, "contactId": contact, "startTime": at,
        "appointmentStatus": "confirmed", "ignoreFreeSlotValidation": true,
    });
    world.staff("POST", "/calendars/events/appointments", body)["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_fill_brings_everything_and_says_how_far_it_is() {
    let world = furnished().await;
    let progress = world.fill().await;
    assert!(progress.families.iter().all(|family| family.is_done));
    let contacts = progress.families.iter().find(|family| family.family == Family::Contacts).unwrap();
    assert_eq!(contacts.seen, 250);
    world.assert_equals_truth().await;
    // 250 contacts are three pages.
    assert_eq!(world.asked("POST /contacts/search"), 3);
    assert_eq!(world.asked("GET /contacts/{contactId}"), 0, "nobody is fetched a second time");
    let before = world.asked("POST /contacts/search");
    world.fill().await;
    assert_eq!(world.asked("POST /contacts/search"), before, "what is filled is not filled again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fill_that_is_interrupted_at_any_page_goes_on_there_and_brings_the_same() {
    let mut world = furnished().await;
    // Everything goes wrong that can, at one page after the other, and every time the process is another one.
    let operations = [
        "POST /contacts/search",
        "GET /opportunities/search",
        "GET /calendars/events",
        "GET /conversations/messages/export",
    ];
    for operation in operations {
        for variant in ["503", "cut"] {
            let rule = Rule {
                variant: Some(variant.to_owned()),
                operation: Some(operation.to_owned()),
                count: Some(6),
                ..Rule::once(20)
            };
            world.strike(rule);
        }
    }
    let mut interrupted = 0;
    let mut done = false;
    for _ in 0..80 {
        let progress = world.bridge.backfill(&world.market, world.now()).await.unwrap();
        assert_eq!(progress.standing, Standing::Well, "a failure of theirs is no fault of the location");
        if progress.is_done() {
            done = true;
            break;
        }
        interrupted += 1;
        world.restart().await;
        world.advance(Duration::from_secs(61));
    }
    assert!(done && interrupted >= 4, "interrupted {interrupted} times");
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_while_it_is_filled_is_brought_as_well() {
    let world = furnished().await;
    world.bridge.backfill(&world.market, world.now()).await.unwrap();
    let body = json!({ "locationId": world.location, "firstName": "Late", "lastName": "Comer", "email": "late@example.net" });
    world.staff("POST", "/contacts/", body);
    world.fill().await;
    world.bridge.reconcile_now(&world.market, world.now()).await.unwrap();
    world.tend().await;
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_fill_at_the_same_time_bring_everything_once() {
    let world = furnished().await;
    let (one, two) = (&world, &world);
    tokio::join!(async { one.fill().await }, async { two.fill().await });
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_the_copy_is_the_same() {
    let Some(world) = World::on_server(120).await else { return };
    world.connect().await;
    world.fill().await;
    world.assert_equals_truth().await;
    world.staff("DELETE", &format!("/contacts/{}", world.remote_contacts()[0]), json!({}));
    world.bridge.sweep_now(&world.market, world.now()).await.unwrap();
    world.tend().await;
    world.assert_equals_truth().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert!(health.is_ok(), "{:?}", health.concerns());
}
