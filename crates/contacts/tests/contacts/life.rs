use contacts::{Channel, ContactEdit, ContactsError, Direction, ListQuery, NewContact, NewMessage, Sight};
use kernel::Ulid;
use store::schema::unruled;

use crate::world::{on_both, person, schemas};

fn new(name: &str, email: Option<&str>, phone: Option<&str>) -> NewContact {
    NewContact { personal: person(name, email, phone), ..NewContact::default() }
}

fn search(text: &str) -> ListQuery {
    ListQuery { search: Some(text.to_owned()), limit: 50, ..ListQuery::default() }
}

#[tokio::test]
async fn a_contact_is_found_by_address_number_and_part_of_the_name() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let ana = new("Ana Díaz", Some("Ana@Example.com"), Some("(206) 555-0123"));
        let ana = contacts.create(&market, &ana, &world.at()).await.unwrap();
        contacts.create(&market, &new("Bob Diaz", Some("bob@example.com"), None), &world.at()).await.unwrap();
        assert_eq!((ana.stage.as_str(), ana.version), ("new", 1));
        assert_eq!(contacts.get(&market, Sight::All, ana.id).await.unwrap(), ana);
        for text in ["ana@example.com", "+1 206 555 0123", "206-555-0123", "díaz", " ANA "] {
            let page = contacts.list(&market, Sight::All, &search(text)).await.unwrap();
            assert_eq!(page.contacts, std::slice::from_ref(&ana), "{text}");
        }
        assert!(contacts.list(&market, Sight::All, &search("carl")).await.unwrap().contacts.is_empty());

        // The same person in another market is nobody there.
        let other = world.market("beta").await;
        assert!(
            contacts.list(&other, Sight::All, &search("ana@example.com")).await.unwrap().contacts.is_empty()
        );
        let missing = contacts.get(&other, Sight::All, ana.id).await.unwrap_err();
        assert!(matches!(missing, ContactsError::Unknown(_)), "{missing}");
    })
    .await;
}

#[tokio::test]
async fn pages_of_contacts_follow_each_other_without_gap_or_repetition() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        world.add(&market, 7, "new").await;
        world.add(&market, 2, "viewing").await;
        let mut query = ListQuery { limit: 3, stage: Some("new".to_owned()), ..ListQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = contacts.list(&market, Sight::All, &query).await.unwrap();
            seen.extend(page.contacts.iter().map(|contact| contact.id));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!(seen.len(), 7);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "the newest first");
        let counts = contacts.counts(&market).await.unwrap();
        assert_eq!((counts.contacts, counts.unassigned), (9, 9));
        let viewing = counts.stages.iter().find(|count| count.stage == "viewing").unwrap();
        assert_eq!((viewing.contacts, viewing.pipeline.as_str()), (2, "residential"));
    })
    .await;
}

#[tokio::test]
async fn a_change_names_the_version_it_was_made_from() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let ana = contacts.create(&market, &new("Ana", Some("a@b.de"), None), &world.at()).await.unwrap();
        let edit = ContactEdit {
            phone: Some(Some("206 555 0199".to_owned())),
            email: Some(None),
            ..ContactEdit::default()
        };
        let changed = contacts.update(&market, Sight::All, ana.id, 1, &edit, &world.at()).await.unwrap();
        assert_eq!(changed.version, 2);
        assert_eq!(changed.personal.phone.as_deref(), Some("+12065550199"));
        assert_eq!((&changed.personal.email, &changed.personal.name), (&None, &ana.personal.name));
        let stale = contacts.update(&market, Sight::All, ana.id, 1, &edit, &world.at()).await.unwrap_err();
        assert!(matches!(stale, ContactsError::Stale { based_on: 1, now: 2 }), "{stale}");
        // The address is free again.
        contacts.create(&market, &new("Bob", Some("A@B.de"), None), &world.at()).await.unwrap();
        // The same again changes nothing and counts no version.
        let same = contacts.update(&market, Sight::All, ana.id, 2, &edit, &world.at()).await.unwrap();
        assert_eq!(same, changed);
    })
    .await;
}

