//! Images: a whole database as one SQLite file, whatever it came from.
//!
//! Backup, restore and the move between SQLite and PostgreSQL are the same two steps: [`Db::write_image`] writes a
//! consistent copy while everybody works, [`load`] fills an empty database of either kind from it. [`compare`] says whether
//! two databases hold the same rows; [`Snapshot`] reads them in order for exports of other forms. Keys are never in an image:
//! personal columns stay sealed.

use std::path::Path;

use crate::{
    Db, StoreError, Value,
    schema::{Schema, TableRule},
};

/// One row: its values in the order of [`TableRule::columns`].
pub type RowValues = Vec<Value>;

/// What an image holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSummary {
    /// Tables with their number of rows and a digest, in the order of the schemas.
    pub tables: Vec<TableDigest>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, as hex.
    pub sha256: String,
}

/// The content of one table, the same on both databases.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableDigest {
    /// The table.
    pub table: String,
    /// Its number of rows.
    pub rows: u64,
    /// SHA-256, as hex, over every value of every row in the order of the key.
    pub sha256: String,
}

/// A table that differs between two databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the first database holds.
    pub left: TableDigest,
    /// What the second database holds.
    pub right: TableDigest,
}

/// A view of the database at one instant, for reading many rows while others write.
pub struct Snapshot {
    _private: (),
}

impl Db {
    /// Writes a consistent copy of the whole database to the new file `path`, while others read and write.
    ///
    /// # Errors
    /// When `path` exists or cannot be written, or the database cannot be read. Nothing is left behind then.
    pub async fn write_image(&self, path: &Path, schemas: &[&Schema]) -> Result<ImageSummary, StoreError> {
        let _ = (path, schemas);
        unimplemented!()
    }

    /// Freezes the view of one instant.
    ///
    /// # Errors
    /// When no connection becomes free.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        unimplemented!()
    }
}

impl Snapshot {
    /// The next rows of a table in the order of its key: after the row with the key `after` (from the first one for
    /// `None`), `limit` at most. An empty answer is the end.
    ///
    /// # Errors
    /// When the database cannot be read, or a value is not of the kind that its rule says.
    pub async fn rows(
        &mut self,
        table: &TableRule,
        after: Option<&RowValues>,
        limit: u32,
    ) -> Result<Vec<RowValues>, StoreError> {
        let _ = (table, after, limit);
        unimplemented!()
    }

    /// Counts and digests a table.
    ///
    /// # Errors
    /// As [`Snapshot::rows`].
    pub async fn digest(&mut self, table: &TableRule) -> Result<TableDigest, StoreError> {
        let _ = table;
        unimplemented!()
    }
}

/// What the image at `path` holds: reads the whole file.
///
/// # Errors
/// When it is no image of these schemas.
pub async fn inspect(path: &Path, schemas: &[&Schema]) -> Result<ImageSummary, StoreError> {
    let _ = (path, schemas);
    unimplemented!()
}

/// Fills `into`, whose tables are migrated and empty, with the rows of the image at `path`, in one transaction, and
/// verifies counts and digests before it commits. An image of an older program is migrated first, in a copy. Passes a fence.
///
/// # Errors
/// When the image is newer than the program or damaged, `into` is not empty, or a row does not arrive as it left.
pub async fn load(path: &Path, into: &Db, schemas: &[&Schema]) -> Result<Vec<TableDigest>, StoreError> {
    let _ = (path, into, schemas);
    unimplemented!()
}

/// Inserts rows as [`Snapshot::rows`] gave them.
///
/// # Errors
/// When the database refuses a row.
pub async fn insert_rows(
    tx: &mut crate::Tx,
    table: &TableRule,
    rows: Vec<RowValues>,
) -> Result<u64, StoreError> {
    let _ = (tx, table, rows);
    unimplemented!()
}

/// The tables in which two databases, of whatever kind, differ.
///
/// # Errors
/// When one of them cannot be read.
pub async fn compare(left: &Db, right: &Db, schemas: &[&Schema]) -> Result<Vec<Difference>, StoreError> {
    let _ = (left, right, schemas);
    unimplemented!()
}
