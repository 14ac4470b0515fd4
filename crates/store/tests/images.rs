//! Images: one file out of either database and into either database, row for row.

use std::time::Duration;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use store::{
    Db, Kind, Migration, MigrationSet, Query, Schema, StoreError, Value,
    image::{self, RowValues},
    schema::{ColumnRule, TableRule},
    testing::{TestDb, on_both_markets},
};

const V1: Migration = Migration {
    version: 1,
    name: "owners and things",
    sql: "CREATE TABLE owner (id TEXT PRIMARY KEY, name TEXT);
          CREATE TABLE thing (
              owner_id TEXT NOT NULL REFERENCES owner (id),
              number BIGINT NOT NULL,
              share DOUBLE PRECISION,
              won BOOLEAN,
              contract BYTEA,
              PRIMARY KEY (owner_id, number)
          );",
};

const TABLES: &[TableRule] = &[
    TableRule {
        name: "owner",
        key: &["id"],
        columns: &[ColumnRule::plain("id", Kind::Text), ColumnRule::plain("name", Kind::Text)],
    },
    TableRule {
        name: "thing",
        key: &["owner_id", "number"],
        columns: &[
            ColumnRule::plain("owner_id", Kind::Text),
            ColumnRule::plain("number", Kind::Int),
            ColumnRule::plain("share", Kind::Real),
            ColumnRule::plain("won", Kind::Bool),
            ColumnRule::plain("contract", Kind::Bytes),
        ],
    },
];

const SCHEMA: Schema =
    Schema { migrations: MigrationSet { domain: "things", migrations: &[V1] }, tables: TABLES };
const ALL: &[&Schema] = &[&SCHEMA];

async fn fill(db: &Db, owners: usize, things_each: i64) {
    let mut tx = db.begin().await.expect("begins");
    for owner in 0..owners {
        let id = format!("{}-ö{owner}", ["Z", "a", "Ä", "é"][owner % 4]);
        tx.execute(Query::new("INSERT INTO owner (id, name) VALUES (?, ?)").bind(&id).bind(None::<String>))
            .await
            .expect("writes");
        let rows = (0..things_each).map(|number| {
            let odd = number % 2 == 1;
            [
                Value::from(&id),
                (number - 3).into(),
                odd.then_some(number as f64 / 3.0).into(),
                (number % 3 > 0).then_some(odd).into(),
                odd.then(|| number.to_be_bytes().to_vec()).into(),
            ]
        });
        tx.insert_all("INSERT INTO thing (owner_id, number, share, won, contract) VALUES", rows.collect())
            .await
            .expect("writes");
    }
    tx.commit().await.expect("commits");
}

async fn targets(schemas: &[&Schema]) -> Vec<TestDb> {
    let mut targets = vec![TestDb::sqlite_market(schemas).await];
    targets.extend(TestDb::postgres_market(schemas).await);
    targets
}

#[tokio::test]
async fn an_image_of_either_database_fills_either_database_row_for_row() {
    on_both_markets(ALL, async |from| {
        fill(&from, 7, 400).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("market.image");
        let summary = from.write_image(&path, ALL).await.expect("writes the image");
        assert_eq!(summary.tables.iter().map(|table| table.rows).collect::<Vec<_>>(), [7, 2800]);
        assert_eq!(image::inspect(&path, ALL).await.expect("reads"), summary);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("readable").count(),
            1,
            "one file, no log beside it"
        );
        for into in targets(ALL).await {
            let loaded = image::load(&path, &into, ALL, folder.path()).await.expect("loads");
            assert_eq!(loaded, summary.tables);
            assert_eq!(image::compare(&from, &into, ALL).await.expect("compares"), []);
            into.execute(Query::new("UPDATE thing SET won = ? WHERE number = 0").bind(true))
                .await
                .expect("w");
            let differences = image::compare(&from, &into, ALL).await.expect("compares");
            assert_eq!(differences.len(), 1);
            assert_eq!(differences[0].left.table, "thing");
        }
        assert_eq!(image::inspect(&path, ALL).await.expect("still the same"), summary);
    })
    .await;
}