#[tokio::test]
async fn a_contact_goes_through_the_stages_of_its_markets_pipelines() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let ana = contacts.create(&market, &new("Ana", None, None), &world.at()).await.unwrap();
        let to = |stage: &str| ContactEdit { stage: Some(stage.to_owned()), ..ContactEdit::default() };
        let moved =
            contacts.update(&market, Sight::All, ana.id, 1, &to("Viewing"), &world.at()).await.unwrap();
        assert_eq!((moved.stage.as_str(), moved.staged_at > ana.staged_at), ("viewing", true));
        let refused = contacts.update(&market, Sight::All, ana.id, 2, &to("heaven"), &world.at()).await;
        let Err(ContactsError::Rejected(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!((refused[0].field.as_str(), refused[0].value.as_str()), ("stage", "heaven"));
        let moves = contacts.moves(&market, Sight::All, ana.id).await.unwrap();
        let stages: Vec<_> =
            moves.iter().map(|entered| (entered.from.as_deref(), entered.stage.as_str())).collect();
        assert_eq!(stages, [(Some("new"), "viewing"), (None, "new")]);
    })
    .await;
}

#[tokio::test]
async fn an_agent_sees_the_contacts_assigned_to_them_and_no_trace_of_others() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let (agent, other) = (Ulid::from_parts(1, 1), Ulid::from_parts(1, 2));
        let sight = Sight::AssignedTo(agent);
        let ana = contacts.create(&market, &new("Ana", Some("a@b.de"), None), &world.at()).await.unwrap();
        let unseen = contacts.get(&market, sight, ana.id).await.unwrap_err();
        assert!(matches!(unseen, ContactsError::Unknown(_)));
        let given = contacts.assign(&market, Sight::All, ana.id, 1, Some(agent), &world.at()).await.unwrap();
        assert_eq!(contacts.get(&market, sight, ana.id).await.unwrap(), given);
        contacts.add_note(&market, sight, ana.id, "called", &world.at()).await.unwrap();

        contacts.assign(&market, Sight::All, ana.id, 2, Some(other), &world.at()).await.unwrap();
        let now = world.at();
        let edit = ContactEdit::default();
        let message = NewMessage {
            direction: Direction::Out,
            channel: Channel::Sms,
            body: "hello".to_owned(),
            at: None,
        };
        assert!(contacts.list(&market, sight, &search("a@b.de")).await.unwrap().contacts.is_empty());
        assert!(contacts.notes(&market, sight, ana.id, 5).await.is_err());
        assert!(contacts.messages(&market, sight, ana.id, 5).await.is_err());
        assert!(contacts.moves(&market, sight, ana.id).await.is_err());
        assert!(contacts.add_note(&market, sight, ana.id, "x", &now).await.is_err());
        assert!(contacts.add_message(&market, sight, ana.id, &message, &now).await.is_err());
        assert!(contacts.update(&market, sight, ana.id, 3, &edit, &now).await.is_err());
        let erased = contacts.erase(&market, sight, ana.id, contacts::EraseReason::Request, &now).await;
        assert!(matches!(erased, Err(ContactsError::Unknown(_))));
    })
    .await;
}

