//! The handle of one market: the only way to its database and its keys.

use std::{collections::HashMap, fmt, sync::Arc};

use boxed::boxed;
use jiff::civil::Date;
use kernel::{Chance, Currency, Locale, MarketId, MarketName, Moment, PersonId, Region, Vertical};
use seal::{Cell, KeyId, blind::IndexKey};
use store::Db;
use zeroize::Zeroizing;

use crate::{
    MarketRecord, MarketScoped, MarketsError,
    keyring::{Keyring, Purpose, Roots, SealingKey, Tombstone},
    record::ZoneName,
};

/// A market that was entered. Cheap to clone; whoever holds it holds its database open.
///
/// A handle belongs to one generation of the database. After a restore or a move, writes through an older handle fail
/// with [`store::StoreError::Fenced`]; entering again gives the new one.
#[derive(Clone)]
pub struct Market {
    record: Arc<MarketRecord>,
    open: Arc<Open>,
}

/// What is open of a market.
struct Open {
    db: Db,
    roots: Roots,
    index: IndexKey,
    keyring: Keyring,
    chance: Chance,
}

/// The keys of some persons; those erased or unknown are missing.
#[derive(Clone, Debug, Default)]
pub struct PersonKeys(HashMap<String, SealingKey>);

impl PersonKeys {
    /// The key of a person.
    pub fn get(&self, person: PersonId) -> Option<&SealingKey> {
        self.0.get(&person.to_string())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[boxed]
impl Market {
    pub(crate) fn new(record: MarketRecord, db: Db, roots: Roots, keyring: Keyring, chance: Chance) -> Self {
        let index = IndexKey::from_bytes(*roots.index.expose());
        Self { record: Arc::new(record), open: Arc::new(Open { db, roots, index, keyring, chance }) }
    }

    /// The same open market, with what the hub has on record now.
    pub(crate) fn with_record(mut self, record: &MarketRecord) -> Self {
        if *self.record != *record {
            self.record = Arc::new(record.clone());
        }
        self
    }

    /// Which market.
    pub fn id(&self) -> MarketId {
        self.record.id
    }

    /// Its name.
    pub fn name(&self) -> &MarketName {
        &self.record.name
    }

    /// What the hub has on record, as of entering.
    pub fn record(&self) -> &MarketRecord {
        &self.record
    }

    /// Where it does business.
    pub fn region(&self) -> &Region {
        &self.record.region
    }

    /// What its amounts are in.
    pub fn currency(&self) -> Currency {
        self.record.currency
    }

    /// How it writes.
    pub fn locale(&self) -> &Locale {
        &self.record.locale
    }

    /// Whose day it lives in.
    pub fn time_zone(&self) -> &ZoneName {
        &self.record.time_zone
    }

    /// Its lines of business.
    pub fn verticals(&self) -> &[Vertical] {
        &self.record.verticals
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.open.db
    }

    /// Its chance: for nonces and secrets.
    pub fn chance(&self) -> &Chance {
        &self.open.chance
    }

    /// `id` as this market means it.
    pub fn scoped<Id>(&self, id: Id) -> MarketScoped<Id> {
        MarketScoped::new(self.id(), id)
    }

    /// The key of what belongs to the market and to no person: credentials, for example.
    pub fn market_key(&self) -> &SealingKey {
        &self.open.roots.data
    }

    /// The key of its blind indexes.
    pub fn index_key(&self) -> &IndexKey {
        &self.open.index
    }

    /// The seed of the signatures under its audit chain (ed25519).
    pub fn audit_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.open.roots.audit.expose())
    }