#[tokio::test]
async fn an_image_is_of_one_instant_while_others_write() {
    on_both_markets(ALL, async |db| {
        fill(&db, 4, 500).await;
        let writing = tokio::spawn({
            let db = db.clone();
            async move {
                // Every transaction keeps the two tables in step: an owner with exactly one thing.
                for number in 0..400 {
                    let id = format!("w{number}");
                    let mut tx = db.begin().await.expect("begins");
                    tx.execute(Query::new("INSERT INTO owner (id) VALUES (?)").bind(&id)).await.expect("w");
                    tx.execute(Query::new("INSERT INTO thing (owner_id, number) VALUES (?, 1)").bind(&id))
                        .await
                        .expect("w");
                    tx.commit().await.expect("commits");
                }
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        for round in 0..3 {
            let path = folder.path().join(round.to_string());
            let summary = db.write_image(&path, ALL).await.expect("writes the image");
            let (owners, things) = (summary.tables[0].rows, summary.tables[1].rows);
            assert_eq!(owners - 4, things - 2000, "the image is torn");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        writing.await.expect("writers are not disturbed");
    })
    .await;
}

#[tokio::test]
async fn the_fence_does_not_travel() {
    on_both_markets(ALL, async |from| {
        from.fence("moving").await.expect("fences");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        from.write_image(&path, ALL).await.expect("a fenced market can be copied");
        for into in targets(ALL).await {
            image::load(&path, &into, ALL, folder.path()).await.expect("loads");
            assert_eq!(into.fenced().await.expect("readable"), None);
        }
    })
    .await;
}

#[tokio::test]
async fn an_image_of_an_older_program_is_brought_up_to_date() {
    const NEWER: Schema = Schema {
        migrations: MigrationSet {
            domain: "things",
            migrations: &[
                V1,
                Migration { version: 2, name: "rank", sql: "ALTER TABLE owner ADD COLUMN rank BIGINT;" },
            ],
        },
        tables: &[
            TableRule {
                name: "owner",
                key: &["id"],
                columns: &[
                    ColumnRule::plain("id", Kind::Text),
                    ColumnRule::plain("name", Kind::Text),
                    ColumnRule::plain("rank", Kind::Int),
                ],
            },
            TABLES[1],
        ],
    };
    on_both_markets(ALL, async |from| {
        fill(&from, 2, 10).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        let summary = from.write_image(&path, ALL).await.expect("writes");
        for into in targets(&[&NEWER]).await {
            image::load(&path, &into, &[&NEWER], folder.path()).await.expect("loads");
            let count = into.one(Query::new("SELECT COUNT(*) AS n FROM owner")).await.expect("counts");
            assert_eq!(count.int("n").expect("a number"), 2);
            let newer = folder.path().join(format!("{:?}", into.engine()));
            into.write_image(&newer, &[&NEWER]).await.expect("writes");
            let refused = image::load(&newer, &from, ALL, folder.path()).await;
            assert!(matches!(refused, Err(StoreError::Image(_) | StoreError::Migration(_))), "{refused:?}");
        }
        assert_eq!(image::inspect(&path, ALL).await.expect("untouched"), summary);
    })
    .await;
}

#[tokio::test]
async fn a_target_with_rows_and_a_file_that_is_no_image_are_refused() {
    on_both_markets(ALL, async |db| {
        fill(&db, 1, 1).await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        db.write_image(&path, ALL).await.expect("writes");
        assert!(
            matches!(db.write_image(&path, ALL).await, Err(StoreError::File { .. })),
            "it overwrote an image"
        );
        assert!(matches!(image::load(&path, &db, ALL, folder.path()).await, Err(StoreError::Image(_))));
        let text = folder.path().join("text");
        std::fs::write(&text, "no database").expect("writes");
        assert!(image::load(&text, &db, ALL, folder.path()).await.is_err());
        assert!(image::load(&folder.path().join("absent"), &db, ALL, folder.path()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_damaged_image_is_not_loaded_as_if_it_were_whole() {
    let from = TestDb::sqlite_market(ALL).await;
    fill(&from, 5, 400).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image");
    let summary = from.write_image(&path, ALL).await.expect("writes");
    let mut bytes = std::fs::read(&path).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xa5);
    std::fs::write(&path, bytes).expect("writes");
    let damaged = image::inspect(&path, ALL).await;
    assert!(damaged.is_err() || damaged.is_ok_and(|damaged| damaged.sha256 != summary.sha256));
}

fn any_value(kind: Kind) -> BoxedStrategy<Value> {
    let value = match kind {
        Kind::Text => any::<String>().prop_map(|text| Value::Text(text.replace('\0', ""))).boxed(),
        Kind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        Kind::Real => prop::num::f64::NORMAL.prop_map(Value::Real).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Bytes => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
    };
    prop_oneof![4 => value, 1 => Just(Value::Null(kind))].boxed()
}

#[tokio::test]
async fn any_values_arrive_as_they_left_and_digest_alike_on_both_databases() {
    let mut runner = TestRunner::deterministic();
    let row = (any::<i64>(), any_value(Kind::Real), any_value(Kind::Bool), any_value(Kind::Bytes));
    let rows = prop::collection::hash_map(any::<i64>(), row, 0..60);
    let owners = prop::collection::hash_map("[\\PC]{1,12}", any_value(Kind::Text), 1..20);
    for _ in 0..6 {
        let owners = owners.new_tree(&mut runner).expect("generates").current();
        let rows = rows.new_tree(&mut runner).expect("generates").current();
        let owner = owners.keys().next().cloned().expect("one at least");
        let owners: Vec<RowValues> =
            owners.into_iter().map(|(id, name)| vec![Value::Text(id), name]).collect();
        let things: Vec<RowValues> = rows
            .into_iter()
            .map(|(number, (_, share, won, contract))| {
                vec![Value::Text(owner.clone()), Value::Int(number), share, won, contract]
            })
            .collect();
        let mut digests = Vec::new();
        for db in targets(ALL).await {
            let mut tx = db.begin().await.expect("begins");
            image::insert_rows(&mut tx, &TABLES[0], owners.clone()).await.expect("inserts");
            image::insert_rows(&mut tx, &TABLES[1], things.clone()).await.expect("inserts");
            tx.commit().await.expect("commits");
            let mut snapshot = db.snapshot().await.expect("a view");
            let mut read = snapshot.rows(&TABLES[1], None, 1000).await.expect("reads");
            let sort = |rows: &mut Vec<RowValues>| rows.sort_by_key(|row| format!("{row:?}"));
            let mut expected = things.clone();
            sort(&mut expected);
            sort(&mut read);
            assert_eq!(read, expected);
            digests.push((
                snapshot.digest(&TABLES[0]).await.expect("digests"),
                snapshot.digest(&TABLES[1]).await.expect("digests"),
            ));
            snapshot.close().await;
        }
        assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
    }
}

#[tokio::test]
async fn rows_come_in_pages_in_the_order_of_the_key() {
    on_both_markets(ALL, async |db| {
        fill(&db, 5, 30).await;
        let mut snapshot = db.snapshot().await.expect("a view");
        let whole = snapshot.rows(&TABLES[1], None, 1000).await.expect("reads");
        let mut paged: Vec<RowValues> = Vec::new();
        loop {
            let page = snapshot.rows(&TABLES[1], paged.last(), 7).await.expect("reads");
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!((paged.len(), &paged), (150, &whole));
    })
    .await;
}
