//! The contract of the kernel, on both databases.

use jiff::Timestamp;
use kernel::Ulid;
use store::{
    Db, Migration, MigrationError, MigrationSet, Query, StoreError, Value, testing::on_both_databases,
};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "test",
    migrations: &[Migration {
        version: 1,
        name: "owners and deals",
        sql: "
            CREATE TABLE owner (id TEXT PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE deal (
                id TEXT PRIMARY KEY,
                owner_id TEXT REFERENCES owner (id),
                arr BIGINT,
                chance DOUBLE PRECISION,
                won BOOLEAN,
                contract BYTEA,
                at BIGINT
            );
            CREATE INDEX deal_owner ON deal (owner_id);
        ",
    }],
};

async fn with_schema(db: &Db) {
    assert_eq!(db.migrate(&SCHEMA).await.expect("migrates"), 1);
}

async fn count(db: &Db) -> i64 {
    let row = db.one(Query::new("SELECT COUNT(*) AS n FROM deal")).await.expect("counts");
    row.int("n").expect("a number")
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let at: Timestamp = "2026-01-19T08:30:00.123456Z".parse().expect("instant");
        let insert = "INSERT INTO deal (id, arr, chance, won, contract, at) VALUES (?, ?, ?, ?, ?, ?)";
        let full =
            Query::new(insert).bind("é?").bind(i64::MIN).bind(0.1).bind(true).bind(vec![0_u8, 255]).bind(at);
        assert_eq!(db.execute(full).await.expect("inserts"), 1);
        let empty = Query::new(insert)
            .bind("none")
            .bind(None::<i64>)
            .bind(None::<f64>)
            .bind(None::<bool>)
            .bind(None::<Vec<u8>>)
            .bind(None::<Timestamp>);
        db.execute(empty).await.expect("inserts nothing in five columns");

        let row = db.one(Query::new("SELECT * FROM deal WHERE id = ?").bind("é?")).await.expect("row");
        assert_eq!(row.text("id").expect("text"), "é?");
        assert_eq!(row.int("arr").expect("int"), i64::MIN);
        assert_eq!(row.real("chance").expect("real").to_bits(), 0.1_f64.to_bits());
        assert!(row.bool("won").expect("bool"));
        assert_eq!(row.bytes("contract").expect("bytes"), [0, 255]);
        assert_eq!(row.timestamp("at").expect("instant"), at);

        let row = db.one(Query::new("SELECT * FROM deal WHERE id = ?").bind("none")).await.expect("row");
        assert_eq!(row.int_or_null("arr").expect("null"), None);
        assert_eq!(row.real_or_null("chance").expect("null"), None);
        assert_eq!(row.bool_or_null("won").expect("null"), None);
        assert_eq!(row.bytes_or_null("contract").expect("null"), None);
        assert_eq!(row.timestamp_or_null("at").expect("null"), None);
        assert!(matches!(row.int("arr"), Err(StoreError::Column { .. })));
        assert!(matches!(row.bool("won"), Err(StoreError::Column { .. })));
        assert!(matches!(row.int("id"), Err(StoreError::Column { .. })), "text is no number");
        assert!(matches!(row.int("absent"), Err(StoreError::Column { .. })));
    })
    .await;
}

#[tokio::test]
async fn a_taken_value_and_a_missing_reference_are_told_apart() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let deal = |owner: Option<&'static str>| {
            Query::new("INSERT INTO deal (id, owner_id) VALUES ('a', ?)").bind(owner)
        };
        let missing = db.execute(deal(Some("nobody"))).await.expect_err("refused");
        assert!(missing.is_foreign_key_violation() && !missing.is_unique_violation(), "{missing:?}");
        db.execute(deal(None)).await.expect("inserts");
        let taken = db.execute(deal(None)).await.expect_err("refused");
        assert!(taken.is_unique_violation() && !taken.is_foreign_key_violation(), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn a_transaction_happens_whole_or_not_at_all() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let insert = |id: &'static str| Query::new("INSERT INTO deal (id) VALUES (?)").bind(id);
        let mut tx = db.begin().await.expect("begins");
        tx.execute(insert("a")).await.expect("inserts");
        let seen = tx.one(Query::new("SELECT COUNT(*) AS n FROM deal")).await.expect("sees its own row");
        assert_eq!(seen.int("n").expect("n"), 1);
        assert_eq!(count(&db).await, 0, "nobody else sees it yet");
        drop(tx);
        assert_eq!(count(&db).await, 0, "dropped is rolled back");

        let mut tx = db.begin().await.expect("begins");
        tx.execute(insert("a")).await.expect("inserts");
        tx.rollback().await.expect("rolls back");
        assert_eq!(count(&db).await, 0);

        let mut tx = db.begin().await.expect("begins");
        tx.execute(insert("a")).await.expect("inserts");
        tx.commit().await.expect("commits");
        assert_eq!(count(&db).await, 1, "committed is visible to readers at once");
    })
    .await;
}

