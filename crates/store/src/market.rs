//! Databases of markets: many in one process, few of them busy.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use boxed::boxed;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{Db, StoreError, db::cannot_open, disk, replica::Replicas, sqlite};

/// Where the database of a market is.
#[derive(Clone, PartialEq, Eq)]
pub enum MarketPlace {
    /// A SQLite file, made by [`crate::template::Template::create`].
    Sqlite(PathBuf),
    /// A PostgreSQL database, made by [`crate::postgres::create_database`].
    Postgres {
        /// `postgres://role:password@host/database`.
        url: String,
        /// Connections of this process to it, at least 1.
        pool_size: u32,
        /// Read replicas of it, as URLs; reads that may be a little late go there ([`Db::replica`]).
        replicas: Vec<String>,
    },
}

/// How a market's database is held open.
#[derive(Clone, Debug)]
pub struct MarketOptions {
    /// Connections that nobody used for so long are closed; the next use opens them again.
    pub idle: Duration,
    /// SQLite connections that read at the same time.
    pub readers: u32,
    /// Page cache of each SQLite connection, in KiB.
    pub cache_kib: u32,
}

impl std::fmt::Debug for MarketPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "Sqlite({})", path.display()),
            // The URL holds a password.
            Self::Postgres { pool_size, replicas, .. } => {
                write!(out, "Postgres({pool_size} connections, {} replicas)", replicas.len())
            }
        }
    }
}

impl Default for MarketOptions {
    fn default() -> Self {
        Self { idle: Duration::from_secs(60), readers: 2, cache_kib: 512 }
    }
}

#[boxed]
impl Db {
    /// Opens the database of a market, which must exist. No connection is made on SQLite until it is used; writes
    /// look at the fence ([`Db::fence`]).
    ///
    /// # Errors
    /// When the file does not exist or the server cannot be reached.
    pub async fn open_market(place: &MarketPlace, options: &MarketOptions) -> Result<Self, StoreError> {
        match place {
            MarketPlace::Sqlite(path) => {
                if !path.is_file() {
                    let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
                    return Err(cannot_open(&path.display().to_string(), missing));
                }
                let connect = sqlite::market_options(path, options);
                Ok(Self::from_sqlite(sqlite::pools(connect, &options.into()), path, true))
            }
            MarketPlace::Postgres { url, pool_size, replicas } => {
                let connect: PgConnectOptions =
                    url.parse().map_err(|error| cannot_open("postgres://...", error))?;
                let pool =
                    PgPoolOptions::new().max_connections((*pool_size).max(1)).idle_timeout(options.idle);
                let replicas = Replicas::new(replicas, *pool_size)?;
                Self::postgres_now(connect, pool, true, replicas).await
            }
        }
    }
}

/// Removes the SQLite file of a market with its write-ahead log and shared memory, durably. A file that is not there
/// is no error. Close the database first.
///
/// # Errors
/// When the operating system refuses.
#[boxed]
pub async fn remove_file(path: &Path) -> Result<(), StoreError> {
    let path = path.to_owned();
    disk::blocking(move || {
        for file in sqlite::files(&path) {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::file(&file, error));
                }
                _ => {}
            }
        }
        disk::sync_folder_of(&path)
    })
    .await
}
