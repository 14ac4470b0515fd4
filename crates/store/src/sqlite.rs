//! How SQLite files are opened.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{MarketOptions, StoreError, db::Pools};

/// How long a use case waits for a connection before it is told that the database is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long SQLite waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How often, and how far apart, emptying the log is tried while a reader stands in the way.
const EMPTYING: (u32, Duration) = (50, Duration::from_millis(100));

/// How many connections, and for how long.
pub(crate) struct Shape {
    /// Connections that read at the same time; each is a thread of its own.
    readers: u32,
    idle: Option<Duration>,
}

/// The one database of a hub: always open.
pub(crate) const HUB: Shape = Shape { readers: 3, idle: None };

/// A file that is read or written once, from beginning to end.
pub(crate) const IMAGE: Shape = Shape { readers: 1, idle: None };

impl From<&MarketOptions> for Shape {
    fn from(options: &MarketOptions) -> Self {
        Self { readers: options.readers.max(1), idle: Some(options.idle) }
    }
}

/// The hub's own file.
pub(crate) fn hub_options(path: &Path) -> SqliteConnectOptions {
    // Page cache and memory map are per connection and bounded: a hub at rest stays below 100 MB.
    options(path)
        .create_if_missing(true)
        .pragma("cache_size", "-4096")
        .pragma("mmap_size", "16777216")
        .pragma("temp_store", "MEMORY")
}

/// The file of a market, which exists: one of many, hence with little memory of its own.
pub(crate) fn market_options(path: &Path, options_of: &MarketOptions) -> SqliteConnectOptions {
    options(path)
        .pragma("cache_size", format!("-{}", options_of.cache_kib))
        .pragma("mmap_size", "0")
        .statement_cache_capacity(48)
}

fn options(path: &Path) -> SqliteConnectOptions {
    // FULL: what was acknowledged survives a power cut (in WAL mode NORMAL does not sync each commit).
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
}

/// Pools that connect when they are used.
pub(crate) fn pools(options: SqliteConnectOptions, shape: &Shape) -> Pools {
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(shape.idle)
            .max_lifetime(None)
            // A file does not go away like a server, and each connection is looked at when it comes back: another look before
            // every statement would only wake its thread twice.
            .test_before_acquire(false)
    };
    let broken = Arc::new(AtomicBool::new(false));
    let seen = broken.clone();
    let write = pool(1)
        .after_release(move |_, _| {
            // After a commit that failed half way nobody knows what the connection holds: a new one reads the file.
            let usable = !seen.swap(false, Ordering::AcqRel);
            Box::pin(async move { Ok(usable) })
        })
        .connect_lazy_with(options.clone());
    let read = pool(shape.readers).connect_lazy_with(options.clone().pragma("query_only", "ON"));
    Pools::Sqlite { write, read, broken, options: Box::new(options) }
}

/// Folds the write-ahead log into the file and empties it.
pub(crate) async fn empty_log(write: &SqlitePool) -> Result<(), StoreError> {
    for _ in 0..EMPTYING.0 {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
        if row.try_get::<i64, usize>(0)? == 0 {
            return Ok(());
        }
        tokio::time::sleep(EMPTYING.1).await;
    }
    Err(StoreError::Busy)
}

/// The files that belong to the database at `path`: itself, its write-ahead log, shared memory, rollback journal.
pub(crate) fn files(path: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-journal"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

pub(crate) fn size_bytes(path: &Path) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for file in files(path) {
        match std::fs::metadata(&file) {
            Ok(about) => bytes += about.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::file(&file, error)),
        }
    }
    Ok(bytes)
}
