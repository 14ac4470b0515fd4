//! What is read: answers, events, recordings.

use super::*;

#[tokio::test]
async fn everything_that_is_read_is_read_without_drift() {
    let world = World::new().await;
    world.connect(true).await;
    let (ghl, id, at) = (&world.ghl, world.id.as_str(), &world.location);
    let how = patient(Lane::Bulk);
    let contact = world.contact();
    let message = NewMessage {
        channel: Channel::Sms,
        contact: contact.clone(),
        text: "hi".into(),
        subject: None,
        at: None,
    };
    ghl.perform(at, &conversations::send(&message), how).await.unwrap();
    macro_rules! reads {
        ($($account:expr, $call:expr;)*) => {$({
            let done = ghl.perform($account, &$call, how).await.unwrap();
            assert_eq!((done.drifts, done.tried), (vec![], vec![]), "{}", stringify!($call));
            done.value
        };)*};
    }
    let company = Account::Company(world.company.clone());
    reads! {
        at, contacts::get(&contact);
        at, contacts::list_tasks(&contact);
        at, contacts::list_notes(&contact);
        at, calendars::of_contact(&contact);
        at, opportunities::pipelines(id);
        at, workflows::list(id);
        at, calendars::list(id);
        at, users::list(id);
        at, locations::get(id);
        at, locations::tags(id);
        at, locations::custom_fields(id, Model::Contact);
        at, conversations::export(id, &Export::default());
        &company, oauth::installed_locations(&world.company, "app", 0, 20);
        &company, users::search(&world.company, 0, 20);
        &company, locations::search(&world.company, 0, 20);
    }
    let found = ghl.perform(at, &conversations::search(id, Some(&contact)), how).await.unwrap().value;
    let page = ghl.perform(at, &conversations::messages(&found[0].id, None, 20), how).await.unwrap();
    assert_eq!(
        (page.value.messages.len(), page.value.messages[0].is_inbound, page.drifts),
        (1, Some(false), vec![])
    );
    let calendars = ghl.perform(at, &calendars::list(id), how).await.unwrap().value;
    let slots = calendars::free_slots(&calendars[0].id, (world.clock)(), 7, None);
    assert!(ghl.perform(at, &slots, how).await.unwrap().value.0.len() > 10);
    let deals =
        ghl.perform(at, &opportunities::search(id, &opportunities::Search::default()), how).await.unwrap();
    let truth = world.truth()["opportunities"].as_object().unwrap().len();
    assert_eq!((deals.value.opportunities.len(), deals.drifts), (truth, vec![]));
}

#[tokio::test]
async fn a_search_walks_through_all_pages_to_the_last_contact() {
    let options = emulator::ghl::Options { contacts: 47, ..emulator::ghl::Options::default() };
    let world = World::with(options, 1, Duration::from_secs(5)).await;
    let mut search = Search { limit: 20, ..Search::default() };
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let call = contacts::search(&world.id, &search);
        let page = world.ghl.perform(&world.location, &call, patient(Lane::Bulk)).await.unwrap().value;
        seen.extend(page.contacts.iter().map(|contact| contact.id.clone()));
        match page.next(search.limit) {
            Some(after) => search.after = after,
            None => break,
        }
    }
    assert_eq!(seen.len(), 47);
    assert_eq!(world.asked("POST /contacts/search").0, 3);
}

#[tokio::test]
async fn drift_is_noticed_and_the_rest_is_read() {
    let world = World::new().await;
    let contact = world.contact();
    let operation = "GET /contacts/{contactId}";
    for variant in ["enum", "type", "field"] {
        world.strike(Rule { variant: Some(variant.into()), ..rule(24, operation) });
        let read = world.get(&contact).await.unwrap();
        assert_eq!((read.id.as_str(), read.email.is_some()), (contact.as_str(), true), "{variant}");
    }
}

#[tokio::test]
async fn webhooks_verify_by_their_key_and_are_read() {
    let world = World::new().await;
    let about = world.emulated.connection();
    let keys = Keys::one("emulated", about["webhookPublicKey"].as_str().unwrap()).unwrap();
    world.emulated.admin("POST", "webhooks", &json!({ "url": "http://127.0.0.1:9/hooks/ghl" }));
    let contact = world.contact();
    world.tag(&contact, "news").await.unwrap();
    let task = NewTask { title: "Call".into(), body: None, due_at: (world.clock)(), assigned_to: None };
    world
        .ghl
        .perform(&world.location, &contacts::create_task(&contact, &task), patient(Lane::Routing))
        .await
        .unwrap();
    let deliveries = world.emulated.deliveries();
    assert!(deliveries.len() >= 2);
    for delivery in &deliveries {
        let now = (world.clock)();
        keys.verify(delivery.signature.as_deref(), delivery.body.as_bytes(), now).unwrap();
        let event = Event::parse(delivery.body.as_bytes(), None).unwrap();
        assert_eq!(
            (event.kind.name(), event.webhook_id.as_deref()),
            (delivery.kind.as_str(), Some(delivery.webhook_id.as_str()))
        );
        assert_eq!(event.location.as_deref(), Some(world.id.as_str()));
        assert!(!event.is_stale(now));
    }
    assert!(deliveries.iter().any(|it| Kind::named(&it.kind) == Some(Kind::ContactTagUpdate)));
}

#[tokio::test]
async fn traffic_is_recorded_without_anybody_in_it_and_replayed_without_a_network() {
    let world = World::new().await;
    let road = Arc::new(client_trusting(&[world.emulated.address().to_string()]));
    let recorder = Arc::new(Recorder::new(road));
    let options = || Options { base: world.emulated.base().to_owned(), ..Options::default() };
    let asked = |road: Arc<dyn Road>| {
        let ghl = Client::new(road, world.store.clone(), options(), world.clock.clone(), Arc::new(|| 0));
        let (at, id) = (world.location.clone(), world.id.clone());
        async move {
            let search = Search { limit: 3, ..Search::default() };
            let page =
                ghl.perform(&at, &contacts::search(&id, &search), patient(Lane::Bulk)).await.unwrap().value;
            let first = &page.contacts[0];
            let call = contacts::duplicate(&id, first.email.as_deref(), None);
            let found = ghl.perform(&at, &call, patient(Lane::Bulk)).await.unwrap().value;
            assert_eq!(found.unwrap().id, first.id);
            (page.contacts.iter().map(|contact| contact.id.clone()).collect::<Vec<_>>(), page.total)
        }
    };
    let live = asked(recorder.clone()).await;
    let tape = recorder.tape();
    let text = serde_json::to_string(&tape).unwrap();
    for contact in world.truth()["contacts"].as_object().unwrap().values() {
        for name in ["email", "phone"] {
            assert!(!text.contains(contact[name].as_str().unwrap()), "{name}");
        }
    }
    assert!(!text.contains(world.store.tokens(&world.location).access.expose()));
    let replay = Arc::new(Replay::new(serde_json::from_str(&text).unwrap()));
    assert_eq!(asked(replay.clone()).await, live);
    assert!(replay.left().is_empty());
}
