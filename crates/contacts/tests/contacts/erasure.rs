//! Erased means gone: from the database and its log, from backups and exports, from queues and from what was logged.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
};

use contacts::{
    Channel, ContactEdit, ContactsError, Direction, EraseReason, ListQuery, NewContact, NewMessage, Personal,
    Sight,
};
use jiff::SignedDuration;
use kernel::{Moment, PersonId};
use markets::Market;
use store::{EngineKind, Query};
use tabular::Hint;

use crate::world::{World, on_both, person};

/// One for every personal field.
const CANARIES: [&str; 9] = [
    "Canaria Namefield",
    "canary.mailfield@example.com",
    "+12065550142",
    "7 Canary Addressfield Lane",
    "canary notefield sang",
    "canary messagefield flew",
    "canary holdfield kept",
    "Canaria Formername",
    "canary filenotefield",
];

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Every file below `folder` that holds `needle`.
fn files_with(folder: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if contains(&fs::read(&path).unwrap(), needle) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Plants a canary in every field of one person.
async fn plant(world: &World, market: &Market) -> PersonId {
    let contacts = &world.contacts;
    let personal = Personal {
        name: Some(CANARIES[7].to_owned()),
        email: Some(CANARIES[1].to_owned()),
        phone: Some(CANARIES[2].to_owned()),
        address: Some(CANARIES[3].to_owned()),
    };
    let new = NewContact { personal, ..NewContact::default() };
    let id = contacts.create(market, &new, &world.at()).await.unwrap().id;
    let edit = ContactEdit { name: Some(Some(CANARIES[0].to_owned())), ..ContactEdit::default() };
    contacts.update(market, Sight::All, id, 1, &edit, &world.at()).await.unwrap();
    contacts.add_note(market, Sight::All, id, CANARIES[4], &world.at()).await.unwrap();
    let message = NewMessage {
        direction: Direction::In,
        channel: Channel::Email,
        body: CANARIES[5].to_owned(),
        at: None,
    };
    contacts.add_message(market, Sight::All, id, &message, &world.at()).await.unwrap();
    contacts.hold(market, Sight::All, id, 2, Some(CANARIES[6]), &world.at()).await.unwrap();
    id
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_anywhere() {
    let logged = Captured::default();
    let writer = logged.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("what is logged is captured");
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let id = plant(&world, &market).await;
        let file = format!("name,email,note\nOther Person,other@example.com,{}\n", CANARIES[8]);
        contacts
            .import(&market, file.as_bytes(), &Hint::named("x.csv"), &BTreeMap::new(), false, &world.at())
            .await
            .unwrap();
        let other =
            ListQuery { search: Some("other@example.com".to_owned()), limit: 5, ..ListQuery::default() };
        let other = contacts.list(&market, Sight::All, &other).await.unwrap().contacts.remove(0);

        // Before: everything can be read through its key, and nothing is in the clear.
        let before = contacts.get(&market, Sight::All, id).await.unwrap();
        assert_eq!(before.personal.name.as_deref(), Some(CANARIES[0]));
        assert_eq!(before.hold.as_ref().map(|hold| hold.reason.as_str()), Some(CANARIES[6]));
        assert_eq!(contacts.notes(&market, Sight::All, id, 5).await.unwrap()[0].body, CANARIES[4]);
        assert_eq!(contacts.messages(&market, Sight::All, id, 5).await.unwrap()[0].body, CANARIES[5]);
        assert_eq!(contacts.notes(&market, Sight::All, other.id, 5).await.unwrap()[0].body, CANARIES[8]);
        let key_before = market.person_key(id).await.unwrap().unwrap();
        let sealed_before = sealed_name(&market, id).await;

        if market.db().engine() == EngineKind::Sqlite {
            let found = files_with(world.folder(), &sealed_before);
            assert!(!found.is_empty(), "the search finds what is there");
        }

        let backup = tempfile::tempdir().unwrap();
        let saved = backup.path().join("alpha");
        world.markets.backup(market.name(), &saved, &world.at()).await.unwrap();

        // A hold is in the way, and its lifting makes the way free.
        let held = contacts.erase(&market, Sight::All, id, EraseReason::Request, &world.at()).await;
        assert!(matches!(held, Err(ContactsError::Held)), "{held:?}");
        contacts.hold(&market, Sight::All, id, 3, None, &world.at()).await.unwrap();
        let at = world.at();
        let receipt = contacts.erase(&market, Sight::All, id, EraseReason::Request, &at).await.unwrap();
        assert_eq!((receipt.person, receipt.reason.as_str()), (id, "request"));
        for (table, rows) in [("contact", 1), ("note", 1), ("message", 1), ("contact_move", 1), ("outbox", 4)]
        {
            assert_eq!(receipt.rows.get(table), Some(&rows), "{table}: {:?}", receipt.rows);
        }
        contacts.erase(&market, Sight::All, other.id, EraseReason::Mistake, &world.at()).await.unwrap();

        // Again: the same receipt.
        let again =
            contacts.erase(&market, Sight::All, id, EraseReason::Retention, &world.at()).await.unwrap();
        assert_eq!(again, receipt);

        gone(&world, &market, id).await;
        // The key is nowhere, so that what was copied before stays closed.
        assert!(market.person_key(id).await.unwrap().is_none());
        for needle in [key_before.key.expose().as_slice(), sealed_before.as_slice()] {
            let in_keys = files_with(&world.folder().join("keys"), needle);
            assert!(in_keys.is_empty(), "{in_keys:?}");
        }

        // A backup from before: without the person after it is restored.
        world.markets.restore(market.name(), &saved, &world.at()).await.unwrap();
        let market = world.markets.enter(market.name()).await.unwrap();
        gone(&world, &market, id).await;
        let suppressed = contacts.is_suppressed(&market, CANARIES[1]).await.unwrap();
        assert!(suppressed, "what was restored must not be added again");
        assert_eq!(contacts.erasure_receipt(&market, id).await.unwrap(), Some(receipt));

        let exported = backup.path().join("export");
        world.markets.export(market.name(), &exported, None, &world.at()).await.unwrap();
        for canary in CANARIES {
            assert_eq!(files_with(backup.path(), canary.as_bytes()), Vec::<String>::new(), "{canary}");
        }
        assert!(!files_with(&exported, b"contact").is_empty(), "the search finds what is there");
    })
    .await;
    let logged = logged.0.lock().unwrap();
    assert!(contains(&logged, b"what is logged is captured"));
    for canary in CANARIES {
        assert!(!contains(&logged, canary.as_bytes()), "logged: {canary}");
    }
}

