//! Imports: a market opened from an export.
//!
//! In a hub that does not know the market it keeps its identity, and its keys come with it in the key file: rows, audit
//! chain and indexes are as they were. In the hub that has the market already it becomes another market: every sealed
//! field is opened with the old keys and sealed with new ones, and its audit chain begins anew, naming the old one.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use audit::{Entry, Expected};
use boxed::boxed;
use kernel::{MarketId, MarketName, Moment, PersonId};
use seal::{Cell, KeyId};
use store::{
    Tx, Value, image,
    schema::{Rule, TableRule},
    trail,
};

use super::{
    Markets,
    exporting::{by_table, content, version},
};
use crate::{
    ExportManifest, Market, MarketRecord, MarketState, MarketsError, Passphrase, SealingKey, TableFile,
    Tombstone, chain, folder, inside,
    inside::{NOTE_TABLE, PROFILE_TABLE},
    key_file::{self, MarketKeys},
    keyring::{Purpose, Roots},
    manifest::{EXPORT_FORMAT, sha256_of},
    rows,
    service::work::Doing,
};

/// Rows inserted at a time.
const PAGE_ROWS: usize = 500;

/// An export that was found whole.
struct Found {
    manifest: ExportManifest,
    entries: Vec<Entry>,
    head: String,
}

#[boxed]
impl Markets {
    /// Opens a market under `name` from the export in the folder `from`. See the top of this file for what stays as it
    /// was. `keys` is the passphrase of the key file; without one, the market's keys must be in this hub already.
    ///
    /// # Errors
    /// [`MarketsError::Damaged`] for files that are not what the manifest says, [`MarketsError::Unsuitable`] for an
    /// export of a newer program or one whose keys are missing, [`MarketsError::NameTaken`], and when a database fails:
    /// nothing is left behind then.
    pub async fn import(
        &self,
        from: &Path,
        name: MarketName,
        keys: Option<&Passphrase>,
        at: &Moment,
    ) -> Result<MarketRecord, MarketsError> {
        let found = self.checked_export(from).await?;
        let source = found.manifest.market.id;
        let known = self.by_id(source).await?;
        let mut old_keys = match (keys, &known) {
            (Some(passphrase), _) => {
                let (folder, passphrase) = (from.to_owned(), passphrase.clone());
                super::blocking(move || key_file::read(&folder, &passphrase)).await??
            }
            (None, Some(known)) => self.keys_of(&self.open_market(known).await?).await?,
            (None, None) => {
                let what = format!(
                    "this hub has no keys of the market {source}: export it with a key file and bring its passphrase"
                );
                return Err(MarketsError::Unsuitable(what));
            }
        };
        if old_keys.market != source {
            let what = "the key file belongs to another market than the export".to_owned();
            return Err(MarketsError::Unsuitable(what));
        }
        // Whoever was erased here since the key file was written stays erased.
        for stone in self.0.keyring.tombstones(source).await? {
            let erased = stone.person.to_string();
            old_keys.below.retain(|(kind, subject, _)| kind != "person" || *subject != erased);
            if old_keys.tombstones.iter().all(|(person, _)| *person != stone.person) {
                old_keys.tombstones.push((stone.person, stone.erased_at));
            }
        }
        let id = match known {
            Some(_) => at.ids().next().into(),
            None => source,
        };
        let mut record = self.new_record(id, found.manifest.market.new_market(name), at);
        if id == source {
            record.created_at = found.manifest.market.created_at;
        }
        let doing = self.reserve(&record, "import", at).await?;
        match self.fill(&record, &found, &old_keys, from, &doing, at).await {
            Ok(()) => Ok(record),
            Err(error) => Err(self.give_up(&doing, at, error).await),
        }
    }

