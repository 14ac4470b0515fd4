use std::time::Duration;

use emulator::ghl::Rule;
use gohighlevel::{TokenState, Verdict, heal::Standing};
use serde_json::json;

use crate::world::World;

const TOKEN: &str = "POST /oauth/token";
const LOCATION: &str = "GET /locations/{locationId}";

async fn filled() -> World {
    let world = World::with_contacts(10).await;
    world.connect().await;
    world.fill().await;
    world.tend().await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_renewed_at_80_percent_of_its_life_though_nobody_asks_anything() {
    let world = filled().await;
    let before = world.asked(TOKEN);
    let life = 86_399.0;
    world.advance(Duration::from_secs_f64(0.79 * life));
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.tokens[0].state, TokenState::Good);
    world.tend().await;
    assert_eq!(world.asked(TOKEN), before);
    world.advance(Duration::from_secs_f64(0.015 * life));
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.tokens[0].state, TokenState::Due);
    world.tend().await;
    assert_eq!(world.asked(TOKEN), before + 1);
    world.tend().await;
    assert_eq!(world.asked(TOKEN), before + 1, "once");
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.tokens[0].state, TokenState::Good);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_location_that_is_not_active_is_left_alone_and_looked_at_once_a_day() {
    let mut world = filled().await;
    world.emulated.admin("POST", "suspend", &json!({ "locationId": world.location }));
    world.advance(Duration::from_secs(901));
    let next = world.bridge.tend(&world.market, world.now()).await.unwrap().unwrap();
    assert!(next.duration_since(world.now()).as_hours() >= 23, "{next}");
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Inactive);
    assert!(health.concerns().iter().any(|concern| concern.contains("suspended")), "{:?}", health.concerns());
    assert!(health.incidents_open >= 1, "its owner is told");

    // Nothing is asked, by no process, until the day is over.
    let requests = |world: &World| world.emulated.admin("GET", "requests", &json!(null)).1["total"].as_u64();
    let before = requests(&world);
    world.restart().await;
    world.advance(Duration::from_secs(12 * 3600));
    world.tend().await;
    assert_eq!(requests(&world), before);
    world.advance(Duration::from_secs(12 * 3600));
    world.bridge.tend(&world.market, world.now()).await.unwrap();
    assert!(requests(&world) > before, "looked at once");
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Inactive);

    // It is paid for; what was missed meanwhile is made good.
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.location }));
    world.staff("DELETE", &format!("/contacts/{}", world.remote_contacts()[3]), json!({}));
    world.advance(Duration::from_secs(24 * 3600 + 60));
    world.tend().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Well);
    world.assert_equals_truth().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_put_it_right_does_not_wait_for_the_day_to_end() {
    let world = filled().await;
    world.emulated.admin("POST", "suspend", &json!({ "locationId": world.location }));
    world.advance(Duration::from_secs(901));
    world.tend().await;
    assert_eq!(world.bridge.probe_now(&world.market, world.now()).await.unwrap(), Standing::Inactive);
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.location }));
    assert_eq!(world.bridge.probe_now(&world.market, world.now()).await.unwrap(), Standing::Well);
    assert!(world.asked(LOCATION) >= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_refused_for_good_are_said_and_connecting_again_ends_it() {
    let world = filled().await;
    world.strike(Rule { variant: Some("company".to_owned()), ..Rule::once(5) });
    world.advance(Duration::from_secs(901));
    world.tend().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Reconnect, "{:?}", health.concerns());
    assert!(!health.is_ok());
    let doctor = world.bridge.doctor(&world.market, world.now()).await.unwrap();
    let broken: Vec<_> = doctor.iter().filter(|finding| finding.verdict == Verdict::Broken).collect();
    assert!(broken.iter().all(|finding| finding.advice.is_some()) && !broken.is_empty(), "{doctor:?}");
    world.advance(Duration::from_secs(5));
    world.connect().await;
    world.tend().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Well);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_waited_out_and_nothing_is_lost() {
    let mut world = filled().await;
    world.staff(
        "PUT",
        &format!("/contacts/{}", world.remote_contacts()[0]),
        json!({ "firstName": "Meanwhile" }),
    );
    world.strike(Rule { seconds: Some(600), ..Rule::once(34) });
    world.advance(Duration::from_secs(901));
    for _ in 0..12 {
        world.tend().await;
        world.advance(Duration::from_secs(61));
    }
    // Breakers rest by the time of the machine, which a test does not wait for.
    world.restart().await;
    world.advance(Duration::from_secs(61));
    world.tend().await;
    world.assert_equals_truth().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!((health.standing, health.outages.len()), (Standing::Well, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_of_a_healthy_connection_finds_nothing_broken() {
    let world = filled().await;
    let doctor = world.bridge.doctor(&world.market, world.now()).await.unwrap();
    let broken: Vec<_> = doctor.iter().filter(|finding| finding.verdict == Verdict::Broken).collect();
    assert!(broken.is_empty(), "{broken:?}");
    for check in [
        "app",
        "connection",
        "location",
        "contacts",
        "calendars",
        "messages",
        "scopes",
        "backfill",
        "reconcile",
    ] {
        assert!(doctor.iter().any(|finding| finding.check == check), "{check} is looked at: {doctor:?}");
    }
    let lonely = doctor.iter().find(|finding| finding.check == "second_credential").unwrap();
    assert_eq!(lonely.verdict, Verdict::Attention);
    world.connect_private().await;
    let doctor = world.bridge.doctor(&world.market, world.now()).await.unwrap();
    let both = doctor.iter().find(|finding| finding.check == "second_credential").unwrap();
    assert_eq!(both.verdict, Verdict::Well);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_that_is_not_connected_is_not_tended() {
    let world = World::with_contacts(1).await;
    assert_eq!(world.bridge.tend(&world.market, world.now()).await.unwrap(), None);
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert!(health.connection.is_none() && !health.is_ok());
    let doctor = world.bridge.doctor(&world.market, world.now()).await.unwrap();
    assert_eq!(doctor.last().unwrap().verdict, Verdict::Broken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_token_that_grows_old_is_to_be_replaced_and_one_that_is_refused_is_said() {
    let world = World::with_contacts(3).await;
    world.connect_private().await;
    world.fill().await;
    let found = async |check: &str| {
        let doctor = world.bridge.doctor(&world.market, world.now()).await.unwrap();
        doctor.into_iter().find(|finding| finding.check == check).unwrap()
    };
    assert_eq!(found("private_token").await.verdict, Verdict::Well);
    world.advance(Duration::from_secs(91 * 24 * 3600));
    let old = found("private_token").await;
    assert_eq!(old.verdict, Verdict::Attention);
    assert!(old.finding.contains("91 days") && old.advice.is_some(), "{old:?}");
    // Rotated with "expire later": seven days on it is dead, and nobody says so beforehand.
    world.strike(Rule::once(40));
    world.tend().await;
    world.advance(Duration::from_secs(7 * 24 * 3600 + 901));
    world.tend().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, Standing::Reconnect, "{:?}", health.concerns());
    assert!(health.incidents_open > 0, "a person is told");
}
