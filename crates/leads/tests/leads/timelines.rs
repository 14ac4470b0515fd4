use contacts::{
    Channel as By, ContactEdit, Direction as Way, NewContact, NewMessage, Origin, Personal, Sight,
};
use jiff::{SignedDuration, ToSpan as _};
use kernel::{Actor, Moment, PersonId, Ulid};
use leads::{
    Channel, LeadsError,
    timeline::{Direction, Entry, Happening, LeadSource, What},
};
use store::schema::unruled;

use crate::world::{World, arrival, look, message, on_both, schemas};

async fn happened(world: &World, market: &markets::Market, lead: PersonId) -> Vec<What> {
    let timeline = world.leads.timeline(market, lead).await.unwrap();
    let view = timeline.as_of(world.now());
    view.happenings().iter().map(|happening| happening.what.clone()).collect()
}

#[tokio::test]
async fn what_happens_to_a_contact_is_on_the_timeline_of_its_lead() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let lead = world.lead(&market, "Ana").await;
        let contacts = &world.contacts;
        let to = |stage: &str| ContactEdit { stage: Some(stage.to_owned()), ..ContactEdit::default() };
        contacts.update(&market, Sight::All, lead, 1, &to("viewing"), &world.at()).await.unwrap();
        for (direction, channel) in [(Way::In, By::Email), (Way::Out, By::Call), (Way::Out, By::Letter)] {
            let message = NewMessage { direction, channel, body: "Hello".to_owned(), at: None };
            contacts.add_message(&market, Sight::All, lead, &message, &world.at()).await.unwrap();
        }
        let what = happened(&world, &market, lead).await;
        assert_eq!(what[0], arrival(LeadSource::Other));
        let What::StageMove { opportunity, place, of } = &what[1] else { panic!("{what:?}") };
        assert_eq!(opportunity, "residential");
        assert!(*place > 0 && place < of, "{place} of {of}");
        assert_eq!(what[2], What::Message { direction: Direction::Inbound, channel: Channel::Email });
        assert_eq!(what[3], What::Call { direction: Direction::Outbound, seconds: 1 });
        assert_eq!(what.len(), 4, "letters are no channel of leads");
    })
    .await;
}

