//! Webhooks on their way: signed, sent, repeated on 429 only, and lost on anything else.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    chance::Chance,
    clock::written,
    events::Event,
    faults::{Occasion, Rule, Strikes},
    world::World,
};

/// Repeats after a 429.
const REPEATS_MAX: usize = 6;
/// Seconds between them, before jitter.
const REPEAT_SECONDS: i64 = 600;
/// Seconds of jitter at most.
const JITTER_SECONDS: usize = 60;
/// Deliveries whose bodies are kept after they ended.
const BODIES_KEPT: usize = 50_000;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// To be sent, for the first time or again.
    Waiting,
    /// On its way.
    Sending,
    /// Answered with 2xx.
    Delivered,
    /// Answered with anything else, or not at all: GoHighLevel forgets it.
    Lost,
    /// Never sent: a fault.
    Withheld,
}

/// One attempt.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When.
    pub at: String,
    /// What came back; `None`: nothing.
    pub status: Option<u16>,
}

/// One event on its way to one address.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Counts from 1.
    pub number: u64,
    /// The same in all attempts, and in a duplicate.
    pub webhook_id: String,
    /// `ContactCreate`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it happened.
    pub location_id: Option<String>,
    /// What it is about.
    pub subject: String,
    /// Where it goes.
    pub url: String,
    /// How it stands.
    pub state: State,
    /// When it was tried.
    pub attempts: Vec<Attempt>,
    /// The class of fault that struck it.
    pub fault: Option<u8>,
    /// The exact text that is signed and sent.
    pub body: String,
    /// The header `x-ghl-signature`.
    pub signature: Option<String>,
}

/// Where events go, and what became of them.
pub(super) struct Deliveries {
    key: Ed25519KeyPair,
    /// Where events go that have no address of their own.
    pub url: Option<String>,
    /// Addresses by kind of event; INSTALL and UNINSTALL never have one.
    pub by_kind: HashMap<String, String>,
    /// Everything that was or is to be sent.
    pub log: Vec<Delivery>,
    due: BTreeMap<(Timestamp, u64), usize>,
    chance: Chance,
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Deliveries({})", self.log.len())
    }
}

/// What is sent in one attempt.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// Which delivery.
    pub at: usize,
    /// Where to.
    pub url: String,
    /// The exact body.
    pub body: String,
    /// The signature.
    pub signature: Option<String>,
}

impl Deliveries {
    /// Nothing yet; `seed` is the secret half of the signing key.
    ///
    /// # Errors
    /// Never for a seed of 32 bytes.
    pub fn new(seed: &[u8; 32], url: Option<String>) -> Result<Self, ring::error::KeyRejected> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed)?;
        Ok(Self {
            key,
            url,
            by_kind: HashMap::new(),
            log: Vec::new(),
            due: BTreeMap::new(),
            chance: Chance::new(0),
        })
    }

    /// The key that receivers verify with: base64 of its SubjectPublicKeyInfo, as GoHighLevel prints its own.
    pub fn public_key(&self) -> String {
        // RFC 8410: the fixed head of an Ed25519 SubjectPublicKeyInfo.
        let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        der.extend_from_slice(self.key.public_key().as_ref());
        STANDARD.encode(der)
    }

    fn sign(&self, body: &str) -> String {
        STANDARD.encode(self.key.sign(body.as_bytes()))
    }

    fn address(&self, kind: &str) -> Option<String> {
        let default_only = matches!(kind, "INSTALL" | "UNINSTALL");
        self.by_kind.get(kind).filter(|_| !default_only).or(self.url.as_ref()).cloned()
    }

    fn enqueue(&mut self, mut delivery: Delivery, when: Timestamp) {
        let at = self.log.len();
        delivery.number = u64::try_from(at).unwrap_or(u64::MAX) + 1;
        if delivery.state == State::Waiting {
            self.due.insert((when, delivery.number), at);
        }
        self.log.push(delivery);
    }

    /// Everything that is due now.
    pub fn take_due(&mut self, now: Timestamp) -> Vec<Sending> {
        let later = self.due.split_off(&(now + SignedDuration::from_nanos(1), 0));
        let due = std::mem::replace(&mut self.due, later);
        due.into_values()
            .map(|at| {
                let delivery = &mut self.log[at];
                delivery.state = State::Sending;
                let (url, body, signature) =
                    (delivery.url.clone(), delivery.body.clone(), delivery.signature.clone());
                Sending { at, url, body, signature }
            })
            .collect()
    }

    /// When the next one is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Notes how an attempt ended, and whether there will be another.
    pub fn ended(&mut self, at: usize, status: Option<u16>, now: Timestamp) {
        let many = self.log.len() > BODIES_KEPT;
        let delivery = &mut self.log[at];
        delivery.attempts.push(Attempt { at: written(now), status });
        delivery.state = match status {
            Some(200..=299) => State::Delivered,
            Some(429) if delivery.attempts.len() <= REPEATS_MAX => {
                let jitter = i64::try_from(self.chance.below(JITTER_SECONDS)).unwrap_or(0);
                let when = now + SignedDuration::from_secs(REPEAT_SECONDS + jitter);
                self.due.insert((when, delivery.number), at);
                State::Waiting
            }
            _ => State::Lost,
        };
        if many && delivery.state == State::Delivered {
            delivery.body.clear();
        }
    }
}

