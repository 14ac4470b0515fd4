//! A whole hub in one line, for tests (feature `testing`).
//!
//! ```no_run
//! # async fn story() {
//! let hub = server::testing::TestHub::embedded().await;
//! let ana = hub.owner().await;
//! let page = ana.get("/account").await;
//! assert_eq!(page.status, 200);
//! assert!(page.text().contains("Your account"));
//! # }
//! ```
//!
//! Time stands still at [`START`] until [`TestHub::advance`]; chance repeats.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, header},
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use store::Db;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{App, Clock, Config, Entropy, Parts, app::AppState};

/// The instant at which the time of a test hub starts: 2026-01-19T09:00:00Z.
pub const START: &str = "2026-01-19T09:00:00Z";

/// The e-mail of a test hub's owner.
pub const OWNER: &str = "ana@example.com";

/// A hub with an embedded store in a folder that disappears with it.
pub struct TestHub {
    app: App,
    now: Arc<Mutex<Timestamp>>,
    _folder: TempDir,
}

impl TestHub {
    /// A fresh hub.
    ///
    /// # Panics
    /// When it cannot be built; the test has failed then.
    pub async fn embedded() -> Self {
        Self::with_config(Config::default()).await
    }

    /// A fresh hub with these settings.
    ///
    /// # Panics
    /// When it cannot be built; the test has failed then.
    pub async fn with_config(config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let db = Db::sqlite(&folder.path().join("hub.db")).await.expect("a new SQLite file opens");
        let start: Timestamp = START.parse().expect("the start is an instant");
        let now = Arc::new(Mutex::new(start));
        let told = Arc::clone(&now);
        let clock = Clock::from_fn(move || *told.lock().unwrap_or_else(PoisonError::into_inner));
        let parts = Parts { config, db, clock, entropy: Entropy::counting(1) };
        let app = App::build(parts).await.expect("the hub can be built");
        Self { app, now, _folder: folder }
    }

    /// Lets time pass.
    pub fn advance(&self, duration: SignedDuration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now += duration;
    }

    /// The built hub.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// What handlers see.
    pub fn state(&self) -> &AppState {
        self.app.state()
    }

    /// A browser that nobody has signed in with.
    pub fn anyone(&self) -> Client {
        Client { router: self.app.router(), cookies: Arc::default() }
    }

    /// The path of a fresh one-time link for the owner.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn owner_link(&self) -> String {
        let email = OWNER.parse().expect("an e-mail");
        self.app.owner_link(email, "Ana Costa").await.expect("a link can be made")
    }

    /// A browser in which the owner is signed in, by link as in life.
    ///
    /// # Panics
    /// When signing in does not work; the test has failed then.
    pub async fn owner(&self) -> Client {
        let client = self.anyone();
        let link = self.owner_link().await;
        let answer = client.post(&link, &[]).await;
        assert_eq!(answer.status, 303, "the owner signs in: {}", answer.text());
        client
    }
}

/// A browser: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub struct Client {
    router: Router,
    cookies: Arc<Mutex<Vec<(String, String)>>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none; the test has failed then.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    /// `GET path` as a browser navigates.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    /// `GET path` as a program does.
    pub async fn get_json(&self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::ACCEPT, "application/json"), Body::empty()).await
    }

    /// `POST path` with a form, as a browser does from a page of the hub.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(body.finish())).await
    }

    /// `method path` with a JSON body, as a program does.
    pub async fn send_json(&self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request, Body::from(body.to_string())).await
    }

    /// Any request, with this browser's cookies.
    ///
    /// # Panics
    /// When the request cannot be built; the test has failed then.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies = {
            let kept = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        };
        let mut request = request.header(header::HOST, "127.0.0.1:8900").body(body).expect("a request");
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.parse().expect("cookies"));
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        self.keep(&parts.headers);
        let body = to_bytes(body, usize::MAX).await.expect("the body arrives");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The value of a cookie that this browser keeps.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let kept = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut kept = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            kept.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                kept.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}
