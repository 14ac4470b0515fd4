//! Created once and written for real, whatever happens to the answer.

use super::*;

#[tokio::test]
async fn a_note_that_was_written_before_the_answer_was_lost_is_found_not_repeated() {
    for (variant, is_done) in [("504", true), ("504", false), ("cut", true), ("hang", true)] {
        let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_millis(600)).await;
        let contact = world.contact();
        let operation = "POST /contacts/{contactId}/notes";
        world.strike(Rule { variant: Some(variant.to_owned()), after: Some(is_done), ..rule(21, operation) });
        let call = contacts::create_note(&contact, "called, nobody home", None);
        let created = world
            .ghl
            .create(&world.location, &call, patient(Lane::Routing), || async {
                let notes = world
                    .ghl
                    .perform(&world.location, &contacts::list_notes(&contact), patient(Lane::Routing))
                    .await?;
                Ok(notes.value.into_iter().find(|note| note.body.as_deref() == Some("called, nobody home")))
            })
            .await
            .unwrap();
        assert_eq!(matches!(created, Created::Found(_)), is_done, "{variant} {created:?}");
        assert_eq!(world.asked(operation).0, if is_done { 1 } else { 2 }, "{variant}");
        let truth = world.truth();
        assert_eq!(truth["contacts"][&contact]["notes"].as_array().unwrap().len(), 1, "{variant} {is_done}");
    }
}

