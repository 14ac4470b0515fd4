//! Contacts that change, there and here, are merged, or go.

use contacts::{ContactEdit, Sight};
use leads::timeline::What;
use serde_json::json;

use crate::world::{World, on_both};

async fn ana(world: &World) -> String {
    let added = world.add_there(json!({
        "firstName": "Ana", "email": "ana@example.com", "phone": "+12065550142", "tags": ["buyer"],
    }));
    world.settled().await;
    added
}

#[tokio::test]
async fn what_changed_there_is_changed_here_and_what_changed_here_stays() {
    on_both(async |world| {
        world.connect().await;
        let ana = ana(&world).await;
        let here = world.here(&ana).await;
        let edit = ContactEdit { name: Some(Some("Ana of Ballard".into())), ..ContactEdit::default() };
        world
            .contacts
            .update(&world.market, Sight::All, here.id, here.version, &edit, &world.at())
            .await
            .unwrap();
        world.advance(std::time::Duration::from_secs(5));
        world.staff("PUT", &format!("/contacts/{ana}"), json!({ "phone": "+12065550199" }));
        world.settled().await;
        let here = world.here(&ana).await;
        assert_eq!(here.personal.phone.as_deref(), Some("+12065550199"));
        assert_eq!(here.personal.name.as_deref(), Some("Ana of Ballard"), "nobody changed that there");
        // Changed on both sides: the later one wins.
        world.advance(std::time::Duration::from_secs(5));
        world.staff("PUT", &format!("/contacts/{ana}"), json!({ "firstName": "Anna" }));
        world.settled().await;
        assert_eq!(world.here(&ana).await.personal.name.as_deref(), Some("Anna"));
    })
    .await;
}

#[tokio::test]
async fn the_same_answer_twice_changes_nothing_and_touches_nobody() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let version = world.here(&ana).await.version;
    let entries = world.timeline(&ana).await.entries().count();
    // Only a label of ours: news for nobody.
    world.staff("POST", &format!("/contacts/{ana}/tags"), json!({ "tags": ["ehub-hot"] }));
    let worked = world.settled().await;
    assert!(worked.done > 0 && worked.touched.is_empty(), "{worked:?}");
    assert_eq!(world.here(&ana).await.version, version);
    assert_eq!(world.timeline(&ana).await.entries().count(), entries);
}

#[tokio::test]
async fn labels_that_come_and_go_are_told_once_each() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    world.advance(std::time::Duration::from_secs(5));
    world.staff("POST", &format!("/contacts/{ana}/tags"), json!({ "tags": ["vip"] }));
    world.settled().await;
    world.advance(std::time::Duration::from_secs(5));
    world.staff("DELETE", &format!("/contacts/{ana}/tags"), json!({ "tags": ["vip", "buyer"] }));
    world.settled().await;
    let timeline = world.timeline(&ana).await;
    let view = timeline.as_of(world.now());
    let tags: Vec<(String, bool)> = view
        .happenings()
        .iter()
        .filter_map(|it| match &it.what {
            What::Tag { tag, added } => Some((tag.clone(), *added)),
            _ => None,
        })
        .collect();
    let tag = |tag: &str, added| (tag.to_owned(), added);
    assert_eq!(tags, [tag("buyer", true), tag("vip", true), tag("buyer", false), tag("vip", false)]);
}

#[tokio::test]
async fn who_is_deleted_there_is_buried_here_and_stays_so() {
    on_both(async |world| {
        world.connect().await;
        let ana = ana(&world).await;
        let person = world.person(&ana).await.unwrap();
        world.staff("DELETE", &format!("/contacts/{ana}"), json!({}));
        let worked = world.settled().await;
        assert_eq!((worked.failed, worked.dead), (0, 0));
        let link = world.bridge.link(&world.market, "contact", &ana).await.unwrap().unwrap();
        assert!(link.tombstoned_at.is_some());
        assert_eq!((link.contact, link.reason.as_deref()), (Some(person), Some("deleted")));
        assert!(
            world.contacts.get(&world.market, Sight::All, person).await.is_ok(),
            "the person is ours to keep"
        );
    })
    .await;
}

/// The lead of somebody: whether it is open and whether it is on the board.
async fn standing(world: &World, person: kernel::PersonId) -> (bool, bool) {
    let lead = world.leads.lead(&world.market, Sight::All, person, world.now()).await.unwrap();
    let board = world.leads.board(&world.market, Sight::All, &leads::BoardQuery::default()).await.unwrap();
    (lead.row.closed_at.is_none(), board.rows.iter().any(|row| row.contact.id == person))
}

