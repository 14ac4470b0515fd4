//! A hub with a market, and an emulated GoHighLevel with an office, an app and webhooks that arrive.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use connect::{
    Client, EgressPolicy, Site,
    ghl::{
        oauth::App,
        signature::Keys,
        tokens::{Secret, Waits},
    },
};
use contacts::{Contact, Contacts, Sight};
use emulator::ghl::{Clock, Delivery, Emulator, Options, Rule, State as Stands};
use gohighlevel::{Config, GoHighLevel, Installed, Received, Worked};
use jiff::Timestamp;
use kernel::{Actor, Chance, Moment, PersonId, Ulid};
use leads::{Leads, timeline::Timeline};
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use serde_json::{Value, json};
use store::{Db, Schema, testing::TestDb};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

/// The user who connects the market.
pub const ANA: &str = "01K00000000000000000000ANA";

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

pub struct World {
    pub emulated: Emulator,
    pub bridge: GoHighLevel,
    pub markets: Markets,
    pub contacts: Contacts,
    pub leads: Leads,
    pub market: Market,
    /// The location there, and its company.
    pub location: String,
    pub company: String,
    pub hub: Db,
    /// What the listener answers instead of the truth; 0: the truth.
    pub answering: Arc<AtomicU16>,
    config: Config,
    client: Client,
    clock: Clock,
    chance: Chance,
    number: u32,
    _listener: JoinHandle<()>,
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

    async fn on_server() -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self { folder, hub: hub_db, keys: keys_db, admin_url: Some(url), servers: vec![hub, keys] })
    }
}

impl World {
    /// A market that is connected to the only location of an office with twenty contacts; webhooks arrive.
    pub async fn connected() -> Self {
        let world = Self::new(Options::default()).await;
        world.connect().await;
        world
    }

    /// The same before anybody connects it, in an office as `options` say.
    pub async fn new(options: Options) -> Self {
        Self::over(Databases::embedded().await, options).await
    }

