use boxed::boxed;

use crate::{
    Db, Query, Row, StoreError, Tx,
    db::Pools,
    statement::{postgres_all, sqlite_all},
};

/// Where a question is asked: of the database as it is, or inside a transaction. A function of a
/// `records.rs` takes `on: impl Into<Session<'_>>` and serves both:
///
/// ```
/// use store::{Query, Session, StoreError};
///
/// async fn latest_name(on: impl Into<Session<'_>>) -> Result<Option<String>, StoreError> {
///     let row = on.into().optional(Query::new("SELECT name FROM policy ORDER BY id DESC LIMIT 1")).await?;
///     row.map(|row| row.text("name")).transpose()
/// }
/// ```
pub enum Session<'s> {
    /// Outside any transaction.
    Db(&'s Db),
    /// Inside one, seeing what it wrote.
    Tx(&'s mut Tx),
}

impl<'s> From<&'s Db> for Session<'s> {
    fn from(db: &'s Db) -> Self {
        Self::Db(db)
    }
}

impl<'s> From<&'s mut Tx> for Session<'s> {
    fn from(tx: &'s mut Tx) -> Self {
        Self::Tx(tx)
    }
}

#[boxed]
impl Session<'_> {
    /// All rows that answer a question.
    ///
    /// # Errors
    /// When the database refuses the statement.
    pub async fn all(self, query: Query) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Db(db) => match &db.pools {
                Pools::Sqlite { read, .. } => sqlite_all(read, query).await,
                Pools::Postgres(pool) => postgres_all(pool, query).await,
            },
            Self::Tx(tx) => tx.ask(query).await,
        }
    }

    /// All rows, each made into a `T`.
    ///
    /// # Errors
    /// As [`Session::all`], and what `read` returns.
    pub async fn list<T>(
        self,
        query: Query,
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.all(query).await?.iter().map(read).collect()
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Session::all`].
    pub async fn optional(self, query: Query) -> Result<Option<Row>, StoreError> {
        Ok(self.all(query).await?.into_iter().next())
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// As [`Session::all`], and [`StoreError::NoRow`].
    pub async fn one(self, query: Query) -> Result<Row, StoreError> {
        let text = query.text().to_owned();
        self.optional(query).await?.ok_or(StoreError::NoRow(text))
    }
}
