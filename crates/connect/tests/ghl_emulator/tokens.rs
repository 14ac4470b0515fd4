//! Tokens: expired, raced for, dead, suspended.

use super::*;

#[tokio::test]
async fn four_calls_with_an_expired_token_renew_it_once() {
    let world = World::new().await;
    world.strike(rule(3, TAGS));
    let before = world.store.tokens(&world.location).access;
    let contact = world.contact();
    let tags = ["a", "b", "c", "d"];
    let (a, b, c, d) = tokio::join!(
        world.tag(&contact, tags[0]),
        world.tag(&contact, tags[1]),
        world.tag(&contact, tags[2]),
        world.tag(&contact, tags[3]),
    );
    [a, b, c, d].into_iter().for_each(|outcome| outcome.unwrap());
    assert_eq!(world.asked("POST /oauth/token"), (2, 2), "the code, and one refresh");
    let truth = world.truth();
    let there = truth["contacts"][&contact]["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| there.contains(&json!(tag))), "{there:?}");
    assert_ne!(world.store.tokens(&world.location).access, before, "and kept");
}

#[tokio::test]
async fn a_lost_race_for_the_refresh_token_is_won_by_the_company() {
    let world = World::new().await;
    world.connect(true).await;
    world.strike(rule(4, TAGS));
    let contact = world.contact();
    world.tag(&contact, "kept").await.unwrap();
    assert_eq!(world.asked("POST /oauth/locationToken"), (1, 1));
    world.tag(&contact, "again").await.unwrap();
    assert_eq!(world.asked("POST /oauth/locationToken"), (1, 1), "the new token is kept");
}

#[tokio::test]
async fn dead_tokens_are_stood_in_for_by_the_private_one_or_a_person_is_asked() {
    let world = World::new().await;
    let dead = || Rule { variant: Some("company".to_owned()), ..rule(5, TAGS) };
    world.strike(dead());
    let contact = world.contact();
    let failure = world.tag(&contact, "x").await.unwrap_err();
    assert_eq!(failure.fault.class, Class::RefreshDead);
    assert_eq!(failure.token, Some(TokenError::Reconnect(world.location.clone())));
    assert!(failure.fault.class.needs_person());
    let before = world.asked("POST /oauth/token").0;
    assert!(world.tag(&contact, "x").await.is_err());
    assert_eq!(world.asked("POST /oauth/token").0, before, "nobody insists");
    world.with_private_token();
    world.tag(&contact, "x").await.unwrap();
    world.connect(false).await;
    world.tag(&contact, "y").await.unwrap();
}

#[tokio::test]
async fn a_suspended_location_is_left_alone() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(rule(12, TAGS));
    let failure = world.tag(&contact, "x").await.unwrap_err();
    assert_eq!((failure.fault.class, failure.fault.action), (Class::LocationInactive, Action::Suspend));
    let (_, before) = world.emulated.admin("GET", "requests", &Value::Null);
    for _ in 0..5 {
        assert_eq!(world.tag(&contact, "x").await.unwrap_err().fault.class, Class::LocationInactive);
    }
    let (_, after) = world.emulated.admin("GET", "requests", &Value::Null);
    assert_eq!(before["total"], after["total"], "nobody asks");
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.id }));
    world.emulated.advance(Duration::from_secs(25 * 3600));
    world.tag(&contact, "x").await.unwrap();
}

#[tokio::test]
async fn what_only_the_agency_may_ask_is_asked_by_the_agency() {
    let world = World::new().await;
    world.connect(true).await;
    let call = users::search(&world.company, 0, 20);
    let done = world.ghl.perform(&world.location, &call, patient(Lane::Bulk)).await.unwrap();
    assert_eq!(done.value.len(), 3);
    assert!(done.tried.iter().all(|step| step.fault.action == Action::UseCompany), "{:?}", done.tried);
}

#[tokio::test]
async fn a_private_token_alone_is_enough_until_it_was_rotated_seven_days_ago() {
    let world = World::new().await;
    world.with_private_token();
    world.store.remove(&world.location);
    let contact = world.contact();
    world.strike(rule(40, TAGS));
    world.tag(&contact, "x").await.unwrap();
    world.emulated.advance(Duration::from_secs(6 * 24 * 3600));
    world.tag(&contact, "y").await.unwrap();
    world.emulated.advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(world.tag(&contact, "z").await.unwrap_err().fault.class, Class::RefreshDead);
}
