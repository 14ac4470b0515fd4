//! Databases of markets: many in one process, few of them busy.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Db, StoreError};

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

impl Default for MarketOptions {
    fn default() -> Self {
        Self { idle: Duration::from_secs(60), readers: 2, cache_kib: 512 }
    }
}

impl Db {
    /// Opens the database of a market, which must exist. No connection is made on SQLite until it is used; writes
    /// look at the fence ([`Db::fence`]).
    ///
    /// # Errors
    /// When the file does not exist or the server cannot be reached.
    pub async fn open_market(place: &MarketPlace, options: &MarketOptions) -> Result<Self, StoreError> {
        let _ = (place, options);
        unimplemented!()
    }
}

/// Removes the SQLite file of a market with its write-ahead log and shared memory, durably. A file that is not there
/// is no error. Close the database first.
///
/// # Errors
/// When the operating system refuses.
pub async fn remove_file(path: &Path) -> Result<(), StoreError> {
    let _ = path;
    unimplemented!()
}
