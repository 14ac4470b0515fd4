use boxed::boxed;
use ring::digest;
use sqlx::{ConnectOptions, Connection, Postgres, SqliteConnection, Transaction};

use crate::{
    Db, Query, Row, StoreError, Tx, Value,
    db::Pools,
    disk,
    image::{RowValues, TableDigest},
    schema::TableRule,
    statement::{postgres_all, sqlite_all},
};

/// Rows that are read at once.
pub(crate) const PAGE_ROWS: u32 = 1000;

/// The values of a row's key, in the order of [`TableRule::key`].
pub(super) type Key = Vec<Value>;

/// A view of the database at one instant, for reading many rows while others write. It has a connection of its own.
pub struct Snapshot(View);

enum View {
    Sqlite(SqliteConnection),
    Postgres(Transaction<'static, Postgres>),
}

#[boxed]
impl Db {
    /// Freezes the view of one instant.
    ///
    /// # Errors
    /// When no connection becomes free.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot(match &self.pools {
            Pools::Postgres(pool) => View::Postgres(
                pool.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?,
            ),
            Pools::Sqlite { options, .. } => {
                let mut view = options.as_ref().clone().pragma("query_only", "ON").connect().await?;
                sqlx::raw_sql("BEGIN").execute(&mut view).await?;
                // The view is of the instant of the first question.
                sqlx::query("SELECT COUNT(*) FROM sqlite_master").fetch_one(&mut view).await?;
                View::Sqlite(view)
            }
        }))
    }
}

#[boxed]
impl Snapshot {
    /// All rows that answer a question.
    ///
    /// # Errors
    /// When the database refuses the statement.
    pub async fn all(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        match &mut self.0 {
            View::Sqlite(view) => sqlite_all(view, query).await,
            View::Postgres(view) => postgres_all(&mut **view, query).await,
        }
    }

    /// The next rows of a table in the order of its key: after the row `after` (from the first one for `None`),
    /// `limit` at most. An empty answer is the end.
    ///
    /// # Errors
    /// When the database cannot be read, or a value is not of the kind that its rule says.
    pub async fn rows(
        &mut self,
        table: &TableRule,
        after: Option<&RowValues>,
        limit: u32,
    ) -> Result<Vec<RowValues>, StoreError> {
        let after = after.map(|row| key_of(table, row));
        self.range(table, after.as_ref(), None, Some(limit)).await
    }

    /// The rows of a table whose keys are after one and up to another, in the order of the key.
    pub(super) async fn range(
        &mut self,
        table: &TableRule,
        after: Option<&Key>,
        until: Option<&Key>,
        limit: Option<u32>,
    ) -> Result<Vec<RowValues>, StoreError> {
        values(table, self.all(range(table, after, until, limit)).await?)
    }

    /// Counts and digests a table.
    ///
    /// # Errors
    /// As [`Snapshot::rows`].
    pub async fn digest(&mut self, table: &TableRule) -> Result<TableDigest, StoreError> {
        let mut digest = Digest::default();
        let mut last = None;
        loop {
            let rows = self.rows(table, last.as_ref(), PAGE_ROWS).await?;
            digest.add(&rows);
            match rows.into_iter().next_back() {
                Some(row) => last = Some(row),
                None => return Ok(digest.finish().of_table(table)),
            }
        }
    }

    /// Gives the connection back.
    pub async fn close(self) {
        match self.0 {
            // It only read, so that nothing can be lost by an error here.
            View::Sqlite(view) => drop(view.close().await),
            View::Postgres(view) => drop(view.rollback().await),
        }
    }
}

/// Counts and digests a table inside a transaction.
pub(crate) async fn digest_in(tx: &mut Tx, table: &TableRule) -> Result<TableDigest, StoreError> {
    let mut digest = Digest::default();
    let mut last = None;
    loop {
        let query = range(table, last.as_ref(), None, Some(PAGE_ROWS));
        let rows = values(table, tx.all(query).await?)?;
        digest.add(&rows);
        match rows.last() {
            Some(row) => last = Some(key_of(table, row)),
            None => return Ok(digest.finish().of_table(table)),
        }
    }
}

