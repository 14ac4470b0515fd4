//! The whole server as one value, and the loop that serves it.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware::{from_fn, from_fn_with_state},
};
use directory::Directory;
use growth::{Growth, GrowthError};
use jiff::SignedDuration;
use store::Db;
use tokio::{net::TcpListener, sync::Notify};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    timeout::TimeoutLayer,
};

use crate::{
    Clock, Config, Entropy,
    access::{self, AccessTable},
    api, flash, observe, pages, problem, security,
    uploads::Uploads,
};

/// What every handler can reach. Cheap to clone; handlers ask for the part they need
/// (`State<Directory>`), not for the whole.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

struct Inner {
    config: Config,
    db: Db,
    directory: Directory,
    growth: Growth,
    clock: Clock,
    entropy: Entropy,
    uploads: Uploads,
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

    /// The hub's database, for the readiness check only: domains have services.
    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    /// Users, sessions, saved views.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// The growth line of business.
    pub fn growth(&self) -> &Growth {
        &self.0.growth
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Chance.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
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
    Directory => directory;
    Growth => growth;
    Clock => clock;
    Entropy => entropy;
    Uploads => uploads;
}

/// What a hub is built of.
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The hub's database.
    pub db: Db,
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
    /// The growth records cannot be used.
    #[error("the growth records cannot be used: {0}")]
    Growth(#[from] GrowthError),
    /// The first owner could not be made.
    #[error("the hub's owner cannot be set up: {0}")]
    Directory(#[from] directory::DirectoryError),
    /// The OpenAPI document could not be written.
    #[error("the API description cannot be written: {0}")]
    Api(#[from] serde_json::Error),
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
        let Parts { config, db, clock, entropy } = parts;
        let directory = Directory::open(db.clone()).await?;
        let growth = Growth::open(db.clone()).await?;
        let (router, table, document) =
            pages::routes(api::routes(access::Routes::new(api::frame()), &config), &config).finish();
        let api = serde_json::to_vec(&document)?.into();
        let state = AppState(Arc::new(Inner {
            config,
            db,
            directory,
            growth,
            clock,
            entropy,
            uploads: Uploads::default(),
            api,
            started: Instant::now(),
            draining: AtomicBool::new(false),
            stop: Notify::new(),
        }));
        let router = layered(router, &state, &table);
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

    /// Makes sure that the hub has an owner, and gives the path of a one-time link that signs them in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner_link(&self, email: directory::Email, name: &str) -> Result<String, StartError> {
        let (state, now) = (&self.state, self.state.clock().now());
        let owner = state.directory().ensure_owner(email, name, now, state.entropy().number()).await?;
        let lifetime: SignedDuration = directory::LINK_LIFETIME;
        let token = state.directory().issue_link(owner.id, lifetime, now, state.entropy().bytes()).await?;
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
        .layer(TimeoutLayer::with_status_code(
            axum::http::StatusCode::GATEWAY_TIMEOUT,
            config.request_timeout,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), problem::present))
        .layer(from_fn(flash::clear))
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
    let pruning = tokio::spawn(prune(state.clone()));
    let drain_timeout = state.config().drain_timeout;
    let stopping = state.clone();
    // `into_make_service..` and not the router itself: that would be copied whole for every connection.
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            shutdown.await;
            tracing::info!("stopping: running requests may finish");
            stopping.drain();
        });
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = async { state.stopping().await; tokio::time::sleep(drain_timeout).await } => {
            tracing::warn!("stopped while requests were running");
            Ok(())
        }
    };
    upkeep.abort();
    pruning.abort();
    served
}

/// Once a day: sessions and links that have ended go.
async fn prune(state: AppState) {
    loop {
        if let Err(error) = state.directory().prune(state.clock().now()).await {
            tracing::warn!(%error, "ended sessions could not be deleted: {error}");
        }
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    }
}