    /// Reads the manifest and makes sure that every file is what it says and that this program knows the tables.
    async fn checked_export(&self, from: &Path) -> Result<Found, MarketsError> {
        let (folder, known) = (from.to_owned(), self.exported().map(version).collect::<Vec<_>>());
        super::blocking(move || {
            let manifest: ExportManifest = folder::manifest(&folder, EXPORT_FORMAT)?;
            for schema in &manifest.schemas {
                let ours = known.iter().find(|known| known.domain == schema.domain);
                if ours.is_none_or(|ours| ours.version < schema.version) {
                    return Err(MarketsError::Unsuitable(format!(
                        "the export has version {} of `{}`, which this program does not know: use the newer program",
                        schema.version, schema.domain
                    )));
                }
            }
            for file in manifest.tables.iter().chain([&manifest.audit]) {
                let path = folder::file(&folder, &file.file)?;
                let (sha256, _) = sha256_of(&path).map_err(MarketsError::file(path.clone()))?;
                if sha256 != file.sha256 {
                    return Err(MarketsError::damaged(path, "its SHA-256 is not the one in the manifest"));
                }
            }
            if content(&manifest.tables) != manifest.content_sha256 {
                let path = folder.join(crate::manifest::MANIFEST_FILE);
                return Err(MarketsError::damaged(path, "tables were added or taken away"));
            }
            let chain = folder::file(&folder, &manifest.audit.file)?;
            let (verified, entries) = audit::export::entries(&chain, &Expected::default())
                .map_err(|error| MarketsError::damaged(chain, error))?;
            Ok(Found { manifest, entries, head: verified.head.to_string() })
        })
        .await?
    }

    async fn fill(
        &self,
        record: &MarketRecord,
        found: &Found,
        old: &MarketKeys,
        from: &Path,
        doing: &Doing,
        at: &Moment,
    ) -> Result<(), MarketsError> {
        let same = record.id == found.manifest.market.id;
        let (roots, new_keys) = match same {
            true => (self.keep_keys(record.id, old, at).await?, HashMap::new()),
            false => self.make_anew(record.id, old, at).await?,
        };
        let stones: Vec<Tombstone> = old
            .tombstones
            .iter()
            .map(|(person, erased_at)| Tombstone { person: *person, erased_at: *erased_at })
            .collect();
        self.0.keyring.put_tombstones(record.id, &stones).await?;
        self.make_place(record).await?;
        let db = self.open_db(record).await?;
        let open = MarketRecord { state: MarketState::Active, ..record.clone() };
        let market =
            Market::new(open, db.clone(), roots.clone(), self.0.keyring.clone(), self.0.chance.clone());
        let reseal =
            Reseal { source: found.manifest.market.id, market: &market, old: &old.by_id(), new: &new_keys };
        let files = by_table(&found.manifest);
        let mut tx = db.begin().await?;
        for table in self.exported().flat_map(|schema| schema.tables) {
            let ours = table.name == NOTE_TABLE || (!same && table.name == PROFILE_TABLE);
            if let (Some(file), false) = (files.get(table.name), ours) {
                load(&mut tx, table, file, from, (!same).then_some(&reseal)).await?;
            }
        }
        let mut detail = super::create::creation(record);
        detail.insert("from".to_owned(), found.manifest.market.id.to_string());
        detail.insert("content_sha256".to_owned(), found.manifest.content_sha256.clone());
        detail.insert("audit_head".to_owned(), found.head.clone());
        if same {
            trail::load(&mut tx, &found.entries).await?;
        } else {
            inside::set_profile(&mut tx, record).await?;
        }
        chain::append(&mut tx, at, "market.imported", &record.subject(), detail.clone());
        tx.commit().await?;
        self.erase_again(&market, at).await?;
        let mut tx = self.0.hub.begin().await?;
        crate::records::add_market(&mut tx, record).await?;
        chain::append(&mut tx, at, "market.imported", &record.subject(), detail);
        doing.end(&mut tx).await?;
        tx.commit().await?;
        drop(market);
        self.shelve(record, db, roots).await;
        Ok(())
    }

    /// Takes the keys of the file as they are.
    async fn keep_keys(&self, id: MarketId, keys: &MarketKeys, at: &Moment) -> Result<Roots, MarketsError> {
        let ring = &self.0.keyring;
        let named = |key: &seal::Key| SealingKey { key: key.clone(), ..ring.fresh(at.at()) };
        ring.put_roots(&id.to_string(), &keys.data, &named(&keys.index), &named(&keys.audit), at.at())
            .await?;
        let mut below = Vec::with_capacity(keys.below.len());
        for (kind, subject, key) in &keys.below {
            let purpose = purpose(kind, subject).ok_or_else(|| {
                MarketsError::Unsuitable(format!("the key file has a key of kind `{kind}`"))
            })?;
            below.push((purpose, key));
        }
        ring.put_all(id, &keys.data, &below, at.at()).await?;
        Ok(Roots { data: keys.data.clone(), index: keys.index.clone(), audit: keys.audit.clone() })
    }

