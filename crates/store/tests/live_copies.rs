//! Copies of databases that stay in use: whatever happens meanwhile, the copy ends up equal.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use store::{
    Db, Kind, Migration, MigrationSet, Query, Schema, StoreError, Value,
    image::{self, LiveCopy},
    schema::{ColumnRule, TableRule},
    testing::{TestDb, on_both_markets},
};

const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "things",
        migrations: &[Migration {
            version: 1,
            name: "owners and things",
            sql: "CREATE TABLE owner (id TEXT PRIMARY KEY, mail TEXT);
                  CREATE UNIQUE INDEX owner_mail ON owner (mail);
                  CREATE TABLE thing (
                      owner_id TEXT NOT NULL REFERENCES owner (id),
                      number BIGINT NOT NULL,
                      share DOUBLE PRECISION,
                      PRIMARY KEY (owner_id, number)
                  );
                  CREATE TABLE mark (id BIGINT PRIMARY KEY);",
        }],
    },
    tables: &[
        TableRule {
            name: "owner",
            key: &["id"],
            columns: &[ColumnRule::plain("id", Kind::Text), ColumnRule::plain("mail", Kind::Text)],
        },
        TableRule {
            name: "thing",
            key: &["owner_id", "number"],
            columns: &[
                ColumnRule::plain("owner_id", Kind::Text),
                ColumnRule::plain("number", Kind::Int),
                ColumnRule::plain("share", Kind::Real),
            ],
        },
        TableRule { name: "mark", key: &["id"], columns: &[ColumnRule::plain("id", Kind::Int)] },
    ],
};
const ALL: &[&Schema] = &[&SCHEMA];

async fn targets() -> Vec<TestDb> {
    let mut targets = vec![TestDb::sqlite_market(ALL).await];
    targets.extend(TestDb::postgres_market(ALL).await);
    targets
}

/// These owners, each with three things, and as many marks.
async fn add(db: &Db, owners: impl IntoIterator<Item = i64>) {
    let numbers: Vec<i64> = owners.into_iter().collect();
    let mut tx = db.begin().await.expect("begins");
    let owners = numbers.iter().map(|owner| [Value::Text(id(*owner)), Value::Text(format!("m{owner}"))]);
    tx.insert_all("INSERT INTO owner (id, mail) VALUES", owners.collect()).await.expect("inserts");
    let things = numbers
        .iter()
        .flat_map(|owner| (0..3).map(move |number| (*owner, number)))
        .map(|(owner, number)| [Value::Text(id(owner)), number.into(), (number as f64 / 3.0).into()]);
    tx.insert_all("INSERT INTO thing (owner_id, number, share) VALUES", things.collect())
        .await
        .expect("inserts");
    tx.insert_all("INSERT INTO mark (id) VALUES", numbers.iter().map(|mark| [(*mark).into()]).collect())
        .await
        .expect("inserts");
    tx.commit().await.expect("commits");
}

/// Identifiers in the order of their numbers, with letters of more than one byte.
fn id(owner: i64) -> String {
    format!("ö{:08}", owner + 1_000)
}

async fn run(db: &Db, statement: &'static str, values: Vec<Value>) -> u64 {
    let query = values.into_iter().fold(Query::new(statement), Query::bind);
    db.execute(query).await.expect("written")
}

async fn assert_equal(left: &Db, right: &Db) {
    assert_eq!(image::compare(left, right, ALL).await.expect("compares"), []);
}

#[tokio::test]
async fn a_copy_gets_what_was_added_changed_and_removed_since() {
    on_both_markets(ALL, async |from| {
        add(&from, 0..900).await;
        for into in targets().await {
            let mut copy = LiveCopy::begin(&from, &into, ALL).await.expect("copied");
            let rows = copy.rows();
            assert_equal(&from, &into).await;
            assert_eq!(copy.catch_up(&from, &into).await.expect("nothing"), image::CaughtUp::default());

            add(&from, 5_000..5_010).await;
            // Of three, one was zero before: the same number on a database that knows no zero below zero.
            run(&from, "UPDATE thing SET share = -0.0 WHERE owner_id = ?", vec![id(3).into()]).await;
            run(
                &from,
                "DELETE FROM thing WHERE owner_id >= ? AND owner_id <= ?",
                vec![id(7).into(), id(8).into()],
            )
            .await;
            run(&from, "DELETE FROM owner WHERE id >= ? AND id <= ?", vec![id(7).into(), id(8).into()]).await;
            run(&from, "DELETE FROM mark WHERE id = 0", vec![]).await;
            let caught_up = copy.catch_up(&from, &into).await.expect("caught up");
            assert_eq!((caught_up.removed, caught_up.written, caught_up.anew), (6 + 2 + 1, 50 + 2, false));
            assert_eq!(copy.rows(), rows + 50 - 9);
            assert_equal(&from, &into).await;

            // With the fence up, by several readers.
            run(&from, "UPDATE owner SET mail = NULL WHERE id = ?", vec![id(5_003).into()]).await;
            from.fence("the test").await.expect("fenced");
            assert_eq!(copy.catch_up(&from, &into).await.expect("caught up").written, 1);
            from.unfence().await.expect("unfenced");
            assert_equal(&from, &into).await;
            // For the next target.
            for text in ["DELETE FROM thing", "DELETE FROM owner", "DELETE FROM mark"] {
                run(&from, text, vec![]).await;
            }
            copy.catch_up(&from, &into).await.expect("emptied");
            assert_eq!(copy.rows(), 0);
            assert_equal(&from, &into).await;
            add(&from, 0..900).await;
        }
    })
    .await;
}

