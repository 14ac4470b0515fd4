//! Images: a whole database as one SQLite file, whatever it came from.
//!
//! Backup and restore, also between SQLite and PostgreSQL, are two steps: [`Db::write_image`] writes a
//! consistent copy while everybody works, [`load`] fills an empty database of either kind from it. A [`LiveCopy`] goes from
//! database to database, and follows the first one until nobody writes there any more. [`compare`] says whether two databases
//! hold the same rows; [`Snapshot`] reads them in order for exports of other forms. Keys are never in an image: personal
//! columns stay sealed.

mod live;
mod load;
mod snapshot;
mod write;

use std::path::Path;

use boxed::boxed;
use sqlx::sqlite::SqliteConnectOptions;

pub use self::{
    live::{CaughtUp, LiveCopy},
    snapshot::Snapshot,
};
use crate::{
    Db, Query, StoreError, Tx, Value, disk,
    market::remove_file,
    schema::{Schema, TableRule},
    sqlite,
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

#[boxed]
impl Db {
    /// Writes a consistent copy of the whole database to the new file `path`, while others read and write.
    ///
    /// # Errors
    /// When `path` exists or cannot be written, or the database cannot be read. Nothing is left behind then.
    pub async fn write_image(&self, path: &Path, schemas: &[&Schema]) -> Result<ImageSummary, StoreError> {
        if path.exists() {
            return Err(StoreError::file(path, std::io::ErrorKind::AlreadyExists.into()));
        }
        let draft = disk::draft_of(path);
        let written = write::write(self, &draft, path, schemas).await;
        remove_file(&draft).await?;
        written?;
        inspect(path, schemas).await
    }
}

/// What the image at `path` holds: reads the whole file.
///
/// # Errors
/// When it is no image of these schemas.
#[boxed]
pub async fn inspect(path: &Path, schemas: &[&Schema]) -> Result<ImageSummary, StoreError> {
    let file = path.to_owned();
    let (bytes, sha256) = disk::blocking(move || disk::digest_of(&file)).await?;
    let image = open(path).await?;
    let tables = digests(&image, schemas).await;
    image.close().await;
    Ok(ImageSummary { tables: tables?, bytes, sha256 })
}

/// Fills `into`, whose tables are migrated and empty, with the rows of the image at `path`, in one transaction, and
/// verifies counts and digests before it commits. An image of an older program is migrated first, in a copy in the folder
/// `scratch`. Passes a fence.
///
/// # Errors
/// When the image is newer than the program or damaged, `into` is not empty, or a row does not arrive as it left.
#[boxed]
pub async fn load(
    path: &Path,
    into: &Db,
    schemas: &[&Schema],
    scratch: &Path,
) -> Result<Vec<TableDigest>, StoreError> {
    load::load(path, into, schemas, scratch).await
}

/// Inserts rows as [`Snapshot::rows`] gave them.
///
/// # Errors
/// When the database refuses a row.
#[boxed]
pub async fn insert_rows(tx: &mut Tx, table: &TableRule, rows: Vec<RowValues>) -> Result<u64, StoreError> {
    load::insert_rows(tx, table, rows, "").await
}

/// The tables in which two databases, of whatever kind, differ.
///
/// # Errors
/// When one of them cannot be read.
#[boxed]
pub async fn compare(left: &Db, right: &Db, schemas: &[&Schema]) -> Result<Vec<Difference>, StoreError> {
    let (left, right) = (digests(left, schemas).await?, digests(right, schemas).await?);
    let pairs = left.into_iter().zip(right);
    Ok(pairs.filter(|(left, right)| left != right).map(|(left, right)| Difference { left, right }).collect())
}

/// The digests of all tables, of one instant.
async fn digests(db: &Db, schemas: &[&Schema]) -> Result<Vec<TableDigest>, StoreError> {
    let mut snapshot = db.snapshot().await?;
    let mut tables = Vec::new();
    for table in tables_of(schemas) {
        tables.push(snapshot.digest(table).await?);
    }
    Ok(tables)
}

fn tables_of<'s>(schemas: &'s [&Schema]) -> impl Iterator<Item = &'static TableRule> + use<'s> {
    schemas.iter().flat_map(|schema| schema.tables)
}

/// Opens an image for reading and leaves no file beside it.
async fn open(path: &Path) -> Result<Db, StoreError> {
    if !path.is_file() {
        return Err(StoreError::file(path, std::io::ErrorKind::NotFound.into()));
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let db = Db::from_sqlite(sqlite::pools(options, &sqlite::IMAGE), path, false);
    let known = Query::new("SELECT COUNT(*) AS steps FROM schema_migration");
    match db.one(known).await {
        Ok(_) => Ok(db),
        Err(_) => Err(StoreError::Image(format!("`{}` is no image of a database", path.display()))),
    }
}
