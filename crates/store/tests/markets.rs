//! Databases of markets: made from a template, light while idle, fenced, removed.

use std::time::{Duration, Instant};

use store::{
    Db, Kind, MarketOptions, MarketPlace, Migration, MigrationSet, Query, Schema, StoreError, idempotency,
    inbox, jobs, market, outbox,
    schema::{ColumnRule, TableRule, migrate_all, unruled},
    template::Template,
    testing::{TestDb, on_both_markets},
};

const NOTES: Schema = Schema {
    migrations: MigrationSet {
        domain: "notes",
        migrations: &[Migration {
            version: 1,
            name: "notes",
            sql: "CREATE TABLE note (id TEXT PRIMARY KEY, pinned BOOLEAN NOT NULL, text TEXT);",
        }],
    },
    tables: &[TableRule {
        name: "note",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("pinned", Kind::Bool),
            ColumnRule::plain("text", Kind::Text),
        ],
    }],
};

const ALL: &[&Schema] = &[&NOTES, &inbox::SCHEMA, &outbox::SCHEMA, &jobs::SCHEMA, &idempotency::SCHEMA];

fn insert(id: &str) -> Query {
    Query::new("INSERT INTO note (id, pinned) VALUES (?, ?)").bind(id).bind(false)
}

async fn notes(db: &Db) -> i64 {
    let row = db.one(Query::new("SELECT COUNT(*) AS n FROM note")).await.expect("the table is there");
    row.int("n").expect("a count")
}

