//! Contacts that arrive: once, whoever tells of them, and never those who must not come back.

use contacts::{EraseReason, NewContact, Origin, Personal, Sight};
use leads::timeline::{LeadSource, What};
use serde_json::json;

use crate::{
    road::receiving::signed,
    world::{World, on_both},
};

fn personal(name: &str, email: Option<&str>, phone: Option<&str>) -> NewContact {
    let owned = |text: &str| text.to_owned();
    let personal =
        Personal { name: Some(owned(name)), email: email.map(owned), phone: phone.map(owned), address: None };
    NewContact { personal, ..NewContact::default() }
}

#[tokio::test]
async fn a_contact_that_is_added_there_is_here_with_where_it_came_from() {
    on_both(async |world| {
        world.connect().await;
        let added = world.add_there(json!({
            "firstName": "Ana", "lastName": "Díaz", "email": "Ana@Example.com", "phone": "+1 206-555-0142",
            "source": "Zillow", "tags": ["buyer"], "city": "Seattle", "state": "WA",
        }));
        let worked = world.settled().await;
        assert_eq!((worked.failed, worked.dead), (0, 0));
        let here = world.here(&added).await;
        assert_eq!(worked.touched, [here.id]);
        assert_eq!(here.origin, Origin::GoHighLevel);
        assert_eq!(here.personal.name.as_deref(), Some("Ana Díaz"));
        assert_eq!(here.personal.phone.as_deref(), Some("+12065550142"));
        assert_eq!(here.personal.address.as_deref(), Some("Seattle, WA"));
        let timeline = world.timeline(&added).await;
        let view = timeline.as_of(world.now());
        let what: Vec<What> = view.happenings().iter().map(|happening| happening.what.clone()).collect();
        assert!(what.contains(&What::Arrived { source: LeadSource::Portal }), "{what:?}");
        assert!(what.contains(&What::Tag { tag: "buyer".into(), added: true }), "{what:?}");
        assert_eq!(what.len(), 2, "{what:?}");
    })
    .await;
}

#[tokio::test]
async fn two_nodes_that_are_told_at_the_same_time_make_one_person() {
    on_both(async |world| {
        world.connect().await;
        let other = world.another_node().await;
        // Nobody has an address, so that nothing but the link tells them apart.
        let added: Vec<String> = (0..6)
            .map(|number| world.add_there(json!({ "firstName": format!("Person {number}") })))
            .collect();
        world.delivered().await;
        // The same contacts twice more, under other names, so that both nodes get some of each.
        for contact in &added {
            for copy in 0..2 {
                let body = json!({
                    "type": "ContactUpdate", "locationId": world.location, "id": contact,
                    "webhookId": format!("{contact}-{copy}"), "timestamp": world.now().to_string(),
                });
                let body = body.to_string();
                world.bridge.receive(Some(&signed(&body)), body.as_bytes(), None, world.now()).await.unwrap();
            }
        }
        let before = world.count().await;
        let run = async |bridge: &gohighlevel::GoHighLevel| {
            for _ in 0..10 {
                bridge.work(&world.market, world.now(), 3).await.unwrap();
            }
        };
        tokio::join!(run(&world.bridge), run(&other));
        world.settled().await;
        assert_eq!(world.count().await, before + 6);
        for contact in &added {
            assert!(world.person(contact).await.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_here_already_is_adopted_by_address_or_by_a_number_that_is_theirs_alone() {
    let world = World::connected().await;
    let make =
        async |new: NewContact| world.contacts.create(&world.market, &new, &world.at()).await.unwrap().id;
    let ana = make(personal("Ana", Some("ana@example.com"), None)).await;
    let ben = make(personal("Ben", None, Some("+12065550143"))).await;
    let family = "+12065550144";
    make(personal("Cara", Some("cara@example.com"), Some(family))).await;

    let by_address = world.add_there(json!({ "firstName": "Ana Maria", "email": "ANA@example.com" }));
    let by_number = world.add_there(json!({ "firstName": "Benjamin", "phone": "+12065550143" }));
    let sister =
        world.add_there(json!({ "firstName": "Dora", "email": "dora@example.com", "phone": family }));
    let before = world.count().await;
    world.settled().await;
    assert_eq!(world.person(&by_address).await, Some(ana));
    assert_eq!(world.person(&by_number).await, Some(ben));
    assert_eq!(world.count().await, before + 1, "only the sister is new");
    assert_eq!(world.here(&sister).await.personal.name.as_deref(), Some("Dora"));
    assert_eq!(world.here(&by_address).await.personal.name.as_deref(), Some("Ana Maria"), "said later there");
}

#[tokio::test]
async fn somebody_without_any_name_is_kept_and_what_cannot_be_kept_is_left_out() {
    let world = World::connected().await;
    let long = "x".repeat(300);
    let added = world.add_there(json!({ "firstName": long, "email": "ana@example.com" }));
    let worked = world.settled().await;
    assert_eq!((worked.failed, worked.dead), (0, 0));
    let here = world.here(&added).await;
    assert_eq!((here.personal.name, here.personal.email.as_deref()), (None, Some("ana@example.com")));
}

#[tokio::test]
async fn who_was_erased_here_does_not_come_back() {
    on_both(async |world| {
        world.connect().await;
        let ana = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
        let nameless = world.add_there(json!({ "firstName": "Only a name" }));
        world.settled().await;
        for contact in [&ana, &nameless] {
            let person = world.person(contact).await.unwrap();
            let (at, reason) = (world.at(), EraseReason::Request);
            let erased = world.contacts.erase(&world.market, Sight::All, person, reason, &at).await;
            let receipt = erased.unwrap();
            assert!(receipt.rows.iter().any(|(table, _)| table == "ghl_link"), "{:?}", receipt.rows);
            assert!(world.bridge.links_of(&world.market, person).await.unwrap().is_empty());
        }
        let before = world.count().await;
        for contact in [&ana, &nameless] {
            world.advance(std::time::Duration::from_secs(5));
            world.staff("PUT", &format!("/contacts/{contact}"), json!({ "lastName": "Back" }));
        }
        world.settled().await;
        // The same person under another identifier.
        world.staff("DELETE", &format!("/contacts/{ana}"), json!({}));
        let again = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
        let worked = world.settled().await;
        assert_eq!((worked.failed, worked.dead, worked.touched.len()), (0, 0, 0));
        assert_eq!(world.count().await, before);
        for (contact, reason) in [(&ana, "erased"), (&nameless, "erased"), (&again, "suppressed")] {
            let link = world.bridge.link(&world.market, "contact", contact).await.unwrap().unwrap();
            assert_eq!((link.contact, link.reason.as_deref()), (None, Some(reason)));
        }
    })
    .await;
}

#[tokio::test]
async fn who_asked_to_be_left_alone_is_not_added_until_that_is_lifted() {
    let world = World::connected().await;
    world.contacts.suppress(&world.market, "ana@example.com", &world.at()).await.unwrap();
    let ana = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    world.settled().await;
    assert_eq!(world.person(&ana).await, None);
    world.contacts.unsuppress(&world.market, "ana@example.com", &world.at()).await.unwrap();
    world.advance(std::time::Duration::from_secs(5));
    world.staff("PUT", &format!("/contacts/{ana}"), json!({ "lastName": "Díaz" }));
    world.settled().await;
    assert_eq!(world.here(&ana).await.personal.name.as_deref(), Some("Ana Díaz"));
}
