//! The fence of a market: while it is up, nobody writes, on no node and in no process.
//!
//! A market that is being moved, restored or repaired is fenced. Every transaction that may write looks at the fence
//! first, inside itself: on SQLite it holds the only write lock by then, on PostgreSQL it locks the fence's row for
//! sharing, which [`Db::fence`] waits for. Hence no write is under way once [`Db::fence`] has returned, and none
//! begins until [`Db::unfence`].

use boxed::boxed;

use crate::{Db, EngineKind, Migration, MigrationSet, Query, StoreError, Tx, schema::Schema};

/// The fence's table; [`crate::schema::migrate_all`] makes it by itself, and it is never copied.
pub(crate) const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "fence",
        migrations: &[Migration {
            version: 1,
            name: "fence",
            sql: "CREATE TABLE fence (id BIGINT PRIMARY KEY, reason TEXT);
                  INSERT INTO fence (id, reason) VALUES (1, NULL);",
        }],
    },
    tables: &[],
};

#[boxed]
impl Db {
    /// Puts the fence up and waits until every transaction under way has ended. `reason` is shown to callers and
    /// holds no personal data. Fencing again replaces the reason.
    ///
    /// # Errors
    /// When the database refuses, or has no fence (it is no market's).
    pub async fn fence(&self, reason: &str) -> Result<(), StoreError> {
        set(self, Some(reason)).await
    }

    /// Takes the fence down.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn unfence(&self) -> Result<(), StoreError> {
        set(self, None).await
    }

    /// Why the market is fenced; `None` when it is not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fenced(&self) -> Result<Option<String>, StoreError> {
        self.one(Query::new("SELECT reason FROM fence WHERE id = 1")).await?.text_or_null("reason")
    }
}

async fn set(db: &Db, reason: Option<&str>) -> Result<(), StoreError> {
    let mut tx = db.begin_unfenced().await?;
    let update = Query::new("UPDATE fence SET reason = ? WHERE id = 1").bind(reason);
    tx.execute(update).await?;
    // Putting it up is no effect of the request that asks for it: the move or restore is.
    tx.commit_unmarked().await
}

/// Lets the transaction pass, and holds the fence down until it ends.
pub(crate) async fn pass(tx: &mut Tx) -> Result<(), StoreError> {
    // The lock is PostgreSQL's way to hold what SQLite's only writer holds anyway; SQLite does not know the words.
    let query = match tx.db().engine() {
        EngineKind::Sqlite => "SELECT reason FROM fence WHERE id = 1",
        EngineKind::Postgres => "SELECT reason FROM fence WHERE id = 1 FOR SHARE",
    };
    match tx.one(Query::new(query)).await?.text_or_null("reason")? {
        Some(reason) => Err(StoreError::Fenced { reason }),
        None => Ok(()),
    }
}
