use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use jiff::civil::date;
use store::testing::on_both_databases;

use super::*;

fn now() -> Timestamp {
    "2026-01-19T09:00:00Z".parse().expect("an instant")
}

fn chance(seed: u64) -> Chance {
    let next = std::sync::atomic::AtomicU64::new(seed << 32);
    Chance::from_fn(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let count = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let digest = ring::digest::digest(&ring::digest::SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
        }
    })
}

fn market(number: u128) -> MarketId {
    Ulid::from_parts(1, number).into()
}

fn person(number: u128) -> PersonId {
    Ulid::from_parts(2, number).into()
}

async fn ring(db: &Db, file: &Path, seed: u64) -> Result<Keyring, MarketsError> {
    Keyring::open(db.clone(), &KeySource::Own(file.to_owned()), chance(seed), now()).await
}

#[tokio::test]
async fn the_first_start_makes_a_private_key_file_and_later_ones_need_it() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("keys/hub.key");
        let first = ring(&db, &file, 1).await.expect("made");
        let roots = first.make_roots("a", now()).await.expect("roots");
        let mode = fs::metadata(&file).expect("the file is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let again = ring(&db, &file, 2).await.expect("opened again");
        assert_eq!(again.roots("a").await.expect("roots").data.key.expose(), roots.data.key.expose());

        let kept = fs::read(&file).expect("read");
        fs::remove_file(&file).expect("removed");
        let missing = ring(&db, &file, 3).await.err().expect("refused");
        assert!(matches!(missing, MarketsError::KeySource(KeySourceError::Missing(_))), "{missing}");
        assert!(!file.exists(), "a lost key is not replaced by a new one");

        let other = home.path().join("other.key");
        file::make(&other, &chance(9)).expect("another key");
        let refused = ring(&db, &other, 3).await.err().expect("refused");
        assert!(matches!(refused, MarketsError::KeySource(KeySourceError::Other { .. })), "{refused}");

        fs::write(&file, kept).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("set");
        let public = ring(&db, &file, 3).await.err().expect("refused");
        assert!(matches!(public, MarketsError::KeySource(KeySourceError::Public(_))), "{public}");
    })
    .await;
}

#[tokio::test]
async fn a_given_key_file_is_never_made_and_must_hold_a_key() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("given.key");
        let open =
            async || Keyring::open(db.clone(), &KeySource::Given(file.clone()), chance(1), now()).await;
        let missing = open().await.err().expect("refused");
        assert!(matches!(missing, MarketsError::KeySource(KeySourceError::Missing(_))), "{missing}");
        for text in ["", "ehub-key-1 x y\n", "ehub-key-1 01ARZ3NDEKTSV4RRFFQ69G5FAV c2hvcnQ=\n"] {
            fs::write(&file, text).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
            let refused = open().await.err().expect("refused");
            assert!(matches!(refused, MarketsError::KeySource(KeySourceError::Content(_))), "{refused}");
            assert!(!refused.to_string().contains("c2hvcnQ"), "an error shows no key");
        }
        fs::remove_file(&file).expect("removed");
        file::make(&file, &chance(2)).expect("made by somebody");
        let ring = open().await.expect("opened");
        let refused = ring.rotate_top(None, now()).await.expect_err("not ours to change");
        assert!(matches!(refused, MarketsError::RotationNeedsTarget));
    })
    .await;
}