#[tokio::test]
async fn writers_queue_instead_of_losing_updates() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        db.execute(Query::new("INSERT INTO deal (id, arr) VALUES ('a', 0)")).await.expect("inserts");
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut tx = db.begin().await?;
                    tx.one_at_a_time("deal").await?;
                    let arr = tx.one(Query::new("SELECT arr FROM deal WHERE id = 'a'")).await?.int("arr")?;
                    tx.execute(Query::new("UPDATE deal SET arr = ? WHERE id = 'a'").bind(arr + 1)).await?;
                    tx.commit().await
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("joins").expect("commits");
        }
        let row = db.one(Query::new("SELECT arr FROM deal WHERE id = 'a'")).await.expect("row");
        assert_eq!(row.int("arr").expect("arr"), 20);
    })
    .await;
}

#[tokio::test]
async fn many_rows_go_in_together_and_sort_alike() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let rows = (0..20_001_usize).map(|n| -> [Value; 2] { [Value::shown(n), n.into()] }).collect();
        let mut tx = db.begin().await.expect("begins");
        let inserted = tx.insert_all("INSERT INTO deal (id, arr) VALUES", rows).await.expect("inserts");
        assert_eq!(inserted, 20_001);
        let none: Vec<[Value; 2]> = Vec::new();
        assert_eq!(tx.insert_all("INSERT INTO deal (id, arr) VALUES", none).await.expect("nothing"), 0);
        for id in ["b", "A", "_", "ä", "a"] {
            tx.execute(Query::new("INSERT INTO deal (id) VALUES (?)").bind(id)).await.expect("inserts");
        }
        tx.commit().await.expect("commits");
        assert_eq!(count(&db).await, 20_006);
        let query = Query::new("SELECT id FROM deal WHERE arr IS NULL ORDER BY id");
        let sorted = db.list(query, |row| row.text("id")).await.expect("lists");
        assert_eq!(sorted, ["A", "_", "a", "b", "ä"], "byte by byte");
        let some =
            Query::new("SELECT id FROM deal WHERE id IN (").bind_all(["1", "2", "x"]).push(") ORDER BY id");
        assert_eq!(db.list(some, |row| row.text("id")).await.expect("lists"), ["1", "2"]);
    })
    .await;
}

#[tokio::test]
async fn words_are_parsed_where_they_are_read() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let id = Ulid::from_parts(1_768_800_000_000, 7);
        db.execute(Query::new("INSERT INTO deal (id, arr) VALUES (?, 5)").bind(id)).await.expect("inserts");
        let row =
            db.one(Query::new("SELECT id, owner_id, arr, '[1,2]' AS list FROM deal")).await.expect("row");
        assert_eq!(row.parse::<Ulid>("id").expect("id"), id);
        assert_eq!(row.parse_or_null::<Ulid>("owner_id").expect("null"), None);
        assert_eq!(row.count::<u32>("arr").expect("count"), 5);
        assert_eq!(row.json::<Vec<u8>>("list").expect("json"), [1, 2]);
        assert!(matches!(row.parse::<u32>("id"), Err(StoreError::Column { .. })));
        let nothing = db.one(Query::new("SELECT id FROM deal WHERE id = 'x'")).await;
        assert!(matches!(nothing, Err(StoreError::NoRow(_))));
    })
    .await;
}

