//! A hub's databases with markets, contacts and leads in them, for two nodes at once.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use contacts::{Contacts, NewContact, Personal};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment, PersonId};
use leads::Leads;
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use store::{Db, testing::TestDb};
use tempfile::TempDir;

use crate::world::{chance, schemas};

/// A Friday, one in the afternoon in New Jersey: nobody's night.
pub const AFTERNOON: &str = "2026-11-20T18:00:00Z";

pub struct World {
    pub leads: Leads,
    pub contacts: Contacts,
    pub markets: Markets,
    hub: Db,
    keys: Db,
    config: Parts,
    now: Mutex<Timestamp>,
    moments: AtomicU64,
    /// Different for every world of every test process: a server knows the databases of all of them.
    number: u128,
    _folder: TempDir,
    _servers: Vec<TestDb>,
}

type Parts = (std::path::PathBuf, Option<String>);

impl World {
    /// Markets as SQLite files.
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self::over(folder, hub, keys, None, Vec::new()).await
    }

    /// Markets as PostgreSQL databases; `None` when there is no server to test with.
    pub async fn on_server() -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self::over(folder, hub_db, keys_db, Some(url), vec![hub, keys]).await)
    }

    async fn over(
        folder: TempDir,
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        servers: Vec<TestDb>,
    ) -> Self {
        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let config = (folder.path().to_owned(), admin_url);
        let (markets, contacts, leads) = open(&hub, &keys, &config).await;
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let nth = WORLDS.fetch_add(1, Ordering::Relaxed) % 64;
        Self {
            leads,
            contacts,
            markets,
            hub,
            keys,
            config,
            now: Mutex::new(AFTERNOON.parse().unwrap()),
            moments: AtomicU64::new(0),
            number: u128::from(std::process::id()) << 6 | u128::from(nth),
            _folder: folder,
            _servers: servers,
        }
    }

    /// Another node over the same databases.
    pub async fn another_node(&self) -> (Markets, Leads) {
        let (markets, _, leads) = open(&self.hub, &self.keys, &self.config).await;
        (markets, leads)
    }

    /// The present; it stands still until it is [moved](World::later).
    pub fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Lets time pass.
    pub fn later(&self, by: SignedDuration) {
        *self.now.lock().unwrap() += by;
    }

    /// A moment of the present, unlike every other.
    pub fn at(&self) -> Moment {
        let count = self.moments.fetch_add(1, Ordering::Relaxed);
        Moment {
            now: self.now(),
            actor: Actor::new("ana@example.com").known_as("user:ana"),
            // Identifiers keep 80 bits of it, and count up from there.
            entropy: self.number << 48 | u128::from(count) << 20,
        }
    }

    /// A new market in New Jersey, entered.
    pub async fn market(&self, name: &str) -> Market {
        let new = NewMarket {
            name: name.parse().unwrap(),
            region: "us-nj".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/New_York".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential, kernel::Vertical::Commercial],
        };
        let record = self.markets.create(new, &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    /// A new contact.
    pub async fn contact(&self, market: &Market, personal: Personal) -> PersonId {
        let new = NewContact { personal, ..NewContact::default() };
        self.contacts.create(market, &new, &self.at()).await.unwrap().id
    }
}

async fn open(hub: &Db, keys: &Db, (folder, admin_url): &Parts) -> (Markets, Contacts, Leads) {
    let now = AFTERNOON.parse().unwrap();
    let source = KeySource::Own(folder.join("keys").join("hub.key"));
    let keyring = Keyring::open(keys.clone(), &source, chance(), now).await.unwrap();
    let config = MarketsConfig {
        hub: hub.clone(),
        keyring,
        folder: folder.clone(),
        admin_url: admin_url.clone(),
        replicas: Vec::new(),
        schemas: schemas(),
        open_max: 50,
        chance: chance(),
    };
    let markets = Markets::open(config, now).await.unwrap();
    let contacts = Contacts::open(hub.clone(), markets.clone(), chance()).await.unwrap();
    let leads = Leads::new(contacts.clone());
    markets.add_eraser(Arc::new(leads.clone()));
    (markets, contacts, leads)
}

/// Runs `test` with embedded markets and, when there is a server, with markets on it.
pub async fn on_both(test: impl AsyncFn(World)) {
    eprintln!("embedded:");
    test(World::embedded().await).await;
    if let Some(world) = World::on_server().await {
        eprintln!("on PostgreSQL:");
        test(world).await;
    }
}

/// Somebody in New Jersey.
pub fn person(name: &str, email: Option<&str>, phone: Option<&str>) -> Personal {
    let owned = |text: &str| text.to_owned();
    Personal {
        name: Some(owned(name)),
        email: email.map(owned),
        phone: phone.map(owned),
        address: Some(owned("12 Main Street, Hackensack, NJ 07601")),
    }
}
