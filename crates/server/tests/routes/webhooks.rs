//! What a market tells other systems, over the API and on the pages, with a real receiver.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode},
    routing::post,
};
use connect::{
    EgressPolicy,
    standard_webhooks::{Headers, Secret, TOLERANCE, verify},
};
use kernel::MarketRole;
use markets::Market;
use serde_json::{Value, json};
use server::{
    Config,
    testing::{Client, TestHub},
};

use super::people::person;

type Arrived = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A hub that trusts this machine, a market in it, and a receiver.
struct World {
    hub: TestHub,
    market: Market,
    receiver: String,
    arrived: Arrived,
}

impl World {
    async fn new() -> Self {
        let trusted = "localhost".parse().expect("a site");
        let hub = TestHub::tuned(Config::default(), |hub| {
            hub.egress = EgressPolicy::public().trusting([trusted]);
        })
        .await;
        let market = hub.market("alpha").await;
        let arrived = Arrived::default();
        let heard = arrived.clone();
        let receive = async move |headers: HeaderMap, body: Bytes| {
            heard.lock().expect("whole").push((headers, body));
            StatusCode::NO_CONTENT
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let router = Router::new().route("/hook", post(receive));
        tokio::spawn(async move { axum::serve(listener, router.into_make_service()).await });
        Self { hub, market, receiver: format!("http://localhost:{port}/hook"), arrived }
    }

    async fn member(&self, role: MarketRole) -> Client {
        person(&self.hub, None, &[(&self.market, role)]).await
    }

    /// What a worker does in its turn.
    async fn work(&self) {
        let (webhooks, now) = (&self.hub.hub().webhooks, self.hub.moment().now);
        webhooks.relay(&self.market, now).await.expect("relayed");
        while !webhooks.deliver_due(&self.market, now).await.expect("delivered").is_idle() {}
    }

    fn take(&self) -> Vec<(HeaderMap, Bytes)> {
        std::mem::take(&mut *self.arrived.lock().expect("whole"))
    }

    async fn made(&self, owner: &Client) -> Value {
        let body = json!({ "url": self.receiver, "description": "CRM", "topics": ["contact.*"] });
        let answer = owner.send_json(Method::POST, HOME, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

const HOME: &str = "/api/v1/markets/alpha/webhooks";

fn signed(headers: &HeaderMap, body: &Bytes, secret: &Value) -> bool {
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    let headers = Headers {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let secret = Secret::parse(secret.as_str().expect("a secret")).expect("a secret");
    let now = jiff::Timestamp::from_second(headers.timestamp.parse().expect("seconds")).expect("an instant");
    verify(&[&secret], &headers, body, now, TOLERANCE).is_ok()
}

#[tokio::test]
async fn a_contact_added_over_the_api_arrives_signed_at_the_receiver() {
    let world = World::new().await;
    let owner = world.member(MarketRole::Owner).await;
    let made = world.made(&owner).await;
    let id = made["webhook"]["id"].as_str().expect("an identifier").to_owned();
    assert_eq!(made["webhook"]["state"], "enabled");

    let contact = json!({ "name": "Ana Costa", "email": "ana@example.com" });
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri("/api/v1/markets/alpha/contacts")
        .header("content-type", "application/json")
        .header("idempotency-key", "one");
    let added = owner.send(request, contact.to_string().into()).await;
    assert_eq!(added.status, 201, "{}", added.text());
    world.work().await;

    let arrived = world.take();
    assert_eq!(arrived.len(), 1);
    let (headers, body) = &arrived[0];
    assert!(signed(headers, body, &made["secret"]));
    let told: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!((&told["type"], &told["data"]["name"]), (&json!("contact.created"), &json!("Ana Costa")));

    let log = owner.get_json(&format!("{HOME}/{id}/deliveries?state=delivered")).await.json();
    let delivery = &log["deliveries"][0];
    assert_eq!((&delivery["state"], &delivery["attempts"][0]["status"]), (&json!("delivered"), &json!(204)));
    assert_eq!(delivery["message"].as_str(), headers["webhook-id"].to_str().ok());

    // Once more, and for a whole day.
    let message = delivery["message"].as_str().expect("a message");
    let again =
        owner.send_json(Method::POST, &format!("{HOME}/{id}/messages/{message}/replay"), &json!({})).await;
    assert_eq!(again.status, 202, "{}", again.text());
    let range = json!({ "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z" });
    let answer = owner.send_json(Method::POST, &format!("{HOME}/{id}/replay"), &range).await;
    assert_eq!(answer.json()["messages"], 1);
    world.work().await;
    let again = world.take();
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|(headers, _)| headers["webhook-id"] == message));
}

#[tokio::test]
async fn secrets_and_addresses_are_shown_to_whom_they_concern() {
    let world = World::new().await;
    let owner = world.member(MarketRole::Owner).await;
    let made = world.made(&owner).await;
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    let place = format!("{HOME}/{}", made["webhook"]["id"].as_str().expect("an identifier"));
    let page = place.replace("/api/v1/markets/", "/m/");

    for client in [&owner, &world.member(MarketRole::Manager).await] {
        let shown = client.get_json(&place).await;
        assert_eq!(shown.json()["url"], world.receiver.as_str());
        for path in [place.as_str(), HOME, "/m/alpha/webhooks", &page] {
            let answer = client.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(!answer.text().contains(&secret), "{path} shows the secret again");
        }
    }
    let analyst = world.member(MarketRole::Analyst).await;
    let shown = analyst.get_json(&place).await.json();
    assert_eq!((&shown["url"], &shown["host"]), (&Value::Null, &json!("localhost")));
    for path in ["/m/alpha/webhooks", page.as_str()] {
        let answer = analyst.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text().contains("/hook\""), "{path} shows the address");
        assert!(!answer.text().contains(&world.receiver), "{path} shows the address");
    }
    for role in [MarketRole::Agent, MarketRole::Viewer] {
        let client = world.member(role).await;
        for path in [place.as_str(), HOME, "/m/alpha/webhooks"] {
            assert_eq!(client.get(path).await.status, 403, "{path} as {}", role.id());
        }
    }
    for client in [&analyst, &world.member(MarketRole::Viewer).await] {
        let answer = client.send_json(Method::POST, HOME, &json!({ "url": "https://example.com/" })).await;
        assert_eq!(answer.status, 403);
        assert_eq!(client.send_json(Method::DELETE, &place, &json!({})).await.status, 403);
    }
}

#[tokio::test]
async fn an_endpoint_of_another_market_answers_like_a_missing_one() {
    let world = World::new().await;
    let beta = world.hub.market("beta").await;
    let owner = world.member(MarketRole::Owner).await;
    let id = world.made(&owner).await["webhook"]["id"].as_str().expect("an identifier").to_owned();
    let stranger = person(&world.hub, None, &[(&beta, MarketRole::Owner)]).await;
    let missing = stranger.get_json("/api/v1/markets/beta/webhooks/01KA7Q4W6Z9X8Y7V6T5S4R3Q2P").await;
    for path in [format!("/api/v1/markets/beta/webhooks/{id}"), format!("{HOME}/{id}")] {
        let answer = stranger.get_json(&path).await;
        assert_eq!((answer.status, &answer.json()["detail"]), (404, &missing.json()["detail"]), "{path}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let world = World::new().await;
    let owner = world.member(MarketRole::Owner).await;
    for (body, field) in [
        (json!({ "url": "https://127.0.0.1/hook" }), "#/url"),
        (json!({ "url": "https://[::ffff:10.0.0.1]/hook" }), "#/url"),
        (json!({ "url": "http://example.com/hook" }), "#/url"),
        (json!({ "url": "https://example.com/hook", "topics": ["Contact"] }), "#/topics"),
        (json!({ "url": "https://example.com/hook", "description": "a\nb" }), "#/description"),
    ] {
        let answer = owner.send_json(Method::POST, HOME, &body).await;
        assert_eq!(answer.status, 422, "{body}");
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors[0]["pointer"], field, "{body}: {errors}");
    }
    let made = world.made(&owner).await;
    let place = format!("{HOME}/{}", made["webhook"]["id"].as_str().expect("an identifier"));
    let change = json!({ "version": 1, "enabled": false });
    assert_eq!(owner.send_json(Method::PUT, &place, &change).await.json()["state"], "disabled");
    assert_eq!(owner.send_json(Method::PUT, &place, &change).await.status, 409, "that version is gone");
    assert_eq!(owner.send_json(Method::POST, &format!("{place}/test"), &json!({})).await.status, 409);
    let rotated = owner.send_json(Method::POST, &format!("{place}/secret"), &json!({ "version": 2 })).await;
    assert_eq!(rotated.status, 200);
    assert_ne!(rotated.json()["secret"], made["secret"]);
    assert_eq!(owner.send_json(Method::DELETE, &place, &json!({})).await.status, 204);
    assert_eq!(owner.get_json(&place).await.status, 404);
}

#[tokio::test]
async fn an_endpoint_lives_its_life_on_the_pages() {
    let world = World::new().await;
    let owner = world.member(MarketRole::Owner).await;
    let home = "/m/alpha/webhooks";
    assert!(owner.get(home).await.text().contains("No endpoint yet"));

    let refused =
        owner.post(home, &[("url", "https://10.0.0.1/"), ("description", "kept"), ("topics", "")]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("Private-Use") && refused.text().contains("kept"),
        "what was typed stays"
    );

    let made =
        owner.post(home, &[("url", &world.receiver), ("description", "CRM"), ("topics", "contact.*")]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    let secret =
        text.split("whsec_").nth(1).and_then(|rest| rest.split(['<', '"']).next()).expect("a secret");
    let secret = json!(format!("whsec_{secret}"));
    let endpoint = world.hub.hub().webhooks.endpoints(&world.market).await.expect("endpoints").remove(0);
    let page = format!("{home}/{}", endpoint.id);

    assert_eq!(owner.post(&format!("{page}/test"), &[]).await.status, 303);
    world.work().await;
    let arrived = world.take();
    assert!(signed(&arrived[0].0, &arrived[0].1, &secret));
    let shown = owner.get(&page).await.text();
    assert!(shown.contains("webhook.test") && shown.contains("Delivered") && shown.contains("204"));

    let rotated = owner.post(&format!("{page}/secret"), &[("version", "1")]).await;
    assert!(rotated.text().contains("whsec_") && rotated.text().contains("former secret"));
    let off = owner.post(&format!("{page}/state"), &[("version", "2"), ("enabled", "false")]).await;
    assert_eq!(off.status, 303);
    assert!(owner.get(&page).await.text().contains("Nothing is sent to this endpoint"));
    owner.post(&format!("{page}/state"), &[("version", "3"), ("enabled", "true")]).await;

    let change =
        [("version", "4"), ("url", world.receiver.as_str()), ("description", "Mail"), ("topics", "NO")];
    let wrong = owner.post(&page, &change).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("is no topic"));
    let change =
        [("version", "4"), ("url", world.receiver.as_str()), ("description", "Mail"), ("topics", "")];
    assert_eq!(owner.post(&page, &change).await.status, 303);

    let days = [("from", "2026-01-01"), ("until", "2026-12-31")];
    assert_eq!(owner.post(&format!("{page}/replay"), &days).await.status, 303);
    world.work().await;
    assert_eq!(world.take().len(), 1, "the test message, now that it asks for everything");

    owner.post(&format!("{page}/delete"), &[("confirm", "wrong")]).await;
    assert_eq!(owner.get(&page).await.status, 200, "not without the name");
    owner.post(&format!("{page}/delete"), &[("confirm", "localhost")]).await;
    assert_eq!(owner.get(&page).await.status, 404);
    let export = owner.get(&format!("{home}?format=csv")).await;
    assert_eq!(export.status, 200);
}

#[tokio::test]
async fn the_log_goes_on_page_by_page() {
    let world = World::new().await;
    let owner = world.member(MarketRole::Owner).await;
    let place =
        format!("{HOME}/{}", world.made(&owner).await["webhook"]["id"].as_str().expect("an identifier"));
    for _ in 0..5 {
        assert_eq!(owner.send_json(Method::POST, &format!("{place}/test"), &json!({})).await.status, 202);
    }
    let (mut seen, mut path) = (Vec::new(), format!("{place}/deliveries?limit=2"));
    loop {
        let page = owner.get_json(&path).await.json();
        let items = page["deliveries"].as_array().expect("deliveries");
        seen.extend(items.iter().map(|item| item["id"].as_str().expect("an identifier").to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{place}/deliveries?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (5, 5));
}
