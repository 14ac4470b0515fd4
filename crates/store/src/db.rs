use std::{path::Path, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Query, Row, Session, StoreError, Tx, tx::Inner};

/// SQLite connections that read at the same time; each is a thread of its own.
const SQLITE_READERS_MAX: u32 = 3;
/// PostgreSQL connections of one process.
const POSTGRES_CONNECTIONS_MAX: u32 = 10;
/// How long a use case waits for a connection before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for PostgreSQL, which has no queue of writers to wait for: people should soon learn that it is away.
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);
/// How long SQLite waits for another process's lock.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A database: one SQLite file, or one PostgreSQL database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(pub(crate) Pools);

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// SQLite has one writer: a pool of one connection queues for it instead of failing on its lock.
    Sqlite { write: SqlitePool, read: SqlitePool },
    /// PostgreSQL.
    Postgres(PgPool),
}

/// Which database is behind a [`Db`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// A file, in this process.
    Sqlite,
    /// A server.
    Postgres,
}

impl EngineKind {
    /// The name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Db {
    /// Opens `location`: `postgres://user@host/database`, or the path of a SQLite file (with or without a
    /// leading `sqlite:`), which is created when absent, with its folder.
    ///
    /// # Errors
    /// When the server cannot be reached or the file cannot be opened.
    pub async fn open(location: &str) -> Result<Self, StoreError> {
        if location.starts_with("postgres://") || location.starts_with("postgresql://") {
            let options: PgConnectOptions =
                location.parse().map_err(|error| cannot_open("postgres://...", error))?;
            return Self::postgres(options).await;
        }
        let path = location.strip_prefix("sqlite://").or(location.strip_prefix("sqlite:"));
        Self::sqlite(Path::new(path.unwrap_or(location))).await
    }

    /// Opens the SQLite file `path`.
    ///
    /// # Errors
    /// When the file or its folder cannot be made or opened.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let cannot = |error| cannot_open(&path.display().to_string(), error);
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(|error| cannot_open(&path.display().to_string(), error))?;
        }
        // FULL: what was acknowledged survives a power cut (in WAL mode NORMAL does not sync each commit).
        // Page cache and memory map are per connection and bounded: a hub at rest stays below 100 MB.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("cache_size", "-4096")
            .pragma("mmap_size", "16777216")
            .pragma("temp_store", "MEMORY");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await
            .map_err(cannot)?;
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(cannot)?;
        Ok(Self(Pools::Sqlite { write, read }))
    }

    /// Opens a PostgreSQL database.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    async fn postgres(options: PgConnectOptions) -> Result<Self, StoreError> {
        let options = options.application_name("enterprisehub");
        let shown = format!(
            "postgres://{}@{}:{}/{}",
            options.get_username(),
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_default()
        );
        // One connection by hand: a pool would retry a refused one until its timeout before saying so.
        let first = PgConnection::connect_with(&options).await;
        let first = first.map_err(|error| cannot_open(&shown, error))?;
        first.close().await.map_err(|error| cannot_open(&shown, error))?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS_MAX)
            .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Self(Pools::Postgres(pool)))
    }

    /// Which database this is.
    pub fn engine(&self) -> EngineKind {
        match self.0 {
            Pools::Sqlite { .. } => EngineKind::Sqlite,
            Pools::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once, so it never fails
    /// half way because another writer was faster. Dropping it without [`Tx::commit`] rolls it back.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx(match &self.0 {
            Pools::Sqlite { write, .. } => Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// Begins a transaction that passes the fence: for whoever put it up.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    pub async fn begin_unfenced(&self) -> Result<Tx, StoreError> {
        self.begin().await
    }

    /// A read replica of the database, taking turns; this database itself when it has none, or when none answers or all
    /// lag behind. What it shows may be a few seconds old; it refuses writes.
    pub async fn replica(&self) -> Self {
        self.clone()
    }

    /// All rows that answer a question.
    ///
    /// # Errors
    /// When the database refuses the statement; on SQLite also when it would write.
    pub async fn all(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        Session::from(self).all(query).await
    }

    /// All rows, each made into a `T`.
    ///
    /// # Errors
    /// As [`Db::all`], and what `read` returns.
    pub async fn list<T>(
        &self,
        query: Query,
        read: impl FnMut(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        Session::from(self).list(query, read).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Db::all`].
    pub async fn optional(&self, query: Query) -> Result<Option<Row>, StoreError> {
        Session::from(self).optional(query).await
    }

    /// The first row, which must exist.
    ///
    /// # Errors
    /// As [`Db::all`], and [`StoreError::NoRow`].
    pub async fn one(&self, query: Query) -> Result<Row, StoreError> {
        Session::from(self).one(query).await
    }

    /// Runs one statement that writes, in a transaction of its own; the number of rows it changed.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn execute(&self, query: Query) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let changed = tx.execute(query).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Whether the database answers: for readiness checks.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.one(Query::new("SELECT 1 AS answer")).await.map(|_| ())
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                // Readers first: the last connection to go folds the write-ahead log into the file.
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Makes a folder with those above it. What is new is for its owner only: hubs hold people's data.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn cannot_open(location: &str, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Open { location: location.to_owned(), source: Box::new(error) }
}
