use sqlx::{Postgres, Sqlite, Transaction};

use crate::{
    Query, Row, Session, StoreError, Value,
    statement::{postgres_execute, sqlite_execute},
};

/// Values in one statement of a bulk insert: below SQLite's limit of 32 766 and PostgreSQL's of 65 535.
const BULK_VALUES_MAX: usize = 16_000;

/// A transaction: everything in it happens, or nothing. Dropping it rolls it back.
pub struct Tx(pub(crate) Inner);

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes everything done in the transaction durable and visible.
    ///
    /// # Errors
    /// When the database cannot promise it; then nothing happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything done in the transaction.
    ///
    /// # Errors
    /// When the connection is gone; then the database undoes it by itself.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.0 {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Lets one transaction at a time pass here per `name`, until its end: for "read the latest, write the
    /// next". SQLite transactions are one at a time anyway.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one_at_a_time(&mut self, name: &'static str) -> Result<(), StoreError> {
        if let Inner::Postgres(_) = self.0 {
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
        match &mut self.0 {
            Inner::Sqlite(tx) => sqlite_execute(&mut **tx, query).await,
            Inner::Postgres(tx) => postgres_execute(&mut **tx, query).await,
        }
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
        let rows_max = (BULK_VALUES_MAX / COLUMNS.max(1)).max(1);
        let place = format!("({})", vec!["?"; COLUMNS].join(","));
        let mut rows = rows.into_iter().peekable();
        let mut inserted = 0;
        while rows.peek().is_some() {
            let mut text = format!("{insert} ");
            let mut values = Vec::new();
            for row in rows.by_ref().take(rows_max) {
                if !values.is_empty() {
                    text.push(',');
                }
                text.push_str(&place);
                values.extend(row);
            }
            inserted += self.execute(Query::assembled(text, values)).await?;
        }
        Ok(inserted)
    }
}
