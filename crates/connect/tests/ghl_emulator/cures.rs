//! What is cured here, and what is named for the caller to cure.

use super::*;

#[tokio::test]
async fn a_member_that_is_refused_is_left_out_and_not_sent_again() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(Rule {
        field: Some("source".into()),
        count: Some(0),
        ..rule(13, "PUT /contacts/{contactId}")
    });
    let write = ContactWrite {
        first_name: Some("Ada".into()),
        source: Some("fair".into()),
        ..ContactWrite::default()
    };
    let call = contacts::update(&contact, &write);
    for faults in [1, 0] {
        let done = world.ghl.perform(&world.location, &call, patient(Lane::Score)).await.unwrap();
        assert_eq!(done.tried.len(), faults);
    }
    assert_eq!(world.get(&contact).await.unwrap().first_name.as_deref(), Some("Ada"));
    let known = world.ghl.capabilities().all((world.clock)());
    assert_eq!((known[0].0, &known[0].1), (Op::ContactUpdate, &Lesson::Refused("source".to_owned())));
}

#[tokio::test]
async fn passing_trouble_passes() {
    let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_millis(500)).await;
    let contact = world.contact();
    let all = [
        Rule { count: Some(2), ..rule(20, TAGS) },
        Rule { variant: Some("cut".into()), ..rule(20, TAGS) },
        Rule { variant: Some("hang".into()), ..rule(20, TAGS) },
        Rule { variant: Some("500".into()), after: Some(true), ..rule(20, TAGS) },
        rule(7, TAGS),
        rule(23, TAGS),
        rule(9, TAGS),
        rule(11, TAGS),
    ];
    world.connect(true).await;
    for (index, rule) in all.into_iter().enumerate() {
        let (number, tag) = (rule.class, format!("tag{index}"));
        world.strike(rule);
        world.tag(&contact, &tag).await.unwrap_or_else(|failure| panic!("{number}: {failure}"));
        let there = world.truth()["contacts"][&contact]["tags"].as_array().unwrap().contains(&json!(tag));
        assert!(there, "{number}");
    }
    let (_, struck) = world.emulated.admin("GET", "faults/struck", &Value::Null);
    assert_eq!(struck["total"], 9);
}

#[tokio::test]
async fn what_the_caller_has_to_cure_is_named() {
    let world = World::new().await;
    world.connect(true).await;
    let contact = world.contact();
    let how = patient(Lane::Score);
    let at = &world.location;
    let truth = world.truth();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let deal = text(&truth["opportunities"].as_object().unwrap().values().next().unwrap()["id"]);
    let pipeline = &world.ghl.perform(at, &opportunities::pipelines(&world.id), how).await.unwrap().value[0];
    let stage = OpportunityWrite {
        pipeline: Some(pipeline.id.clone()),
        stage: Some(pipeline.stages[1].id.clone()),
        ..OpportunityWrite::default()
    };
    world.strike(rule(17, "PUT /opportunities/{id}"));
    let outcome = world.ghl.perform(at, &opportunities::update(&deal, &stage), how).await;
    assert_eq!(class(outcome), (Class::StageGone, Action::Remap));
    let renewed = world.ghl.perform(at, &opportunities::pipelines(&world.id), how).await.unwrap().value;
    assert_ne!(renewed[0].id, pipeline.id, "the same names by other identifiers");
    assert_eq!(renewed[0].name, pipeline.name);

    let workflow = text(&truth["workflows"][0]["id"]);
    world.strike(rule(18, "POST /contacts/{contactId}/workflow/{workflowId}"));
    let outcome = world.ghl.perform(at, &contacts::add_to_workflow(&contact, &workflow, None), how).await;
    assert_eq!(class(outcome).0, Class::WorkflowGone);

    let calendar = world.ghl.perform(at, &calendars::list(&world.id), how).await.unwrap().value.remove(0);
    let slots = calendars::free_slots(&calendar.id, (world.clock)(), 7, None);
    let slot = world.ghl.perform(at, &slots, how).await.unwrap().value.0[3];
    let appointment = calendars::NewAppointment {
        calendar: calendar.id,
        location: world.id.clone(),
        contact: contact.clone(),
        starts_at: slot,
        ends_at: None,
        assigned_to: None,
        title: Some("Viewing".into()),
        is_announced: false,
    };
    world.strike(rule(19, "POST /calendars/events/appointments"));
    let outcome = world.ghl.perform(at, &calendars::book(&appointment), how).await;
    assert_eq!(class(outcome), (Class::SlotTaken, Action::NextSlot));
    let next = world.ghl.perform(at, &slots, how).await.unwrap().value.0[3];
    let booked = calendars::NewAppointment { starts_at: next, ..appointment };
    let booked = world.ghl.perform(at, &calendars::book(&booked), how).await.unwrap().value;
    assert_eq!(booked.starts_at, Some(next));

    world.strike(rule(14, "PUT /contacts/{contactId}"));
    let write = ContactWrite { phone: Some("12".into()), ..ContactWrite::default() };
    let outcome = world.ghl.perform(at, &contacts::update(&contact, &write), how).await;
    let failure = outcome.unwrap_err();
    assert_eq!(
        failure.request, r#"PUT /contacts/{contactId} {"phone":"phone-1"}"#,
        "shown without the number"
    );
    assert_eq!(class(Err::<(), _>(failure)), (Class::BadValue, Action::Normalise(Some("phone".to_owned()))));

    world.strike(rule(6, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await).0, Class::ScopeMissing);
    world.strike(rule(8, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await).0, Class::Misaddressed);

    world.strike(rule(16, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await), (Class::EntityGone, Action::Tombstone));
}