/// Hands the world's events to delivery, with the faults that strike them.
pub(super) fn dispatch(world: &mut World, deliveries: &mut Deliveries) {
    for event in std::mem::take(&mut world.events) {
        let installed = event
            .location
            .as_deref()
            .is_none_or(|id| world.locations.get(id).is_some_and(|location| location.installed.is_some()));
        let life = matches!(event.kind.as_str(), "INSTALL" | "UNINSTALL");
        if let Some(url) = deliveries.address(&event.kind).filter(|_| installed || life) {
            send(world, deliveries, &event, url);
        }
    }
}

fn send(world: &mut World, deliveries: &mut Deliveries, event: &Event, url: String) {
    let webhook_id = world.chance.uuid();
    let occasion = Occasion {
        name: &event.kind,
        location: event.location.as_deref(),
        now: world.now,
        trace: &webhook_id,
    };
    let fault = world.faults.draw(Strikes::Event, occasion, &mut world.chance, |_| true);
    let skew = fault.as_ref().filter(|rule| rule.class == 39).map_or(0, |rule| rule.seconds.unwrap_or(3_600));
    let body = envelope(world, event, &webhook_id, i64::from(skew));
    let mut delivery = Delivery {
        number: 0,
        signature: Some(deliveries.sign(&body)),
        kind: event.kind.clone(),
        location_id: event.location.clone(),
        subject: event.subject().to_owned(),
        state: State::Waiting,
        attempts: Vec::new(),
        fault: fault.as_ref().map(|rule| rule.class),
        webhook_id,
        url,
        body,
    };
    let now = world.now;
    let Some(rule) = fault else { return deliveries.enqueue(delivery, now) };
    match rule.class {
        25 => {
            delivery.signature = match rule.variant_or("wrong") {
                "missing" => None,
                _ => Some(deliveries.sign(&format!("{} ", delivery.body))),
            };
            deliveries.enqueue(delivery, now);
        }
        26 => {
            deliveries.enqueue(delivery.clone(), now);
            deliveries.enqueue(delivery, now);
        }
        27 => {
            let late = SignedDuration::from_secs(i64::from(rule.seconds.unwrap_or(30)));
            deliveries.enqueue(delivery, now + late);
        }
        28 => {
            delivery.state = State::Withheld;
            deliveries.enqueue(delivery, now);
        }
        29 => storm(world, deliveries, event, &delivery, &rule),
        30 => {
            let mut bad = event.clone();
            for (name, value) in &mut bad.body {
                *value = if name == "id" { json!({ "nested": [true] }) } else { json!([value.clone()]) };
            }
            let mut further = delivery.clone();
            further.webhook_id = world.chance.uuid();
            further.body = envelope(world, &bad, &further.webhook_id, 0);
            further.signature = Some(deliveries.sign(&further.body));
            deliveries.enqueue(delivery, now);
            deliveries.enqueue(further, now);
        }
        _ => deliveries.enqueue(delivery, now),
    }
}

fn storm(world: &mut World, deliveries: &mut Deliveries, event: &Event, first: &Delivery, rule: &Rule) {
    deliveries.enqueue(first.clone(), world.now);
    for _ in 0..rule.times.unwrap_or(50) {
        let webhook_id = world.chance.uuid();
        let body = envelope(world, event, &webhook_id, 0);
        let signature = Some(deliveries.sign(&body));
        deliveries.enqueue(Delivery { webhook_id, body, signature, ..first.clone() }, world.now);
    }
}

/// The text of a delivery: flat, the members of the event beside those of every delivery.
fn envelope(world: &World, event: &Event, webhook_id: &str, skew_seconds: i64) -> String {
    let mut body = Map::new();
    body.insert("type".to_owned(), Value::from(event.kind.as_str()));
    if let Some(location) = &event.location {
        body.insert("locationId".to_owned(), Value::from(location.as_str()));
    }
    body.insert("versionId".to_owned(), Value::from(world.app.version.as_str()));
    body.insert("appId".to_owned(), Value::from(world.app.id.as_str()));
    body.extend(event.body.clone());
    let at = world.now + SignedDuration::from_secs(skew_seconds);
    body.insert("timestamp".to_owned(), Value::from(written(at)));
    body.insert("webhookId".to_owned(), Value::from(webhook_id));
    Value::Object(body).to_string()
}