#[tokio::test]
async fn every_table_and_column_of_the_store_has_a_rule() {
    on_both_markets(ALL, async |db| {
        assert_eq!(unruled(&db, ALL).await.expect("readable"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_table_or_column_without_a_rule_is_named() {
    on_both_markets(&[&NOTES], async |db| {
        for statement in [
            "ALTER TABLE note ADD COLUMN phone TEXT",
            "CREATE TABLE secret_list (id BIGINT PRIMARY KEY)",
            "ALTER TABLE note DROP COLUMN text",
        ] {
            db.execute(Query::new(statement)).await.expect("the owner may change its tables");
        }
        let mut complaints = unruled(&db, &[&NOTES, &jobs::SCHEMA]).await.expect("readable");
        complaints.sort();
        assert_eq!(
            complaints,
            [
                "a rule names `note.text`, which is no column",
                "column `note.phone` has no rule",
                "rule of `job`, which is no table",
                "table `secret_list` has no rule",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_market_is_a_copy_of_the_template_in_milliseconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = Template::prepare(folder.path(), ALL).await.expect("migrates");
    let again = Template::prepare(folder.path(), ALL).await.expect("is found");
    assert_eq!(template.path(), again.path());

    let started = Instant::now();
    for number in 0..20 {
        template.create(&folder.path().join(format!("{number}.db"))).await.expect("copies");
    }
    let each = started.elapsed() / 20;
    // Far from a migration's time even on a busy machine; the figure itself is measured elsewhere.
    assert!(each < Duration::from_millis(200), "{each:?}");

    let db = open(folder.path().join("7.db")).await;
    let report = migrate_all(&db, ALL).await;
    assert!(report.is_complete() && report.steps() == 0, "{report:?}");
    db.execute(insert("a")).await.expect("a copy takes rows");
    assert_eq!(notes(&open(folder.path().join("8.db")).await).await, 0);

    let taken = template.create(&folder.path().join("7.db")).await;
    assert!(matches!(taken, Err(StoreError::File { .. })), "{taken:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains(".part")), "{left:?}");
}

async fn open(path: std::path::PathBuf) -> Db {
    Db::open_market(&MarketPlace::Sqlite(path), &MarketOptions::default()).await.expect("opens")
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_of_a_market_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let template = Template::prepare(folder.path(), ALL).await.expect("migrates");
    let path = folder.path().join("m.db");
    template.create(&path).await.expect("copies");
    let db = open(path.clone()).await;
    db.execute(insert("a")).await.expect("writes");
    for file in [path.clone(), path.with_extension("db-wal")] {
        let mode = std::fs::metadata(&file).expect("is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", file.display());
    }
}

#[tokio::test]
async fn a_market_that_does_not_exist_is_not_made_by_opening_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nowhere.db");
    let opened = Db::open_market(&MarketPlace::Sqlite(path.clone()), &MarketOptions::default()).await;
    assert!(matches!(opened, Err(StoreError::Open { .. })));
    assert!(!path.exists());
}

#[tokio::test]
async fn an_idle_market_lets_go_of_its_files_and_comes_back_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = Template::prepare(folder.path(), ALL).await.expect("migrates");
    let path = folder.path().join("m.db");
    template.create(&path).await.expect("copies");
    let options = MarketOptions { idle: Duration::from_millis(200), ..MarketOptions::default() };
    let db = Db::open_market(&MarketPlace::Sqlite(path.clone()), &options).await.expect("opens");
    assert_eq!(descriptors_of(&path), 0, "nothing is open before it is used");
    db.execute(insert("a")).await.expect("writes");
    assert!(descriptors_of(&path) > 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    while descriptors_of(&path) > 0 {
        assert!(Instant::now() < deadline, "the connections of an idle market stay open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    db.execute(insert("b")).await.expect("opens again");
    assert_eq!(notes(&db).await, 2);
}

/// How many descriptors of this process belong to the database at `path`.
fn descriptors_of(path: &std::path::Path) -> usize {
    let path = path.canonicalize().expect("exists");
    let open = std::fs::read_dir("/proc/self/fd").expect("a Linux process").flatten();
    let targets = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with(&*path.to_string_lossy())).count()
}

#[tokio::test]
async fn removing_a_market_leaves_no_file_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.db");
    let template = Template::prepare(&folder.path().join("templates"), ALL).await.expect("migrates");
    template.create(&path).await.expect("copies");
    let db = open(path.clone()).await;
    db.execute(insert("a")).await.expect("writes");
    assert!(path.with_extension("db-wal").exists());
    // Not closed: a crash may have left all three files.
    market::remove_file(&path).await.expect("removes");
    market::remove_file(&path).await.expect("nothing to remove is fine");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn a_fenced_market_takes_reads_and_migrations_but_no_writes() {
    on_both_markets(&[&NOTES], async |db| {
        db.execute(insert("a")).await.expect("writes");
        db.fence("it is being moved").await.expect("fences");
        let refused = db.execute(insert("b")).await;
        assert!(
            matches!(&refused, Err(StoreError::Fenced { reason }) if reason == "it is being moved"),
            "{refused:?}"
        );
        assert_eq!(notes(&db).await, 1);
        assert_eq!(db.fenced().await.expect("readable").as_deref(), Some("it is being moved"));
        assert!(migrate_all(&db, ALL).await.is_complete());
        let mut tx = db.begin_unfenced().await.expect("begins");
        tx.execute(insert("c")).await.expect("writes");
        tx.commit().await.expect("commits");
        db.unfence().await.expect("unfences");
        db.execute(insert("b")).await.expect("writes again");
        assert_eq!((notes(&db).await, db.fenced().await.expect("readable")), (3, None));
    })
    .await;
}

#[tokio::test]
async fn the_fence_waits_for_the_writes_under_way_and_lets_none_begin() {
    on_both_markets(&[&NOTES], async |db| {
        let mut under_way = db.begin().await.expect("begins");
        under_way.execute(insert("first")).await.expect("writes");
        let fencing = tokio::spawn({
            let db = db.clone();
            async move { db.fence("moving").await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!fencing.is_finished(), "the fence went up while a write was under way");
        under_way.commit().await.expect("commits");
        fencing.await.expect("no panic").expect("fences");
        let counted = notes(&db).await;
        assert!(db.execute(insert("late")).await.is_err_and(|error| error.is_fenced()));
        assert_eq!((counted, notes(&db).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_fence_put_up_by_one_process_stops_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = Template::prepare(folder.path(), ALL).await.expect("migrates");
    let path = folder.path().join("m.db");
    template.create(&path).await.expect("copies");
    // Two pools on one file are what two processes are.
    let (here, there) = (open(path.clone()).await, open(path).await);
    there.execute(insert("a")).await.expect("writes");
    here.fence("moving").await.expect("fences");
    assert!(there.execute(insert("b")).await.is_err_and(|error| error.is_fenced()));
}

#[tokio::test]
async fn a_failed_migration_is_named_and_goes_on_where_it_stopped() {
    const BROKEN: Schema = Schema {
        migrations: MigrationSet {
            domain: "broken",
            migrations: &[Migration { version: 1, name: "broken", sql: "CREATE TABLE note (id TEXT);" }],
        },
        tables: &[],
    };
    on_both_markets(&[&NOTES], async |db| {
        let report = migrate_all(&db, &[&NOTES, &BROKEN, &jobs::SCHEMA]).await;
        assert_eq!(report.done, [("fence", 0), ("notes", 0)]);
        assert_eq!(report.failed.as_ref().map(|(domain, _)| *domain), Some("broken"));
        db.execute(Query::new("DROP TABLE note")).await.expect("drops");
        let report = migrate_all(&db, &[&NOTES, &BROKEN, &jobs::SCHEMA]).await;
        assert!(report.is_complete());
        assert_eq!(report.done, [("fence", 0), ("notes", 0), ("broken", 1), ("jobs", 1)]);
    })
    .await;
}

#[tokio::test]
async fn many_markets_are_open_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = Template::prepare(folder.path(), ALL).await.expect("migrates");
    let mut open_markets = Vec::new();
    for number in 0..50 {
        let path = folder.path().join(format!("{number}.db"));
        template.create(&path).await.expect("copies");
        let db = open(path).await;
        db.execute(insert(&number.to_string())).await.expect("writes");
        open_markets.push(db);
    }
    for (number, db) in open_markets.iter().enumerate() {
        let row = db.one(Query::new("SELECT id FROM note")).await.expect("one row");
        assert_eq!(row.text("id").expect("text"), number.to_string());
    }
}

#[tokio::test]
async fn a_keyring_keeps_nothing_of_what_was_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.db");
    let db = Db::keyring(&path).await.expect("opens");
    db.migrate(&NOTES.migrations).await.expect("migrates");
    let canary = "canary-d41d8cd98f00b204";
    for id in ["a", "b"] {
        let insert = Query::new("INSERT INTO note (id, pinned, text) VALUES (?, ?, ?)");
        db.execute(insert.bind(id).bind(true).bind(format!("{canary}-{id}"))).await.expect("writes");
    }
    db.execute(Query::new("DELETE FROM note WHERE id = ?").bind("a")).await.expect("deletes");
    db.scrub(&["note"]).await.expect("scrubs");
    let everything: Vec<u8> = ["", "-wal"]
        .iter()
        .filter_map(|ending| std::fs::read(format!("{}{ending}", path.display())).ok())
        .flatten()
        .collect();
    let holds = |text: String| everything.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!holds(format!("{canary}-a")), "a deleted key is still in the files");
    assert!(holds(format!("{canary}-b")), "the search finds what is there");
    assert!(db.size_bytes().await.expect("known") > 0);

    if let Some(postgres) = TestDb::postgres().await {
        postgres.migrate(&NOTES.migrations).await.expect("migrates");
        postgres.scrub(&["note"]).await.expect("rewrites the table");
        assert!(postgres.size_bytes().await.expect("known") > 0);
    }
}
