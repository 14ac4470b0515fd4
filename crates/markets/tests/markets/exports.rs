use std::{collections::BTreeMap, fs, path::Path};

use markets::{MarketsError, Passphrase};
use store::Query;

use crate::fixture::{World, actions, name, notes, on_both, person, read_note, write_note};

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse battery staple\n")
}

/// The files of tables in an export, by name.
fn tables(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).expect("read").map(|file| file.expect("an entry").path());
    files
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == "ndjson") && !path.ends_with("audit.ndjson")
        })
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect()
}

async fn alpha(world: &World) -> markets::Market {
    world.market("alpha").await;
    let alpha = world.enter("alpha").await;
    for number in 1..=3 {
        let text = format!("canary {number}");
        write_note(&alpha, &number.to_string(), person(number), &text, &world.at(1)).await;
    }
    let policy = markets::policy::SHIPPED_TOML.replace("\"21:00\"", "\"20:00\"");
    alpha.save_policy(&policy, "earlier", &world.at(2)).await.expect("saved");
    alpha
}

/// Another hub, of the same kind.
async fn another_hub(world: &World) -> World {
    match world.admin_url {
        None => World::embedded().await,
        Some(_) => World::on_server().await.expect("there is one"),
    }
}

#[tokio::test]
async fn a_market_exported_imported_into_another_hub_and_exported_again_is_the_same() {
    on_both(async |world| {
        let alpha = alpha(world).await;
        let first = world.home.path().join("first");
        let said = world
            .markets
            .export(&name("alpha"), &first, Some(&passphrase()), &world.at(3))
            .await
            .expect("done");
        assert!(said.tables.iter().any(|table| table.table == "note" && table.rows == 3));
        let chain = actions(alpha.db()).await;
        let id = alpha.id();
        if !crate::fixture::is_embedded(world) {
            // On one server a market's database has one place: the first hub gives it up.
            drop(alpha);
            world
                .markets
                .delete(&name("alpha"), jiff::SignedDuration::ZERO, &world.at(4))
                .await
                .expect("deleted");
            world.markets.purge_due(&world.at(5)).await.expect("purged");
        }
        let other = another_hub(world).await;
        let imported = other.markets.import(&first, name("alpha"), Some(&passphrase()), &other.at(6)).await;
        assert_eq!(imported.expect("imported").id, id, "it stays the same market");
        let there = other.enter("alpha").await;
        assert_eq!(read_note(&there, "2").await, Some(Some("canary 2".to_owned())));
        let index = seal::blind::email(there.index_key(), "canary.2@example.com").map(Vec::from);
        let by_index = Query::new("SELECT id FROM note WHERE email_index = ?").bind(index);
        let found = there.db().one(by_index).await.expect("found by its address");
        assert_eq!(found.text("id").expect("text"), "2");
        let mut expected: Vec<String> =
            chain.iter().filter(|action| *action != "market.exported").cloned().collect();
        expected.push("market.imported".to_owned());
        assert_eq!(actions(there.db()).await, expected, "the audit chain goes on");

        let second = world.home.path().join("second");
        let again =
            other.markets.export(&name("alpha"), &second, None, &other.at(7)).await.expect("exported");
        assert_eq!(again.content_sha256, said.content_sha256);
        assert_eq!(tables(&second), tables(&first), "byte by byte");
        audit::export::verify(&second, &audit::Expected::default()).expect("its audit chain is whole");
        drop(there);
        other.clear().await;
    })
    .await;
}

