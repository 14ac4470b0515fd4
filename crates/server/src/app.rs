//! The whole server as one value, and the loop that serves it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware::from_fn_with_state,
};
use cluster::Budgets;
use contacts::Contacts;
use directory::Directory;
use growth::Growth;
use hub::Hub;
use jiff::SignedDuration;
use kernel::{Actor, MarketId, Moment, Ulid};
use markets::Markets;
use seal::Key;
use store::Db;
use tokio::{net::TcpListener, sync::Notify};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

use crate::{
    Clock, Config, Entropy,
    access::{self, AccessTable},
    api,
    cursor::CursorKey,
    flash,
    limits::{AtWork, OfMarkets, Streams},
    live::Changes,
    observe,
    oidc::Oidc,
    pages, problem, security, serving,
    uploads::Uploads,
    webhook_in::{self, Receiving},
    workers::{self, Due, Roads, Rounds},
};

/// What every handler can reach. Cheap to clone; handlers ask for the part they need
/// (`State<Directory>`), not for the whole.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    config: Config,
    hub: Hub,
    clock: Clock,
    entropy: Entropy,
    boot: Ulid,
    uploads: Uploads,
    oidc: Option<Oidc>,
    cursor_key: CursorKey,
    answers_key: Key,
    at_work: AtWork,
    limits: OfMarkets,
    streams: Streams,
    changes: Changes,
    rounds: Rounds,
    leads_due: Due,
    roads: Roads,
    receiving: Receiving,
    api: bytes::Bytes,
    started: Instant,
    draining: AtomicBool,
    stop: Notify,
}

impl AppState {
    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The hub's database, for what is the server's own business (readiness, requests by name): domains have
    /// services.
    pub(crate) fn db(&self) -> &Db {
        &self.0.hub.db
    }

    /// Everything of the hub that is no page and no endpoint.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Users, sessions, API keys, saved views.
    pub fn directory(&self) -> &Directory {
        &self.0.hub.directory
    }

    /// The growth line of business.
    pub fn growth(&self) -> &Growth {
        &self.0.hub.growth
    }

    /// The people of the markets.
    pub fn contacts(&self) -> &Contacts {
        &self.0.hub.contacts
    }

    /// The markets.
    pub fn markets(&self) -> &Markets {
        &self.0.hub.markets
    }

    /// Rate budgets, shared between the nodes of the hub.
    pub fn budgets(&self) -> &Budgets {
        self.0.hub.cluster.budgets()
    }

    /// This run of the process, told apart from every other.
    pub fn boot(&self) -> Ulid {
        self.0.boot
    }

    /// Requests at work, per market.
    pub fn at_work(&self) -> &AtWork {
        &self.0.at_work
    }

    /// What the policies of the markets let through.
    pub fn limits(&self) -> &OfMarkets {
        &self.0.limits
    }

    /// Open event streams.
    pub fn streams(&self) -> &Streams {
        &self.0.streams
    }

    /// What changes in markets, as it happens.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Which markets have work that nobody waits for.
    pub fn rounds(&self) -> &Rounds {
        &self.0.rounds
    }

    /// Which markets have leads to be scored or given to somebody.
    pub fn leads_due(&self) -> &Due {
        &self.0.leads_due
    }

    /// Which markets have something to be done about GoHighLevel.
    pub fn roads(&self) -> &Roads {
        &self.0.roads
    }

    /// What other systems are sending right now.
    pub(crate) fn receiving(&self) -> &Receiving {
        &self.0.receiving
    }

    /// Tells the open pages of a market that something of this kind changed, and the workers that there may be
    /// something to do.
    pub fn tell(&self, market: MarketId, kind: &'static str) {
        self.0.changes.tell(market, kind);
        self.stir(market);
    }

    /// Tells the workers that there may be something to do in a market: events to relay, leads to score, something to
    /// write elsewhere.
    pub fn stir(&self, market: MarketId) {
        let now = self.0.clock.now();
        self.0.rounds.plan(market, now);
        self.0.leads_due.plan(market, now);
        self.0.roads.to_push(market, now);
    }

    /// The OpenID provider that people may sign in at, if any.
    pub fn oidc(&self) -> Option<&Oidc> {
        self.0.oidc.as_ref()
    }

    /// What seals the cursors of lists.
    pub fn cursor_key(&self) -> &CursorKey {
        &self.0.cursor_key
    }

    /// What seals the answers that the hub keeps for requests by name.
    pub(crate) fn answers_key(&self) -> &Key {
        &self.0.answers_key
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Chance.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// The circumstances of what the hub does by itself, now.
    pub fn moment(&self) -> Moment {
        Moment { now: self.0.clock.now(), actor: Actor::new("hub"), entropy: self.0.entropy.number() }
    }

    /// Files that wait for a decision.
    pub fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    /// The OpenAPI document, serialised once.
    pub fn api_document(&self) -> bytes::Bytes {
        self.0.api.clone()
    }

    /// Time since the hub was built.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// Whether the hub is stopping.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Resolves when the hub begins to stop; long-lived answers end then.
    pub async fn stopping(&self) {
        let notified = self.0.stop.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        if !self.is_draining() {
            notified.await;
        }
    }

    fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
        self.0.stop.notify_waiters();
    }
}

macro_rules! parts {
    ($($type:ty => $get:ident;)+) => {
        $(impl FromRef<AppState> for $type {
            fn from_ref(state: &AppState) -> Self {
                state.$get().clone()
            }
        })+
    };
}

