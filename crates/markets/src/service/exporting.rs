//! Exports: everything of a market as lines of JSON beside a manifest; personal fields stay sealed.

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write},
    path::Path,
};

use boxed::boxed;
use kernel::{MarketName, Moment};
use ring::digest::{Context, SHA256};
use store::{image::Snapshot, schema::TableRule, trail};

use super::Markets;
use crate::{
    ExportManifest, Market, MarketState, MarketsError, Passphrase, TableFile, chain, folder,
    inside::NOTE_TABLE,
    key_file::{self, MarketKeys},
    manifest::{EXPORT_FORMAT, Profile, SchemaVersion, hex},
    rows,
};

/// Rows read at a time.
const PAGE_ROWS: u32 = 1_000;

/// Tables that mean something in one hub only: the audit chain has its own form, and what was asked of this hub lately
/// is of no use to another.
const LEFT_OUT: [&str; 2] = ["trail", "idempotency"];

#[boxed]
impl Markets {
    /// Writes everything of a market into the new folder `to`: a file of JSON lines per table, the audit chain, and a
    /// manifest with rows and SHA-256 of each. Personal fields stay sealed and credentials stay behind; with a
    /// passphrase, a sealed file of the market's keys is written beside them, for another hub to read them by.
    ///
    /// # Errors
    /// [`MarketsError::FolderTaken`], [`MarketsError::Unsuitable`] for a passphrase that is soon guessed, and when the
    /// folder cannot be written or the database fails; the folder is no export then (it has no manifest).
    pub async fn export(
        &self,
        name: &MarketName,
        to: &Path,
        keys: Option<&Passphrase>,
        at: &Moment,
    ) -> Result<ExportManifest, MarketsError> {
        let record = self.record(name).await?;
        if record.state == MarketState::Moving {
            let (name, state) = (record.name, record.state);
            return Err(MarketsError::State { name, state, advice: "wait until it has moved" });
        }
        keys.map_or(Ok(()), key_file::check)?;
        let path = to.to_owned();
        super::blocking(move || folder::make(&path)).await??;
        let market = self.open_market(&record).await?;
        let tables = self.write_tables(&market, to).await?;
        let audit = write_chain(&market, to, at).await?;
        if let Some(passphrase) = keys {
            let (keys, passphrase) = (self.keys_of(&market).await?, passphrase.clone());
            let (folder, chance) = (to.to_owned(), self.0.chance.clone());
            super::blocking(move || key_file::write(&folder, &keys, &passphrase, &chance)).await??;
        }
        let manifest = ExportManifest {
            format: EXPORT_FORMAT.to_owned(),
            market: Profile::from(&record),
            exported_at: at.at(),
            schemas: self.exported().map(version).collect(),
            content_sha256: content(&tables),
            tables,
            audit,
        };
        let (folder, sealed) = (to.to_owned(), manifest.clone());
        super::blocking(move || folder::seal_with(&folder, &sealed)).await??;
        let mut tx = self.0.hub.begin().await?;
        let with_keys = if keys.is_some() { "yes" } else { "no" };
        let detail =
            [("content_sha256", manifest.content_sha256.clone()), ("with_keys", with_keys.to_owned())];
        chain::both(&mut tx, at, "market.exported", &record, detail).await?;
        tx.commit().await?;
        self.try_deliver_notes(&record).await;
        Ok(manifest)
    }

    /// The schemas whose tables are exported.
    pub(super) fn exported(&self) -> impl Iterator<Item = &'static store::Schema> {
        self.0.schemas.iter().copied().filter(|schema| !LEFT_OUT.contains(&schema.migrations.domain))
    }

    async fn write_tables(&self, market: &Market, to: &Path) -> Result<Vec<TableFile>, MarketsError> {
        let mut snapshot = market.db().snapshot().await?;
        let mut files = Vec::new();
        for table in self.exported().flat_map(|schema| schema.tables) {
            if table.name != NOTE_TABLE {
                files.push(write_table(&mut snapshot, table, to).await?);
            }
        }
        Ok(files)
    }

    /// All keys of a market.
    pub(super) async fn keys_of(&self, market: &Market) -> Result<MarketKeys, MarketsError> {
        let (id, roots) = (market.id(), market.roots());
        let all = self.0.keyring.all_below(id, &roots.data).await?;
        let tombstones = self.0.keyring.tombstones(id).await?;
        Ok(MarketKeys {
            market: id,
            data: roots.data.clone(),
            index: roots.index.clone(),
            audit: roots.audit.clone(),
            below: all.into_iter().filter(|(kind, ..)| kind == "person" || kind == "day").collect(),
            tombstones: tombstones.iter().map(|stone| (stone.person, stone.erased_at)).collect(),
        })
    }
}

/// What two exports of the same rows have in common.
pub(super) fn content(tables: &[TableFile]) -> String {
    let mut hash = Context::new(&SHA256);
    for table in tables {
        hash.update(format!("{}\n{}\n{}\n", table.table, table.rows, table.sha256).as_bytes());
    }
    hex(hash.finish().as_ref())
}

pub(super) fn version(schema: &store::Schema) -> SchemaVersion {
    SchemaVersion {
        domain: schema.migrations.domain.to_owned(),
        version: schema.migrations.migrations.last().map_or(0, |step| step.version),
    }
}

async fn write_table(
    snapshot: &mut Snapshot,
    table: &'static TableRule,
    to: &Path,
) -> Result<TableFile, MarketsError> {
    let name = format!("{}.ndjson", table.name);
    let mut out = Hashed::new(to, &name)?;
    let (mut last, mut count) = (None, 0);
    loop {
        let page = snapshot.rows(table, last.as_ref(), PAGE_ROWS).await?;
        for row in &page {
            let mut line =
                rows::line(table, row).map_err(|what| MarketsError::damaged(to.join(&name), what))?;
            line.push('\n');
            out.write_all(line.as_bytes()).map_err(MarketsError::file(to.join(&name)))?;
        }
        count += page.len() as u64;
        match page.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => break,
        }
    }
    let sha256 = out.finish().map_err(MarketsError::file(to.join(&name)))?;
    Ok(TableFile { table: table.name.to_owned(), file: name, rows: count, sha256 })
}

async fn write_chain(market: &Market, to: &Path, at: &Moment) -> Result<TableFile, MarketsError> {
    market.checkpoint(at).await?;
    let name = audit::export::FILE_NAME;
    let out = Hashed::new(to, name)?;
    let verifier = market.audit_signer()?.verifier();
    let out = trail::export(market.db(), &verifier, out).await?;
    let sha256 = out.finish().map_err(MarketsError::file(to.join(name)))?;
    let rows = trail::last(market.db()).await?.map_or(0, |entry| entry.seq + 1);
    Ok(TableFile { table: "audit_entry".to_owned(), file: name.to_owned(), rows, sha256 })
}

/// A new private file that knows its SHA-256 in the end.
struct Hashed {
    file: BufWriter<std::fs::File>,
    hash: Context,
}

impl Hashed {
    fn new(folder: &Path, name: &str) -> Result<Self, MarketsError> {
        let path = folder.join(name);
        let file = folder::new_file(&path).map_err(MarketsError::file(path))?;
        Ok(Self { file: BufWriter::new(file), hash: Context::new(&SHA256) })
    }

    /// Makes the file durable.
    fn finish(self) -> std::io::Result<String> {
        let file = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(hex(self.hash.finish().as_ref()))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The files of an export by table.
pub(super) fn by_table(manifest: &ExportManifest) -> BTreeMap<&str, &TableFile> {
    manifest.tables.iter().map(|file| (file.table.as_str(), file)).collect()
}
