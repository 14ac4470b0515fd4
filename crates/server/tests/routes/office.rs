//! A hub with a market, and an emulated GoHighLevel with an office whose events arrive when they are carried over.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::{
    EgressPolicy, Site,
    ghl::{
        oauth::App,
        signature::Keys,
        tokens::{Secret, Waits},
    },
};
use emulator::ghl::{Clock, Emulator, Options, TEST_SIGNING_SEED};
use jiff::SignedDuration;
use kernel::MarketRole;
use markets::Market;
use serde_json::{Value, json};
use server::{
    Config,
    testing::{Answer, Client, START, TestHub},
};

use super::people::person;

/// Where GoHighLevel sends its events.
pub const EVENTS: &str = "/webhooks/ghl";

pub struct Office {
    pub hub: TestHub,
    pub market: Market,
    pub emulated: Emulator,
    /// The market's location there.
    pub location: String,
}

impl Office {
    /// A market that nobody has connected yet, and an office with five contacts.
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// The same, with so many locations of one company.
    pub async fn with_locations(locations: usize) -> Self {
        Self::build(Config::default(), Options { contacts: 5, locations, ..Options::default() }).await
    }

    pub async fn with(config: Config) -> Self {
        Self::build(config, Options { contacts: 5, ..Options::default() }).await
    }

    async fn build(config: Config, options: Options) -> Self {
        let clock = Clock::standing(START.parse().expect("an instant"));
        let emulated =
            Emulator::start(([127, 0, 0, 1], 0).into(), options, clock).await.expect("an emulator");
        let about = emulated.connection();
        let text = |name: &str| about[name].as_str().expect("told").to_owned();
        let site: Site = emulated.address().to_string().parse().expect("a site");
        let ours = gohighlevel::Config {
            base: emulated.base().to_owned(),
            consent: text("consent"),
            app: Some(App { client_id: text("clientId"), client_secret: Secret::new(text("clientSecret")) }),
            webhook_keys: Keys::one("emulated", &text("webhookPublicKey")).expect("a key"),
            public_url: Some(config.public_url.clone()),
            retry_base: Duration::from_millis(1),
            read_back_waits: [Duration::from_millis(1), Duration::from_millis(2)],
            token_waits: Waits([Duration::from_millis(1), Duration::from_millis(2)]),
            ..gohighlevel::Config::default()
        };
        let hub = TestHub::tuned(config, |hub| {
            hub.egress = EgressPolicy::public().trusting([site]);
            hub.gohighlevel = ours;
        })
        .await;
        let location = about["locations"][0]["id"].as_str().expect("a location").to_owned();
        let market = hub.market("alpha").await;
        Self { hub, market, emulated, location }
    }

    /// The same, connected by a private integration token, as an owner does it over the API.
    pub async fn connected() -> Self {
        let office = Self::new().await;
        let owner = office.member(MarketRole::Owner).await;
        let answer = office.connect(&owner).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        office
    }

    pub async fn connect(&self, owner: &Client) -> Answer {
        let body = json!({ "location": self.location, "token": self.private_token() });
        owner.send_json(Method::PUT, &format!("{}/private-token", HOME), &body).await
    }

    /// A private integration token of the location.
    pub fn private_token(&self) -> String {
        let body = json!({ "locationId": self.location, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub async fn member(&self, role: MarketRole) -> Client {
        person(&self.hub, None, &[(&self.market, role)]).await
    }

    /// Time passes, here and there.
    pub fn advance(&self, by: Duration) {
        self.hub.advance(SignedDuration::try_from(by).expect("a time"));
        self.emulated.advance(by);
    }

    /// A contact of the office: its identifier there.
    pub fn somebody(&self) -> String {
        let truth = self.truth();
        truth["contacts"].as_object().expect("contacts").keys().next().expect("somebody").clone()
    }

    /// What is true of the location.
    pub fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.location))["locations"][&self.location].take()
    }

    /// An event of the location, as GoHighLevel writes it.
    pub fn event(&self, kind: &str, id: &str, webhook: &str) -> String {
        json!({
            "type": kind, "locationId": self.location, "id": id, "contactId": id, "webhookId": webhook,
            "timestamp": self.hub.moment().now.to_string(),
        })
        .to_string()
    }

    /// Sends a body as GoHighLevel does, with this signature.
    pub async fn send(&self, path: &str, body: &str, signature: Option<&str>) -> Answer {
        let mut request = Request::post(path).header("content-type", "application/json");
        if let Some(signature) = signature {
            request = request.header("x-ghl-signature", signature);
        }
        self.hub.anyone().send(request, Body::from(body.to_owned())).await
    }

    /// Sends an event with its right signature.
    pub async fn tell(&self, body: &str) -> Answer {
        self.send(EVENTS, body, Some(&signature(body.as_bytes()))).await
    }

    /// How many events wait in the market's inbox.
    pub async fn waiting(&self) -> u64 {
        let now = self.hub.moment().now;
        store::inbox::depth(self.market.db(), now).await.expect("a depth").waiting
    }

    /// What workers do until nothing is left to do. Time passes meanwhile: who keeps to a limit waits for it.
    pub async fn work(&self) {
        let passing = async {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                self.advance(Duration::from_millis(100));
            }
        };
        tokio::select! {
            () = self.turns() => {}
            () = passing => {}
        }
    }

    async fn turns(&self) {
        let (bridge, leads) = (&self.hub.hub().gohighlevel, &self.hub.hub().leads);
        loop {
            let now = self.hub.moment().now;
            bridge.tend(&self.market, now).await.expect("tended");
            let filled = bridge.backfill(&self.market, now).await.expect("filled");
            let worked = bridge.work(&self.market, now, 100).await.expect("worked");
            let scored = leads.score_due(&self.market, now, 500).await.expect("scored");
            let pushed = bridge.push(&self.market, now, 100).await.expect("pushed");
            let is_idle = worked.done + pushed.done == 0 && scored.scored.is_empty();
            if is_idle && filled.is_done() && !worked.more && !pushed.more {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The API of the connection.
pub const HOME: &str = "/api/v1/markets/alpha/gohighlevel";

/// The signature of the emulator's key under a body.
pub fn signature(body: &[u8]) -> String {
    let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&TEST_SIGNING_SEED).expect("a key");
    STANDARD.encode(pair.sign(body))
}