    async fn over(databases: Databases, options: Options) -> Self {
        let Databases { folder, hub, keys, admin_url, servers } = databases;
        let (started, noon) = (Instant::now(), "2026-11-23T18:00:00Z".parse::<Timestamp>().unwrap());
        let clock = Clock::following(move || noon + started.elapsed());
        let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), options, clock.clone()).await.unwrap();
        let about = emulated.connection();
        let text = |name: &str| about[name].as_str().unwrap().to_owned();
        let location = about["locations"][0]["id"].as_str().unwrap().to_owned();

        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let source = KeySource::Own(folder.path().join("keys").join("hub.key"));
        let chance = chance();
        let keyring = Keyring::open(keys, &source, chance.clone(), clock.now()).await.unwrap();
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
        let markets = Markets::open(config, clock.now()).await.unwrap();
        let contacts = Contacts::open(hub.clone(), markets.clone(), chance.clone()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        let site: Site = emulated.address().to_string().parse().unwrap();
        let client = Client::new(EgressPolicy::public().trusting([site]), Arc::new(|| 0)).unwrap();
        let config = Config {
            base: emulated.base().to_owned(),
            consent: text("consent"),
            app: Some(App { client_id: text("clientId"), client_secret: Secret::new(text("clientSecret")) }),
            webhook_keys: Keys::one("emulated", &text("webhookPublicKey")).unwrap(),
            public_url: Some("https://hub.example.com".to_owned()),
            node: "node-1".to_owned(),
            retry_base: Duration::from_millis(1),
            read_back_waits: [Duration::from_millis(1), Duration::from_millis(2)],
            token_waits: Waits([Duration::from_millis(1), Duration::from_millis(2)]),
            attempt_max: Duration::from_secs(2),
            ..Config::default()
        };
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let parts = (hub.clone(), markets.clone(), contacts.clone(), leads.clone(), client.clone());
        let bridge = opened(parts, config.clone(), &clock, &chance).await;
        let new = NewMarket {
            name: "alpha".parse().unwrap(),
            region: "us-wa".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/Los_Angeles".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential],
        };
        let at = moment(&clock, &chance);
        let record = markets.create(new, &at).await.unwrap();
        let market = markets.enter(&record.name).await.unwrap();
        let answering = Arc::new(AtomicU16::new(0));
        let (url, listener) = listen(bridge.clone(), clock.clone(), answering.clone()).await;
        emulated.admin("POST", "webhooks", &json!({ "url": url }));
        Self {
            company: text("companyId"),
            emulated,
            bridge,
            markets,
            contacts,
            leads,
            market,
            location,
            hub,
            answering,
            config,
            client,
            clock,
            chance,
            number,
            _listener: listener,
            folder,
            _servers: servers,
        }
    }

    /// Another process of the same hub: it remembers nothing.
    pub async fn another_node(&self) -> GoHighLevel {
        let config = Config { node: format!("node-{}", 2 + self.number), ..self.config.clone() };
        let contacts = Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        let parts = (self.hub.clone(), self.markets.clone(), contacts, leads, self.client.clone());
        opened(parts, config, &self.clock, &chance()).await
    }

    /// The next moment.
    pub fn at(&self) -> Moment {
        moment(&self.clock, &self.chance)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn user(&self) -> Ulid {
        ANA.parse().unwrap()
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Another market of the hub.
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

    /// A person gives consent for the market's location, or for the whole company.
    pub async fn consent(&self, is_company: bool) -> Installed {
        let (state, code) = self.consented(&self.market, is_company).await;
        self.bridge.finish_install(&state, &code, self.user(), &self.at()).await.unwrap()
    }

    /// What comes back in the address after consent: state and code.
    pub async fn consented(&self, market: &Market, is_company: bool) -> (String, String) {
        let url = self.bridge.begin_install(market, self.user(), &self.at()).await.unwrap();
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        let body = json!({
            "locationId": self.location, "company": is_company, "redirectUri": query["redirect_uri"]
        });
        let (status, answer) = self.emulated.admin("POST", "install", &body);
        assert_eq!(status, 201, "{answer}");
        (query["state"].clone(), answer["code"].as_str().unwrap().to_owned())
    }

    /// Connects the market by consent, and works off what that told.
    pub async fn connect(&self) {
        assert_eq!(self.consent(false).await.location.as_deref(), Some(&*self.location));
        self.settled().await;
    }

    /// A private integration token of the location.
    pub fn private_token(&self) -> Secret {
        let body = json!({ "locationId": self.location, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        Secret::new(answer["access_token"].as_str().unwrap())
    }

    pub fn inject(&self, rule: Rule) {
        self.emulated.inject(rule).unwrap();
    }

    /// Somebody in the office does this at a screen; what it answers.
    pub fn office(&self, method: &str, path: &str, body: Value) -> Value {
        let call = json!({ "locationId": self.location, "method": method, "path": path, "body": body });
        let (status, answer) = self.emulated.admin("POST", "staff", &call);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// A contact is added there; its identifier.
    pub fn add_there(&self, fields: Value) -> String {
        let mut body = fields;
        body["locationId"] = json!(self.location);
        let answer = self.office("POST", "/contacts/", body);
        answer["contact"]["id"].as_str().unwrap().to_owned()
    }

    /// Somebody writes to the office.
    pub fn writes(&self, contact: &str, channel: &str, text: &str) {
        let body =
            json!({ "locationId": self.location, "contactId": contact, "type": channel, "body": text });
        let (status, answer) = self.emulated.admin("POST", "inbound", &body);
        assert!(status < 300, "{answer}");
    }

    /// What is true of the location.
    pub fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.location))["locations"][&self.location].take()
    }

    /// Some contact of the office.
    pub fn somebody(&self) -> String {
        self.truth()["contacts"].as_object().unwrap().keys().next().unwrap().clone()
    }

    /// How often an operation was asked.
    pub fn asked(&self, operation: &str) -> usize {
        let (_, answer) = self.emulated.admin("GET", "requests", &Value::Null);
        let all = answer["requests"].as_array().unwrap();
        all.iter().filter(|it| it["operation"] == operation).count()
    }

    /// Waits until every webhook has arrived, or is lost.
    pub async fn delivered(&self) -> Vec<Delivery> {
        let begun = Instant::now();
        loop {
            let all = self.emulated.deliveries();
            // A late one is not due before the world moves on.
            let is_due = |it: &Delivery| match it.state {
                Stands::Sending => true,
                Stands::Waiting => it.attempts.is_empty() && it.fault != Some(27),
                Stands::Delivered | Stands::Lost | Stands::Withheld => false,
            };
            if !all.iter().any(is_due) {
                return all;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "webhooks are not delivered");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits for the webhooks and works everything off; what was done.
    pub async fn settled(&self) -> Worked {
        self.delivered().await;
        let mut all = Worked::default();
        for _ in 0..100 {
            let worked = self.bridge.work(&self.market, self.now(), 100).await.unwrap();
            all.done += worked.done;
            all.failed += worked.failed;
            all.dead += worked.dead;
            all.touched.extend(worked.touched);
            all.next = worked.next;
            if !worked.more {
                break;
            }
        }
        all.touched.sort_unstable();
        all.touched.dedup();
        all
    }

    /// Who a contact there is here.
    pub async fn person(&self, remote: &str) -> Option<PersonId> {
        let link = self.bridge.link(&self.market, "contact", remote).await.unwrap()?;
        link.contact.filter(|_| link.tombstoned_at.is_none())
    }

    /// The person here that a contact there is.
    pub async fn here(&self, remote: &str) -> Contact {
        let person = self.person(remote).await.expect("it is here");
        self.contacts.get(&self.market, Sight::All, person).await.unwrap()
    }

    pub async fn timeline(&self, remote: &str) -> Timeline {
        let person = self.person(remote).await.expect("it is here");
        self.leads.timeline(&self.market, person).await.unwrap()
    }

    /// How many persons the market has.
    pub async fn count(&self) -> u64 {
        self.contacts.counts(&self.market).await.unwrap().contacts
    }

    /// What the audit chain says of the connection.
    pub async fn trail(&self) -> Vec<String> {
        let filter =
            store::trail::Filter { action: Some("gohighlevel.".into()), ..store::trail::Filter::default() };
        let page = store::trail::page(self.market.db(), &filter, store::trail::Order::Oldest, None, 1000);
        page.await.unwrap().into_iter().map(|entry| entry.action).collect()
    }
}

type Parts = (Db, Markets, Contacts, Leads, Client);

async fn opened(parts: Parts, config: Config, clock: &Clock, chance: &Chance) -> GoHighLevel {
    let (hub, markets, contacts, leads, client) = parts;
    let clock = clock.clone();
    let clock = Arc::new(move || clock.now());
    GoHighLevel::open(hub, markets, contacts, leads, client, config, clock, chance.clone()).await.unwrap()
}

fn moment(clock: &Clock, chance: &Chance) -> Moment {
    let actor = Actor::new("ana@example.com").known_as("user:ana");
    Moment { now: clock.now(), actor, entropy: chance.number() }
}

#[derive(Clone)]
struct Ear {
    bridge: GoHighLevel,
    clock: Clock,
    answering: Arc<AtomicU16>,
}

/// Hears webhooks as a server does; where.
async fn listen(bridge: GoHighLevel, clock: Clock, answering: Arc<AtomicU16>) -> (String, JoinHandle<()>) {
    async fn hear(
        State(ear): State<Ear>,
        hint: Option<Path<String>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> StatusCode {
        let instead = ear.answering.load(Ordering::SeqCst);
        if instead != 0 {
            return StatusCode::from_u16(instead).unwrap();
        }
        let signature = headers.get("x-ghl-signature").and_then(|value| value.to_str().ok());
        let hint = hint.as_ref().map(|Path(hint)| hint.as_str());
        match ear.bridge.receive(signature, &body, hint, ear.clock.now()).await {
            Ok(Received::Refused(_)) => StatusCode::UNAUTHORIZED,
            Ok(Received::Unreadable) => StatusCode::BAD_REQUEST,
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/ghl", socket.local_addr().unwrap());
    let router = Router::new()
        .route("/webhooks/ghl", post(hear))
        .route("/webhooks/ghl/{hint}", post(hear))
        .with_state(Ear { bridge, clock, answering });
    let task = tokio::spawn(async move { axum::serve(socket, router.into_make_service()).await.unwrap() });
    (url, task)
}

/// Runs `test` with an embedded hub and, when there is a server, with one on it.
pub async fn on_both(test: impl AsyncFn(World)) {
    eprintln!("embedded:");
    test(World::over(Databases::embedded().await, Options::default()).await).await;
    if let Some(databases) = Databases::on_server().await {
        eprintln!("on PostgreSQL:");
        test(World::over(databases, Options::default()).await).await;
    }
}