    /// Seals a value for one field of one row.
    ///
    /// # Errors
    /// Only for values beyond 256 GiB.
    pub fn seal(
        &self,
        key: &SealingKey,
        table: &str,
        row: &str,
        column: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, MarketsError> {
        let market = self.id().to_string();
        let cell = Cell { market: &market, table, row, column };
        Ok(seal::seal(&key.key, key.id, &cell, plain, self.open.chance.bytes())?.into_bytes())
    }

    /// Opens what [`Market::seal`] made for the same field of the same row.
    ///
    /// # Errors
    /// What is wrong with it: another key, or changed or moved bytes.
    pub fn unseal(
        &self,
        key: &SealingKey,
        table: &str,
        row: &str,
        column: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, MarketsError> {
        let market = self.id().to_string();
        let cell = Cell { market: &market, table, row, column };
        Ok(seal::open(&key.key, key.id, &cell, sealed)?)
    }

    /// Makes the key of a new person; it is durable when this returns. Make it before the row that needs it.
    ///
    /// # Errors
    /// [`MarketsError::PersonErased`], or when the keyring fails (also when the person has a key already).
    pub async fn new_person_key(&self, person: PersonId, at: &Moment) -> Result<SealingKey, MarketsError> {
        self.open.keyring.make(self.id(), &self.open.roots.data, Purpose::Person(person), at.at()).await
    }

    /// Makes the keys of many new persons at once, durable when this returns: for imports.
    ///
    /// # Errors
    /// As [`Market::new_person_key`]; then no key was made.
    pub async fn new_person_keys(
        &self,
        persons: &[PersonId],
        at: &Moment,
    ) -> Result<PersonKeys, MarketsError> {
        let made = self.open.keyring.make_persons(self.id(), &self.open.roots.data, persons, at.at()).await?;
        Ok(PersonKeys(made))
    }

    /// The key of a person; `None` when it was destroyed or never made. Keys are not kept in memory: what was
    /// destroyed on another node is gone here as well.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn person_key(&self, person: PersonId) -> Result<Option<SealingKey>, MarketsError> {
        Ok(self.person_keys(&[person]).await?.0.into_values().next())
    }

    /// The keys of many persons, in one question.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn person_keys(&self, persons: &[PersonId]) -> Result<PersonKeys, MarketsError> {
        let mut keys = HashMap::new();
        for some in persons.chunks(PERSONS_PER_QUERY) {
            let purposes: Vec<Purpose> = some.iter().copied().map(Purpose::Person).collect();
            keys.extend(self.open.keyring.find(self.id(), &self.open.roots.data, &purposes).await?);
        }
        Ok(PersonKeys(keys))
    }

    /// Destroys the key of a person, everywhere and for good; `false` when it had been destroyed. A tombstone stays in
    /// the keyring. Destroy the key first and remove rows then: interrupted between the two, nothing can be read.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn destroy_person_key(&self, person: PersonId, at: &Moment) -> Result<bool, MarketsError> {
        self.open.keyring.destroy_person(self.id(), person, at.at()).await
    }

    /// Who was erased from this market, by time.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn erased_persons(&self) -> Result<Vec<Tombstone>, MarketsError> {
        Ok(self.open.keyring.tombstones(self.id()).await?)
    }

    /// The key for what arrives on a day before anybody knows whose it is; made on the first use, destroyed after
    /// the days that the market's policy says ([`Market::destroy_day_keys_before`]).
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn day_key(&self, day: Date, at: &Moment) -> Result<SealingKey, MarketsError> {
        let (ring, data, purpose) = (&self.open.keyring, &self.open.roots.data, Purpose::Day(day));
        let find = async || {
            Ok::<_, MarketsError>(ring.find(self.id(), data, &[purpose]).await?.into_values().next())
        };
        if let Some(key) = find().await? {
            return Ok(key);
        }
        match ring.make(self.id(), data, purpose, at.at()).await {
            Err(MarketsError::Store(error)) if error.is_unique_violation() => {
                find().await?.ok_or_else(|| MarketsError::KeysMissing(self.id().to_string()))
            }
            made => made,
        }
    }

    /// Destroys the keys of the days before `day`; how many there were.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn destroy_day_keys_before(&self, day: Date) -> Result<u64, MarketsError> {
        self.open.keyring.destroy_days_before(self.id(), day).await
    }

    /// The key that sealed bytes name ([`seal::key_id_of`]); `None` when it was destroyed.
    ///
    /// # Errors
    /// When the keyring fails.
    pub async fn key_named(&self, id: KeyId) -> Result<Option<SealingKey>, MarketsError> {
        self.open.keyring.named(self.id(), &self.open.roots.data, id).await
    }

    pub(crate) fn roots(&self) -> &Roots {
        &self.open.roots
    }

    /// How many handles there are, this one included.
    pub(crate) fn handles(&self) -> usize {
        Arc::strong_count(&self.open)
    }
}

/// Persons whose keys are asked for at once.
const PERSONS_PER_QUERY: usize = 1000;

impl fmt::Debug for Market {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Market({} {}.{})", self.name(), self.id(), self.record.generation)
    }
}

impl PartialEq for Market {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Market {}
