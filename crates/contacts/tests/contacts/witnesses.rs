use std::sync::{Arc, Mutex};

use contacts::{
    Channel, ContactEdit, ContactsError, Direction, EraseReason, NewContact, NewMessage, Origin, Removing,
    Sight, Telling, Told, ToldWhat, Witness,
};
use kernel::{PersonId, Ulid};
use markets::Market;
use store::{StoreError, Tx};
use tabular::Hint;

use crate::world::{on_both, person};

/// Writes down what it is told, and refuses everything on demand.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<(PersonId, String)>>,
    refuses: Mutex<bool>,
}

impl Listener {
    fn note(&self, person: PersonId, what: String) -> Result<(), StoreError> {
        if *self.refuses.lock().unwrap() {
            return Err(StoreError::LeaseLost);
        }
        self.heard.lock().unwrap().push((person, what));
        Ok(())
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap()).into_iter().map(|(_, what)| what).collect()
    }
}

impl Witness for Listener {
    fn told<'a>(&'a self, _tx: &'a mut Tx, told: &'a Told<'a>) -> Telling<'a> {
        let what = match told.what {
            ToldWhat::Created { origin, stage, .. } => {
                format!("created {} in {} {} of {}", origin.id(), stage.stage, stage.place, stage.of)
            }
            ToldWhat::Moved(to) => format!("moved to {} {} of {}", to.stage, to.place, to.of),
            ToldWhat::Messaged { direction, channel, .. } => {
                format!("{} {}", direction.id(), channel.id())
            }
            ToldWhat::Assigned { to } => format!("assigned {}", to.is_some()),
        };
        Box::pin(async move { self.note(told.contact, what) })
    }

    fn erased<'a>(&'a self, _tx: &'a mut Tx, _market: &'a Market, person: PersonId) -> Removing<'a> {
        Box::pin(async move { self.note(person, "erased".to_owned()).map(|()| vec![("elsewhere", 3)]) })
    }
}

#[tokio::test]
async fn witnesses_hear_of_every_change_and_can_make_it_fail() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let listener = Arc::new(Listener::default());
        contacts.add_witness(listener.clone());
        let new = NewContact { personal: person("Ana", Some("a@b.de"), None), ..NewContact::default() };
        let ana = contacts.create_from(&market, &new, Origin::GoHighLevel, &world.at()).await.unwrap();
        assert_eq!(contacts.get(&market, Sight::All, ana.id).await.unwrap().origin, Origin::GoHighLevel);
        let to = |stage: &str| ContactEdit { stage: Some(stage.to_owned()), ..ContactEdit::default() };
        contacts.update(&market, Sight::All, ana.id, 1, &to("viewing"), &world.at()).await.unwrap();
        // The same stage again is no move.
        contacts.update(&market, Sight::All, ana.id, 2, &to("viewing"), &world.at()).await.unwrap();
        let user = Ulid::from_parts(1, 1);
        contacts.assign(&market, Sight::All, ana.id, 2, Some(user), &world.at()).await.unwrap();
        let message = NewMessage {
            direction: Direction::In,
            channel: Channel::Sms,
            body: "Is it free?".to_owned(),
            at: None,
        };
        contacts.add_message(&market, Sight::All, ana.id, &message, &world.at()).await.unwrap();
        let stages = market.pipelines().await.unwrap()[0].stages.clone();
        // To lose is no progress, so that lost stages have no place.
        let stages: Vec<_> =
            stages.into_iter().filter(|stage| stage.kind != markets::StageKind::Lost).collect();
        let place = stages.iter().position(|stage| stage.id == "viewing").unwrap();
        let heard = [
            format!("created gohighlevel in new 0 of {}", stages.len()),
            format!("moved to viewing {place} of {}", stages.len()),
            "assigned true".to_owned(),
            "in sms".to_owned(),
        ];
        assert_eq!(listener.heard(), heard);

        // Who refuses keeps the change from happening.
        *listener.refuses.lock().unwrap() = true;
        let refused = contacts.update(&market, Sight::All, ana.id, 3, &to("new"), &world.at()).await;
        assert!(matches!(refused, Err(ContactsError::Store(StoreError::LeaseLost))), "{refused:?}");
        assert_eq!(contacts.get(&market, Sight::All, ana.id).await.unwrap().stage, "viewing");
        *listener.refuses.lock().unwrap() = false;

        let receipt =
            contacts.erase(&market, Sight::All, ana.id, EraseReason::Request, &world.at()).await.unwrap();
        assert_eq!(listener.heard(), ["erased"]);
        assert_eq!(receipt.rows.get("elsewhere"), Some(&3), "the receipt names what witnesses removed");
    })
    .await;
}

