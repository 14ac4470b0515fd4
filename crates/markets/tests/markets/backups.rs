use std::fs;

use markets::{MarketsError, StepState};
use store::{Query, trail};

use crate::fixture::{actions, name, notes, on_both, person, read_note, write_note};

#[tokio::test]
async fn a_restored_market_has_the_rows_of_its_backup_and_an_audit_chain_that_went_on() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "before", &world.at(1)).await;
        let folder = world.home.path().join("backup");
        let manifest = world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        assert!(manifest.tables.iter().any(|table| table.table == "note" && table.rows == 1));
        write_note(&alpha, "2", person(2), "after", &world.at(3)).await;
        alpha
            .save_policy(&markets::policy::SHIPPED_TOML.replace("\"21:00\"", "\"20:00\""), "", &world.at(3))
            .await
            .expect("saved");
        let chain_before = actions(alpha.db()).await;

        let restored = world.markets.restore(&name("alpha"), &folder, &world.at(4)).await.expect("restored");
        assert_eq!(restored.generation, 2);
        let refused = alpha.db().execute(Query::new("DELETE FROM note")).await.expect_err("an older handle");
        assert!(matches!(refused, store::StoreError::Fenced { .. }), "{refused}");

        let alpha = world.enter("alpha").await;
        assert_eq!(notes(&alpha).await, ["1"]);
        assert_eq!(read_note(&alpha, "1").await, Some(Some("before".to_owned())));
        assert_eq!(alpha.policies().await.expect("read").len(), 1, "the policy is the backup's");
        let mut expected = chain_before;
        expected.push("market.restored".to_owned());
        assert_eq!(actions(alpha.db()).await, expected, "no entry was lost");
        let verifier = alpha.audit_signer().expect("a signer").verifier();
        trail::verify(alpha.db(), &verifier, trail::Begins::WithAnEntry).await.expect("the chain is whole");
        write_note(&alpha, "3", person(3), "later", &world.at(5)).await;
    })
    .await;
}

#[tokio::test]
async fn a_person_erased_after_the_backup_stays_erased_when_it_is_restored() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "canary one", &world.at(1)).await;
        write_note(&alpha, "2", person(2), "canary two", &world.at(1)).await;
        let folder = world.home.path().join("backup");
        world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        assert!(alpha.destroy_person_key(person(1), &world.at(3)).await.expect("destroyed"));
        assert_eq!(read_note(&alpha, "1").await, Some(None), "unreadable at once");

        world.markets.restore(&name("alpha"), &folder, &world.at(4)).await.expect("restored");
        let alpha = world.enter("alpha").await;
        assert_eq!(notes(&alpha).await, ["2"], "the rows that the backup brought are removed again");
        assert!(alpha.person_key(person(1)).await.expect("asked").is_none());
        assert_eq!(read_note(&alpha, "2").await, Some(Some("canary two".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn no_key_and_no_plain_text_is_in_a_backup() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        let key = alpha.new_person_key(person(1), &world.at(1)).await.expect("made");
        write_note(&alpha, "1", person(1), "canary in plain", &world.at(1)).await;
        let folder = world.home.path().join("backup");
        world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        let mut all = Vec::new();
        for file in fs::read_dir(&folder).expect("read") {
            all.extend(fs::read(file.expect("an entry").path()).expect("read"));
        }
        let holds = |bytes: &[u8]| all.windows(bytes.len()).any(|window| window == bytes);
        assert!(holds(b"\"enterprisehub-backup-1\""));
        for secret in
            [key.key.expose().as_slice(), alpha.market_key().key.expose(), b"canary in plain", b"s3cret"]
        {
            assert!(!holds(secret));
        }
        let wrapped = world.keys.all(Query::new("SELECT wrapped FROM wrapped_key")).await.expect("read");
        for row in wrapped {
            assert!(!holds(&row.bytes("wrapped").expect("bytes")), "not even a wrapped one");
        }
    })
    .await;
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_changes() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "here", &world.at(1)).await;
        let folder = world.home.path().join("backup");
        world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        let (image, manifest) = (folder.join("market.sqlite"), folder.join("manifest.json"));
        let (whole, said) = (fs::read(&image).expect("read"), fs::read_to_string(&manifest).expect("read"));
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        let cases: [(&str, Vec<u8>, String); 5] = [
            ("one bit flipped", flipped, said.clone()),
            ("cut short", whole[..whole.len() - 1].to_vec(), said.clone()),
            ("manifest of something else", whole.clone(), said.replace("backup-1", "backup-9")),
            (
                "manifest that names another file",
                whole.clone(),
                said.replace("market.sqlite", "../market.sqlite"),
            ),
            ("no manifest", whole.clone(), "{".to_owned()),
        ];
        for (what, bytes, text) in cases {
            fs::write(&image, bytes).expect("written");
            fs::write(&manifest, text).expect("written");
            let refused = world.markets.restore(&name("alpha"), &folder, &world.at(3)).await.expect_err(what);
            let named = matches!(refused, MarketsError::Damaged { .. } | MarketsError::Unsuitable(_));
            assert!(named, "{what}: {refused:?}");
            assert_eq!(world.markets.record(&name("alpha")).await.expect("read").generation, 1, "{what}");
        }
        write_note(&alpha, "2", person(2), "the same handle still writes", &world.at(4)).await;
        fs::write(&image, whole).expect("written");
        fs::write(&manifest, said).expect("written");
        world.markets.restore(&name("alpha"), &folder, &world.at(5)).await.expect("whole again, it is taken");
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_another_market_is_refused() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        let folder = world.home.path().join("backup");
        world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        let refused = world.markets.restore(&name("beta"), &folder, &world.at(3)).await.expect_err("alpha's");
        assert!(matches!(refused, MarketsError::Unsuitable(_)), "{refused}");
        let taken =
            world.markets.backup(&name("alpha"), &folder, &world.at(3)).await.expect_err("not over it");
        assert!(matches!(taken, MarketsError::FolderTaken(_)), "{taken}");
    })
    .await;
}