parts! {
    Config => config;
    Contacts => contacts;
    Hub => hub;
    Directory => directory;
    Growth => growth;
    Markets => markets;
    Clock => clock;
    Entropy => entropy;
    Uploads => uploads;
}

/// What a hub is built of.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The opened hub.
    pub hub: Hub,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
}

/// Why a hub could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The database failed or belongs to a newer program.
    #[error("the hub's database cannot be used: {0}")]
    Store(#[from] store::StoreError),
    /// The first operator could not be made.
    #[error("the hub's operator cannot be set up: {0}")]
    Directory(#[from] directory::DirectoryError),
    /// The OpenAPI document could not be written.
    #[error("the API description cannot be written: {0}")]
    Api(#[from] serde_json::Error),
    /// The OpenID provider is none that may be asked.
    #[error("the OpenID provider cannot be used: {0}")]
    Oidc(#[from] connect::oidc::OidcError),
}

/// A built hub, ready to be served.
pub struct App {
    state: AppState,
    router: Router,
    table: AccessTable,
}

impl App {
    /// Opens the domains in the database, bringing their tables up to date, and lays out the routes.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(parts: Parts) -> Result<Self, StartError> {
        observe::start();
        let Parts { config, hub, clock, entropy } = parts;
        let access::Laid { router, receivers, table, document } =
            pages::routes(api::routes(access::Routes::new(api::frame()), &config), &config).finish();
        let api = serde_json::to_vec(&document)?.into();
        let oidc = config.oidc.clone().map(|oidc| Oidc::new(hub.client.clone(), oidc)).transpose()?;
        let state = AppState(Arc::new(Inner {
            boot: Ulid::from_parts(clock.now().as_millisecond().unsigned_abs(), entropy.number()),
            cursor_key: CursorKey::new(hub.markets.derive_key("server/cursor")),
            answers_key: hub.markets.derive_key("server/answers"),
            at_work: AtWork::new(config.rates.at_work, config.rates.waiting),
            limits: OfMarkets::default(),
            streams: Streams::new(config.rates.streams_per_caller, config.rates.streams),
            changes: Changes::default(),
            rounds: Rounds::default(),
            leads_due: Due::default(),
            roads: Roads::default(),
            receiving: Receiving::new(config.rates.receiving),
            oidc,
            config,
            hub,
            clock,
            entropy,
            uploads: Uploads::default(),
            api,
            started: Instant::now(),
            draining: AtomicBool::new(false),
            stop: Notify::new(),
        }));
        // The fallback of the latter is that of both.
        let router = webhook_in::layered(receivers, &state).merge(layered(router, &state, &table));
        Ok(Self { state, router, table })
    }

    /// The state that handlers see.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The routes with all their layers.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Every route with who may call it.
    pub fn access_table(&self) -> &AccessTable {
        &self.table
    }

    /// Makes sure that the hub has an operator, and gives the path of a one-time link that signs them in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator_link(&self, email: directory::Email, name: &str) -> Result<String, StartError> {
        let state = &self.state;
        let operator = state.directory().ensure_operator(email, name, &state.moment()).await?;
        let lifetime: SignedDuration = directory::LINK_LIFETIME;
        let secret = state.entropy().bytes();
        let token = state.directory().issue_link(operator.id, lifetime, &state.moment(), secret).await?;
        Ok(format!("/sign-in/link/{}", token.as_str()))
    }
}

/// Everything but event streams (they would be held back), pictures, and fonts, which are compressed already.
fn compressible() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("font/"))
}

/// From the outside in: name and measure; headers; compression (outside of what reads answers); messages; the
/// final form of problems; panics; time and size limits; where changes come from; who is calling.
fn layered(router: Router<AppState>, state: &AppState, table: &AccessTable) -> Router {
    let config = state.config();
    let guard_state = (state.clone(), Arc::new(table.clone()));
    router
        .layer(from_fn_with_state(guard_state, access::guard))
        .layer(from_fn_with_state(state.clone(), security::same_origin))
        .layer(DefaultBodyLimit::max(config.body_bytes_max))
        .layer(RequestBodyTimeoutLayer::new(config.body_pause_timeout))
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::GATEWAY_TIMEOUT,
            config.request_timeout,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), problem::present))
        .layer(from_fn_with_state(state.clone(), flash::clear))
        .layer(from_fn_with_state(state.clone(), security::cookies))
        .layer(CompressionLayer::new().gzip(true).compress_when(compressible()))
        .layer(from_fn_with_state(state.clone(), security::headers))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .with_state(state.clone())
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked: {text}");
    let problem = problem::Problem::new(problem::Kind::Internal, "The hub could not finish this request.");
    axum::response::IntoResponse::into_response(problem)
}

/// Serves `app` on `listener` until `shutdown` resolves, then lets running requests finish, at most for the
/// configured time. Meanwhile `/readyz` says that the hub is stopping.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let App { state, router, .. } = app;
    let upkeep = tokio::spawn(observe::upkeep());
    let working = workers::start(&state);
    let config = state.config();
    let drain_timeout = config.drain_timeout;
    let patience = serving::Patience { head: config.head_timeout, connections: config.connections_max };
    let stopping = state.clone();
    let stop = async move {
        shutdown.await;
        tracing::info!("stopping: running requests and work may finish");
        stopping.drain();
    };
    let served = tokio::select! {
        served = serving::serve(listener, router, patience, stop) => served,
        () = async { state.stopping().await; tokio::time::sleep(drain_timeout).await } => {
            tracing::warn!("stopped while requests were running");
            Ok(())
        }
    };
    upkeep.abort();
    working.finish(drain_timeout).await;
    served
}