#[tokio::test]
async fn a_message_is_sent_once_whatever_happens_to_its_answer() {
    for is_done in [true, false] {
        let world = World::new().await;
        let contact = world.contact();
        world.strike(Rule { after: Some(is_done), ..rule(21, "POST /conversations/messages") });
        let message = NewMessage {
            channel: Channel::Sms,
            contact: contact.clone(),
            text: "Are you in?".into(),
            subject: None,
            at: None,
        };
        let export = Export { contact: Some(contact.clone()), ..Export::default() };
        let created = world
            .ghl
            .create(&world.location, &conversations::send(&message), patient(Lane::Reply), || async {
                let call = conversations::export(&world.id, &export);
                let page = world.ghl.perform(&world.location, &call, patient(Lane::Reply)).await?.value;
                let sent = page.messages.into_iter().find(|it| it.body.as_deref() == Some("Are you in?"));
                Ok(sent.map(|it| Sent { message: it.id, conversation: it.conversation }))
            })
            .await
            .unwrap();
        assert_eq!(matches!(created, Created::Found(_)), is_done);
        assert_eq!(world.truth()["messages"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn who_exists_already_is_adopted() {
    let world = World::new().await;
    world.strike(rule(15, "POST /contacts/"));
    let write = ContactWrite {
        first_name: Some("Ada".into()),
        email: Some("ada@example.org".into()),
        ..ContactWrite::default()
    };
    let call = contacts::create(&world.id, &write);
    let created = world
        .ghl
        .create(&world.location, &call, patient(Lane::Routing), || async { Ok(None) })
        .await
        .unwrap();
    let Created::Exists(id) = created else { panic!("{created:?}") };
    assert_eq!(world.get(&id).await.unwrap().email.as_deref(), Some("ada@example.org"));
    let call = contacts::duplicate(&world.id, Some("ada@example.org"), None);
    let found = world.ghl.perform(&world.location, &call, patient(Lane::Routing)).await.unwrap().value;
    assert_eq!(found.map(|contact| contact.id), Some(id));
    let call = contacts::duplicate(&world.id, Some("nobody@example.org"), None);
    assert_eq!(world.ghl.perform(&world.location, &call, patient(Lane::Routing)).await.unwrap().value, None);
}

#[tokio::test]
async fn what_is_dropped_in_silence_is_noticed_and_written_again() {
    let world = World::new().await;
    let contact = world.contact();
    let fields = locations::custom_fields(&world.id, Model::Contact);
    let fields = world.ghl.perform(&world.location, &fields, patient(Lane::Score)).await.unwrap().value;
    let score =
        fields.iter().find(|field| field.key.as_deref() == Some("contact.ai_lead_score")).unwrap().id.clone();
    let write = ContactWrite {
        custom_fields: vec![FieldValue::Id(score.clone(), json!(87))],
        ..ContactWrite::default()
    };
    let missing = |present: &contacts::Contact| {
        let is_there = present.custom(&score).is_some_and(|value| value.to_string().contains("87"));
        if is_there { Vec::new() } else { vec!["score".to_owned()] }
    };
    for (count, is_well) in [(1, true), (2, false)] {
        let clear = ContactWrite {
            custom_fields: vec![FieldValue::Id(score.clone(), json!(""))],
            ..ContactWrite::default()
        };
        world
            .ghl
            .perform(&world.location, &contacts::update(&contact, &clear), patient(Lane::Score))
            .await
            .unwrap();
        world.strike(Rule {
            field: Some("customFields".into()),
            count: Some(count),
            ..rule(22, "PUT /contacts/{contactId}")
        });
        let outcome = world
            .ghl
            .write_verified(
                &world.location,
                &contacts::update(&contact, &write),
                &contacts::get(&contact),
                patient(Lane::Score),
                missing,
                |_| Some(contacts::update(&contact, &write)),
            )
            .await;
        match outcome {
            Ok(present) => assert!(is_well && missing(&present).is_empty()),
            Err(failure) => {
                assert!(!is_well);
                assert_eq!(failure.fault.action, Action::RetryParts(vec!["score".to_owned()]));
            }
        }
    }
}

#[tokio::test]
async fn through_a_storm_of_faults_everything_is_done_once() {
    let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_secs(1)).await;
    world.connect(true).await;
    let about =
        |class, probability| Rule { count: Some(0), probability: Some(probability), ..Rule::once(class) };
    for rule in [
        about(3, 0.06),
        // Not of the agency's: whose race is lost as well needs a person.
        Rule { operation: Some("*/contacts/*".into()), ..about(4, 0.03) },
        about(7, 0.05),
        about(9, 0.04),
        about(20, 0.04),
        Rule { after: Some(true), ..about(20, 0.03) },
        about(21, 0.08),
        Rule { after: Some(false), ..about(21, 0.05) },
        about(23, 0.05),
        Rule { variant: Some("field".into()), ..about(24, 0.10) },
    ] {
        world.strike(rule);
    }
    let contact = world.contact();
    for index in 0..40 {
        let (tag, body) = (format!("storm{index}"), format!("note {index}"));
        let mut outcome = world.tag(&contact, &tag).await;
        while let Err(failure) = &outcome {
            assert!(failure.is_temporary(), "{index}: {failure}");
            outcome = world.tag(&contact, &tag).await;
        }
        let call = contacts::create_note(&contact, &body, None);
        let read_back = || async {
            let list = contacts::list_notes(&contact);
            let notes = world.ghl.perform(&world.location, &list, patient(Lane::Score)).await?.value;
            Ok(notes.into_iter().find(|note| note.body.as_ref() == Some(&body)))
        };
        // As an outbox would: what is left to do is to look, and to try again if it is not there.
        let mut outcome = world.ghl.create(&world.location, &call, patient(Lane::Score), read_back).await;
        for _ in 0..5 {
            if outcome.is_ok() {
                break;
            }
            outcome =
                world.ghl.create_in_doubt(&world.location, &call, patient(Lane::Score), read_back).await;
        }
        outcome.unwrap_or_else(|failure| panic!("{index}: {failure}"));
    }
    let (_, struck) = world.emulated.admin("GET", "faults/struck", &Value::Null);
    assert!(struck["total"].as_u64().unwrap() > 20, "{}", struck["total"]);
    let truth = world.truth();
    let there = &truth["contacts"][&contact];
    for index in 0..40 {
        assert!(there["tags"].as_array().unwrap().contains(&json!(format!("storm{index}"))));
        let notes = there["notes"].as_array().unwrap();
        assert_eq!(notes.iter().filter(|note| note["body"] == format!("note {index}")).count(), 1, "{index}");
    }
}
