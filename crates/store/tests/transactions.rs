//! What failed is never reported as done.

use store::{Migration, MigrationSet, Query, Schema, StoreError, testing::on_both_databases};

const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "test",
        migrations: &[Migration {
            version: 1,
            name: "things",
            sql: "CREATE TABLE thing (id TEXT PRIMARY KEY);",
        }],
    },
    tables: &[],
};

fn insert(id: &str) -> Query {
    Query::new("INSERT INTO thing (id) VALUES (?)").bind(id)
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_cannot_be_committed() {
    on_both_databases(async |db| {
        db.migrate(&SCHEMA.migrations).await.expect("migrates");
        let mut tx = db.begin().await.expect("begins");
        tx.execute(insert("a")).await.expect("writes");
        assert!(tx.execute(insert("a")).await.is_err_and(|error| error.is_unique_violation()));
        assert!(matches!(tx.execute(insert("b")).await, Err(StoreError::TxFailed)));
        assert!(matches!(tx.all(Query::new("SELECT id FROM thing")).await, Err(StoreError::TxFailed)));
        assert!(matches!(tx.commit().await, Err(StoreError::TxFailed)));
        assert!(db.all(Query::new("SELECT id FROM thing")).await.expect("reads").is_empty());
        db.execute(insert("a")).await.expect("the connection is as good as new");
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_was_never_sent_does_not_fail_the_transaction() {
    on_both_databases(async |db| {
        db.migrate(&SCHEMA.migrations).await.expect("migrates");
        let mut tx = db.begin().await.expect("begins");
        let unsent = tx.execute(Query::new("INSERT INTO thing (id) VALUES (?)")).await;
        assert!(matches!(unsent, Err(StoreError::Placeholders { .. })));
        tx.execute(insert("a")).await.expect("writes");
        tx.commit().await.expect("commits");
    })
    .await;
}

#[tokio::test]
async fn a_full_database_says_so_and_goes_on_once_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = store::Db::sqlite(&folder.path().join("full.db")).await.expect("opens");
    db.migrate(&SCHEMA.migrations).await.expect("migrates");
    let limited = db.all(Query::new("PRAGMA page_count")).await.expect("reads");
    let pages = limited[0].int("page_count").expect("a number");
    let mut tx = db.begin().await.expect("begins");
    // SQLite's own limit stands for the disk's: the error is the same.
    tx.all(Query::new("PRAGMA max_page_count = 8")).await.expect("sets");
    assert!(pages <= 8);
    let mut wrote = Ok(0);
    for number in 0..100 {
        wrote = tx.execute(insert(&format!("{number}{}", "x".repeat(2000)))).await;
        if wrote.is_err() {
            break;
        }
    }
    assert!(matches!(wrote, Err(StoreError::NoSpace(_))), "{wrote:?}");
    assert!(matches!(tx.commit().await, Err(StoreError::TxFailed)));
    // The connection with the limit was given up.
    for number in 0..50 {
        db.execute(insert(&format!("{number}{}", "x".repeat(2000)))).await.expect("there is room again");
    }
    let rows = db.one(Query::new("SELECT COUNT(*) AS n FROM thing")).await.expect("counts");
    assert_eq!(rows.int("n").expect("a number"), 50);
}
