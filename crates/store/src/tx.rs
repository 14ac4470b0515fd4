use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use boxed::boxed;
use sqlx::{Postgres, Sqlite, Transaction};

use crate::{
    Db, Query, Row, Session, StoreError, Value,
    db::Pools,
    idempotency::Intent,
    statement::{postgres_all, postgres_execute, sqlite_all, sqlite_execute},
    tail::Tail,
};

/// Values in one statement of a bulk insert: below SQLite's limit of 32 766 and PostgreSQL's of 65 535.
pub(crate) const BULK_VALUES_MAX: usize = 16_000;

/// A transaction: everything in it happens, or nothing. Dropping it rolls it back.
///
/// Once a statement of it has failed, the transaction has: PostgreSQL takes no further statement then and turns the
/// commit into a rollback, and SQLite, when its disk fails, rolls back by itself and would run what follows outside of any
/// transaction. So here every later statement and the commit fail with [`StoreError::TxFailed`].
pub struct Tx {
    inner: Inner,
    db: Db,
    has_failed: bool,
    tail: Tail,
}

enum Inner {
    /// With the mark of its connection: set when that must not be used again.
    Sqlite(Transaction<'static, Sqlite>, Arc<AtomicBool>),
    Postgres(Transaction<'static, Postgres>),
}

#[boxed]
impl Tx {
    pub(crate) async fn begin(db: &Db) -> Result<Self, StoreError> {
        let inner = match &db.pools {
            Pools::Sqlite { write, broken, .. } => {
                Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?, broken.clone())
            }
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Self { inner, db: db.clone(), has_failed: false, tail: Tail::default() })
    }

    /// Makes everything done in the transaction durable and visible.
    ///
    /// Under an [`Intent`] for this database the first transaction to commit marks the claim of the request, too.
    ///
    /// # Errors
    /// [`StoreError::CommitUnknown`] when the database failed in the middle, so that nobody knows; with any other error
    /// nothing happened.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        match Intent::current() {
            Some(intent) if intent.is_for(&self.db) => {
                let marking = intent.mark(&mut self).await?;
                self.commit_unmarked().await?;
                marking.done();
                Ok(())
            }
            _ => self.commit_unmarked().await,
        }
    }

    /// Commits without a look at the intent of the calling task.
    pub(crate) async fn commit_unmarked(mut self) -> Result<(), StoreError> {
        if self.has_failed {
            self.rollback().await?;
            return Err(StoreError::TxFailed);
        }
        std::mem::take(&mut self.tail).write(&mut self).await?;
        match self.inner {
            Inner::Sqlite(tx, broken) => tx.commit().await.map_err(|error| {
                broken.store(true, Ordering::Release);
                StoreError::of_commit(error)
            }),
            Inner::Postgres(tx) => tx.commit().await.map_err(StoreError::of_commit),
        }
    }

    /// Undoes everything done in the transaction.
    ///
    /// # Errors
    /// When the connection is gone; then the database undoes it by itself.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.inner {
            // A transaction that SQLite ended by itself cannot be rolled back again; its connection is given up.
            Inner::Sqlite(tx, broken) if broken.load(Ordering::Acquire) => drop(tx),
            Inner::Sqlite(tx, _) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// The database that it changes.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// What is written when it commits.
    pub(crate) fn tail(&mut self) -> &mut Tail {
        &mut self.tail
    }

    pub(crate) async fn ask(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        self.not_failed()?;
        let answer = match &mut self.inner {
            Inner::Sqlite(tx, _) => sqlite_all(&mut **tx, query).await,
            Inner::Postgres(tx) => postgres_all(&mut **tx, query).await,
        };
        answer.map_err(|error| self.noticed(error))
    }

    fn not_failed(&self) -> Result<(), StoreError> {
        if self.has_failed { Err(StoreError::TxFailed) } else { Ok(()) }
    }

    fn noticed(&mut self, error: StoreError) -> StoreError {
        // A statement that was never sent changes nothing.
        self.has_failed = !matches!(error, StoreError::Placeholders { .. });
        if let (Inner::Sqlite(_, broken), StoreError::Database(_) | StoreError::NoSpace(_)) =
            (&self.inner, &error)
        {
            broken.store(true, Ordering::Release);
        }
        error
    }

    /// Lets one transaction at a time pass here per `name`, until its end: for "read the latest, write the
    /// next". SQLite transactions are one at a time anyway.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one_at_a_time(&mut self, name: &'static str) -> Result<(), StoreError> {
        if let Inner::Postgres(_) = self.inner {
            let query =
                Query::new("SELECT CAST(pg_advisory_xact_lock(hashtext(?)) AS TEXT) AS held").bind(name);
            self.all(query).await?;
        }
        Ok(())
    }

    /// All rows that answer a question, or that a `RETURNING` gives back.
    ///
    /// # Errors
    /// When the database refuses the statement.
    pub async fn all(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        Session::from(self).all(query).await
    }

    /// All rows, each made into a `T`.
    ///
    /// # Errors
    /// As [`Tx::all`], and what `read` returns.
    pub async fn list<T>(
        &mut self,
        query: Query,
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        Session::from(self).list(query, read).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn optional(&mut self, query: Query) -> Result<Option<Row>, StoreError> {
        Session::from(self).optional(query).await
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// As [`Tx::all`], and [`StoreError::NoRow`].
    pub async fn one(&mut self, query: Query) -> Result<Row, StoreError> {
        Session::from(self).one(query).await
    }

    /// Runs a statement that writes; the number of rows it changed.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(&mut self, query: Query) -> Result<u64, StoreError> {
        self.not_failed()?;
        let answer = match &mut self.inner {
            Inner::Sqlite(tx, _) => sqlite_execute(&mut **tx, query).await,
            Inner::Postgres(tx) => postgres_execute(&mut **tx, query).await,
        };
        answer.map_err(|error| self.noticed(error))
    }

    /// Inserts many rows with few statements: `insert` is the text up to and including `VALUES`
    /// (`INSERT INTO client (id, name) VALUES`); the number of rows inserted.
    ///
    /// The rows come as a list, not as an iterator: a lazy one would live across the waiting inside, and the
    /// compiler would then refuse to run the whole use case on another thread.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn insert_all<const COLUMNS: usize>(
        &mut self,
        insert: &'static str,
        rows: Vec<[Value; COLUMNS]>,
    ) -> Result<u64, StoreError> {
        let mut inserted = 0;
        for query in bulk(insert, rows, "") {
            inserted += self.execute(query).await?;
        }
        Ok(inserted)
    }

    /// As [`Tx::insert_all`], with `ending` after the values (`ON CONFLICT ... RETURNING ...`); the rows that it returns.
    ///
    /// # Errors
    /// When the database refuses a row.
    pub async fn insert_all_returning<const COLUMNS: usize>(
        &mut self,
        insert: &'static str,
        rows: Vec<[Value; COLUMNS]>,
        ending: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        let mut returned = Vec::new();
        for query in bulk(insert, rows, ending) {
            returned.extend(self.all(query).await?);
        }
        Ok(returned)
    }
}

/// The statements that insert the rows, each as long as both databases take it.
fn bulk<const COLUMNS: usize>(insert: &str, rows: Vec<[Value; COLUMNS]>, ending: &str) -> Vec<Query> {
    let rows_max = (BULK_VALUES_MAX / COLUMNS.max(1)).max(1);
    let place = format!("({})", vec!["?"; COLUMNS].join(","));
    let mut rows = rows.into_iter().peekable();
    let mut queries = Vec::new();
    while rows.peek().is_some() {
        let values: Vec<Value> = rows.by_ref().take(rows_max).flatten().collect();
        let places = vec![place.as_str(); values.len() / COLUMNS.max(1)].join(",");
        queries.push(Query::assembled(format!("{insert} {places} {ending}"), values));
    }
    queries
}