#[tokio::test]
async fn rotation_wraps_every_market_anew_and_changes_no_key_below() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("hub.key");
        let ring = ring(&db, &file, 1).await.expect("made");
        let roots = ring.make_roots(&market(1).to_string(), now()).await.expect("roots");
        ring.make_roots(&market(2).to_string(), now()).await.expect("roots");
        let person_key =
            ring.make(market(1), &roots.data, Purpose::Person(person(1)), now()).await.expect("made");
        let (before, old_file) = (ring.top_id().await, fs::read(&file).expect("read"));

        assert_eq!(ring.rotate_top(None, now()).await.expect("rotated"), 2);
        assert_ne!(ring.top_id().await, before);
        let again = self::ring(&db, &file, 2).await.expect("opens with the new file");
        let same = again.roots(&market(1).to_string()).await.expect("roots");
        assert_eq!(same.data.key.expose(), roots.data.key.expose());
        let found = again.find(market(1), &same.data, &[Purpose::Person(person(1))]).await.expect("found");
        assert_eq!(found[&person(1).to_string()].key.expose(), person_key.key.expose());

        // The old key opens nothing any more.
        fs::write(&file, old_file).expect("written");
        assert!(self::ring(&db, &file, 3).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_rotation_interrupted_before_its_file_took_its_place_is_finished_at_the_next_start() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("hub.key");
        let ring = ring(&db, &file, 1).await.expect("made");
        let roots = ring.make_roots("a", now()).await.expect("roots");
        let old_file = fs::read(&file).expect("read");
        ring.rotate_top(None, now()).await.expect("rotated");
        // As it was on disk between the two: the new key waits, the old one is in its place.
        fs::rename(&file, file::next(&file)).expect("renamed");
        fs::write(&file, old_file).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");

        let again = self::ring(&db, &file, 2).await.expect("finished");
        assert_eq!(again.roots("a").await.expect("roots").data.key.expose(), roots.data.key.expose());
        assert!(!file::next(&file).exists());
    })
    .await;
}

#[tokio::test]
async fn a_process_that_missed_a_rotation_still_makes_keys_that_can_be_read_later() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("hub.key");
        let (one, other) =
            (ring(&db, &file, 1).await.expect("made"), ring(&db, &file, 2).await.expect("opened"));
        one.make_roots("before", now()).await.expect("roots");
        one.rotate_top(None, now()).await.expect("rotated");
        other.roots("before").await.expect("reads what was wrapped anew");
        let made = other.make_roots("after", now()).await.expect("makes more");
        let later = ring(&db, &file, 3).await.expect("opened");
        assert_eq!(later.roots("after").await.expect("roots").data.key.expose(), made.data.key.expose());
    })
    .await;
}

/// A key management service of a few lines: it turns every byte around and keeps the context.
fn service(home: &Path, body: &str) -> KeySource {
    let path = home.join("kms.sh");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("set");
    KeySource::Program { path, arguments: vec!["--key".to_owned(), "7".to_owned()] }
}

#[tokio::test]
async fn a_key_management_service_wraps_and_unwraps_through_its_program() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let source = service(
            home.path(),
            "[ \"$1 $2\" = '--key 7' ] || exit 9\n\
             case $3 in wrap) printf '%s\\n' \"$4\"; base64 -w0;; \
             unwrap) read -r context; [ \"$context\" = \"$4\" ] || exit 3; base64 -d;; esac",
        );
        let open = async |seed| Keyring::open(db.clone(), &source, chance(seed), now()).await;
        let roots = open(1).await.expect("opened").make_roots("a", now()).await.expect("roots");
        let ring = open(2).await.expect("opened again");
        assert_eq!(ring.roots("a").await.expect("roots").data.key.expose(), roots.data.key.expose());
        assert_eq!(ring.rotate_top(None, now()).await.expect("wrapped anew"), 1);
        assert_eq!(ring.roots("a").await.expect("roots").data.key.expose(), roots.data.key.expose());
    })
    .await;
}

