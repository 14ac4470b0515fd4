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

/// A view of the database at one instant, for reading many rows while others write. It has a connection of its own.
pub struct Snapshot(View);

enum View {
    Sqlite(SqliteConnection),
    Postgres(Transaction<'static, Postgres>),
}

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
        values(table, self.all(page(table, after, limit)).await?)
    }

    /// Counts and digests a table.
    ///
    /// # Errors
    /// As [`Snapshot::rows`].
    pub async fn digest(&mut self, table: &TableRule) -> Result<TableDigest, StoreError> {
        let mut digest = Digest::new(table);
        let mut last = None;
        loop {
            let rows = self.rows(table, last.as_ref(), PAGE_ROWS).await?;
            digest.add(&rows);
            match rows.into_iter().next_back() {
                Some(row) => last = Some(row),
                None => return Ok(digest.finish()),
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
    let mut digest = Digest::new(table);
    let mut last = None;
    loop {
        let rows = values(table, tx.all(page(table, last.as_ref(), PAGE_ROWS)).await?)?;
        digest.add(&rows);
        match rows.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => return Ok(digest.finish()),
        }
    }
}

fn page(table: &TableRule, after: Option<&RowValues>, limit: u32) -> Query {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let key = table.key.join(", ");
    let mut text = format!("SELECT {} FROM {}", columns.join(", "), table.name);
    let mut bound = Vec::new();
    if let Some(after) = after {
        text.push_str(&format!(" WHERE ({key}) > ({})", vec!["?"; table.key.len()].join(", ")));
        let positions =
            table.key.iter().filter_map(|key| table.columns.iter().position(|column| column.name == *key));
        bound.extend(positions.filter_map(|position| after.get(position).cloned()));
    }
    text.push_str(&format!(" ORDER BY {key} LIMIT {limit}"));
    Query::assembled(text, bound)
}

fn values(table: &TableRule, rows: Vec<Row>) -> Result<Vec<RowValues>, StoreError> {
    let read = |row: &Row| table.columns.iter().map(|column| row.value(column.name, column.kind)).collect();
    rows.iter().map(read).collect()
}

/// A digest that both databases agree on: of typed values, in the order of keys that compare byte by byte on both.
struct Digest {
    table: String,
    rows: u64,
    context: digest::Context,
}

impl Digest {
    fn new(table: &TableRule) -> Self {
        Self { table: table.name.to_owned(), rows: 0, context: digest::Context::new(&digest::SHA256) }
    }

    fn add(&mut self, rows: &[RowValues]) {
        self.rows += rows.len() as u64;
        for value in rows.iter().flatten() {
            // A kind and a length before each value, so that no two rows give the same bytes.
            match value {
                Value::Null(_) => self.context.update(&[0]),
                Value::Text(text) => self.sized(1, text.as_bytes()),
                Value::Bytes(bytes) => self.sized(2, bytes),
                Value::Int(number) => self.sized(3, &number.to_be_bytes()),
                Value::Real(number) => self.sized(4, &number.to_bits().to_be_bytes()),
                Value::Bool(flag) => self.sized(5, &[u8::from(*flag)]),
            }
        }
    }

    fn sized(&mut self, kind: u8, bytes: &[u8]) {
        self.context.update(&[kind]);
        self.context.update(&(bytes.len() as u64).to_be_bytes());
        self.context.update(bytes);
    }

    fn finish(self) -> TableDigest {
        let sha256 = disk::hex(self.context.finish().as_ref());
        TableDigest { table: self.table, rows: self.rows, sha256 }
    }
}
