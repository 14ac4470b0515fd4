//! A hub with one market, and an emulated GoHighLevel beside it, which shares nothing with the bridge but the published
//! contract.
#![allow(dead_code, reason = "every test file uses its part of the world")]

mod copy;
mod ear;
mod office;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use connect::{
    Client, EgressPolicy,
    ghl::{
        oauth::App,
        signature::Keys,
        tokens::{Secret, Waits},
    },
};
use contacts::Contacts;
use emulator::ghl::{Clock, Emulator, Options, Quota};
use gohighlevel::{Config, GoHighLevel};
use jiff::Timestamp;
use kernel::{Actor, Chance, Moment, Ulid};
use leads::Leads;
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use store::{Db, Schema, testing::TestDb};
use tempfile::TempDir;

/// Where browsers reach the hub of the tests.
const PUBLIC_URL: &str = "https://hub.example.com";
/// Plenty: limits are tried elsewhere.
const QUOTA: Quota = Quota { burst: 20_000, daily: 10_000_000 };
/// The user who connects the market.
const ANA: &str = "01K00000000000000000000ANA";

pub fn schemas() -> Vec<&'static Schema> {
    vec![
        &store::trail::SCHEMA,
        &markets::MARKET_SCHEMA,
        &store::idempotency::SCHEMA,
        &store::inbox::SCHEMA,
        &store::outbox::SCHEMA,
        &store::jobs::SCHEMA,
        &contacts::SCHEMA,
        &leads::SCHEMA,
        &gohighlevel::SCHEMA,
    ]
}

/// Chance that is different every time, and the same in every run.
pub fn chance() -> Chance {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let state = Arc::new(AtomicU64::new(SEED.fetch_add(7, Ordering::Relaxed)));
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

pub struct World {
    pub emulated: Emulator,
    pub bridge: GoHighLevel,
    pub markets: Markets,
    pub contacts: Contacts,
    pub leads: Leads,
    pub market: Market,
    /// The location there.
    pub location: String,
    /// Its company.
    pub company: String,
    pub hub: Db,
    clock: Clock,
    chance: Chance,
    ear: Option<tokio::task::JoinHandle<()>>,
    folder: TempDir,
    _servers: Vec<TestDb>,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(ear) = &self.ear {
            ear.abort();
        }
    }
}

struct Databases {
    folder: TempDir,
    hub: Db,
    keys: Db,
    admin_url: Option<String>,
    servers: Vec<TestDb>,
}

impl Databases {
    async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self { folder, hub, keys, admin_url: None, servers: Vec::new() }
    }

    /// On PostgreSQL, when there is one.
    async fn on_server() -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self { folder, hub: hub_db, keys: keys_db, admin_url: Some(url), servers: vec![hub, keys] })
    }
}

/// Runs `test` with an embedded hub that listens and, when there is a server, with one on it.
pub async fn on_both(test: impl AsyncFn(World)) {
    eprintln!("embedded:");
    test(World::listening(Options::default()).await).await;
    if let Some(databases) = Databases::on_server().await {
        eprintln!("on PostgreSQL:");
        let mut world = World::over(databases, Options::default()).await;
        world.listen().await;
        test(world).await;
    }
}

impl World {
    /// A location with so many contacts: nothing is connected, and events go nowhere.
    pub async fn with_contacts(contacts: usize) -> Self {
        Self::over(Databases::embedded().await, roomy(contacts)).await
    }

    /// The same on PostgreSQL, when there is one.
    pub async fn on_server(contacts: usize) -> Option<Self> {
        Some(Self::over(Databases::on_server().await?, roomy(contacts)).await)
    }

    /// An office as `options` say, whose events arrive; nothing is connected.
    pub async fn listening(options: Options) -> Self {
        let mut world = Self::over(Databases::embedded().await, options).await;
        world.listen().await;
        world
    }

    /// A market that is connected to the only location of an office with twenty contacts; events arrive.
    pub async fn connected() -> Self {
        let world = Self::listening(Options::default()).await;
        world.connect().await;
        world
    }