#[tokio::test]
async fn an_import_is_told_of_contact_by_contact() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let listener = Arc::new(Listener::default());
        contacts.add_witness(listener.clone());
        let file = b"name,stage\nAna,new\nBob,viewing\n";
        let (hint, agents) = (Hint::named("people.csv"), std::collections::BTreeMap::new());
        contacts.import(&market, file, &hint, &agents, true, &world.at()).await.unwrap();
        assert_eq!(listener.heard(), Vec::<String>::new(), "a trial changes nothing");
        contacts.import(&market, file, &hint, &agents, false, &world.at()).await.unwrap();
        let heard = listener.heard();
        assert_eq!(heard.len(), 2);
        assert!(heard[1].starts_with("created import in viewing"), "{heard:?}");
    })
    .await;
}

#[tokio::test]
async fn many_contacts_come_in_the_order_asked_for_and_within_sight() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let agent = Ulid::from_parts(1, 1);
        let mut ids = Vec::new();
        for (name, assignee) in [("Ana", Some(agent)), ("Bob", None), ("Cid", Some(agent))] {
            let new = NewContact { personal: person(name, None, None), assignee, ..NewContact::default() };
            ids.push(contacts.create(&market, &new, &world.at()).await.unwrap().id);
        }
        let nobody = PersonId::from(Ulid::from_parts(9, 9));
        let asked = [ids[2], nobody, ids[1], ids[0]];
        let names = async |sight| -> Vec<String> {
            let found = contacts.many(&market, sight, &asked).await.unwrap();
            found.into_iter().filter_map(|contact| contact.personal.name).collect()
        };
        assert_eq!(names(Sight::All).await, ["Cid", "Bob", "Ana"]);
        assert_eq!(names(Sight::AssignedTo(agent)).await, ["Cid", "Ana"]);
        assert_eq!(contacts.ids_assigned(&market, Some(agent)).await.unwrap(), [ids[0], ids[2]]);
        assert_eq!(contacts.ids_assigned(&market, None).await.unwrap(), [ids[1]]);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_by_address_and_by_a_number_that_is_theirs_alone() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let add = async |name: &str, email: Option<&str>, phone: Option<&str>| {
            let new = NewContact { personal: person(name, email, phone), ..NewContact::default() };
            contacts.create(&market, &new, &world.at()).await.unwrap().id
        };
        let ana = add("Ana", Some("ana@example.com"), Some("206 555 0100")).await;
        let bob = add("Bob", None, Some("206 555 0101")).await;
        add("Cid", Some("cid@example.com"), Some("206 555 0102")).await;
        add("Dee", Some("dee@example.com"), Some("206 555 0102")).await;
        let find = async |email: Option<&str>, phone: Option<&str>| {
            contacts.find_by(&market, email, phone).await.unwrap()
        };
        assert_eq!(find(Some(" ANA@example.com"), None).await, Some(ana));
        assert_eq!(find(None, Some("+1 (206) 555-0100")).await, Some(ana));
        assert_eq!(
            find(Some("ana@example.com"), Some("206 555 0101")).await,
            Some(ana),
            "the address counts"
        );
        assert_eq!(
            find(Some("bob@example.com"), Some("206 555 0101")).await,
            Some(bob),
            "nothing against it"
        );
        assert_eq!(find(Some("eve@example.com"), Some("206 555 0100")).await, None, "another address");
        assert_eq!(find(None, Some("206 555 0102")).await, None, "two share the number");
        assert_eq!(find(None, None).await, None);
        assert_eq!(find(Some("nobody"), Some("12")).await, None);
    })
    .await;
}