#[tokio::test]
async fn rows_that_exchanged_a_value_of_which_there_is_one_arrive_as_well() {
    on_both_markets(ALL, async |from| {
        add(&from, 0..40).await;
        for into in targets().await {
            let mut copy = LiveCopy::begin(&from, &into, ALL).await.expect("copied");
            let mut tx = from.begin().await.expect("begins");
            for (owner, mail) in [(1, "between"), (2, "m1"), (1, "m2")] {
                let update = Query::new("UPDATE owner SET mail = ? WHERE id = ?").bind(mail).bind(id(owner));
                tx.execute(update).await.expect("updated");
            }
            tx.commit().await.expect("commits");
            let caught_up = copy.catch_up(&from, &into).await.expect("caught up");
            assert!(caught_up.anew);
            assert_equal(&from, &into).await;
            run(&from, "UPDATE owner SET mail = 'last' WHERE id = ?", vec![id(3).into()]).await;
            let caught_up = copy.catch_up(&from, &into).await.expect("caught up");
            assert_eq!((caught_up.written, caught_up.anew), (1, false), "it goes on from there");
            assert_equal(&from, &into).await;
            // As before, for the next target.
            let mut tx = from.begin().await.expect("begins");
            for (owner, mail) in [(1, "between"), (2, "m2"), (1, "m1"), (3, "m3")] {
                let update = Query::new("UPDATE owner SET mail = ? WHERE id = ?").bind(mail).bind(id(owner));
                tx.execute(update).await.expect("updated");
            }
            tx.commit().await.expect("commits");
        }
    })
    .await;
}

#[derive(Clone, Debug)]
enum Change {
    Add(i64, i64),
    Touch(i64),
    Forget(i64),
    CatchUp,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        2 => (-900..4_000_i64, 1..400_i64).prop_map(|(from, count)| Change::Add(from, count)),
        4 => (-900..4_000_i64).prop_map(Change::Touch),
        3 => (-900..4_000_i64).prop_map(Change::Forget),
        1 => Just(Change::CatchUp),
    ];
    prop::collection::vec(change, 1..30)
}

#[tokio::test]
async fn after_any_changes_the_copy_is_equal() {
    let mut runner = TestRunner::deterministic();
    for round in 0..6 {
        let changes = changes().new_tree(&mut runner).expect("generates").current();
        let mut databases = targets().await;
        let into = databases.remove(round % databases.len());
        let from = match databases.pop() {
            Some(other) if round % 3 > 0 => other,
            _ => TestDb::sqlite_market(ALL).await,
        };
        add(&from, 0..700).await;
        let mut copy = LiveCopy::begin(&from, &into, ALL).await.expect("copied");
        for change in changes {
            match change {
                Change::Add(first, count) => {
                    let query = Query::new("SELECT id FROM owner");
                    let known = from.list(query, |row| row.text("id")).await.expect("read");
                    add(&from, (first..first + count).filter(|owner| !known.contains(&id(*owner)))).await;
                }
                Change::Touch(owner) => {
                    run(&from, "UPDATE thing SET share = 7.5 WHERE owner_id = ?", vec![id(owner).into()])
                        .await;
                }
                Change::Forget(owner) => {
                    let span: Vec<Value> = vec![id(owner).into(), id(owner + 50).into()];
                    run(&from, "DELETE FROM thing WHERE owner_id >= ? AND owner_id < ?", span.clone()).await;
                    run(&from, "DELETE FROM owner WHERE id >= ? AND id < ?", span).await;
                    run(
                        &from,
                        "DELETE FROM mark WHERE id >= ? AND id < ?",
                        vec![owner.into(), (owner + 50).into()],
                    )
                    .await;
                }
                Change::CatchUp => drop(copy.catch_up(&from, &into).await.expect("caught up")),
            }
        }
        copy.catch_up(&from, &into).await.expect("caught up");
        assert_equal(&from, &into).await;
    }
}

#[tokio::test]
async fn only_an_empty_database_with_the_same_tables_becomes_a_copy() {
    const NEWER: Schema = Schema {
        migrations: MigrationSet {
            domain: "things",
            migrations: &[
                SCHEMA.migrations.migrations[0],
                Migration { version: 2, name: "rank", sql: "ALTER TABLE owner ADD COLUMN rank BIGINT;" },
            ],
        },
        tables: SCHEMA.tables,
    };
    on_both_markets(ALL, async |from| {
        add(&from, 0..3).await;
        let into = TestDb::sqlite_market(ALL).await;
        let mut copy = LiveCopy::begin(&from, &into, ALL).await.expect("copied");
        let full = LiveCopy::begin(&from, &into, ALL).await;
        assert!(matches!(full, Err(StoreError::Image(_))));
        from.migrate(&NEWER.migrations).await.expect("migrated");
        let newer = copy.catch_up(&from, &into).await;
        assert!(matches!(newer, Err(StoreError::Image(_))), "a column would be lost: {newer:?}");
    })
    .await;
}
