//! How fast webhooks are taken, without HTTP: signed events through `GoHighLevel::receive` into a market's inbox on disk.
//!
//! `receive_speed SECONDS PER_SECOND`: so many events begin each second (0: a hundred callers, each as fast as it can). It
//! prints how many were kept and how long one took, as JSON; every one of them is durable.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::{
    Client, EgressPolicy,
    ghl::{signature::Keys, tokens::Secret},
};
use contacts::Contacts;
use emulator::ghl::{Clock, Emulator, Options, TEST_SIGNING_SEED};
use gohighlevel::{Config, GoHighLevel, Received};
use kernel::{Actor, Chance, Moment, Vertical};
use leads::Leads;
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use ring::signature::Ed25519KeyPair;
use serde_json::json;
use store::Db;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Callers when no rate is asked for.
const CALLERS: u64 = 100;
const BEGIN: &str = "2026-11-23T18:00:00Z";

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: f64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seconds, rate) = (number(5.0), number(0.0));
    match measure(seconds, rate).await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn chance() -> Chance {
    let state = Arc::new(AtomicU64::new(1));
    Chance::from_fn(move |bytes| {
        for byte in bytes.chunks_mut(8) {
            let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            byte.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..byte.len()]);
        }
    })
}

struct Road {
    bridge: GoHighLevel,
    market: Market,
    location: String,
    pair: Ed25519KeyPair,
    clock: Clock,
    taken: AtomicU64,
}

impl Road {
    /// The next event, signed, taken in; how long the taking took.
    async fn take(&self) -> Result<Duration, Failure> {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        let now = self.clock.now();
        let body = json!({
            "type": "ContactUpdate", "locationId": self.location, "id": format!("contact{}", number % 5_000),
            "webhookId": format!("webhook-{number}"), "timestamp": now.to_string(), "firstName": "Ana",
            "lastName": "Example", "email": "ana@example.com", "phone": "+12065550142", "country": "US",
            "tags": ["buyer", "needs qualifying"], "dateAdded": "2026-11-01T08:00:00.000Z",
        })
        .to_string();
        let signature = STANDARD.encode(self.pair.sign(body.as_bytes()));
        let begun = Instant::now();
        match self.bridge.receive(Some(&signature), body.as_bytes(), None, now).await? {
            Received::Kept { .. } => Ok(begun.elapsed()),
            other => Err(format!("{other:?}").into()),
        }
    }
}

async fn measure(seconds: f64, rate: f64) -> Result<String, Failure> {
    let folder = tempfile::tempdir()?;
    let road = Arc::new(open(folder.path()).await?);
    road.take().await?;
    let (length, begun) = (Duration::from_secs_f64(seconds), Instant::now());
    let mut lanes = Vec::new();
    if rate > 0.0 {
        // Begun on time, whether or not those before are done: waiting shows up in the times.
        let mut count = 0.0;
        while begun.elapsed() < length {
            while count < begun.elapsed().as_secs_f64() * rate {
                let road = road.clone();
                lanes.push(tokio::spawn(async move { Ok::<_, Failure>(vec![road.take().await?]) }));
                count += 1.0;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    } else {
        for _ in 0..CALLERS {
            let road = road.clone();
            lanes.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while begun.elapsed() < length {
                    times.push(road.take().await?);
                }
                Ok::<_, Failure>(times)
            }));
        }
    }
    let mut times = Vec::new();
    for lane in lanes {
        times.extend(lane.await??);
    }
    let lasted = begun.elapsed().as_secs_f64();
    let kept = store::inbox::depth(road.market.db(), road.clock.now()).await?.waiting;
    if kept != times.len() as u64 + 1 {
        return Err(format!("{} were acknowledged and {kept} are there", times.len() + 1).into());
    }
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let line = json!({
        "kept": times.len(), "per_second": (times.len() as f64 / lasted).round(),
        "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0),
    });
    Ok(line.to_string())
}

/// A hub on disk with a market that is connected to an emulated location.
async fn open(folder: &std::path::Path) -> Result<Road, Failure> {
    let (started, noon) = (Instant::now(), BEGIN.parse::<jiff::Timestamp>()?);
    let clock = Clock::following(move || noon + started.elapsed());
    let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default(), clock.clone()).await?;
    let about = emulated.connection();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let location = text(&about["locations"][0]["id"]);
    let hub = Db::sqlite(&folder.join("hub.sqlite")).await?;
    hub.migrate(&store::trail::SCHEMA.migrations).await?;
    let keys = Db::keyring(&folder.join("keys").join("keys.db")).await?;
    let source = KeySource::Own(folder.join("keys").join("hub.key"));
    let chance = chance();
    let keyring = Keyring::open(keys, &source, chance.clone(), clock.now()).await?;
    let config = MarketsConfig {
        hub: hub.clone(),
        keyring,
        folder: folder.to_owned(),
        admin_url: None,
        replicas: Vec::new(),
        schemas: vec![
            &store::trail::SCHEMA,
            &markets::MARKET_SCHEMA,
            &store::idempotency::SCHEMA,
            &store::inbox::SCHEMA,
            &store::outbox::SCHEMA,
            &store::jobs::SCHEMA,
            &contacts::SCHEMA,
            &leads::SCHEMA,
            &gohighlevel::SCHEMA,
        ],
        open_max: 10,
        chance: chance.clone(),
    };
    let markets = Markets::open(config, clock.now()).await?;
    let contacts = Contacts::open(hub.clone(), markets.clone(), chance.clone()).await?;
    let leads = Leads::new(contacts.clone());
    let site = emulated.address().to_string().parse().map_err(|_| "the emulator has no address")?;
    let client = Client::new(EgressPolicy::public().trusting([site]), Arc::new(|| 0))?;
    let config = Config {
        base: emulated.base().to_owned(),
        webhook_keys: Keys::one("emulated", &text(&about["webhookPublicKey"]))?,
        ..Config::default()
    };
    let told = clock.clone();
    let time = Arc::new(move || told.now());
    let bridge =
        GoHighLevel::open(hub, markets.clone(), contacts, leads, client, config, time, chance.clone())
            .await?;
    let at = Moment { now: clock.now(), actor: Actor::new("receive_speed"), entropy: chance.number() };
    let new = NewMarket {
        name: "alpha".parse()?,
        region: "us-wa".parse()?,
        currency: "USD".parse()?,
        locale: "en-US".parse()?,
        time_zone: "America/Los_Angeles".parse()?,
        verticals: vec![Vertical::Residential],
    };
    let record = markets.create(new, &at).await?;
    let market = markets.enter(&record.name).await?;
    let body = json!({ "locationId": location, "private": true });
    let (_, answer) = emulated.admin("POST", "tokens", &body);
    let at = Moment { entropy: chance.number(), ..at };
    let token = Secret::new(text(&answer["access_token"]));
    bridge.use_private_token(&market, &location, token, &at).await?;
    let pair =
        Ed25519KeyPair::from_seed_unchecked(&TEST_SIGNING_SEED).map_err(|_| "the seed makes no key")?;
    Ok(Road { bridge, market, location, pair, clock, taken: AtomicU64::new(0) })
}
