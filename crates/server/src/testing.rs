//! A whole hub in one line, for tests (feature `testing`).
//!
//! ```no_run
//! # async fn story() {
//! let hub = server::testing::TestHub::embedded().await;
//! let ana = hub.operator().await;
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
    response::Response,
};
use bytes::Bytes;
use directory::{Email, KeyScope, KeyWanted, NewUser, User};
use hub::{Hub, HubConfig};
use jiff::{SignedDuration, Timestamp};
use kernel::{Chance, HubRole, MarketRole, Moment};
use markets::{Market, NewMarket};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{App, Clock, Config, Entropy, Parts, app::AppState};

/// The instant at which the time of a test hub starts: 2026-01-19T09:00:00Z.
pub const START: &str = "2026-01-19T09:00:00Z";

/// The e-mail of a test hub's operator.
pub const OPERATOR: &str = "ana@example.com";

/// A hub with an embedded store in a folder that disappears with it.
pub struct TestHub {
    app: App,
    now: Arc<Mutex<Timestamp>>,
    folder: TempDir,
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
        let (chance, entropy) = chance();
        Self::over(HubConfig::embedded(folder.path(), chance), config, entropy, folder).await
    }

    /// A fresh hub with these settings, and whatever `tune` changes of how it is opened.
    ///
    /// # Panics
    /// When it cannot be built; the test has failed then.
    pub async fn tuned(config: Config, tune: impl FnOnce(&mut HubConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (chance, entropy) = chance();
        let mut hub = HubConfig::embedded(folder.path(), chance);
        tune(&mut hub);
        Self::over(hub, config, entropy, folder).await
    }

    /// A fresh hub on the PostgreSQL database of this URL.
    ///
    /// # Panics
    /// When it cannot be built; the test has failed then.
    pub async fn on_postgres(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (chance, entropy) = chance();
        let hub = HubConfig::on_server(folder.path(), url, chance);
        Self::over(hub, Config::default(), entropy, folder).await
    }

    async fn over(mut hub: HubConfig, config: Config, entropy: Entropy, folder: TempDir) -> Self {
        let start: Timestamp = START.parse().expect("the start is an instant");
        let now = Arc::new(Mutex::new(start));
        let told = Arc::clone(&now);
        let clock = Clock::from_fn(move || *told.lock().unwrap_or_else(PoisonError::into_inner));
        let of_hub = clock.clone();
        hub.clock.get_or_insert_with(|| Arc::new(move || of_hub.now()));
        let hub = Hub::open(hub, start).await.expect("the hub can be opened");
        let app = App::build(Parts { config, hub, clock, entropy }).await.expect("the hub can be built");
        Self { app, now, folder }
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

    /// The hub's domains.
    pub fn hub(&self) -> &Hub {
        self.app.state().hub()
    }

    /// What handlers see.
    pub fn state(&self) -> &AppState {
        self.app.state()
    }

    /// The folder of the hub's data.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The circumstances of a change made by a test.
    pub fn moment(&self) -> Moment {
        self.state().moment()
    }

    /// A market of this name: homes in Washington, in dollars.
    ///
    /// # Panics
    /// When it cannot be made; the test has failed then.
    pub async fn market(&self, name: &str) -> Market {
        let new = NewMarket {
            name: name.parse().expect("a name for a market"),
            region: "us-wa".parse().expect("a region"),
            currency: "USD".parse().expect("a currency"),
            locale: "en-US".parse().expect("a locale"),
            time_zone: "America/Los_Angeles".parse().expect("a time zone"),
            verticals: vec![],
        };
        let record = self.hub().markets.create(new, &self.moment()).await.expect("the market can be made");
        self.hub().markets.enter(&record.name).await.expect("the market can be entered")
    }

    /// Saves a policy of the market that lets so many requests a minute through, whoever sends them.
    ///
    /// # Panics
    /// When the policy cannot be saved; the test has failed then.
    pub async fn limit(&self, market: &Market, requests_per_minute: u32) {
        let mut policy = market.policy().await.expect("it has a policy");
        let limits = &mut policy.rate_limit;
        for limit in [
            &mut limits.market_requests_per_minute,
            &mut limits.key_requests_per_minute,
            &mut limits.person_requests_per_minute,
        ] {
            limit.value = requests_per_minute;
        }
        market.save_policy(&policy.to_string(), "for a test", &self.moment()).await.expect("saved");
    }

    /// The user with this e-mail, who is added when new.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn user(&self, email: &str, hub_role: Option<HubRole>) -> User {
        let (directory, address) = (&self.hub().directory, email.parse::<Email>().expect("an e-mail"));
        if let Some(known) = directory.user_by_email(&address).await.expect("the directory answers") {
            return known;
        }
        let new = NewUser { email: address, name: String::new(), hub_role };
        directory.add_user(new, &self.moment()).await.expect("the user can be added")
    }

    /// A browser in which this user is signed in, by link as in life.
    ///
    /// # Panics
    /// When signing in does not work; the test has failed then.
    pub async fn sign_in(&self, user: &User) -> Client {
        let entropy = self.state().entropy().bytes();
        let lifetime = directory::LINK_LIFETIME;
        let link = self.hub().directory.issue_link(user.id, lifetime, &self.moment(), entropy).await;
        let link = link.expect("a link can be made");
        let client = self.anyone();
        let answer = client.post(&format!("/sign-in/link/{}", link.as_str()), &[]).await;
        assert_eq!(answer.status, 303, "{} signs in: {}", user.email, answer.text());
        client
    }

    /// A browser of somebody with this role in the hub.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn hub_user(&self, role: HubRole) -> Client {
        let user = self.user(&format!("{}@hub.example", role.id()), Some(role)).await;
        self.sign_in(&user).await
    }

    /// A browser of somebody who belongs to `market` with this role and to nothing else.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn member(&self, market: &Market, role: MarketRole) -> Client {
        let user = self.user(&format!("{}@{}.example", role.id(), market.name()), None).await;
        let put = self.hub().directory.put_member(user.id, market.id(), role, &self.moment()).await;
        put.expect("the user can be made a member");
        self.sign_in(&user).await
    }

    /// A program with a new API key of this scope, valid for a day.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn key(&self, scope: KeyScope) -> Client {
        let wanted = KeyWanted {
            name: "test".to_owned(),
            scope,
            lifetime: SignedDuration::from_hours(24),
            created_by: None,
        };
        let secret = self.state().entropy().bytes();
        let made = self.hub().directory.create_key(wanted, &self.moment(), secret).await;
        self.anyone().with_key(&made.expect("the key can be made").text)
    }

    /// A browser that nobody has signed in with.
    pub fn anyone(&self) -> Client {
        Client { router: self.app.router(), cookies: Arc::default(), key: None }
    }

    /// The path of a fresh one-time link for the operator.
    ///
    /// # Panics
    /// When the directory fails; the test has failed then.
    pub async fn operator_link(&self) -> String {
        let email = OPERATOR.parse().expect("an e-mail");
        self.app.operator_link(email, "Ana Costa").await.expect("a link can be made")
    }

    /// A browser in which the operator is signed in, by link as in life.
    ///
    /// # Panics
    /// When signing in does not work; the test has failed then.
    pub async fn operator(&self) -> Client {
        let client = self.anyone();
        let link = self.operator_link().await;
        let answer = client.post(&link, &[]).await;
        assert_eq!(answer.status, 303, "the operator signs in: {}", answer.text());
        client
    }
}

