//! A hub's databases with one market, and GoHighLevel beside it.
#![allow(dead_code, reason = "every test file uses its part")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, http::HeaderMap, http::StatusCode, routing::post};
use connect::{
    Client, EgressPolicy,
    ghl::{oauth::App, signature::Keys, tokens::Secret, tokens::Waits},
};
use contacts::{Contacts, Sight};
use emulator::ghl::{Clock, Emulator, Quota, Rule};
use gohighlevel::{Config, GoHighLevel, Link, Received, heal::Progress};
use jiff::Timestamp;
use kernel::{Actor, Chance, Moment, PersonId, Ulid};
use leads::Leads;
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use serde_json::{Value, json};
use store::{Db, Schema, testing::TestDb};
use tempfile::TempDir;

/// Where browsers reach the hub of the tests.
const PUBLIC_URL: &str = "https://hub.example.com";
/// Plenty: limits are tried elsewhere.
const QUOTA: Quota = Quota { burst: 20_000, daily: 10_000_000 };

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
    /// The location's identifier.
    pub location: String,
    time: Clock,
    hub: Db,
    moments: AtomicU64,
    receiver: Option<tokio::task::JoinHandle<()>>,
    _folder: TempDir,
    _servers: Vec<TestDb>,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(receiver) = &self.receiver {
            receiver.abort();
        }
    }
}

impl World {
    /// A location with so many contacts; nothing is connected yet.
    pub async fn with_contacts(contacts: usize) -> Self {
        Self::of(emulator::ghl::Options { contacts, ..options() }).await
    }

    pub async fn of(options: emulator::ghl::Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self::over(folder, hub, keys, None, Vec::new(), options).await
    }