/// The statement of [`Snapshot::range`].
pub(super) fn range(
    table: &TableRule,
    after: Option<&Key>,
    until: Option<&Key>,
    limit: Option<u32>,
) -> Query {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key = table.key.join(", ");
    let places = vec!["?"; table.key.len()].join(", ");
    let mut text = format!("SELECT {} FROM {}", columns.join(", "), table.name);
    let mut bound = Vec::new();
    for (than, limit) in [(">", after), ("<=", until)] {
        if let Some(limit) = limit {
            text.push_str(if bound.is_empty() { " WHERE " } else { " AND " });
            text.push_str(&format!("({key}) {than} ({places})"));
            bound.extend(limit.iter().cloned());
        }
    }
    text.push_str(&format!(" ORDER BY {key}"));
    if let Some(limit) = limit {
        text.push_str(&format!(" LIMIT {limit}"));
    }
    Query::assembled(text, bound).prepared()
}

/// The key of a row.
pub(super) fn key_of(table: &TableRule, row: &RowValues) -> Key {
    let positions =
        table.key.iter().filter_map(|key| table.columns.iter().position(|column| column.name == *key));
    positions.filter_map(|position| row.get(position).cloned()).collect()
}

/// Rows of an answer, as the rule says their kinds.
pub(super) fn values(table: &TableRule, rows: Vec<Row>) -> Result<Vec<RowValues>, StoreError> {
    let read = |row: &Row| {
        let columns = table.columns.iter().enumerate();
        columns.map(|(place, column)| row.value_at(place, column.name, column.kind)).collect()
    };
    rows.iter().map(read).collect()
}

/// A digest that both databases agree on: of typed values, in the order of keys that compare byte by byte on both.
pub(super) struct Digest {
    rows: u64,
    context: digest::Context,
    buffer: Vec<u8>,
}

/// What a [`Digest`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowsDigest {
    pub(super) rows: u64,
    sha256: Vec<u8>,
}

impl RowsDigest {
    pub(super) fn of_table(&self, table: &TableRule) -> TableDigest {
        TableDigest { table: table.name.to_owned(), rows: self.rows, sha256: disk::hex(&self.sha256) }
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self { rows: 0, context: digest::Context::new(&digest::SHA256), buffer: Vec::new() }
    }
}

impl Digest {
    pub(super) fn of(rows: &[RowValues]) -> RowsDigest {
        let mut digest = Self::default();
        digest.add(rows);
        digest.finish()
    }

    pub(super) fn add(&mut self, rows: &[RowValues]) {
        self.rows += rows.len() as u64;
        for row in rows {
            self.buffer.clear();
            encode(row, &mut self.buffer);
            self.context.update(&self.buffer);
        }
    }

    pub(super) fn finish(self) -> RowsDigest {
        RowsDigest { rows: self.rows, sha256: self.context.finish().as_ref().to_vec() }
    }
}

/// Values as bytes, no two lists alike.
pub(super) fn encoded(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(values, &mut bytes);
    bytes
}

fn encode(values: &[Value], bytes: &mut Vec<u8>) {
    for value in values {
        match value {
            Value::Null(_) => bytes.push(0),
            Value::Text(text) => sized(bytes, 1, text.as_bytes()),
            Value::Bytes(value) => sized(bytes, 2, value),
            Value::Int(number) => sized(bytes, 3, &number.to_be_bytes()),
            // SQLite has no zero below zero.
            Value::Real(number) if *number == 0.0 => sized(bytes, 4, &0_f64.to_be_bytes()),
            Value::Real(number) => sized(bytes, 4, &number.to_bits().to_be_bytes()),
            Value::Bool(flag) => sized(bytes, 5, &[u8::from(*flag)]),
        }
    }
}

/// A kind and a length before each value, so that no two rows give the same bytes.
fn sized(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
    bytes.extend_from_slice(value);
}
