//! The use cases, one file each below.

mod backup;
mod create;
mod delete;
mod enter;
mod exporting;
mod importing;
mod inspect;
mod migrating;
mod moving;
mod place;
mod replacing;
mod restore;
mod servers;
mod signing;
mod states;
mod work;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Chance, MarketId, MarketName, Moment};
use seal::Key;
use store::{Db, Schema, template::Template};
use tokio::sync::{Mutex, OnceCell};
use zeroize::Zeroizing;

pub use self::{
    delete::{Purged, PurgedMarket},
    migrating::Migrated,
    work::Recovered,
};
use crate::{
    MarketRecord, MarketsError,
    checklist::GoLiveStep,
    eraser::Eraser,
    forgetter::Forgetter,
    keyring::{Keyring, Roots},
    records,
    server::ServerId,
    shelf::Shelf,
};

/// Markets whose databases are open at the same time, unless told otherwise.
pub const OPEN_MAX: usize = 50;

/// What the markets of a hub are opened with.
pub struct MarketsConfig {
    /// The hub's database.
    pub hub: Db,
    /// The keyring.
    pub keyring: Keyring,
    /// The folder of embedded databases and of files that are being made.
    pub folder: PathBuf,
    /// PostgreSQL server for new markets: URL of a role that may create databases and roles. `None`: new markets are
    /// embedded, as SQLite files in the folder.
    pub admin_url: Option<String>,
    /// Read replicas of that server.
    pub replicas: Vec<String>,
    /// The tables of every domain that keeps some in markets.
    pub schemas: Vec<&'static Schema>,
    /// Most markets whose databases are open at the same time ([`OPEN_MAX`]); more only while more are in use.
    pub open_max: usize,
    /// Randomness for keys, nonces and passwords.
    pub chance: Chance,
}

/// The markets of a hub. Cheap to clone.
#[derive(Clone)]
pub struct Markets(Arc<Inner>);

struct Inner {
    hub: Db,
    keyring: Keyring,
    folder: PathBuf,
    admin_url: Option<String>,
    replicas: Vec<String>,
    schemas: Vec<&'static Schema>,
    stamp: String,
    template: OnceCell<Template>,
    server_templates: Mutex<HashMap<ServerId, String>>,
    shelf: Shelf,
    chance: Chance,
    hub_roots: Roots,
    erasers: RwLock<Vec<Arc<dyn Eraser>>>,
    forgetters: RwLock<Vec<Arc<dyn Forgetter>>>,
    steps: RwLock<Vec<Arc<dyn GoLiveStep>>>,
}

#[boxed]
impl Markets {
    /// Opens the markets of a hub, bringing the hub's tables of them up to date. Markets' own tables are brought up to
    /// date when they are entered, or all at once by [`Markets::migrate_all`].
    ///
    /// # Errors
    /// When a database or the keyring fails.
    pub async fn open(config: MarketsConfig, now: Timestamp) -> Result<Self, MarketsError> {
        let MarketsConfig { hub, keyring, folder, admin_url, replicas, mut schemas, open_max, chance } =
            config;
        hub.migrate(&records::SCHEMA).await?;
        for own in [&store::trail::SCHEMA, &crate::inside::SCHEMA] {
            if schemas.iter().all(|schema| schema.migrations.domain != own.migrations.domain) {
                schemas.insert(0, own);
            }
        }
        let files = folder.join("markets");
        blocking(move || crate::folder::private(&files)).await??;
        let hub_roots = keyring.hub_roots(now).await?;
        let stamp = migrating::stamp(&schemas);
        Ok(Self(Arc::new(Inner {
            hub,
            keyring,
            folder,
            admin_url,
            replicas,
            stamp,
            schemas,
            template: OnceCell::new(),
            server_templates: Mutex::default(),
            shelf: Shelf::new(open_max.max(1)),
            chance,
            hub_roots,
            erasers: RwLock::default(),
            forgetters: RwLock::default(),
            steps: RwLock::new(crate::checklist::own_steps()),
        })))
    }

    /// Every market that is ready, whatever its state, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<MarketRecord>, MarketsError> {
        Ok(records::markets(&self.0.hub).await?)
    }

    /// The market of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, name: &MarketName) -> Result<Option<MarketRecord>, MarketsError> {
        Ok(records::market_by_name(&self.0.hub, name).await?)
    }

    /// The market with this identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_id(&self, id: MarketId) -> Result<Option<MarketRecord>, MarketsError> {
        Ok(records::market_by_id(&self.0.hub, id).await?)
    }

    /// The market of this name, which must be there.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], or when the database fails.
    pub async fn record(&self, name: &MarketName) -> Result<MarketRecord, MarketsError> {
        self.find(name).await?.ok_or_else(|| MarketsError::Unknown(name.clone()))
    }

    /// From now on `eraser` is asked to remove the rows of erased persons.
    pub fn add_eraser(&self, eraser: Arc<dyn Eraser>) {
        self.0.erasers.write().unwrap_or_else(PoisonError::into_inner).push(eraser);
    }

    /// From now on `forgetter` is asked to let go of markets that are purged.
    pub fn add_forgetter(&self, forgetter: Arc<dyn Forgetter>) {
        self.0.forgetters.write().unwrap_or_else(PoisonError::into_inner).push(forgetter);
    }

    /// From now on `step` is part of every market's checklist.
    pub fn add_step(&self, step: Arc<dyn GoLiveStep>) {
        self.0.steps.write().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// The hub's key for what belongs to no market: sealed under the cell market `hub`.
    pub fn hub_key(&self) -> &crate::SealingKey {
        &self.0.hub_roots.data
    }

    /// A secret of the hub for one purpose (`server/cursor`): the same on every node and after every start, and telling
    /// nothing about any other.
    pub fn derive_key(&self, purpose: &str) -> Key {
        self.0.hub_roots.index.derive(purpose)
    }

    /// The seed of the signatures under the hub's audit chain (ed25519).
    pub fn audit_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.0.hub_roots.audit.expose())
    }

    /// The keyring.
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// The tables of every domain in a market's database.
    pub fn schemas(&self) -> &[&'static Schema] {
        &self.0.schemas
    }

    /// Wraps every market's key anew under another key at the top; see [`Keyring::rotate_top`].
    ///
    /// # Errors
    /// As there.
    pub async fn rotate_keys(&self, to: Option<crate::KeySource>, at: &Moment) -> Result<u64, MarketsError> {
        let count = self.0.keyring.rotate_top(to, at.at()).await?;
        let mut tx = self.0.hub.begin().await?;
        let detail = [("wrapped", count.to_string())];
        crate::chain::hub(&mut tx, at, "keys.rotated", "hub:keyring", detail);
        tx.commit().await?;
        Ok(count)
    }

    /// Closes every open market and the keyring. The hub's database is its opener's to close.
    pub async fn close(&self) {
        for market in self.0.shelf.drain() {
            market.db().close().await;
        }
        self.0.keyring.close().await;
    }

    fn forgetters(&self) -> Vec<Arc<dyn Forgetter>> {
        self.0.forgetters.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn erasers(&self) -> Vec<Arc<dyn Eraser>> {
        self.0.erasers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn steps(&self) -> Vec<Arc<dyn GoLiveStep>> {
        self.0.steps.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs what waits for files away from the threads that serve.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, MarketsError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| MarketsError::Interrupted)
}
