//! A hub's databases with markets in them, and webhooks that may talk to this machine.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use cluster::Bus;
use connect::{Client, EgressPolicy};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Chance, Moment, PersonId, Ulid};
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket, SealingKey};
use serde_json::json;
use store::{
    Db, Schema,
    outbox::{self, Message},
    queue::Payload,
    testing::TestDb,
    trail,
};
use tempfile::TempDir;
use webhooks::{MadeEndpoint, NewEndpoint, Webhooks};

pub fn schemas() -> Vec<&'static Schema> {
    vec![
        &store::trail::SCHEMA,
        &markets::MARKET_SCHEMA,
        &store::idempotency::SCHEMA,
        &store::inbox::SCHEMA,
        &store::outbox::SCHEMA,
        &store::jobs::SCHEMA,
        &webhooks::SCHEMA,
    ]
}

pub struct World {
    pub markets: Markets,
    number: u32,
    clock: AtomicU64,
    folder: TempDir,
    _servers: Vec<TestDb>,
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

/// Webhooks of a process that has just started: no breaker remembers anything.
pub fn fresh() -> Webhooks {
    under(EgressPolicy::public().trusting(["localhost".parse().unwrap()]))
}

pub fn under(egress: EgressPolicy) -> Webhooks {
    static NODES: AtomicU64 = AtomicU64::new(0);
    let chance = chance();
    let client = Client::new(egress, Arc::new(move || chance.number() as u64)).unwrap();
    Webhooks::new(client, Bus::None, format!("node-{}", NODES.fetch_add(1, Ordering::Relaxed)))
}

impl World {
    async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self::over(folder, hub, keys, None, Vec::new()).await
    }

    async fn on_server() -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self::over(tempfile::tempdir().unwrap(), hub_db, keys_db, Some(url), vec![hub, keys]).await)
    }

    async fn over(
        folder: TempDir,
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        servers: Vec<TestDb>,
    ) -> Self {
        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let source = KeySource::Own(folder.path().join("keys").join("hub.key"));
        let keyring = Keyring::open(keys, &source, chance(), start()).await.unwrap();
        let config = MarketsConfig {
            hub,
            keyring,
            folder: folder.path().to_owned(),
            admin_url,
            replicas: Vec::new(),
            schemas: schemas(),
            open_max: 50,
            chance: chance(),
        };
        let markets = Markets::open(config, start()).await.unwrap();
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        Self { markets, number, clock: AtomicU64::new(0), folder, _servers: servers }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The next moment: a second after the last one.
    pub fn at(&self) -> Moment {
        let count = self.clock.fetch_add(1, Ordering::Relaxed);
        let seconds = SignedDuration::from_secs(i64::try_from(count).unwrap());
        let actor = Actor::new("ana@example.com").known_as("user:ana");
        // Tests run as processes side by side, and markets on one server are named by their identifiers.
        let entropy =
            u128::from(count) << 64 | u128::from(std::process::id()) << 32 | u128::from(self.number);
        Moment { now: start() + seconds, actor, entropy }
    }

    pub fn now(&self) -> Timestamp {
        self.at().now
    }

    /// A new market, entered.
    pub async fn market(&self, name: &str) -> Market {
        let new = NewMarket {
            name: name.parse().unwrap(),
            region: "us-wa".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/Los_Angeles".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential],
        };
        let record = self.markets.create(new, &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    pub async fn endpoint(
        &self,
        webhooks: &Webhooks,
        market: &Market,
        url: &str,
        topics: &str,
    ) -> MadeEndpoint {
        let new = NewEndpoint {
            url: url.to_owned(),
            description: "CRM".to_owned(),
            topics: topics.parse().unwrap(),
        };
        webhooks.create(market, new, &self.at()).await.unwrap()
    }

    /// A person with a key.
    pub async fn person(&self, market: &Market) -> (PersonId, SealingKey) {
        let at = self.at();
        let person = PersonId::from(at.ids().next());
        let key = market.new_person_key(person, &at).await.unwrap();
        (person, key)
    }

    /// Something happened to somebody: written to the outbox as a domain does.
    pub async fn tell(
        &self,
        market: &Market,
        topic: &str,
        person: &(PersonId, SealingKey),
        version: u32,
    ) -> Ulid {
        let data = json!({ "id": person.0.to_string(), "version": version, "name": "Canary Wren" });
        self.write(market, topic, person.0, Some(person.0), &person.1, data).await
    }

    /// Something happened that is about nobody (any more).
    pub async fn tell_plainly(&self, market: &Market, topic: &str, subject: PersonId) -> Ulid {
        let data = json!({ "id": subject.to_string() });
        self.write(market, topic, subject, None, market.market_key(), data).await
    }

    async fn write(
        &self,
        market: &Market,
        topic: &str,
        subject: PersonId,
        person: Option<PersonId>,
        key: &SealingKey,
        data: serde_json::Value,
    ) -> Ulid {
        let at = self.at();
        let id = at.ids().next();
        let body = json!({ "type": topic, "timestamp": at.at().to_string(), "data": data }).to_string();
        let bytes = market.seal(key, "outbox", &id.to_string(), "payload_sealed", body.as_bytes()).unwrap();
        let message = Message {
            id,
            topic: topic.to_owned(),
            ordering_key: subject.to_string(),
            payload: Payload { bytes, person },
        };
        let mut tx = market.db().begin().await.unwrap();
        outbox::enqueue(&mut tx, message, at.at());
        tx.commit().await.unwrap();
        id
    }

    /// What the market's audit chain says of webhooks.
    pub async fn trail(&self, market: &Market) -> Vec<audit::Entry> {
        let filter = trail::Filter { action: Some("webhook.".into()), ..trail::Filter::default() };
        trail::page(market.db(), &filter, trail::Order::Oldest, None, 1000).await.unwrap()
    }
}

pub fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
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