async fn sealed_name(market: &Market, id: PersonId) -> Vec<u8> {
    let query = Query::new("SELECT name_sealed FROM contact WHERE id = ?").bind(id.ulid());
    market.db().one(query).await.unwrap().bytes("name_sealed").unwrap()
}

/// The person is not there, cannot be added again, and no canary is in any file or table.
async fn gone(world: &World, market: &Market, id: PersonId) {
    let contacts = &world.contacts;
    assert!(matches!(contacts.get(market, Sight::All, id).await, Err(ContactsError::Unknown(_))));
    for reach in [CANARIES[1], CANARIES[2]] {
        let query = ListQuery { search: Some(reach.to_owned()), limit: 5, ..ListQuery::default() };
        assert!(contacts.list(market, Sight::All, &query).await.unwrap().contacts.is_empty());
    }
    for (email, phone) in [(Some(CANARIES[1]), None), (None, Some(CANARIES[2]))] {
        let new = NewContact { personal: person("Somebody", email, phone), ..NewContact::default() };
        let refused = contacts.create(market, &new, &world.at()).await.unwrap_err();
        assert!(matches!(refused, ContactsError::Suppressed), "{refused}");
        assert!(CANARIES.iter().all(|canary| !refused.to_string().contains(canary)));
    }
    for canary in CANARIES {
        let found = files_with(world.folder(), canary.as_bytes());
        assert!(found.is_empty(), "{canary} is in {found:?}");
    }
    every_column(market).await;
}

/// Looks through every column of every table, whatever the database.
async fn every_column(market: &Market) {
    let mut values = 0;
    for schema in crate::world::schemas() {
        for table in schema.tables {
            let rows = market.db().snapshot().await.unwrap().rows(table, None, 10_000).await.unwrap();
            for row in rows {
                let shown = format!("{row:?}");
                values += 1;
                for canary in CANARIES {
                    assert!(!shown.contains(canary), "{canary} in {}", table.name);
                }
            }
        }
    }
    assert!(values > 0);
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_is_finished_by_the_next() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let new = NewContact { personal: person("Ana", Some("a@b.de"), None), ..NewContact::default() };
        let id = contacts.create(&market, &new, &world.at()).await.unwrap().id;
        // Interrupted after the key: the row is there and nobody can read it.
        market.destroy_person_key(id, &world.at()).await.unwrap();
        assert!(matches!(contacts.get(&market, Sight::All, id).await, Err(ContactsError::Unknown(_))));
        let all = ListQuery { limit: 5, ..ListQuery::default() };
        assert!(contacts.list(&market, Sight::All, &all).await.unwrap().contacts.is_empty());
        let receipt =
            contacts.erase(&market, Sight::All, id, EraseReason::Request, &world.at()).await.unwrap();
        assert_eq!(receipt.rows.get("contact"), Some(&1));
        assert_eq!(contacts.counts(&market).await.unwrap().contacts, 0);
    })
    .await;
}