    async fn over(databases: Databases, options: Options) -> Self {
        let Databases { folder, hub, keys, admin_url, servers } = databases;
        let started = Instant::now();
        // A Monday morning in Los Angeles.
        let noon: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let clock = Clock::following(move || noon + started.elapsed());
        let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), options, clock.clone()).await.unwrap();
        let about = emulated.connection();
        let location = about["locations"][0]["id"].as_str().unwrap().to_owned();
        let company = about["companyId"].as_str().unwrap().to_owned();

        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let source = KeySource::Own(folder.path().join("keys").join("hub.key"));
        let chance = chance();
        let keyring = Keyring::open(keys, &source, chance.clone(), noon).await.unwrap();
        let config = MarketsConfig {
            hub: hub.clone(),
            keyring,
            folder: folder.path().to_owned(),
            admin_url,
            replicas: Vec::new(),
            schemas: schemas(),
            open_max: 50,
            chance: chance.clone(),
        };
        let markets = Markets::open(config, noon).await.unwrap();
        let contacts = Contacts::open(hub.clone(), markets.clone(), chance.clone()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        let record = markets.create(named("alpha"), &moment(&clock, &chance)).await.unwrap();
        let market = markets.enter(&record.name).await.unwrap();
        let parts = (hub.clone(), markets.clone(), contacts.clone(), leads.clone());
        let bridge = opened(&emulated, parts, &clock, |config| config).await;
        Self {
            emulated,
            bridge,
            markets,
            contacts,
            leads,
            market,
            location,
            company,
            hub,
            clock,
            chance,
            ear: None,
            folder,
            _servers: servers,
        }
    }

    /// The same hub in another process: nothing is remembered but what is written. Events go on reaching the one before.
    pub async fn restart(&mut self) {
        self.restart_with(|config| config).await;
    }

    pub async fn restart_with(&mut self, change: impl FnOnce(Config) -> Config) {
        let contacts = Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap();
        self.leads = Leads::new(contacts.clone());
        self.contacts = contacts;
        let parts = (self.hub.clone(), self.markets.clone(), self.contacts.clone(), self.leads.clone());
        self.bridge = opened(&self.emulated, parts, &self.clock, change).await;
    }

    /// Another process of the same hub, beside this one.
    pub async fn another_node(&self) -> GoHighLevel {
        let contacts = Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        let parts = (self.hub.clone(), self.markets.clone(), contacts, leads);
        opened(&self.emulated, parts, &self.clock, |config| config).await
    }

    /// Another market of the hub.
    pub async fn market(&self, name: &str) -> Market {
        let record = self.markets.create(named(name), &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    /// The next moment.
    pub fn at(&self) -> Moment {
        moment(&self.clock, &self.chance)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the time ahead, here and there.
    pub fn advance(&self, by: Duration) {
        self.emulated.advance(by);
    }

    pub fn user(&self) -> Ulid {
        ANA.parse().unwrap()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

fn roomy(contacts: usize) -> Options {
    Options { contacts, app_quota: QUOTA, private_quota: QUOTA, ..Options::default() }
}

fn named(name: &str) -> NewMarket {
    NewMarket {
        name: name.parse().unwrap(),
        region: "us-ca".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        locale: "en-US".parse().unwrap(),
        time_zone: "America/Los_Angeles".parse().unwrap(),
        verticals: vec![kernel::Vertical::Residential],
    }
}

type Parts = (Db, Markets, Contacts, Leads);

async fn opened(
    emulated: &Emulator,
    (hub, markets, contacts, leads): Parts,
    clock: &Clock,
    change: impl FnOnce(Config) -> Config,
) -> GoHighLevel {
    static NODES: AtomicU64 = AtomicU64::new(1);
    let about = emulated.connection();
    let text = |name: &str| about[name].as_str().unwrap().to_owned();
    let config = Config {
        base: text("base"),
        consent: text("consent"),
        app: Some(App { client_id: text("clientId"), client_secret: Secret::new(text("clientSecret")) }),
        webhook_keys: Keys::one("emulated", &text("webhookPublicKey")).unwrap(),
        public_url: Some(PUBLIC_URL.to_owned()),
        node: format!("node-{}", NODES.fetch_add(1, Ordering::Relaxed)),
        retry_base: Duration::from_millis(1),
        read_back_waits: [Duration::from_millis(1), Duration::from_millis(2)],
        token_waits: Waits([Duration::from_millis(1), Duration::from_millis(2)]),
        attempt_max: Duration::from_secs(5),
        ..Config::default()
    };
    let egress = EgressPolicy::public().trusting([emulated.address().to_string().parse().unwrap()]);
    let drawn = chance();
    let client = Client::new(egress, Arc::new(move || drawn.number() as u64)).unwrap();
    let clock = clock.clone();
    let clock = Arc::new(move || clock.now());
    GoHighLevel::open(hub, markets, contacts, leads, client, change(config), clock, chance()).await.unwrap()
}

fn moment(clock: &Clock, chance: &Chance) -> Moment {
    let actor = Actor::new("ana@example.com").known_as("user:ana");
    // Tests run as processes side by side, and markets of one server have names of their own.
    let entropy = chance.number() ^ (u128::from(std::process::id()) << 32);
    Moment { now: clock.now(), actor, entropy }
}