#[tokio::test]
async fn a_service_that_fails_or_answers_nonsense_is_named_and_nothing_secret_is_told() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        for (body, complaint) in
            [("exit 4", "exit status: 4"), ("cat > /dev/null", "no answer"), ("cat", "32 bytes are no key")]
        {
            let source = service(home.path(), body);
            let opened = Keyring::open(db.clone(), &source, chance(1), now()).await;
            // `cat` hands the key back as it is, which wraps; it is refused when it comes to 33 bytes or none.
            if body == "cat" {
                assert!(opened.is_ok());
                continue;
            }
            let error = opened.err().expect("refused").to_string();
            assert!(error.contains(complaint) && error.contains("kms.sh"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_destroyed_key_is_gone_from_the_keyrings_files_and_cannot_be_made_again() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("keys.db");
    let db = Db::keyring(&path).await.expect("opened");
    let ring = ring(&db, &home.path().join("hub.key"), 1).await.expect("made");
    let roots = ring.make_roots(&market(1).to_string(), now()).await.expect("roots");
    let purpose = Purpose::Person(person(1));
    ring.make(market(1), &roots.data, purpose, now()).await.expect("made");
    let stored = records::keys_of(&db, market(1), "person", vec![person(1).to_string()]).await.expect("read");
    let wrapped = stored[0].wrapped.clone();
    let everywhere = || -> Vec<u8> {
        let files = fs::read_dir(home.path()).expect("read");
        files.flat_map(|file| fs::read(file.expect("an entry").path()).expect("read")).collect()
    };
    let holds = |bytes: &[u8]| bytes.windows(wrapped.len()).any(|window| window == wrapped);
    assert!(holds(&everywhere()), "the wrapped key is in a file before");

    assert!(ring.destroy_person(market(1), person(1), now()).await.expect("destroyed"));
    assert!(!holds(&everywhere()), "and in none after");
    assert!(!ring.destroy_person(market(1), person(1), now()).await.expect("again is fine"));
    let refused = ring.make(market(1), &roots.data, purpose, now()).await.expect_err("stays erased");
    assert!(matches!(refused, MarketsError::PersonErased(erased) if erased == person(1)), "{refused}");
    let tombstones = ring.tombstones(market(1)).await.expect("read");
    assert_eq!(tombstones, [Tombstone { person: person(1), erased_at: now() }]);
}

#[tokio::test]
async fn keys_of_days_end_and_those_of_another_market_are_never_found() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let ring = ring(&db, &home.path().join("hub.key"), 1).await.expect("made");
        let roots = ring.make_roots(&market(1).to_string(), now()).await.expect("roots");
        let (first, second) = (Purpose::Day(date(2026, 1, 1)), Purpose::Day(date(2026, 1, 2)));
        for day in [first, second] {
            ring.make(market(1), &roots.data, day, now()).await.expect("made");
        }
        let kept = ring.find(market(1), &roots.data, &[second]).await.expect("found");
        let id = kept["2026-01-02"].id;
        assert_eq!(ring.destroy_days_before(market(1), date(2026, 1, 2)).await.expect("destroyed"), 1);
        assert_eq!(ring.find(market(1), &roots.data, &[first, second]).await.expect("found").len(), 1);
        assert!(ring.named(market(1), &roots.data, id).await.expect("found").is_some());
        assert!(ring.find(market(2), &roots.data, &[second]).await.expect("found").is_empty());
        assert!(ring.named(market(2), &roots.data, id).await.expect("found").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_wrapped_key_moved_to_another_person_or_market_does_not_open() {
    on_both_databases(async |db| {
        let home = tempfile::tempdir().expect("a folder");
        let ring = ring(&db, &home.path().join("hub.key"), 1).await.expect("made");
        let roots = ring.make_roots(&market(1).to_string(), now()).await.expect("roots");
        ring.make(market(1), &roots.data, Purpose::Person(person(1)), now()).await.expect("made");
        let stored =
            records::keys_of(&db, market(1), "person", vec![person(1).to_string()]).await.expect("read");
        let mut tx = db.begin().await.expect("begun");
        let (id, wrapped) = (stored[0].id, stored[0].wrapped.clone());
        let other = KeyId::new(Ulid::from_parts(9, 9));
        records::add_key(&mut tx, &market(1).to_string(), Purpose::Person(person(2)), other, wrapped, now())
            .await
            .expect("added");
        tx.commit().await.expect("committed");
        assert!(ring.find(market(1), &roots.data, &[Purpose::Person(person(2))]).await.is_err());
        assert!(ring.named(market(1), &roots.data, id).await.expect("its own place").is_some());
    })
    .await;
}
