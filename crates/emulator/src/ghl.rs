//! GoHighLevel, emulated: the API, its tokens and limits, its webhooks, and everything that goes wrong with them.
//!
//! A request goes through `gate` (what is it, who asks, is there budget, is it well formed; at each point a fault may
//! `strike`), then through one of the `ops`, which change the `world` and tell `events`; `delivery` signs and sends
//! them. What an operation takes is read from the published `contract`.
//!
//! **To add an operation**: a function in the file of its resource below `ops`, and its line in `ops::handler`. Its
//! version, scopes and fields are known already.
//!
//! **To add a class of faults**: its line in [`CLASSES`], where it can strike in `strike::able`, and what it does
//! there.

mod admin;
mod answer;
#[cfg(test)]
mod anything;
mod call;
mod chance;
mod clock;
mod contract;
mod credential;
mod delivery;
mod events;
mod faults;
mod gate;
mod limits;
mod oauth;
mod ops;
mod seed;
mod serve;
mod shape;
mod staff;
mod strike;
mod truth;
mod world;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

pub use clock::Clock;
pub use delivery::{Attempt, Delivery, State};
pub use faults::{CLASSES, Class, Rule, Strikes};
pub use limits::Quota;

use delivery::Deliveries;
use gate::{Quotas, Reply, Request};
use world::World;

/// The secret key of RFC 8032's first test: everybody knows it, so that nobody mistakes a signature for a real one.
pub const TEST_SIGNING_SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// How the world begins.
#[derive(Clone, Debug)]
pub struct Options {
    /// Locations.
    pub locations: usize,
    /// Contacts in each.
    pub contacts: usize,
    /// The same seed makes the same world.
    pub seed: u64,
    /// Where events go (plain `http`); `None`: nowhere until told.
    pub webhook_url: Option<String>,
    /// Secret half of the key that webhooks are signed with.
    pub signing_seed: [u8; 32],
    /// What an app may ask, per location or company.
    pub app_quota: Quota,
    /// What a private token may ask.
    pub private_quota: Quota,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            locations: 1,
            contacts: 20,
            seed: 1,
            webhook_url: None,
            signing_seed: TEST_SIGNING_SEED,
            app_quota: Quota::APP,
            private_quota: Quota::PRIVATE,
        }
    }
}

/// What all parts share.
struct Shared {
    clock: Clock,
    quotas: Quotas,
    base: String,
    world: Mutex<World>,
    deliveries: Mutex<Deliveries>,
    wake: Notify,
}

impl Shared {
    /// The world, with its time brought up to date.
    fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.now = self.clock.now();
        world
    }

    /// Locked after the world, where both are.
    fn deliveries(&self) -> MutexGuard<'_, Deliveries> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running emulator. Dropped, it is gone, with everything in it.
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

/// Why an emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// The signing seed makes no key.
    #[error("the signing seed makes no Ed25519 key")]
    SigningSeed,
}

impl Emulator {
    /// Begins a world and serves it at this address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened at, or the seed makes no key.
    pub async fn start(listen: SocketAddr, options: Options, clock: Clock) -> Result<Self, StartError> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let deliveries = Deliveries::new(&options.signing_seed, options.webhook_url)
            .map_err(|_| StartError::SigningSeed)?;
        let world = seed::world(options.seed, options.locations, options.contacts, clock.now());
        let shared = Arc::new(Shared {
            quotas: Quotas { app: options.app_quota, private: options.private_quota },
            base: format!("http://{address}"),
            clock,
            world: Mutex::new(world),
            deliveries: Mutex::new(deliveries),
            wake: Notify::new(),
        });
        let router = serve::router(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            // Ends when the task does; a listener that breaks is seen by every caller at once.
            let _ = axum::serve(listener, router.into_make_service()).await;
        });
        let sending = tokio::spawn(serve::deliver(Arc::clone(&shared)));
        Ok(Self { shared, address, tasks: vec![serving, sending] })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`: what stands for `https://services.leadconnectorhq.com`.
    pub fn base(&self) -> &str {
        &self.shared.base
    }

    /// Its time.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// How to connect: addresses, OAuth client, company, locations, and the key that webhooks verify with.
    pub fn connection(&self) -> Value {
        admin::front(&self.shared.world(), &self.shared.deliveries(), &self.shared.base)
    }

    /// Puts a rule in force; its number.
    ///
    /// # Errors
    /// When there is no such class.
    pub fn inject(&self, rule: Rule) -> Result<u64, String> {
        self.shared.world().faults.add(rule)
    }

    /// Takes all rules out of force.
    pub fn clear_faults(&self) {
        self.shared.world().faults.standing.clear();
    }

    /// Moves its time ahead.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.shared.wake.notify_one();
    }

    /// The truth, of one location or of all: what a copy must equal.
    pub fn truth(&self, location: Option<&str>) -> Value {
        self.shared.world().truth(location)
    }

    /// Everything that was or is to be sent to webhooks.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries().log.clone()
    }

    /// Calls one of the addresses below `/__emulator`; status and body.
    pub fn admin(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.to_owned(),
            path: format!("{}/{path}", admin::PREFIX),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            body: body.to_string().into_bytes(),
            base: self.shared.base.clone(),
            ..Request::default()
        };
        match self.shared.reply(&request) {
            Reply::Answer(answer) => (answer.status, answer.body),
            _ => (500, Value::Null),
        }
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Emulator({})", self.shared.base)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
