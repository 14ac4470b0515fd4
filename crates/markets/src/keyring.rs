//! The keys of all markets, in a database of their own that no backup and no export contains.
//!
//! One key at the top (the key-encryption key, [`KeySource`]) wraps one data key per market; a market's data key
//! wraps its other keys: one per person, one per day for what arrives before its person is known, and the seed of
//! its audit signatures. Destroying a person's key here makes every copy of the person's cells unreadable; a
//! *tombstone* stays, so that a backup restored later loses the person again.

mod file;
mod program;
mod records;
mod rotation;
mod source;

use std::{collections::HashMap, sync::Arc};

use boxed::boxed;
use jiff::{Timestamp, civil::Date};
use kernel::{Chance, MarketId, PersonId, Ulid};
use seal::{Key, KeyId};
use store::{Db, StoreError, Tx};
use tokio::sync::RwLock;

pub use self::source::{KeySource, KeySourceError};
use self::{records::StoredKey, source::Top};
use crate::MarketsError;

/// The owner of the hub's own keys, where others have a market's identifier.
pub(crate) const HUB: &str = "hub";

/// A key with its name: what a cell is sealed with.
#[derive(Clone, Debug)]
pub struct SealingKey {
    /// What sealed bytes call it.
    pub id: KeyId,
    /// The secret.
    pub key: Key,
}

/// A person whose key was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Who.
    pub person: PersonId,
    /// When.
    pub erased_at: Timestamp,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// The root of its owner's other keys; wrapped by the key at the top.
    Data,
    /// Blind indexes.
    Index,
    /// Seed of the audit chain's signatures.
    Audit,
    /// One person's cells.
    Person(PersonId),
    /// What arrived on a day, before its person is known.
    Day(Date),
}

impl Purpose {
    fn kind(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Index => "index",
            Self::Audit => "audit",
            Self::Person(_) => "person",
            Self::Day(_) => "day",
        }
    }

    fn subject(self) -> String {
        match self {
            Self::Person(person) => person.to_string(),
            Self::Day(day) => day.to_string(),
            _ => String::new(),
        }
    }

    /// What a wrapped key is bound to.
    fn context(self, owner: &str) -> String {
        format!("{owner}/{}/{}", self.kind(), self.subject())
    }
}

/// The root keys of one owner, unwrapped.
#[derive(Clone)]
pub(crate) struct Roots {
    pub data: SealingKey,
    pub index: Key,
    pub audit: Key,
}

/// Persons asked for at once.
const PERSONS_PER_QUESTION: usize = 1_000;

/// The keyring. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    db: Db,
    top: Arc<RwLock<Top>>,
    chance: Chance,
}

#[boxed]
impl Keyring {
    /// Opens the keyring in `db` with the key at the top from `source`; a new keyring remembers that key, and every
    /// later opening must bring it.
    ///
    /// # Errors
    /// When the key cannot be read or is another one than this keyring's.
    pub async fn open(
        db: Db,
        source: &KeySource,
        chance: Chance,
        now: Timestamp,
    ) -> Result<Self, MarketsError> {
        db.migrate(&records::SCHEMA).await?;
        let known = records::top(&db).await?;
        let top = source.open(known.as_ref(), &chance).await?;
        let ring = Self { db, top: Arc::new(RwLock::new(top)), chance };
        if known.is_none() {
            ring.remember_top(now).await?;
        } else {
            ring.check_top().await?;
        }
        Ok(ring)
    }

    /// Makes the root keys of a new owner.
    pub(crate) async fn make_roots(&self, owner: &str, at: Timestamp) -> Result<Roots, MarketsError> {
        let data = self.fresh(at);
        let (index, audit) = (self.fresh(at), self.fresh(at));
        self.put_roots(owner, &data, &index, &audit, at).await?;
        Ok(Roots { data, index: index.key, audit: audit.key })
    }