/// Chance that repeats, for the hub and for the server.
fn chance() -> (Chance, Entropy) {
    let hub = Entropy::counting(1 << 32);
    (Chance::from_fn(move |bytes| hub.fill(bytes)), Entropy::counting(1))
}

/// A browser: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub struct Client {
    router: Router,
    key: Option<String>,
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
    /// The same caller with an API key instead of cookies.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { router: self.router.clone(), key: Some(key.to_owned()), cookies: Arc::default() }
    }

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

    /// Any request, with this browser's cookies or this program's key, and its whole answer.
    ///
    /// # Panics
    /// When the request cannot be built; the test has failed then.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let (parts, body) = self.raw(request, body).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body arrives");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// As [`Client::send`], without the body of an answer that never ends (events).
    ///
    /// # Panics
    /// As there.
    pub async fn begin(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let (parts, body) = self.raw(request, body).await.into_parts();
        let endless =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "text/event-stream");
        let body = match endless {
            true => Bytes::new(),
            false => to_bytes(body, usize::MAX).await.expect("the body arrives"),
        };
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Opens a stream of events.
    pub async fn open(&self, path: &str) -> Response {
        self.raw(Request::get(path).header(header::ACCEPT, "text/event-stream"), Body::empty()).await
    }

    async fn raw(&self, request: axum::http::request::Builder, body: Body) -> Response {
        let cookies = {
            let kept = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        };
        let mut request = request.header(header::HOST, "127.0.0.1:8900").body(body).expect("a request");
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.parse().expect("cookies"));
        }
        if let Some(key) = &self.key {
            let value = format!("Bearer {key}").parse().expect("a key");
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        self.keep(response.headers());
        response
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
