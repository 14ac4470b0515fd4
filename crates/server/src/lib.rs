//! The hub over HTTP: pages, API, sign-in, live updates.
//!
//! ```no_run
//! # async fn start(hub: hub::Hub, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), Box<dyn std::error::Error>> {
//! use server::{App, Clock, Config, Entropy, Parts};
//!
//! let parts = Parts { config: Config::default(), hub, clock: Clock::system(), entropy: Entropy::system() };
//! let app = App::build(parts).await?;
//! println!("{}", app.operator_link("operator@localhost".parse()?, "Operator").await?);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8900").await?;
//! server::serve(app, listener, shutdown).await?;
//! # Ok(()) }
//! ```
//!
//! **Flow.** [`serving`] reads a request -> [`observe`] names and measures it -> [`security`] -> [`access`] asks who may,
//! how often ([`limits`]), in which market, and whether it was answered before ([`idempotency`]) -> a handler
//! of [`pages`] or [`api`] translates to a domain's service and back -> [`problem`] gives failures their form.
//!
//! **Invariants.** No business rule and no SQL. Every route declares who may call it. One place reads the clock
//! ([`clock`]), one maps errors ([`problem`]), one draws ([`design`]). No inline script or style leaves the hub,
//! and no personal data enters its log.
//!
//! **To add a page** read [`design`]; **to add an endpoint** read [`api`].

pub mod access;
pub mod api;
pub mod app;
pub mod assets;
pub mod clock;
pub mod config;
pub mod cursor;
pub mod design;
pub mod flash;
pub mod health;
pub mod idempotency;
pub mod in_person;
pub mod integrations;
pub mod keepsake;
pub mod limits;
pub mod live;
pub mod membership;
pub mod nav;
pub mod observe;
pub mod oidc;
pub mod pages;
pub mod problem;
pub mod security;
pub mod serving;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trails;
pub mod unbroken;
pub mod uploads;
pub mod viewer;
pub mod webhook_in;
pub mod workers;

pub use app::{App, AppState, Parts, StartError, serve};
pub use clock::{Clock, Entropy};
pub use config::Config;
pub use oidc::{ClientSecret, OidcConfig};