#[tokio::test]
async fn migrations_run_once_and_refuse_a_past_that_was_edited_or_a_future_unknown() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        assert_eq!(db.migrate(&SCHEMA).await.expect("nothing to do"), 0);

        let second = Migration { version: 2, name: "note", sql: "ALTER TABLE deal ADD COLUMN note TEXT;" };
        let steps: &'static [Migration] = vec![SCHEMA.migrations[0], second].leak();
        assert_eq!(db.migrate(&MigrationSet { migrations: steps, ..SCHEMA }).await.expect("one more"), 1);
        db.execute(Query::new("INSERT INTO deal (id, note) VALUES ('a', 'n')"))
            .await
            .expect("has the column");

        let Err(StoreError::Migration(newer)) = db.migrate(&SCHEMA).await else { panic!("an older program") };
        assert_eq!(newer, MigrationError::Newer { domain: "test".into(), found: 2, known: 1 });

        let edited = Migration { sql: "CREATE TABLE other (id TEXT);", ..SCHEMA.migrations[0] };
        let steps: &'static [Migration] = vec![edited, second].leak();
        let Err(StoreError::Migration(changed)) =
            db.migrate(&MigrationSet { migrations: steps, ..SCHEMA }).await
        else {
            panic!("an edited step")
        };
        assert_eq!(changed, MigrationError::Changed { domain: "test".into(), version: 1 });

        let other = MigrationSet { domain: "other", migrations: vec![second].leak() };
        let unnumbered = db.migrate(&other).await;
        assert!(matches!(unnumbered, Err(StoreError::Migration(MigrationError::Numbering(_)))));
    })
    .await;
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing_behind() {
    on_both_databases(async |db| {
        let set = MigrationSet {
            domain: "broken",
            migrations: &[Migration {
                version: 1,
                name: "half",
                sql: "CREATE TABLE whole (id TEXT); CREATE TABLE half (id TEXT REFERENCES);",
            }],
        };
        assert!(matches!(db.migrate(&set).await, Err(StoreError::Database(_))));
        assert!(db.all(Query::new("SELECT * FROM whole")).await.is_err(), "the first statement was undone");
    })
    .await;
}

#[tokio::test]
async fn several_processes_may_migrate_at_once() {
    on_both_databases(async |db| {
        let runs: Vec<_> = (0..4)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.migrate(&SCHEMA).await })
            })
            .collect();
        let mut taken = 0;
        for run in runs {
            taken += run.await.expect("joins").expect("migrates");
        }
        assert_eq!(taken, 1);
    })
    .await;
}

#[tokio::test]
async fn a_file_keeps_what_was_committed_and_opens_again() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("new/folder/hub.db");
    let location = format!("sqlite:{}", path.display());
    let db = Db::open(&location).await.expect("opens");
    db.migrate(&SCHEMA).await.expect("migrates");
    db.execute(Query::new("INSERT INTO deal (id) VALUES ('a')")).await.expect("inserts");
    db.close().await;
    #[cfg(unix)]
    {
        let made = std::fs::metadata(folder.path().join("new")).expect("was made");
        let mode = std::os::unix::fs::PermissionsExt::mode(&made.permissions());
        assert_eq!(mode & 0o077, 0, "nobody else may look in");
    }
    let again = Db::open(&path.display().to_string()).await.expect("opens again");
    assert_eq!(count(&again).await, 1);
    assert!(again.ping().await.is_ok());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let error = Db::open("postgres://ana:secret@127.0.0.1:1/hub").await.expect_err("refused");
    let text = format!("{error}");
    assert!(text.contains("postgres://ana@127.0.0.1:1/hub"), "{text}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn text_with_a_nul_is_kept_and_looked_for_on_both_alike() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let insert = Query::new("INSERT INTO owner (id, name) VALUES (?, ?)").bind("a\0b").bind("An\0a");
        db.execute(insert).await.expect("inserts");
        let found = Query::new("SELECT name FROM owner WHERE id = ?").bind("a\0b");
        assert_eq!(db.one(found).await.expect("found").text("name").expect("text"), "An\u{fffd}a");
        assert!(
            db.optional(Query::new("SELECT 1 AS n FROM owner WHERE id = 'a'")).await.expect("asks").is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_told_from_one_that_refuses() {
    on_both_databases(async |db| {
        with_schema(&db).await;
        let refused = db.all(Query::new("SELECT nothing FROM nowhere")).await.err().expect("refused");
        assert!(!refused.is_temporary(), "{refused}");
        db.close().await;
        let away = db.ping().await.expect_err("away");
        assert!(away.is_temporary(), "{away}");
    })
    .await;
}