#[tokio::test]
async fn an_erasure_that_nobody_repeats_is_finished_by_the_hub() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let interrupted = plant(&world, &market).await;
        let finished = {
            let new = NewContact { personal: person("Ana", Some("a@b.de"), None), ..NewContact::default() };
            contacts.create(&market, &new, &world.at()).await.unwrap().id
        };
        contacts.erase(&market, Sight::All, finished, EraseReason::Request, &world.at()).await.unwrap();
        market.destroy_person_key(interrupted, &world.at()).await.unwrap();
        let later = || Moment { now: world.at().at() + SignedDuration::from_mins(6), ..world.at() };
        assert_eq!(contacts.finish_erasures(&market, &world.at()).await.unwrap(), 0, "somebody may be at it");
        assert_eq!(contacts.finish_erasures(&market, &later()).await.unwrap(), 1);
        assert_eq!(contacts.finish_erasures(&market, &later()).await.unwrap(), 0, "once is enough");
        let receipt = contacts.erasure_receipt(&market, interrupted).await.unwrap().expect("a receipt");
        assert_eq!((receipt.rows["contact"], receipt.rows["note"]), (1, 1));
        assert!(
            contacts.is_suppressed(&market, CANARIES[1]).await.unwrap(),
            "who was erased does not come back"
        );
        assert_eq!(contacts.counts(&market).await.unwrap().contacts, 0);
    })
    .await;
}

#[tokio::test]
async fn who_asked_to_be_left_alone_is_refused_until_taken_off_the_list() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let new = NewContact { personal: person("Ana", Some("a@b.de"), None), ..NewContact::default() };
        assert!(contacts.suppress(&market, "A@B.de", &world.at()).await.unwrap());
        assert!(!contacts.suppress(&market, "a@b.de", &world.at()).await.unwrap(), "once is enough");
        let refused = contacts.create(&market, &new, &world.at()).await;
        assert!(matches!(refused, Err(ContactsError::Suppressed)), "{refused:?}");
        let listed = contacts.suppressed(&market).await.unwrap();
        assert_eq!((listed[0].reason.as_str(), listed[0].entries), ("asked", 1));
        assert!(contacts.unsuppress(&market, "a@b.de", &world.at()).await.unwrap());
        contacts.create(&market, &new, &world.at()).await.unwrap();
        assert!(matches!(
            contacts.suppress(&market, "nobody", &world.at()).await,
            Err(ContactsError::Rejected(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn who_asked_to_be_left_alone_can_be_closed_and_held_and_is_reached_no_other_way() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let new = NewContact { personal: person("Ana", Some("a@b.de"), None), ..NewContact::default() };
        let ana = contacts.create(&market, &new, &world.at()).await.unwrap().id;
        contacts.suppress(&market, "a@b.de", &world.at()).await.unwrap();
        contacts.suppress(&market, "+12065550177", &world.at()).await.unwrap();
        let lost = ContactEdit { stage: Some("lost".to_owned()), ..ContactEdit::default() };
        let now = contacts.update(&market, Sight::All, ana, 1, &lost, &world.at()).await.unwrap();
        assert_eq!(now.stage, "lost");
        let reason = Some("a complaint is pending");
        let held = contacts.hold(&market, Sight::All, ana, 2, reason, &world.at()).await.unwrap();
        assert!(held.hold.is_some());
        let number = ContactEdit { phone: Some(Some("+12065550177".to_owned())), ..ContactEdit::default() };
        let refused = contacts.update(&market, Sight::All, ana, 3, &number, &world.at()).await;
        assert!(matches!(refused, Err(ContactsError::Suppressed)), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_restore_does_not_forget_who_asked_to_be_left_alone() {
    on_both(async |world| {
        let (contacts, market) = (&world.contacts, world.market("alpha").await);
        let backup = tempfile::tempdir().unwrap();
        let saved = backup.path().join("alpha");
        world.markets.backup(market.name(), &saved, &world.at()).await.unwrap();
        // Entered and erased after the backup: only the list knows of them.
        let id = plant(&world, &market).await;
        contacts.hold(&market, Sight::All, id, 3, None, &world.at()).await.unwrap();
        contacts.erase(&market, Sight::All, id, EraseReason::Request, &world.at()).await.unwrap();
        world.markets.restore(market.name(), &saved, &world.at()).await.unwrap();
        let market = world.markets.enter(market.name()).await.unwrap();
        for reach in [CANARIES[1], CANARIES[2]] {
            assert!(contacts.is_suppressed(&market, reach).await.unwrap(), "{reach} was to be left alone");
        }
    })
    .await;
}