#[tokio::test]
async fn the_carriers_verdict_is_read_from_the_message() {
    for (number, expected) in
        [(35, Class::SmsUnreachable), (36, Class::SmsOptOut), (37, Class::SmsBlocked), (38, Class::SmsCapped)]
    {
        let world = World::new().await;
        let contact = world.contact();
        world.strike(rule(number, "POST /conversations/messages"));
        let message = NewMessage {
            channel: Channel::Sms,
            contact: contact.clone(),
            text: "hi".into(),
            subject: None,
            at: None,
        };
        let how = patient(Lane::Reply);
        let sent =
            world.ghl.perform(&world.location, &conversations::send(&message), how).await.unwrap().value;
        let read = world
            .ghl
            .perform(&world.location, &conversations::message(&sent.message), how)
            .await
            .unwrap()
            .value;
        assert_eq!(read.status.as_deref(), Some("failed"));
        assert_eq!(read.error_code.and_then(of_sms_code).map(|(class, _)| class), Some(expected));
        if expected == Class::SmsOptOut {
            let again = world.ghl.perform(&world.location, &conversations::send(&message), how).await;
            assert_eq!(class(again), (Class::SmsOptOut, Action::SetDnd), "it is closed there, too");
        }
    }
}

#[tokio::test]
async fn upkeep_that_fails_again_and_again_holds_up_no_reply() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(Rule { count: Some(0), ..rule(20, "GET /conversations/messages/export") });
    let export = conversations::export(&world.id, &Export::default());
    for _ in 0..3 {
        let how = How::lane(Lane::Bulk).within(Duration::from_millis(200));
        assert!(world.ghl.perform(&world.location, &export, how).await.is_err());
    }
    let message = NewMessage {
        channel: Channel::Sms,
        contact,
        text: "It is still there.".into(),
        subject: None,
        at: None,
    };
    let how = How::lane(Lane::Reply).within(Duration::from_secs(1));
    world.ghl.perform(&world.location, &conversations::send(&message), how).await.unwrap();
}

#[tokio::test]
async fn what_fails_for_three_locations_is_an_outage_until_one_succeeds() {
    let options = emulator::ghl::Options { locations: 3, ..emulator::ghl::Options::default() };
    let world = World::with(options, 1, Duration::from_secs(5)).await;
    let about = world.emulated.connection();
    let ids: Vec<&str> =
        about["locations"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    for id in &ids {
        let (_, pair) = world.emulated.admin("POST", "tokens", &json!({ "locationId": id }));
        let mut tokens = world.store.tokens(&world.location);
        tokens.access = Secret::new(pair["access_token"].as_str().unwrap());
        tokens.refresh = Some(Secret::new(pair["refresh_token"].as_str().unwrap()));
        world.store.put(Account::Location((*id).to_owned()), tokens);
    }
    world.ghl.keeper().forget(&world.location).await;
    world.strike(Rule { seconds: Some(600), ..Rule::once(34) });
    for (index, id) in ids.iter().enumerate() {
        assert!(world.ghl.outages().is_empty(), "{index}");
        let account = Account::Location((*id).to_owned());
        // Long enough for some attempts, too short for the breaker's rest.
        let how = How::lane(Lane::Bulk).within(Duration::from_secs(2));
        let failure = world.ghl.perform(&account, &locations::tags(id), how).await.unwrap_err();
        assert_eq!(failure.fault.class, Class::Unavailable);
    }
    assert_eq!(world.ghl.outages(), ["locations"]);
    world.emulated.advance(Duration::from_secs(700));
    // The breaker lets a trial through after its rest.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let account = Account::Location(ids[0].to_owned());
    world.ghl.perform(&account, &locations::tags(ids[0]), patient(Lane::Bulk)).await.unwrap();
    assert!(world.ghl.outages().is_empty());
}