async fn noted(world: &World, action: &str) -> usize {
    let filter = store::trail::Filter { action: Some(action.to_owned()), ..store::trail::Filter::default() };
    store::trail::page(world.market.db(), &filter, store::trail::Order::Oldest, None, 100)
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn who_is_gone_there_is_no_lead_any_more_and_who_is_back_is_one_again() {
    on_both(async |world| {
        world.connect().await;
        let ana = ana(&world).await;
        let person = world.person(&ana).await.unwrap();
        while world.leads.score_due(&world.market, world.now(), 1_000).await.unwrap().more {}
        world
            .leads
            .save_agent(&world.market, world.user(), &leads::AgentSettings::default(), &world.at())
            .await
            .unwrap();
        while world.leads.route_due(&world.market, world.now(), 1_000).await.unwrap().more {}
        let running = async || {
            let offers = world.leads.offers(&world.market, Sight::All, person).await.unwrap();
            offers.iter().filter(|offer| offer.ended.is_none()).count()
        };
        assert_eq!((standing(&world, person).await, running().await), ((true, true), 1));
        let note = gohighlevel::out::Act::Note { text: "Call her".to_owned() };
        world.bridge.act(&world.market, person, note, &world.at()).await.unwrap();
        world.staff("DELETE", &format!("/contacts/{ana}"), json!({}));
        world.settled().await;
        assert_eq!((standing(&world, person).await, running().await), ((false, false), 0));
        assert_eq!(
            (noted(&world, "lead.gone").await, noted(&world, "gohighlevel.contact-gone").await),
            (1, 1)
        );
        let query = gohighlevel::out::WritesQuery { limit: 200, ..gohighlevel::out::WritesQuery::default() };
        let writes = world.bridge.writes(&world.market, &query).await.unwrap().writes;
        let waiting = writes.iter().filter(|write| write.contact == person && write.state == "waiting");
        assert_eq!(waiting.count(), 0, "nobody is written to who is not there");
        let told = world.leads.timeline(&world.market, person).await.unwrap();
        assert!(told.entries().count() > 0, "what is known of her stays");
        // What stages mean is looked at anew by every process: she stays gone.
        world.leads.score_due(&world.market, world.now(), 1_000).await.unwrap();
        assert_eq!(standing(&world, person).await, (false, false));
        // Under another identifier the same person is back.
        world.advance(std::time::Duration::from_secs(5));
        let again = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
        world.settled().await;
        assert_eq!(world.person(&again).await, Some(person));
        assert_eq!((standing(&world, person).await, noted(&world, "lead.back").await), ((true, true), 1));
    })
    .await;
}

#[tokio::test]
async fn who_was_merged_into_another_is_found_under_the_other_identifier() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let person = world.person(&ana).await.unwrap();
    let merge = json!({ "locationId": world.location, "contactId": ana, "merged": true });
    let (status, answer) = world.emulated.admin("POST", "gone", &merge);
    assert!(status < 300, "{answer}");
    let body = json!({
        "type": "ContactUpdate", "locationId": world.location, "id": ana, "webhookId": "w",
        "timestamp": world.now().to_string(),
    })
    .to_string();
    let signature = crate::road::receiving::signed(&body);
    world.bridge.receive(Some(&signature), body.as_bytes(), None, world.now()).await.unwrap();
    world.settled().await;
    let links = world.bridge.links_of(&world.market, person).await.unwrap();
    let live: Vec<&str> =
        links.iter().filter(|link| link.tombstoned_at.is_none()).map(|link| link.remote.as_str()).collect();
    assert_eq!((links.len(), live.len()), (2, 1), "{links:?}");
    assert_ne!(live[0], ana);
}

#[tokio::test]
async fn two_contacts_there_with_one_address_are_one_person_here() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let twin = world.add_there(json!({ "firstName": "Twin", "phone": "+12065550177" }));
    world.settled().await;
    assert_ne!(world.person(&ana).await, world.person(&twin).await);
    // An address that is another person's cannot be taken over: the rest is.
    world.advance(std::time::Duration::from_secs(5));
    world.staff(
        "PUT",
        &format!("/contacts/{twin}"),
        json!({ "email": "ana@example.com", "lastName": "Two" }),
    );
    let worked = world.settled().await;
    assert_eq!((worked.failed, worked.dead), (0, 0));
    let here = world.here(&twin).await.personal;
    assert_eq!((here.name.as_deref(), here.email), (Some("Twin Two"), None));
}