#[tokio::test]
async fn in_its_own_hub_an_export_becomes_another_market_with_other_keys() {
    on_both(async |world| {
        let alpha = alpha(world).await;
        alpha.day_key(jiff::civil::date(2026, 1, 19), &world.at(2)).await.expect("made");
        let folder = world.home.path().join("export");
        world.markets.export(&name("alpha"), &folder, None, &world.at(3)).await.expect("exported");
        let copy = world.markets.import(&folder, name("copy"), None, &world.at(4)).await.expect("imported");
        assert_ne!(copy.id, alpha.id());
        let copy = world.enter("copy").await;
        assert_eq!(notes(&copy).await, ["1", "2", "3"]);
        assert_eq!(read_note(&copy, "3").await, Some(Some("canary 3".to_owned())));
        assert_eq!(copy.policy().await.expect("read").quiet_hours.begin.value, "20:00");
        let sealed = async |market: &markets::Market| {
            let row = market
                .db()
                .one(Query::new("SELECT text_sealed FROM note WHERE id = '1'"))
                .await
                .expect("read");
            row.bytes("text_sealed").expect("bytes")
        };
        let (here, there) = (sealed(&alpha).await, sealed(&copy).await);
        assert_ne!(seal::key_id_of(&here), seal::key_id_of(&there));
        let key = alpha.person_key(person(1)).await.expect("asked").expect("a key");
        assert!(copy.unseal(&key, "note", "1", "text_sealed", &there).is_err());
        assert_eq!(actions(copy.db()).await, ["market.imported"], "a chain of its own");

        // Erased in one, the person stays in the other: they are two organisations' data now.
        alpha.destroy_person_key(person(1), &world.at(5)).await.expect("destroyed");
        assert_eq!(read_note(&copy, "1").await, Some(Some("canary 1".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn nobody_erased_comes_back_by_an_import_not_even_with_an_older_key_file() {
    on_both(async |world| {
        let alpha = alpha(world).await;
        let folder = world.home.path().join("export");
        world
            .markets
            .export(&name("alpha"), &folder, Some(&passphrase()), &world.at(3))
            .await
            .expect("exported");
        alpha.destroy_person_key(person(2), &world.at(4)).await.expect("destroyed");
        world
            .markets
            .import(&folder, name("copy"), Some(&passphrase()), &world.at(5))
            .await
            .expect("imported");
        let copy = world.enter("copy").await;
        assert_eq!(notes(&copy).await, ["1", "3"]);
        assert!(copy.person_key(person(2)).await.expect("asked").is_none());
        assert_eq!(copy.erased_persons().await.expect("asked").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_export_holds_no_plain_text_no_credential_and_no_key() {
    on_both(async |world| {
        let alpha = alpha(world).await;
        let folder = world.home.path().join("export");
        world
            .markets
            .export(&name("alpha"), &folder, Some(&passphrase()), &world.at(3))
            .await
            .expect("exported");
        let mut all = Vec::new();
        for file in fs::read_dir(&folder).expect("read") {
            all.extend(fs::read(file.expect("an entry").path()).expect("read"));
        }
        let text = String::from_utf8(all).expect("everything is text");
        for secret in ["canary", "s3cret-token"] {
            assert!(!text.contains(secret), "{secret}");
        }
        let row =
            alpha.db().one(Query::new("SELECT token_sealed FROM note WHERE id = '1'")).await.expect("read");
        let token = row.bytes("token_sealed").expect("bytes");
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        assert!(!text.contains(&STANDARD.encode(token)), "not even sealed");
        assert!(text.contains("\"token_sealed\":null"));
        let person_key = alpha.person_key(person(1)).await.expect("asked").expect("a key");
        for key in [&person_key.key, &alpha.market_key().key] {
            assert!(!text.contains(&STANDARD.encode(key.expose())));
        }
    })
    .await;
}

#[tokio::test]
async fn a_damaged_export_is_refused_and_nothing_is_left_behind() {
    on_both(async |world| {
        alpha(world).await;
        let folder = world.home.path().join("export");
        world.markets.export(&name("alpha"), &folder, None, &world.at(3)).await.expect("exported");
        let (note, manifest, audit) =
            (folder.join("note.ndjson"), folder.join("manifest.json"), folder.join("audit.ndjson"));
        let read = |path: &Path| fs::read_to_string(path).expect("text");
        let (rows, said, chain) = (read(&note), read(&manifest), read(&audit));
        let first_line = rows.lines().next().expect("a row").len() + 1;
        let cases = [
            ("a row taken away", &note, rows[first_line..].to_owned()),
            ("a letter changed", &note, rows.replacen("true", "false", 1)),
            ("an audit entry changed", &audit, chain.replacen("market.created", "market.crested", 1)),
            ("a file named outside", &manifest, said.replacen("note.ndjson", "../note.ndjson", 1)),
            ("of a newer program", &manifest, said.replace("\"version\": 1", "\"version\": 999")),
            ("no manifest", &manifest, "[]".to_owned()),
        ];
        for (what, path, text) in cases {
            let before = read(path);
            assert_ne!(before, text, "{what}");
            fs::write(path, text).expect("written");
            let refused =
                world.markets.import(&folder, name("copy"), None, &world.at(4)).await.expect_err(what);
            let named = matches!(refused, MarketsError::Damaged { .. } | MarketsError::Unsuitable(_));
            assert!(named, "{what}: {refused:?}");
            fs::write(path, before).expect("written");
        }
        assert_eq!(world.markets.list().await.expect("listed").len(), 1);
        world
            .markets
            .import(&folder, name("copy"), None, &world.at(5))
            .await
            .expect("whole again, it is taken");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_taken_undoes_the_whole_import() {
    on_both(async |world| {
        alpha(world).await;
        let folder = world.home.path().join("export");
        let said = world.markets.export(&name("alpha"), &folder, None, &world.at(3)).await.expect("exported");
        // A changed row under a manifest that was changed with it: the seal finds it.
        let path = folder.join("note.ndjson");
        let rows = fs::read_to_string(&path).expect("text").replace("\"id\":\"1\"", "\"id\":\"7\"");
        fs::write(&path, &rows).expect("written");
        let mut manifest = said.clone();
        let sha256 = |bytes: &[u8]| -> String {
            ring::digest::digest(&ring::digest::SHA256, bytes)
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        for table in &mut manifest.tables {
            if table.table == "note" {
                table.sha256 = sha256(rows.as_bytes());
            }
        }
        let all: String = manifest
            .tables
            .iter()
            .map(|table| format!("{}\n{}\n{}\n", table.table, table.rows, table.sha256))
            .collect();
        manifest.content_sha256 = sha256(all.as_bytes());
        let text = serde_json::to_vec(&manifest).expect("json");
        fs::write(folder.join("manifest.json"), text).expect("written");
        let refused =
            world.markets.import(&folder, name("copy"), None, &world.at(4)).await.expect_err("moved cell");
        assert!(matches!(refused, MarketsError::Seal(_)), "{refused:?}");
        assert!(world.markets.find(&name("copy")).await.expect("asked").is_none());
        let owners =
            world.keys.all(Query::new("SELECT DISTINCT owner FROM wrapped_key")).await.expect("read");
        assert_eq!(owners.len(), 2, "the hub's and alpha's keys alone");
        let places = world.hub.all(Query::new("SELECT market FROM market_place")).await.expect("read");
        assert_eq!(places.len(), 1);
        world.market("copy").await;
    })
    .await;
}

#[tokio::test]
async fn without_its_keys_an_export_of_another_hub_is_refused() {
    on_both(async |world| {
        alpha(world).await;
        let folder = world.home.path().join("export");
        world
            .markets
            .export(&name("alpha"), &folder, Some(&passphrase()), &world.at(3))
            .await
            .expect("exported");
        let other = another_hub(world).await;
        for keys in [None, Some(Passphrase::new("wrong horse battery staple"))] {
            let refused = other.markets.import(&folder, name("alpha"), keys.as_ref(), &other.at(4)).await;
            assert!(refused.is_err());
        }
        assert!(other.markets.list().await.expect("listed").is_empty());
        let short = Passphrase::new("short");
        let elsewhere = world.home.path().join("elsewhere");
        let refused = world.markets.export(&name("alpha"), &elsewhere, Some(&short), &world.at(5)).await;
        assert!(matches!(refused, Err(MarketsError::Unsuitable(_))));
        assert!(!elsewhere.exists(), "before anything is written");
        other.clear().await;
    })
    .await;
}