    /// Makes new keys in the place of the old ones, by the old one's name. The index key stays: a suppression is nothing
    /// but an index and could not be made anew.
    async fn make_anew(
        &self,
        id: MarketId,
        old: &MarketKeys,
        at: &Moment,
    ) -> Result<(Roots, HashMap<KeyId, SealingKey>), MarketsError> {
        let ring = &self.0.keyring;
        let (data, audit) = (ring.fresh(at.at()), ring.fresh(at.at()));
        let index = SealingKey { key: old.index.clone(), ..ring.fresh(at.at()) };
        ring.put_roots(&id.to_string(), &data, &index, &audit, at.at()).await?;
        let mut new = HashMap::from([(old.data.id, data.clone())]);
        let of = |kind: &str| -> Vec<(&str, KeyId)> {
            let own = old.below.iter().filter(|(found, ..)| found == kind);
            own.map(|(_, subject, key)| (subject.as_str(), key.id)).collect()
        };
        let persons: Vec<(PersonId, KeyId)> =
            of("person").into_iter().filter_map(|(subject, id)| Some((subject.parse().ok()?, id))).collect();
        let ids: Vec<PersonId> = persons.iter().map(|(person, _)| *person).collect();
        let made = ring.make_persons(id, &data, &ids, at.at()).await?;
        for (person, old_id) in persons {
            if let Some(key) = made.get(&person.to_string()) {
                new.insert(old_id, key.clone());
            }
        }
        for (day, old_id) in of("day") {
            if let Ok(day) = day.parse() {
                new.insert(old_id, ring.make(id, &data, Purpose::Day(day), at.at()).await?);
            }
        }
        Ok((Roots { data, index: old.index.clone(), audit: audit.key }, new))
    }
}

impl MarketKeys {
    fn by_id(&self) -> HashMap<KeyId, SealingKey> {
        let below = self.below.iter().map(|(_, _, key)| (key.id, key.clone()));
        below.chain([(self.data.id, self.data.clone())]).collect()
    }
}

fn purpose(kind: &str, subject: &str) -> Option<Purpose> {
    match kind {
        "person" => subject.parse().ok().map(Purpose::Person),
        "day" => subject.parse().ok().map(Purpose::Day),
        _ => None,
    }
}

/// From the keys of one market to those of another.
struct Reseal<'a> {
    source: MarketId,
    market: &'a Market,
    old: &'a HashMap<KeyId, SealingKey>,
    new: &'a HashMap<KeyId, SealingKey>,
}

impl Reseal<'_> {
    fn row(&self, table: &TableRule, values: &mut [Value]) -> Result<(), MarketsError> {
        let source = self.source.to_string();
        let position: BTreeMap<&str, usize> =
            table.columns.iter().zip(0..).map(|(column, at)| (column.name, at)).collect();
        for (column, at) in table.columns.iter().zip(0..) {
            let Rule::Sealed { row, .. } = column.rule else { continue };
            let Value::Bytes(sealed) = &values[at] else { continue };
            // A payload with nothing personal in it may stand there as it is.
            let Ok(id) = seal::key_id_of(sealed) else { continue };
            // A key that is not there was destroyed: what it sealed stays unreadable.
            let (Some(old), Some(new)) = (self.old.get(&id), self.new.get(&id)) else { continue };
            let row = position.get(row).map(|at| rows::text_of(&values[*at])).unwrap_or_default();
            let cell = Cell { market: &source, table: table.name, row: &row, column: column.name };
            let plain = seal::open(&old.key, old.id, &cell, sealed)?;
            let anew = self.market.seal(new, table.name, &row, column.name, &plain)?;
            values[at] = Value::Bytes(anew);
        }
        Ok(())
    }
}

async fn load(
    tx: &mut Tx,
    table: &'static TableRule,
    file: &TableFile,
    from: &Path,
    reseal: Option<&Reseal<'_>>,
) -> Result<(), MarketsError> {
    let path = folder::file(from, &file.file)?;
    let opened = File::open(&path).map_err(MarketsError::file(path.clone()))?;
    let (mut page, mut count) = (Vec::new(), 0);
    for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
        let line = line.map_err(MarketsError::file(path.clone()))?;
        let mut values = rows::read(table, &line)
            .map_err(|what| MarketsError::damaged(path.clone(), format!("line {number}: {what}")))?;
        if let Some(reseal) = reseal {
            reseal.row(table, &mut values)?;
        }
        page.push(values);
        count += 1;
        if page.len() == PAGE_ROWS {
            image::insert_rows(tx, table, std::mem::take(&mut page)).await?;
        }
    }
    image::insert_rows(tx, table, page).await?;
    if count != file.rows {
        let what = format!("it has {count} rows, the manifest says {}", file.rows);
        return Err(MarketsError::damaged(path, what));
    }
    Ok(())
}
