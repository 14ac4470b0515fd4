//! A running emulator with a clock that stands still, a client for it, and a receiver for its webhooks.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Router, http::HeaderMap, routing::post};
use emulator::ghl::{Clock, Emulator, Options};
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

/// An emulator and a token for its first location.
pub struct Office {
    pub emulator: Emulator,
    pub location: String,
    pub token: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Office {
    pub async fn open() -> Self {
        Self::with(Options { contacts: 3, ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        // A Tuesday morning in Los Angeles.
        let clock = Clock::standing("2026-11-24T15:00:00Z".parse().expect("an instant"));
        let emulator =
            Emulator::start(([127, 0, 0, 1], 0).into(), options, clock).await.expect("the emulator starts");
        let location = emulator.connection()["locations"][0]["id"].as_str().expect("a location").to_owned();
        let mut office = Self {
            emulator,
            location,
            token: String::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        };
        office.token = office.tokens(&json!({})).0;
        office
    }

    /// Access and refresh token of the location, made without a browser.
    pub fn tokens(&self, with: &Value) -> (String, String) {
        let mut body = json!({ "locationId": self.location });
        for (name, value) in with.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let (_, made) = self.emulator.admin("POST", "tokens", &body);
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    /// Calls with the version that the operation is published under.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let old = path.starts_with("/calendars") || path.starts_with("/conversations");
        let version = if old { "2021-04-15" } else { "2021-07-28" };
        let bearer = format!("Bearer {}", self.token);
        self.send(method, path, &[("authorization", &bearer), ("version", version)], body).await
    }

    /// Calls with exactly these headers.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.raw(method, path, headers, "application/json", text).await.expect("an answer")
    }

    /// Posts a form.
    pub async fn form(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let kind = "application/x-www-form-urlencoded";
        self.raw("POST", path, headers, kind, form.finish()).await.expect("an answer")
    }

    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        kind: &str,
        body: String,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.emulator.base()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", kind).body(Full::new(Bytes::from(body))).ok()?;
        let response = self.client.request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Answer { status: parts.status.as_u16(), headers: parts.headers, body, text })
    }

    /// A contact with these fields.
    pub async fn contact(&self, fields: Value) -> Value {
        let mut body = json!({ "locationId": self.location });
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let made = self.call("POST", "/contacts/", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.body["contact"].clone()
    }

    /// The truth about the location.
    pub fn truth(&self) -> Value {
        self.emulator.truth(Some(&self.location))["locations"][&self.location].clone()
    }
}

/// What a receiver saw: header and exact body.
pub type Received = Arc<Mutex<Vec<(Option<String>, String)>>>;

/// A receiver that answers with this status, and what it saw.
pub async fn receiver(status: u16) -> (String, Received) {
    let seen = Received::default();
    let kept = Arc::clone(&seen);
    let router = Router::new().route(
        "/hook",
        post(move |headers: HeaderMap, body: String| async move {
            let signature =
                headers.get("x-ghl-signature").and_then(|value| value.to_str().ok()).map(str::to_owned);
            kept.lock().unwrap_or_else(PoisonError::into_inner).push((signature, body));
            axum::http::StatusCode::from_u16(status).expect("a status")
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, seen)
}

/// Waits until it holds.
pub async fn eventually(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it does not come true");
}