#[tokio::test]
async fn what_is_told_twice_is_there_once_and_what_is_told_anew_counts() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let lead = world.lead(&market, "Ana").await;
        let at = world.at();
        let view = |price| Happening {
            at: at.at(),
            what: What::ListingView { listing: "a".to_owned(), price: Some(price) },
        };
        let entry = Entry::told("view", at.at(), view(1)).revised(at.at());
        let tell = async |entry: &Entry| {
            world.leads.tell(&market, lead, vec![entry.clone()], &world.at()).await.unwrap()
        };
        assert_eq!(tell(&entry).await, 1);
        assert_eq!(tell(&entry).await, 0, "the same version");
        let later = at.at() + SignedDuration::from_secs(60);
        assert_eq!(tell(&Entry::told("view", later, view(1))).await, 0, "another version that says the same");
        assert_eq!(tell(&Entry::told("view", later, view(2))).await, 1);
        assert_eq!(tell(&Entry::told("view", later, view(2))).await, 0);
        let timeline = world.leads.timeline(&market, lead).await.unwrap();
        let entries: Vec<Entry> = timeline.entries().filter(|entry| entry.id == "view").collect();
        assert_eq!(entries, [entry, Entry::told("view", later, view(2))], "as they were told");
        // A deletion is final, whatever comes after it.
        assert_eq!(tell(&Entry::deleted("view", later + 1.second())).await, 1);
        assert_eq!(tell(&Entry::told("view", later + 2.seconds(), view(3))).await, 1);
        world.pass(SignedDuration::from_mins(2));
        assert_eq!(happened(&world, &market, lead).await, [arrival(LeadSource::Other)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_newer_program_told_keeps_nobody_from_being_scored_and_lets_no_message_out() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        let key = market.person_key(ana).await.unwrap().unwrap();
        let at = world.at();
        let id = at.ids().next();
        let body = r#"{"name":"tour","happening":{"at":"2026-03-02T17:00:00Z","what":{"virtual_tour":{}}}}"#;
        let sealed =
            market.seal(&key, "lead_entry", &id.to_string(), "body_sealed", body.as_bytes()).unwrap();
        let insert = store::Query::new(
            "INSERT INTO lead_entry (id, contact, name_index, revised_at, known_at, is_deleted, body_index, \
             body_sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let insert = insert.bind(id).bind(ana).bind(vec![1_u8]).bind(at.at()).bind(at.at()).bind(false);
        let mut tx = market.db().begin().await.unwrap();
        tx.execute(insert.bind(vec![2_u8]).bind(sealed)).await.unwrap();
        tx.commit().await.unwrap();

        let mut scored = world.score(&market).await;
        scored.sort_unstable();
        assert_eq!(scored, [ana, bob]);
        let draft = leads::Draft {
            channel: Channel::Email,
            purpose: leads::gate::Purpose::Marketing,
            text: Some("Hello".to_owned()),
            property: None,
            review: None,
        };
        let refused = world.leads.may_send(&market, ana, &draft, &world.at()).await;
        assert!(matches!(refused, Err(LeadsError::Store(_))), "not decided without it: {refused:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_of_who_is_not_there() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let nobody = PersonId::from(Ulid::from_parts(1, 1));
        let at = world.at();
        let entry = Entry::told("view", at.at(), Happening { at: at.at(), what: look("a") });
        let told = world.leads.tell(&market, nobody, vec![entry.clone()], &at).await;
        assert!(matches!(told, Err(LeadsError::Unknown(person)) if person == nobody), "{told:?}");
        assert!(world.leads.timeline(&market, nobody).await.unwrap().is_empty());

        // With a key, as a person has who is just being erased.
        let key = market.new_person_key(nobody, &world.at()).await.unwrap();
        let mut tx = market.db().begin().await.unwrap();
        let told = world.leads.tell_in(&mut tx, &market, &key, nobody, vec![entry], &at).await;
        assert!(told.is_err_and(|error| error.is_foreign_key_violation()));
    })
    .await;
}

#[tokio::test]
async fn contacts_from_before_there_were_leads_become_leads_with_their_past() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let deaf = world.deaf_contacts().await;
        let add = async |name: &str, stage: Option<&str>| {
            let personal = Personal { name: Some(name.to_owned()), ..Personal::default() };
            let stage = stage.map(str::to_owned);
            let new = NewContact { personal, stage, ..NewContact::default() };
            deaf.create(&market, &new, &world.at()).await.unwrap().id
        };
        let (ana, bob) = (add("Ana", None).await, add("Bob", Some("lost")).await);
        let wrote =
            NewMessage { direction: Way::In, channel: By::Sms, body: "Is it free?".to_owned(), at: None };
        deaf.add_message(&market, Sight::All, ana, &wrote, &world.at()).await.unwrap();
        // Something is told of her before anybody looked for contacts without leads.
        world.tell(&market, ana, "look", look("a")).await;

        assert_eq!(world.score(&market).await, [ana]);
        let what = happened(&world, &market, ana).await;
        assert_eq!(what, [arrival(LeadSource::Other), message(Direction::Inbound), look("a")]);
        let bob = world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap();
        assert!(bob.row.closed_at.is_some() && bob.score.is_none());
        // Once is enough, also for the next process.
        let again = world.restarted().score_due(&market, world.now(), 10).await.unwrap();
        assert_eq!((again.scored.len(), again.more), (0, false));
        assert_eq!(happened(&world, &market, ana).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn who_brings_contacts_from_another_system_tells_how_they_came() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let bridge = || Moment { actor: Actor::new("gohighlevel"), ..world.at() };
        let personal = Personal { name: Some("Ana".to_owned()), ..Personal::default() };
        let new = NewContact { personal, stage: Some("viewing".to_owned()), ..NewContact::default() };
        let ana = world.contacts.create_from(&market, &new, Origin::GoHighLevel, &bridge()).await.unwrap();
        assert!(happened(&world, &market, ana.id).await.is_empty());
        let lost = ContactEdit { stage: Some("lost".to_owned()), ..ContactEdit::default() };
        world.contacts.update(&market, Sight::All, ana.id, 1, &lost, &bridge()).await.unwrap();
        assert!(happened(&world, &market, ana.id).await.is_empty());
        let view = world.leads.lead(&market, Sight::All, ana.id, world.now()).await.unwrap();
        assert!(view.row.closed_at.is_some(), "that it is lost counts, whoever says so");
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