#[tokio::test]
async fn notes_and_messages_are_kept_with_their_contact() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let ana = contacts.create(&market, &new("Ana", None, None), &world.at()).await.unwrap();
        contacts.add_note(&market, Sight::All, ana.id, " first ", &world.at()).await.unwrap();
        contacts.add_note(&market, Sight::All, ana.id, "second", &world.at()).await.unwrap();
        let notes = contacts.notes(&market, Sight::All, ana.id, 10).await.unwrap();
        let bodies: Vec<_> = notes.iter().map(|note| (note.body.as_str(), note.author.as_str())).collect();
        assert_eq!(bodies, [("second", "user:ana"), ("first", "user:ana")]);
        let mut message = NewMessage {
            direction: Direction::In,
            channel: Channel::Email,
            body: "Is it still free?".to_owned(),
            at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
        };
        contacts.add_message(&market, Sight::All, ana.id, &message, &world.at()).await.unwrap();
        let kept = contacts.messages(&market, Sight::All, ana.id, 10).await.unwrap();
        assert_eq!(
            (kept.len(), kept[0].body.as_str(), Some(kept[0].at)),
            (1, "Is it still free?", message.at)
        );
        message.at = Some("2030-01-01T00:00:00Z".parse().unwrap());
        let early = contacts.add_message(&market, Sight::All, ana.id, &message, &world.at()).await;
        assert!(matches!(early, Err(ContactsError::Rejected(_))));
        let empty = contacts.add_note(&market, Sight::All, ana.id, " ", &world.at()).await;
        assert!(matches!(empty, Err(ContactsError::Rejected(_))));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_field_value_and_reason() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let mut bad = new("Ana", Some("nobody"), Some("12"));
        bad.pipeline = Some("unicorns".to_owned());
        let Err(ContactsError::Rejected(refused)) = contacts.create(&market, &bad, &world.at()).await else {
            panic!("it was taken")
        };
        let fields: Vec<_> = refused.iter().map(|refused| refused.field.as_str()).collect();
        assert_eq!(fields, ["email", "phone", "pipeline"]);
        contacts.create(&market, &new("Ana", Some("a@b.de"), None), &world.at()).await.unwrap();
        let twice = contacts.create(&market, &new("Anna", Some(" A@b.de"), None), &world.at()).await;
        assert!(matches!(twice, Err(ContactsError::EmailTaken)), "{twice:?}");
    })
    .await;
}

#[tokio::test]
async fn every_change_is_in_the_audit_chain_and_in_the_outbox_without_personal_data() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let ana = new("Ana Canary", Some("canary@example.com"), Some("206 555 0111"));
        let ana = contacts.create(&market, &ana, &world.at()).await.unwrap();
        let edit = ContactEdit { name: Some(Some("Ana Kanari".to_owned())), ..ContactEdit::default() };
        contacts.update(&market, Sight::All, ana.id, 1, &edit, &world.at()).await.unwrap();
        contacts
            .assign(&market, Sight::All, ana.id, 2, Some(Ulid::from_parts(1, 1)), &world.at())
            .await
            .unwrap();
        contacts.add_note(&market, Sight::All, ana.id, "a canary sang", &world.at()).await.unwrap();
        let filter =
            store::trail::Filter { subject: Some(format!("contact:{}", ana.id)), ..Default::default() };
        let entries =
            store::trail::page(market.db(), &filter, store::trail::Order::Oldest, None, 50).await.unwrap();
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["contact.created", "contact.updated", "contact.assigned", "contact.noted"]);
        let told = format!("{entries:?}").to_lowercase();
        assert!(!told.contains("canary") && !told.contains("kanari") && !told.contains("0111"), "{told}");

        let worker =
            store::queue::Worker { owner: "test".to_owned(), lease_for: std::time::Duration::from_secs(60) };
        let items = store::outbox::lease(market.db(), &worker, world.at().now, 10).await.unwrap();
        let topics: Vec<_> = items.iter().map(|item| (item.topic.as_str(), item.payload.person)).collect();
        let told =
            ["contact.created", "contact.updated", "contact.assigned"].map(|topic| (topic, Some(ana.id)));
        assert_eq!(topics, told);
        let key = market.person_key(ana.id).await.unwrap().unwrap();
        let row = items[0].lease.id.to_string();
        let body = market.unseal(&key, "outbox", &row, "payload_sealed", &items[0].payload.bytes).unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("\"type\":\"contact.created\"") && body.contains("Ana Canary"), "{body}");
    })
    .await;
}

#[tokio::test]
async fn every_table_and_column_has_its_rule() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        assert_eq!(unruled(market.db(), &schemas()).await.unwrap(), Vec::<String>::new());
    })
    .await;
}
