//! The client against an emulated GoHighLevel that shares nothing with it but the published contract: whatever goes
//! wrong there, what was meant is there in the end, once.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod cures;
mod limits;
mod once;
mod reading;
#[path = "../support/mod.rs"]
mod support;
mod tokens;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connect::ghl::{
    Client, Clock, Created, Failure, How, Lesson, Options, Road,
    budget::Lane,
    calendars,
    contacts::{self, ContactWrite, FieldValue, NewTask, Search},
    conversations::{self, Channel, Export, NewMessage, Sent},
    events::{Event, Kind},
    fault::{Action, Class, of_sms_code},
    locations::{self, Model},
    oauth::{self, App, HttpIssuer},
    opportunities::{self, OpportunityWrite},
    recorded::{Recorder, Replay},
    signature::Keys,
    tokens::{Account, MemoryStore, Secret, TokenError, Tokens, Waits},
    users,
    wire::Op,
    workflows,
};
use emulator::ghl::{Emulator, Quota, Rule};
use serde_json::{Value, json};
use support::client_trusting;

const REDIRECT: &str = "https://hub.example.com/ghl/connected";

struct World {
    emulated: Emulator,
    ghl: Client,
    store: Arc<MemoryStore>,
    location: Account,
    id: String,
    company: String,
    issuer: HttpIssuer,
    clock: Clock,
}

impl World {
    async fn new() -> Self {
        Self::with(emulator::ghl::Options::default(), 1, Duration::from_secs(5)).await
    }

    /// Time there runs `speed` times as fast as here.
    async fn with(options: emulator::ghl::Options, speed: u32, attempt_max: Duration) -> Self {
        let started = Instant::now();
        let noon: jiff::Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let time = emulator::ghl::Clock::faster(move || noon + started.elapsed(), speed);
        let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), options, time.clone()).await.unwrap();
        let about = emulated.connection();
        let text = |name: &str| about[name].as_str().unwrap().to_owned();
        let id = about["locations"][0]["id"].as_str().unwrap().to_owned();
        let app = App { client_id: text("clientId"), client_secret: Secret::new(text("clientSecret")) };
        let options = Options {
            base: emulated.base().to_owned(),
            app: Some(app),
            token_waits: Waits([Duration::from_millis(1), Duration::from_millis(2)]),
            read_back_waits: [Duration::from_millis(1), Duration::from_millis(2)],
            retry_base: Duration::from_millis(1),
            attempt_max,
            ..Options::default()
        };
        let clock: Clock = Arc::new(move || time.now());
        let road = Arc::new(client_trusting(&[emulated.address().to_string()]));
        let store = Arc::new(MemoryStore::default());
        let issuer = HttpIssuer::new(road.clone(), &options, clock.clone());
        let ghl = Client::new(road, store.clone(), options, clock.clone(), Arc::new(|| 0));
        let location = Account::Location(id.clone());
        let world = Self { emulated, ghl, store, location, id, company: text("companyId"), issuer, clock };
        world.connect(false).await;
        world
    }

    /// Installs the app as a person would, and keeps what it is given.
    async fn connect(&self, is_company: bool) {
        let body = json!({ "locationId": self.id, "company": is_company, "redirectUri": REDIRECT });
        let (_, answer) = self.emulated.admin("POST", "install", &body);
        let code = answer["code"].as_str().unwrap();
        let grant = self.issuer.exchange(code, REDIRECT, is_company).await.unwrap();
        self.store.put(grant.account, grant.tokens);
    }

    fn with_private_token(&self) {
        let body = json!({ "locationId": self.id, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        let token = Secret::new(answer["access_token"].as_str().unwrap());
        self.store.put(Account::Private(self.id.clone()), Tokens::private(token, (self.clock)()));
    }

    fn strike(&self, rule: Rule) {
        self.emulated.inject(rule).unwrap();
    }

    /// How often an operation was asked, and how often answered well.
    fn asked(&self, operation: &str) -> (usize, usize) {
        let (_, answer) = self.emulated.admin("GET", "requests", &Value::Null);
        let all: Vec<_> = answer["requests"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["operation"] == operation)
            .cloned()
            .collect();
        (all.len(), all.iter().filter(|it| it["status"].as_u64().is_some_and(|status| status < 300)).count())
    }

    fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.id))["locations"][&self.id].take()
    }

    fn contact(&self) -> String {
        self.truth()["contacts"].as_object().unwrap().keys().next().unwrap().clone()
    }

    async fn tag(&self, contact: &str, tag: &str) -> Result<(), Failure> {
        let call = contacts::add_tags(contact, &[tag.to_owned()]);
        self.ghl.perform(&self.location, &call, patient(Lane::Score)).await.map(drop)
    }

    async fn get(&self, contact: &str) -> Result<contacts::Contact, Failure> {
        self.ghl
            .perform(&self.location, &contacts::get(contact), patient(Lane::Score))
            .await
            .map(|done| done.value)
    }
}

fn patient(lane: Lane) -> How {
    How::lane(lane).within(Duration::from_secs(3600))
}

fn rule(class: u8, operation: &str) -> Rule {
    Rule { operation: Some(operation.to_owned()), ..Rule::once(class) }
}

fn class<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> (Class, Action) {
    let failure = outcome.unwrap_err();
    (failure.fault.class, failure.fault.action)
}

const TAGS: &str = "POST /contacts/{contactId}/tags";

/// What a store holds, for looking at.
trait Peek {
    fn tokens(&self, account: &Account) -> Tokens;
}

impl Peek for MemoryStore {
    fn tokens(&self, account: &Account) -> Tokens {
        self.peek(account).unwrap().tokens
    }
}