    /// Keeps root keys that were made elsewhere.
    pub(crate) async fn put_roots(
        &self,
        owner: &str,
        data: &SealingKey,
        index: &SealingKey,
        audit: &SealingKey,
        at: Timestamp,
    ) -> Result<(), MarketsError> {
        let (mut tx, wrapped) = loop {
            let (top, wrapped) = self.wrap_by_top(Purpose::Data.context(owner), &data.key).await?;
            let mut tx = self.db.begin().await?;
            // A rotation would not see this key before it is committed: neither may happen within the other.
            tx.one_at_a_time(records::ROTATION).await?;
            if records::top(&mut tx).await?.is_none_or(|known| known.id == top) {
                break (tx, wrapped);
            }
        };
        records::add_key(&mut tx, owner, Purpose::Data, data.id, wrapped, at).await?;
        for (purpose, key) in [(Purpose::Index, index), (Purpose::Audit, audit)] {
            let wrapped = self.wrap_below(owner, purpose, data, &key.key)?;
            records::add_key(&mut tx, owner, purpose, key.id, wrapped, at).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The root keys of an owner.
    pub(crate) async fn roots(&self, owner: &str) -> Result<Roots, MarketsError> {
        let mut found = HashMap::new();
        for stored in records::root_keys(&self.db, owner).await? {
            found.insert(stored.kind.clone(), stored);
        }
        let take = |purpose: Purpose| {
            found.get(purpose.kind()).ok_or_else(|| MarketsError::KeysMissing(owner.to_owned()))
        };
        let stored = take(Purpose::Data)?;
        let key = self.unwrap_by_top(Purpose::Data.context(owner), stored.wrapped.clone()).await?;
        let data = SealingKey { id: stored.id, key };
        let index = self.unwrap_below(owner, Purpose::Index, &data, &take(Purpose::Index)?.wrapped)?;
        let audit = self.unwrap_below(owner, Purpose::Audit, &data, &take(Purpose::Audit)?.wrapped)?;
        Ok(Roots { data, index, audit })
    }

    /// The root keys of the hub, made on the first use.
    pub(crate) async fn hub_roots(&self, at: Timestamp) -> Result<Roots, MarketsError> {
        match self.roots(HUB).await {
            Err(MarketsError::KeysMissing(_)) => match self.make_roots(HUB, at).await {
                // Another process was faster.
                Err(MarketsError::Store(error)) if error.is_unique_violation() => self.roots(HUB).await,
                made => made,
            },
            known => known,
        }
    }

    /// Makes the key of a person or a day. The key is durable before this returns.
    ///
    /// # Errors
    /// [`MarketsError::PersonErased`] for a person whose key was destroyed.
    pub(crate) async fn make(
        &self,
        owner: MarketId,
        data: &SealingKey,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<SealingKey, MarketsError> {
        let made = self.fresh(at);
        self.put(owner, data, purpose, &made, at).await?;
        Ok(made)
    }

    /// Makes the keys of many persons, in one transaction. They are durable before this returns.
    ///
    /// # Errors
    /// [`MarketsError::PersonErased`] when one of them was erased; then no key was made.
    pub(crate) async fn make_persons(
        &self,
        owner: MarketId,
        data: &SealingKey,
        persons: &[PersonId],
        at: Timestamp,
    ) -> Result<HashMap<String, SealingKey>, MarketsError> {
        let fresh: Vec<(Purpose, SealingKey)> =
            persons.iter().map(|person| (Purpose::Person(*person), self.fresh(at))).collect();
        let keys: Vec<(Purpose, &SealingKey)> = fresh.iter().map(|(purpose, key)| (*purpose, key)).collect();
        self.put_all(owner, data, &keys, at).await?;
        let made = fresh.into_iter().map(|(purpose, key)| (purpose.subject(), key)).collect();
        Ok(made)
    }

    /// Keeps the key of a person or a day.
    async fn put(
        &self,
        owner: MarketId,
        data: &SealingKey,
        purpose: Purpose,
        key: &SealingKey,
        at: Timestamp,
    ) -> Result<(), MarketsError> {
        self.put_all(owner, data, &[(purpose, key)], at).await
    }

    /// Keeps keys of persons and days, in one transaction.
    pub(crate) async fn put_all(
        &self,
        owner: MarketId,
        data: &SealingKey,
        keys: &[(Purpose, &SealingKey)],
        at: Timestamp,
    ) -> Result<(), MarketsError> {
        let name = owner.to_string();
        let (mut wrapped, mut persons) = (Vec::with_capacity(keys.len()), Vec::new());
        for (purpose, key) in keys {
            wrapped.push((*purpose, key.id, self.wrap_below(&name, *purpose, data, &key.key)?));
            if let Purpose::Person(person) = purpose {
                persons.push(*person);
            }
        }
        let mut tx = self.db.begin().await?;
        for some in persons.chunks(PERSONS_PER_QUESTION) {
            if let Some(person) = records::erased_among(&mut tx, owner, some).await? {
                return Err(MarketsError::PersonErased(person));
            }
        }
        records::add_keys(&mut tx, &name, wrapped, at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The keys of these purposes that exist, by subject.
    pub(crate) async fn find(
        &self,
        owner: MarketId,
        data: &SealingKey,
        purposes: &[Purpose],
    ) -> Result<HashMap<String, SealingKey>, MarketsError> {
        let Some(first) = purposes.first() else { return Ok(HashMap::new()) };
        let subjects: Vec<String> = purposes.iter().map(|purpose| purpose.subject()).collect();
        let stored = records::keys_of(&self.db, owner, first.kind(), subjects).await?;
        let owner = owner.to_string();
        stored
            .into_iter()
            .map(|stored| {
                let key = self.unwrap_stored(&owner, data, &stored)?;
                Ok((stored.subject, SealingKey { id: stored.id, key }))
            })
            .collect()
    }

    /// Every key of a market below its data key, with its kind and subject.
    pub(crate) async fn all_below(
        &self,
        owner: MarketId,
        data: &SealingKey,
    ) -> Result<Vec<(String, String, SealingKey)>, MarketsError> {
        let name = owner.to_string();
        let mut all = Vec::new();
        for stored in records::all_keys(&self.db, &name).await? {
            if stored.kind != Purpose::Data.kind() {
                let key = self.unwrap_stored(&name, data, &stored)?;
                all.push((stored.kind, stored.subject, SealingKey { id: stored.id, key }));
            }
        }
        Ok(all)
    }

    /// The key of this name among a market's.
    pub(crate) async fn named(
        &self,
        owner: MarketId,
        data: &SealingKey,
        id: KeyId,
    ) -> Result<Option<SealingKey>, MarketsError> {
        if id == data.id {
            return Ok(Some(data.clone()));
        }
        let name = owner.to_string();
        let Some(stored) = records::key_named(&self.db, &name, id).await? else { return Ok(None) };
        let key = self.unwrap_stored(&name, data, &stored)?;
        Ok(Some(SealingKey { id, key }))
    }

    /// Destroys a person's key and leaves a tombstone; `false` when it was destroyed before. Nothing of the key is
    /// left in the keyring's file or log when this returns.
    pub(crate) async fn destroy_person(
        &self,
        owner: MarketId,
        person: PersonId,
        at: Timestamp,
    ) -> Result<bool, MarketsError> {
        let mut tx = self.db.begin().await?;
        let first = records::add_tombstone(&mut tx, owner, person, at).await?;
        records::delete_key(&mut tx, &owner.to_string(), Purpose::Person(person)).await?;
        tx.commit().await?;
        // Also the second time: the first may have been interrupted here.
        self.scrub().await?;
        Ok(first)
    }

    /// Destroys the keys of days before `day`; how many there were.
    pub(crate) async fn destroy_days_before(&self, owner: MarketId, day: Date) -> Result<u64, MarketsError> {
        let mut tx = self.db.begin().await?;
        let gone = records::delete_days_before(&mut tx, &owner.to_string(), day).await?;
        tx.commit().await?;
        if gone > 0 {
            self.scrub().await?;
        }
        Ok(gone)
    }

    /// The erased persons of a market, by time.
    pub(crate) async fn tombstones(&self, owner: MarketId) -> Result<Vec<Tombstone>, StoreError> {
        records::tombstones(&self.db, owner).await
    }

    /// Keeps tombstones that came with an import.
    pub(crate) async fn put_tombstones(
        &self,
        owner: MarketId,
        tombstones: &[Tombstone],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for tombstone in tombstones {
            records::add_tombstone(&mut tx, owner, tombstone.person, tombstone.erased_at).await?;
        }
        tx.commit().await
    }

    /// Destroys every key of a market, and its tombstones: what was sealed with them is gone for good.
    pub(crate) async fn destroy_market(&self, owner: MarketId) -> Result<(), MarketsError> {
        let mut tx = self.db.begin().await?;
        records::delete_market(&mut tx, owner).await?;
        tx.commit().await?;
        self.scrub().await?;
        Ok(())
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.db.close().await;
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        self.db.scrub(&[records::KEY_TABLE]).await
    }

    pub(crate) fn fresh(&self, at: Timestamp) -> SealingKey {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let id = KeyId::new(Ulid::from_parts(millis, self.chance.number()));
        SealingKey { id, key: Key::from_bytes(self.chance.bytes()) }
    }

    fn wrap_below(
        &self,
        owner: &str,
        purpose: Purpose,
        data: &SealingKey,
        key: &Key,
    ) -> Result<Vec<u8>, MarketsError> {
        let context = purpose.context(owner);
        Ok(seal::wrap(&data.key, data.id, &context, key, self.chance.bytes())?)
    }

    fn unwrap_below(
        &self,
        owner: &str,
        purpose: Purpose,
        data: &SealingKey,
        wrapped: &[u8],
    ) -> Result<Key, MarketsError> {
        Ok(seal::unwrap(&data.key, data.id, &purpose.context(owner), wrapped)?)
    }

    fn unwrap_stored(&self, owner: &str, data: &SealingKey, stored: &StoredKey) -> Result<Key, MarketsError> {
        let context = format!("{owner}/{}/{}", stored.kind, stored.subject);
        Ok(seal::unwrap(&data.key, data.id, &context, &stored.wrapped)?)
    }

    /// Wraps with the key at the top; its name comes back, too.
    async fn wrap_by_top(&self, context: String, key: &Key) -> Result<(KeyId, Vec<u8>), MarketsError> {
        self.catch_up().await?;
        let top = self.top.read().await;
        let (id, wrapping, key, nonce) = (top.id, top.wrapping(), key.clone(), self.chance.bytes());
        drop(top);
        Ok((id, blocking(move || wrapping.wrap(&context, &key, nonce)).await??))
    }

    async fn unwrap_by_top(&self, context: String, wrapped: Vec<u8>) -> Result<Key, MarketsError> {
        let unwrap = async || {
            let (wrapping, context, wrapped) =
                (self.top.read().await.wrapping(), context.clone(), wrapped.clone());
            blocking(move || wrapping.unwrap(&context, &wrapped)).await
        };
        match unwrap().await? {
            Ok(key) => Ok(key),
            // Another process may have rotated the key at the top.
            Err(_) if self.catch_up().await? => Ok(unwrap().await??),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the key at the top that another process has rotated to; `false` when it is the same.
    async fn catch_up(&self) -> Result<bool, MarketsError> {
        let Some(known) = records::top(&self.db).await? else { return Ok(false) };
        if self.top.read().await.id == known.id {
            return Ok(false);
        }
        let mut top = self.top.write().await;
        let next = top.source.open(Some(&known), &self.chance).await?;
        *top = next;
        Ok(true)
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }
}

/// Runs what may wait for a program or a file away from the threads that serve.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MarketsError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| MarketsError::Interrupted)
}

/// One transaction with the keyring, for rotation.
async fn begin(ring: &Keyring) -> Result<Tx, StoreError> {
    ring.db.begin().await
}

#[cfg(test)]
mod tests;
