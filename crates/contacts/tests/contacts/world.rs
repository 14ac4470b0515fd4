//! A hub's databases with markets in them.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use contacts::{Contacts, NewContact, Personal};
use jiff::{Timestamp, ToSpan as _};
use kernel::{Actor, Chance, Moment};
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use store::{Db, Schema, testing::TestDb};
use tempfile::TempDir;

/// Everything that a market's database holds.
pub fn schemas() -> Vec<&'static Schema> {
    vec![
        &store::trail::SCHEMA,
        &markets::MARKET_SCHEMA,
        &store::idempotency::SCHEMA,
        &store::inbox::SCHEMA,
        &store::outbox::SCHEMA,
        &store::jobs::SCHEMA,
        &contacts::SCHEMA,
    ]
}

pub struct World {
    pub contacts: Contacts,
    pub markets: Markets,
    pub hub: Db,
    keys: Db,
    config: Box<dyn Fn() -> MarketsConfigParts>,
    clock: AtomicU64,
    /// Different for every world of every test process: a server knows the databases of all of them.
    number: u128,
    folder: TempDir,
    _servers: Vec<TestDb>,
}

type MarketsConfigParts = (std::path::PathBuf, Option<String>);

/// Chance that is different every time, and the same in every run.
fn chance() -> Chance {
    let state = Arc::new(AtomicU64::new(1));
    Chance::from_fn(move |bytes| {
        for byte in bytes.chunks_mut(8) {
            let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let z = (z ^ (z >> 31)).to_be_bytes();
            byte.copy_from_slice(&z[..byte.len()]);
        }
    })
}

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
        let data = folder.path().to_owned();
        let config = Box::new(move || (data.clone(), admin_url.clone()));
        let (markets, contacts) = open(&hub, &keys, &config()).await;
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let nth = WORLDS.fetch_add(1, Ordering::Relaxed) % 64;
        let number = u128::from(std::process::id()) << 6 | u128::from(nth);
        Self {
            contacts,
            markets,
            hub,
            keys,
            config,
            clock: AtomicU64::new(0),
            number,
            folder,
            _servers: servers,
        }
    }

    /// The same databases, opened again as after a restart.
    pub async fn restarted(&self) -> (Markets, Contacts) {
        open(&self.hub, &self.keys, &(self.config)()).await
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The next moment: a second after the last one.
    pub fn at(&self) -> Moment {
        let count = self.clock.fetch_add(1, Ordering::Relaxed);
        let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        Moment {
            now: start + i64::try_from(count).unwrap().seconds(),
            actor: Actor::new("ana@example.com").known_as("user:ana"),
            // Identifiers keep 80 bits of it, and count up from there.
            entropy: self.number << 48 | u128::from(count) << 20,
        }
    }

    /// A new market in Washington, entered.
    pub async fn market(&self, name: &str) -> Market {
        self.market_in(name, "us-wa", "USD").await
    }

    /// A new market, entered.
    pub async fn market_in(&self, name: &str, region: &str, currency: &str) -> Market {
        let new = NewMarket {
            name: name.parse().unwrap(),
            region: region.parse().unwrap(),
            currency: currency.parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/Los_Angeles".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential, kernel::Vertical::Commercial],
        };
        let record = self.markets.create(new, &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    /// Adds `count` contacts with these beginnings of their names.
    pub async fn add(&self, market: &Market, count: usize, stage: &str) {
        for number in 0..count {
            let new = NewContact {
                personal: person(&format!("Person {number}"), None, None),
                stage: Some(stage.to_owned()),
                ..NewContact::default()
            };
            self.contacts.create(market, &new, &self.at()).await.unwrap();
        }
    }
}

async fn open(hub: &Db, keys: &Db, (folder, admin_url): &MarketsConfigParts) -> (Markets, Contacts) {
    let now = "2026-03-02T09:00:00Z".parse().unwrap();
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
    (markets, contacts)
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

/// Who somebody is.
pub fn person(name: &str, email: Option<&str>, phone: Option<&str>) -> Personal {
    let owned = |text: &str| text.to_owned();
    Personal { name: Some(owned(name)), email: email.map(owned), phone: phone.map(owned), address: None }
}
