//! The limits of an interval and of a day.

use super::*;

#[tokio::test]
async fn a_burst_is_spread_over_intervals_and_everything_arrives() {
    let quota = Quota { burst: 6, daily: 10_000 };
    let options = emulator::ghl::Options { app_quota: quota, ..emulator::ghl::Options::default() };
    let world = World::with(options, 40, Duration::from_secs(5)).await;
    let contact = world.contact();
    let tags: Vec<String> = (0..20).map(|index| format!("t{index}")).collect();
    let calls = tags.iter().map(|tag| {
        let (ghl, at, call) = (
            world.ghl.clone(),
            world.location.clone(),
            contacts::add_tags(&contact, std::slice::from_ref(tag)),
        );
        tokio::spawn(async move {
            ghl.perform(&at, &call, patient(Lane::Reply)).await.map(|done| done.tried.len())
        })
    });
    let mut faults = 0;
    for call in calls.collect::<Vec<_>>() {
        faults += call.await.unwrap().unwrap();
    }
    let (asked, answered) = world.asked(TAGS);
    assert_eq!(answered, 20);
    assert!(faults == asked - 20 && faults < 20, "{faults} refusals: the first burst at most, then learned");
    let truth = world.truth();
    assert!(
        tags.iter().all(|tag| truth["contacts"][&contact]["tags"].as_array().unwrap().contains(&json!(tag)))
    );
}

#[tokio::test]
async fn when_the_day_is_used_up_the_urgent_go_by_the_other_credential_and_the_rest_waits() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(rule(2, TAGS));
    let (class, action) = class(world.tag(&contact, "score").await);
    assert_eq!(class, Class::DayLimit);
    assert!(matches!(action, Action::Park { until: Some(_) }));
    let before = world.asked(TAGS).0;
    assert!(world.tag(&contact, "score").await.unwrap_err().is_temporary());
    assert_eq!(world.asked(TAGS).0, before, "parked: nothing is sent");
    let call = contacts::add_tags(&contact, &["reply".to_owned()]);
    let alone = world.ghl.perform(&world.location, &call, patient(Lane::Reply)).await.unwrap_err();
    assert_eq!(
        alone.fault.class,
        Class::DayLimit,
        "without a second credential the urgent wait, and nobody is asked for consent"
    );
    assert!(alone.token.is_none() && alone.is_temporary());
    world.with_private_token();
    world.ghl.perform(&world.location, &call, patient(Lane::Reply)).await.unwrap();
    world.emulated.advance(Duration::from_secs(25 * 3600));
    world.tag(&contact, "score").await.unwrap();
}
