//! What a backup and an export say of themselves.

use std::fmt::Write as _;

use jiff::Timestamp;
use kernel::{Currency, Locale, MarketId, MarketName, Region, Vertical};
use serde::{Deserialize, Serialize};
use store::image::TableDigest;

use crate::{MarketRecord, NewMarket, record::ZoneName};

/// What a manifest says of its market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Which market.
    pub id: MarketId,
    /// Its name then.
    pub name: MarketName,
    /// Where it does business.
    pub region: Region,
    /// What its amounts are in.
    pub currency: Currency,
    /// How it writes.
    pub locale: Locale,
    /// Whose day it lives in.
    pub time_zone: ZoneName,
    /// Its lines of business.
    pub verticals: Vec<Vertical>,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl From<&MarketRecord> for Profile {
    fn from(record: &MarketRecord) -> Self {
        Self {
            id: record.id,
            name: record.name.clone(),
            region: record.region.clone(),
            currency: record.currency,
            locale: record.locale.clone(),
            time_zone: record.time_zone.clone(),
            verticals: record.verticals.clone(),
            created_at: record.created_at,
        }
    }
}

impl Profile {
    /// The market as it was asked for, under another name.
    pub(crate) fn new_market(&self, name: MarketName) -> NewMarket {
        NewMarket {
            name,
            region: self.region.clone(),
            currency: self.currency,
            locale: self.locale.clone(),
            time_zone: self.time_zone.clone(),
            verticals: self.verticals.clone(),
        }
    }
}

/// The manifest of a backup: beside it lies the image of the database, and no key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupManifest {
    /// Always `enterprisehub-backup-1`.
    pub format: String,
    /// The market.
    pub market: Profile,
    /// Which generation of its database.
    pub generation: u32,
    /// When the backup was begun.
    pub taken_at: Timestamp,
    /// Name of the image's file.
    pub image: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 as hex.
    pub sha256: String,
    /// The tables in it.
    pub tables: Vec<TableDigest>,
}

/// The form of backups.
pub(crate) const BACKUP_FORMAT: &str = "enterprisehub-backup-1";
/// The form of exports.
pub(crate) const EXPORT_FORMAT: &str = "enterprisehub-export-1";
/// The manifest's file.
pub(crate) const MANIFEST_FILE: &str = "manifest.json";

/// One table in a file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// The table.
    pub table: String,
    /// The file: one JSON object per row, in the order of the key.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// Its SHA-256 as hex.
    pub sha256: String,
}

/// The version of one domain's tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaVersion {
    /// The domain.
    pub domain: String,
    /// Its last migration.
    pub version: u32,
}

/// The manifest of an export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportManifest {
    /// Always `enterprisehub-export-1`.
    pub format: String,
    /// The market.
    pub market: Profile,
    /// When it was made.
    pub exported_at: Timestamp,
    /// The tables' versions.
    pub schemas: Vec<SchemaVersion>,
    /// The tables.
    pub tables: Vec<TableFile>,
    /// SHA-256 over the tables' names, rows and digests: two exports with the same one hold the same rows.
    pub content_sha256: String,
    /// The audit chain, in its own form.
    pub audit: TableFile,
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 of a whole file, as hex, with its size.
pub(crate) fn sha256_of(path: &std::path::Path) -> std::io::Result<(String, u64)> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hex(hash.finish().as_ref()), bytes)),
            read => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}
