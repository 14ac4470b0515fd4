use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use boxed::boxed;
use sqlx::{
    Connection, PgConnection, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqliteConnectOptions,
};

use crate::{Query, Row, Session, StoreError, Tx, fence, presence::Presence, replica::Replicas, sqlite};

/// PostgreSQL connections of one process.
const POSTGRES_CONNECTIONS_MAX: u32 = 10;
/// How long a use case waits for a PostgreSQL connection, which has no queue of writers to wait for: people should soon
/// learn that it is away.
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(4);

/// A database: one SQLite file, or one PostgreSQL database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    pub(crate) about: Arc<About>,
}

#[derive(Clone)]
pub(crate) enum Pools {
    /// SQLite has one writer: a pool of one connection queues for it instead of failing on its lock.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
        /// Set when the state of the writing connection is unknown: it is closed instead of used again.
        broken: Arc<AtomicBool>,
        /// How further connections are made: those of images and snapshots.
        options: Box<SqliteConnectOptions>,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

/// What all clones of a [`Db`] share.
pub(crate) struct About {
    /// Where it is, without a password; the same for every [`Db`] that is the same database.
    pub(crate) location: String,
    /// Whether writes look at the fence.
    pub(crate) is_market: bool,
    pub(crate) replicas: Replicas,
    pub(crate) presence: Presence,
}

impl fmt::Debug for Db {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Db({})", self.about.location)
    }
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

#[boxed]
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
        private_folder_of(path)?;
        // What is deleted is overwritten: people who were erased are not to be found in free pages.
        Self::sqlite_now(path, sqlite::hub_options(path).pragma("secure_delete", "ON")).await
    }

    /// Opens the SQLite file `path` for keys: what is deleted is overwritten. See [`Db::scrub`].
    ///
    /// # Errors
    /// When the file or its folder cannot be made or opened.
    pub async fn keyring(path: &Path) -> Result<Self, StoreError> {
        private_folder_of(path)?;
        Self::sqlite_now(path, sqlite::hub_options(path).pragma("secure_delete", "ON")).await
    }

    async fn sqlite_now(path: &Path, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let db = Self::from_sqlite(sqlite::pools(options, &sqlite::HUB), path, false);
        let Pools::Sqlite { write, .. } = &db.pools else { return Ok(db) };
        write.acquire().await.map_err(|error| cannot_open(&path.display().to_string(), error))?;
        Ok(db)
    }

    pub(crate) fn from_sqlite(pools: Pools, path: &Path, is_market: bool) -> Self {
        let location = std::path::absolute(path).unwrap_or(PathBuf::from(path)).display().to_string();
        Self {
            pools,
            about: Arc::new(About {
                location,
                is_market,
                replicas: Replicas::default(),
                presence: Presence::default(),
            }),
        }
    }

    /// Opens a PostgreSQL database.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    async fn postgres(options: PgConnectOptions) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS_MAX);
        Self::postgres_now(options, pool, false, Replicas::default()).await
    }

    /// Opens a PostgreSQL database with this pool, after one connection by hand: a pool would retry a refused one
    /// until its timeout before saying so.
    pub(crate) async fn postgres_now(
        options: PgConnectOptions,
        pool: PgPoolOptions,
        is_market: bool,
        replicas: Replicas,
    ) -> Result<Self, StoreError> {
        // A server may be set to acknowledge before its disk has it; this program must not.
        let options = options.application_name("enterprisehub").options([("synchronous_commit", "on")]);
        let shown = shown(&options);
        let first = PgConnection::connect_with(&options).await;
        let first = first.map_err(|error| cannot_open(&shown, error))?;
        first.close().await.map_err(|error| cannot_open(&shown, error))?;
        Ok(Self::postgres_lazy(options, pool, is_market, replicas))
    }

    pub(crate) fn postgres_lazy(
        options: PgConnectOptions,
        pool: PgPoolOptions,
        is_market: bool,
        replicas: Replicas,
    ) -> Self {
        let location = shown(&options);
        let pool = pool.acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT).connect_lazy_with(options);
        let about = About { location, is_market, replicas, presence: Presence::default() };
        Self { pools: Pools::Postgres(pool), about: Arc::new(about) }
    }

    /// Which database this is.
    pub fn engine(&self) -> EngineKind {
        match self.pools {
            Pools::Sqlite { .. } => EngineKind::Sqlite,
            Pools::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite it takes the write lock at once, so it never fails
    /// half way because another writer was faster. Dropping it without [`Tx::commit`] rolls it back.
    ///
    /// # Errors
    /// When no connection becomes free in time; [`StoreError::Fenced`] while a market is fenced.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = self.begin_unfenced().await?;
        if self.about.is_market {
            fence::pass(&mut tx).await?;
        }
        Ok(tx)
    }

    /// Begins a transaction that passes the fence: for whoever put it up.
    ///
    /// # Errors
    /// When no connection becomes free in time.
    pub async fn begin_unfenced(&self) -> Result<Tx, StoreError> {
        Tx::begin(self).await
    }

    /// A read replica of the database, taking turns; this database itself when it has none, or when none answers or all
    /// lag behind. What a replica shows may be some seconds old; it refuses writes.
    pub async fn replica(&self) -> Self {
        self.about.replicas.choose(self).await.unwrap_or_else(|| self.clone())
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
        self.about.presence.close().await;
        match &self.pools {
            Pools::Sqlite { write, read, .. } => {
                // Readers first: the last connection to go folds the write-ahead log into the file.
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
        self.about.replicas.close().await;
    }

    /// Bytes that the database takes on its disk.
    ///
    /// # Errors
    /// When it cannot be found out.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        if let Pools::Sqlite { options, .. } = &self.pools {
            return sqlite::size_bytes(options.get_filename());
        }
        let query = Query::new("SELECT CAST(pg_database_size(current_database()) AS BIGINT) AS bytes");
        self.one(query).await?.count("bytes")
    }

    /// Leaves nothing of deleted rows of these tables in the database's files: after keys were destroyed. On SQLite
    /// the file must have been opened by [`Db::keyring`]; its write-ahead log is emptied. On PostgreSQL the tables are
    /// written anew; the server's own log and its archive are the operator's.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when readers hold the log for too long.
    pub async fn scrub(&self, tables: &[&'static str]) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlite::empty_log(write).await,
            Pools::Postgres(pool) => {
                for table in tables {
                    let vacuum = Query::assembled(format!("VACUUM (FULL) {table}"), Vec::new());
                    crate::statement::postgres_execute(pool, vacuum).await?;
                }
                Ok(())
            }
        }
    }
}

/// Makes the folder of a file with those above it. What is new is for its owner only: hubs hold people's data.
pub(crate) fn private_folder_of(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| cannot_open(&path.display().to_string(), error))
}

pub(crate) fn cannot_open(
    location: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> StoreError {
    StoreError::Open { location: location.to_owned(), source: Box::new(error) }
}

/// Where a PostgreSQL database is, without its password.
pub(crate) fn shown(options: &PgConnectOptions) -> String {
    format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    )
}