    /// On PostgreSQL, when there is one.
    pub async fn on_server(contacts: usize) -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        let options = emulator::ghl::Options { contacts, ..options() };
        let folder = tempfile::tempdir().unwrap();
        Some(Self::over(folder, hub_db, keys_db, Some(url), vec![hub, keys], options).await)
    }

    async fn over(
        folder: TempDir,
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        servers: Vec<TestDb>,
        options: emulator::ghl::Options,
    ) -> Self {
        let started = Instant::now();
        // A Monday morning in Los Angeles.
        let noon: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let time = Clock::following(move || noon + started.elapsed());
        let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), options, time.clone()).await.unwrap();
        let location = emulated.connection()["locations"][0]["id"].as_str().unwrap().to_owned();

        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let source = KeySource::Own(folder.path().join("keys").join("hub.key"));
        let keyring = Keyring::open(keys, &source, chance(), noon).await.unwrap();
        let config = MarketsConfig {
            hub: hub.clone(),
            keyring,
            folder: folder.path().to_owned(),
            admin_url,
            replicas: Vec::new(),
            schemas: schemas(),
            open_max: 50,
            chance: chance(),
        };
        let markets = Markets::open(config, noon).await.unwrap();
        let contacts = Contacts::open(hub.clone(), markets.clone(), chance()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        let moments = AtomicU64::new(0);
        let new = NewMarket {
            name: "alpha".parse().unwrap(),
            region: "us-ca".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/Los_Angeles".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential],
        };
        let record = markets.create(new, &moment(&moments, &time)).await.unwrap();
        let market = markets.enter(&record.name).await.unwrap();
        let bridge = bridge(&emulated, &time, &hub, &markets, &contacts, &leads, |config| config).await;
        Self {
            emulated,
            bridge,
            markets,
            contacts,
            leads,
            market,
            location,
            time,
            hub,
            moments,
            receiver: None,
            _folder: folder,
            _servers: servers,
        }
    }

    /// The same hub in another process: nothing is remembered but what is written.
    pub async fn restart(&mut self) {
        self.restart_with(|config| config).await;
    }

    pub async fn restart_with(&mut self, change: impl FnOnce(Config) -> Config) {
        let contacts = Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap();
        self.leads = Leads::new(contacts.clone());
        self.contacts = contacts;
        let (contacts, leads) = (&self.contacts, &self.leads);
        self.bridge =
            bridge(&self.emulated, &self.time, &self.hub, &self.markets, contacts, leads, change).await;
    }

    /// The next moment.
    pub fn at(&self) -> Moment {
        moment(&self.moments, &self.time)
    }

    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Moves the time ahead, here and there.
    pub fn advance(&self, by: Duration) {
        self.emulated.advance(by);
    }

    /// Installs the app as a person would.
    pub async fn connect_app(&self) {
        let user = Ulid::from_bytes([7; 16]);
        let consent = self.bridge.begin_install(&self.market, user, &self.at()).await.unwrap();
        let query = consent.split_once('?').unwrap().1;
        let state = query.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
        let redirect = format!("{PUBLIC_URL}{}", gohighlevel::CALLBACK);
        let body = json!({ "locationId": self.location, "redirectUri": redirect });
        let (_, answer) = self.emulated.admin("POST", "install", &body);
        let code = answer["code"].as_str().unwrap();
        self.bridge.finish_install(state, code, user, &self.at()).await.unwrap();
    }

    /// Connects by a private integration token.
    pub async fn connect_private(&self) {
        let body = json!({ "locationId": self.location, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        let token = Secret::new(answer["access_token"].as_str().unwrap());
        self.bridge.use_private_token(&self.market, &self.location, token, &self.at()).await.unwrap();
    }

    /// From now on events come to this hub.
    pub async fn listen(&mut self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (bridge, time) = (self.bridge.clone(), self.time.clone());
        let receive = move |headers: HeaderMap, body: Bytes| {
            let (bridge, time) = (bridge.clone(), time.clone());
            async move {
                let signature = headers.get("x-ghl-signature").and_then(|value| value.to_str().ok());
                match bridge.receive(signature, &body, None, time.now()).await {
                    Ok(Received::Refused(_)) => StatusCode::UNAUTHORIZED,
                    Ok(_) => StatusCode::OK,
                    Err(_) => StatusCode::TOO_MANY_REQUESTS,
                }
            }
        };
        let app = Router::new().route("/webhooks/ghl", post(receive));
        self.receiver = Some(tokio::spawn(async move {
            let _ = axum::serve(listener, app.into_make_service()).await;
        }));
        let body = json!({ "url": format!("http://{address}/webhooks/ghl") });
        self.emulated.admin("POST", "webhooks", &body);
    }

    /// From now on events go nowhere.
    pub fn deafen(&self) {
        self.emulated.admin("POST", "webhooks", &json!({}));
    }

    /// Waits until every event that is on its way has ended.
    pub async fn delivered(&self) {
        use emulator::ghl::State;
        let begun = Instant::now();
        let is_open = |state: State| matches!(state, State::Waiting | State::Sending);
        while self.emulated.deliveries().iter().any(|delivery| is_open(delivery.state)) {
            assert!(begun.elapsed() < Duration::from_secs(20), "events are still on their way");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Works off what has arrived.
    pub async fn work(&self) {
        while self.bridge.work(&self.market, self.now(), 200).await.unwrap().more {}
    }

    /// Somebody in the office does something.
    pub fn staff(&self, method: &str, path: &str, body: Value) -> Value {
        let body = json!({ "locationId": self.location, "method": method, "path": path, "body": body });
        let (status, answer) = self.emulated.admin("POST", "staff", &body);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Somebody writes to the office.
    pub fn inbound(&self, contact: &str, text: &str) {
        let body = json!({ "locationId": self.location, "contactId": contact, "type": "SMS", "body": text });
        let (status, answer) = self.emulated.admin("POST", "inbound", &body);
        assert!(status < 300, "{answer}");
    }

    pub fn strike(&self, rule: Rule) {
        self.emulated.inject(rule).unwrap();
    }

    pub fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.location))["locations"][&self.location].take()
    }

    /// The identifiers of the contacts that are there.
    pub fn remote_contacts(&self) -> Vec<String> {
        let truth = self.truth();
        let here = truth["contacts"].as_object().unwrap().iter().filter(|(_, it)| it["gone"].is_null());
        here.map(|(id, _)| id.clone()).collect()
    }

    /// Requests of an operation so far.
    pub fn asked(&self, operation: &str) -> usize {
        let mut count = 0;
        let mut after = 0;
        loop {
            let (_, page) = self.emulated.admin("GET", &format!("requests?after={after}"), &Value::Null);
            let rows = page["requests"].as_array().unwrap();
            count += rows.iter().filter(|row| row["operation"] == operation).count();
            after += rows.len();
            if rows.is_empty() {
                return count;
            }
        }
    }

    /// Tends until there is nothing to do now.
    pub async fn tend(&self) {
        for _ in 0..200 {
            let now = self.now();
            let next = self.bridge.tend(&self.market, now).await.unwrap();
            if next.is_none_or(|next| next > now) {
                return;
            }
        }
        panic!("there is no end to it");
    }

    /// Fills until everything is here.
    pub async fn fill(&self) -> Progress {
        for _ in 0..200 {
            let progress = self.bridge.backfill(&self.market, self.now()).await.unwrap();
            if progress.is_done() {
                return progress;
            }
        }
        panic!("there is no end to it");
    }

    pub async fn links(&self, kind: &str) -> Vec<Link> {
        let mut all: Vec<Link> = Vec::new();
        loop {
            let after = all.last().map(|link| link.remote.clone()).unwrap_or_default();
            let page = self.bridge.links(&self.market, kind, &after, 1_000).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Entities of a kind that are here, by their identifier there.
    pub async fn live(&self, kind: &str) -> BTreeMap<String, Option<PersonId>> {
        let links = self.links(kind).await.into_iter().filter(|link| link.tombstoned_at.is_none());
        links.map(|link| (link.remote, link.contact)).collect()
    }

    /// Whether what is here equals what is there: persons with their addresses and numbers, deals, appointments and
    /// messages.
    pub async fn assert_equals_truth(&self) {
        let truth = self.truth();
        let is_here = |it: &Value| it["gone"].is_null() || it["gone"] == false;
        let of = |name: &str| -> BTreeMap<String, Value> {
            let all = truth[name].as_object().unwrap();
            all.iter().filter(|(_, it)| is_here(it)).map(|(id, it)| (id.clone(), it.clone())).collect()
        };
        let people = self.live("contact").await;
        let remote = of("contacts");
        assert_eq!(
            people.keys().collect::<BTreeSet<_>>(),
            remote.keys().collect::<BTreeSet<_>>(),
            "the contacts that are here are those that are there"
        );
        let ids: Vec<PersonId> = people.values().map(|person| person.expect("somebody")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each is one person");
        let local = self.contacts.many(&self.market, Sight::All, &ids).await.unwrap();
        let local: BTreeMap<PersonId, _> = local.into_iter().map(|contact| (contact.id, contact)).collect();
        for (id, it) in &remote {
            let contact = &local[&people[id].unwrap()];
            let text = |name: &str| it[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            assert_eq!(contact.personal.email, text("email"), "{id}");
            assert_eq!(contact.personal.phone, text("phone"), "{id}");
            let name =
                [text("firstName"), text("lastName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert_eq!(contact.personal.name.clone().unwrap_or_default(), name, "{id}");
        }
        for (kind, name) in [("opportunity", "opportunities"), ("appointment", "appointments")] {
            let here = self.live(kind).await;
            let there = of(name);
            let there: BTreeSet<_> = there
                .iter()
                .filter(|(_, it)| it["contactId"].as_str().is_some_and(|id| remote.contains_key(id)))
                .map(|(id, _)| id)
                .collect();
            assert_eq!(here.keys().collect::<BTreeSet<_>>(), there, "{name}");
        }
        let messages = truth["messages"].as_array().unwrap();
        for (id, person) in &people {
            let there = messages.iter().filter(|it| it["contactId"] == id.as_str()).count();
            let timeline = self.leads.timeline(&self.market, person.unwrap()).await.unwrap();
            let told: BTreeSet<String> = timeline.entries().map(|entry| entry.id).collect();
            for message in messages.iter().filter(|it| it["contactId"] == id.as_str()) {
                let name = format!("message:{}", message["id"].as_str().unwrap());
                assert!(told.contains(&name), "{name} of {id} is on the timeline: {told:?}");
            }
            let kept =
                self.contacts.messages(&self.market, Sight::All, person.unwrap(), 1_000).await.unwrap();
            let here = kept.len();
            assert_eq!(here, there, "messages of {id}");
        }
    }
}

fn options() -> emulator::ghl::Options {
    emulator::ghl::Options { app_quota: QUOTA, private_quota: QUOTA, ..emulator::ghl::Options::default() }
}

async fn bridge(
    emulated: &Emulator,
    time: &Clock,
    hub: &Db,
    markets: &Markets,
    contacts: &Contacts,
    leads: &Leads,
    change: impl FnOnce(Config) -> Config,
) -> GoHighLevel {
    static NODES: AtomicU64 = AtomicU64::new(0);
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
    let config = change(config);
    let egress = EgressPolicy::public().trusting([emulated.address().to_string().parse().unwrap()]);
    let drawn = chance();
    let client = Client::new(egress, Arc::new(move || drawn.number() as u64)).unwrap();
    let time = time.clone();
    let clock = Arc::new(move || time.now());
    GoHighLevel::open(
        hub.clone(),
        markets.clone(),
        contacts.clone(),
        leads.clone(),
        client,
        config,
        clock,
        chance(),
    )
    .await
    .unwrap()
}

fn moment(moments: &AtomicU64, time: &Clock) -> Moment {
    let count = moments.fetch_add(1, Ordering::Relaxed);
    let actor = Actor::new("ana@example.com").known_as("user:ana");
    // Tests run as processes side by side.
    let entropy = u128::from(count + 1) << 64 | u128::from(std::process::id()) << 32;
    Moment { now: time.now(), actor, entropy }
}