#[tokio::test]
async fn a_backup_is_on_record_and_answers_the_checklist() {
    on_both(async |world| {
        world.market("alpha").await;
        let state = async || {
            let list = world.markets.checklist(&name("alpha")).await.expect("a checklist");
            list.steps.into_iter().find(|step| step.id == "backup").expect("a step").state
        };
        assert!(matches!(state().await, StepState::Missing(_)));
        let folder = world.home.path().join("backup");
        let manifest = world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        assert_eq!(state().await, StepState::Done);
        let known = world.markets.backups(&name("alpha")).await.expect("listed");
        assert_eq!(known.len(), 1);
        assert_eq!((known[0].sha256.as_str(), known[0].bytes), (manifest.sha256.as_str(), manifest.bytes));
        assert_eq!(world.hub_actions().await, ["market.created", "market.backed_up"]);
    })
    .await;
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_one_moment_of_the_market() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        let writing = alpha.clone();
        let writer = tokio::spawn(async move {
            // Two rows per transaction: a copy that has one of them without the other is torn.
            for number in 0..200_i64 {
                let mut tx = writing.db().begin().await.expect("begun");
                for half in ["a", "b"] {
                    let insert = Query::new("INSERT INTO note (id, text_sealed, done) VALUES (?, ?, ?)")
                        .bind(format!("{number}{half}"))
                        .bind(vec![0_u8])
                        .bind(false);
                    tx.execute(insert).await.expect("written");
                }
                tx.commit().await.expect("committed");
            }
        });
        let folder = world.home.path().join("backup");
        world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
        writer.await.expect("no panic");
        world.markets.restore(&name("alpha"), &folder, &world.at(3)).await.expect("restored");
        let found = notes(&world.enter("alpha").await).await;
        assert_eq!(found.iter().filter(|id| id.ends_with('a')).count() * 2, found.len());
    })
    .await;
}

#[tokio::test]
async fn a_market_whose_database_was_lost_comes_back_from_its_backup() {
    let world = crate::fixture::World::embedded().await;
    let record = world.market("alpha").await;
    let alpha = world.enter("alpha").await;
    write_note(&alpha, "1", person(1), "kept", &world.at(1)).await;
    let folder = world.home.path().join("backup");
    world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
    drop(alpha);
    world.markets.suspend(&name("alpha"), "disk lost", &world.at(3)).await.expect("suspended");
    for file in world.files() {
        if file.starts_with(&format!("{}.1.db", record.id)) {
            fs::remove_file(world.home.path().join("markets").join(file)).expect("removed");
        }
    }
    world.markets.restore(&name("alpha"), &folder, &world.at(4)).await.expect("restored");
    world.markets.resume(&name("alpha"), &world.at(5)).await.expect("resumed");
    let alpha = world.enter("alpha").await;
    assert_eq!(read_note(&alpha, "1").await, Some(Some("kept".to_owned())));
    let entries = trail::after(&world.hub, None).await.expect("read");
    let restored = entries.iter().find(|entry| entry.action == "market.restored").expect("an entry");
    assert_eq!(restored.detail["audit_entries_carried_over"], "unreadable", "the loss is on record");
    drop(alpha);
    world.clear().await;
}
