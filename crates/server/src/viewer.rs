//! Who looks at a page, and how they like it.

use std::{convert::Infallible, fmt::Write as _, sync::Arc, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use directory::Principal;
use jiff::Timestamp;
use kernel::{MarketName, MarketRole, Moment};
use markets::{Market, MarketRecord};

use crate::{
    access::{HubRoles, MarketRoles, NOTHING_HERE},
    app::AppState,
    design::{Address, Tone},
    flash,
    problem::Problem,
};

/// How long a page that anyone may see waits to learn who looks at it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The user behind a request, and the browser session.
#[derive(Clone, Debug)]
pub struct SignedIn(directory::SignedIn);

impl From<directory::SignedIn> for SignedIn {
    fn from(signed_in: directory::SignedIn) -> Self {
        Self(signed_in)
    }
}

impl SignedIn {
    /// The person.
    pub fn user(&self) -> &directory::User {
        &self.0.user
    }

    /// The browser.
    pub fn session(&self) -> &directory::Session {
        &self.0.session
    }

    /// The same as the directory knows it.
    pub fn inner(&self) -> &directory::SignedIn {
        &self.0
    }

    /// The markets they belong to.
    pub fn memberships(&self) -> &[directory::Membership] {
        &self.0.memberships
    }

    /// Whether their role in the hub is among these.
    pub fn may(&self, roles: HubRoles) -> bool {
        self.0.user.hub_role.is_some_and(|role| roles.has(role))
    }

    /// The letters that stand for the person.
    pub fn initials(&self) -> String {
        self.0.user.initials()
    }
}

/// Who sends a request: a person in a browser, or a program with an API key. Put there by the guard.
#[derive(Clone, Debug)]
pub struct Who(pub Arc<Principal>);

impl std::ops::Deref for Who {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl Who {
    /// `user:<id>` or `key:<id>`: stable, and nothing personal.
    pub fn id(&self) -> String {
        self.0.subject()
    }

    /// Whether their role in the hub is among these.
    pub fn may(&self, roles: HubRoles) -> bool {
        self.0.hub_role().is_some_and(|role| roles.has(role))
    }
}

/// The market that the guard let the caller into.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The market.
    pub market: Market,
    /// The caller's role in it; `None`: they may by their role in the hub.
    pub role: Option<MarketRole>,
}

/// What the hub has on record of the market of the path, for who may know of it. Only on routes of
/// [`Access::Record`](crate::access::Access).
#[derive(Clone, Debug)]
pub struct Known {
    /// The record.
    pub record: MarketRecord,
    /// The caller's role in the market; `None`: they may by their role in the hub.
    pub role: Option<MarketRole>,
}

/// The market of the path, with who entered it. Only on routes of a market
/// ([`Access::Market`](crate::access::Access), [`Access::Either`](crate::access::Access)).
#[derive(Clone, Debug)]
pub struct InMarket {
    /// The market: the only way to its data.
    pub market: Market,
    /// Who.
    pub who: Who,
    /// Their role in it; `None`: they may by their role in the hub.
    pub role: Option<MarketRole>,
}

impl InMarket {
    /// Whether their role in the market is among these.
    pub fn may(&self, roles: MarketRoles) -> bool {
        self.role.is_some_and(|role| roles.has(role))
    }
}

/// What a request shows to be let in.
pub enum Credential {
    /// A session's token, from the cookie.
    Session(String),
    /// An API key, from the `Authorization` header.
    Key(String),
}

/// The credential of a request. Keys are for programs: under `/api/`, and where programs listen or measure.
pub fn credential(state: &AppState, headers: &HeaderMap, path: &str) -> Option<Credential> {
    let for_programs = path.starts_with("/api/") || path == "/metrics" || path == "/live";
    if for_programs && let Some(key) = bearer(headers) {
        return Some(Credential::Key(key.to_owned()));
    }
    cookie(headers, state.config().session_cookie()).map(|token| Credential::Session(token.to_owned()))
}

/// The token of `Authorization: Bearer ..`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Credential {
    /// Whether it is an API key.
    pub fn is_key(&self) -> bool {
        matches!(self, Self::Key(_))
    }

    /// What its budget is counted under: nobody can use up the budget of a credential that they do not have.
    pub fn fingerprint(&self) -> String {
        let (kind, text) = match self {
            Self::Session(token) => ("session", token),
            Self::Key(key) => ("key", key),
        };
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().iter().take(16).fold(format!("{kind}:"), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Who shows it; `None` when it opens nothing (any more).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn principal(&self, state: &AppState) -> Result<Option<Principal>, Problem> {
        let now = state.clock().now();
        Ok(match self {
            Self::Session(token) => state.directory().session(token, now).await?.map(Principal::User),
            Self::Key(key) => state.directory().key(key, now).await?.map(Principal::Key),
        })
    }
}

/// The session of a request, if its cookie still opens one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn signed_in(state: &AppState, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
    let Some(token) = cookie(headers, state.config().session_cookie()) else { return Ok(None) };
    let found = state.directory().session(token, state.clock().now()).await?;
    Ok(found.map(SignedIn))
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name).then_some(value)
        })
    })
}

/// A `Set-Cookie` value. `max_age_seconds` 0 removes the cookie.
pub fn set_cookie(name: &str, value: &str, max_age_seconds: i64, http_only: bool, secure: bool) -> String {
    let mut cookie = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={max_age_seconds}");
    if http_only {
        cookie.push_str("; HttpOnly");
    }
    if secure {
        cookie.push_str("; Secure");
    }
    cookie
}

/// Everything that the shell of a page depends on.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who it is; nobody on public pages.
    pub signed_in: Option<SignedIn>,
    /// The address asked for.
    pub address: Address,
    /// The instant of the request, for relative times.
    pub now: Timestamp,
    /// `light`, `dark`, or as the system has it.
    pub theme: Option<&'static str>,
    /// `roomy`, or dense.
    pub density: Option<&'static str>,
    /// A message left by the request before.
    pub flash: Option<(Tone, String)>,
    /// The market that the page is in.
    pub market: Option<Entered>,
    /// The markets that the viewer may go to, by name, with their role there.
    pub markets: Vec<(MarketName, MarketRole)>,
}

impl Viewer {
    /// The viewer behind these headers.
    pub async fn resolve(state: &AppState, headers: &HeaderMap, address: Address) -> Self {
        // Neither an error page nor the sign-in page may need the database, nor wait for it.
        let asked = tokio::time::timeout(PATIENCE, signed_in(state, headers)).await;
        let signed_in = asked.ok().and_then(Result::ok).flatten();
        Self::of(state, headers, address, signed_in)
    }

    /// Where this page hears of changes; none when nobody is signed in, or nothing changes for them.
    pub fn stream(&self) -> Option<String> {
        let user = self.signed_in.as_ref()?;
        match &self.market {
            Some(entered) if entered.role.is_some() => Some(format!("/m/{}/live", entered.market.name())),
            _ => user.may(HubRoles::READ_GROWTH).then(|| "/live".to_owned()),
        }
    }

    /// The same viewer with the markets that they may go to.
    async fn with_markets(mut self, state: &AppState) -> Self {
        let memberships = self.signed_in.as_ref().map(SignedIn::memberships).unwrap_or_default();
        let mut markets = Vec::new();
        for membership in memberships {
            // The shell of a page works without: whoever needs the market is told by the page itself.
            if let Ok(Some(record)) = state.markets().by_id(membership.market).await {
                markets.push((record.name, membership.role));
            }
        }
        markets.sort();
        self.markets = markets;
        self
    }

    fn of(state: &AppState, headers: &HeaderMap, address: Address, signed_in: Option<SignedIn>) -> Self {
        let one_of = |name, allowed: &[&'static str]| {
            let value = cookie(headers, state.config().cookie(name))?;
            allowed.iter().copied().find(|known| *known == value)
        };
        Self {
            signed_in,
            address,
            now: state.clock().now(),
            theme: one_of(("ehub_theme", "__Host-ehub_theme"), &["light", "dark"]),
            density: one_of(("ehub_density", "__Host-ehub_density"), &["roomy"]),
            flash: flash::read(state.config(), headers),
            market: None,
            markets: Vec::new(),
        }
    }
}

impl<S> FromRequestParts<S> for Viewer
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let state = AppState::from_ref(state);
        let address = Address::of(&parts.uri);
        let viewer = match parts.extensions.get::<SignedIn>() {
            Some(known) => Self::of(&state, &parts.headers, address, Some(known.clone())),
            None => Self::resolve(&state, &parts.headers, address).await,
        };
        let viewer = Self { market: parts.extensions.get::<Entered>().cloned(), ..viewer };
        Ok(viewer.with_markets(&state).await)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Put there by the guard; a public route has none.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::sign_in_required)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::sign_in_required)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::not_found(NOTHING_HERE))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InMarket {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let who = Who::from_request_parts(parts, state).await?;
        // A route that takes a market without being declared for one is a mistake of ours: it shows nothing.
        let Entered { market, role } =
            parts.extensions.get::<Entered>().cloned().ok_or_else(|| Problem::not_found(NOTHING_HERE))?;
        Ok(Self { market, who, role })
    }
}

/// When something happens, by whom, and with what chance: what services take as an argument.
#[derive(Clone, Debug)]
pub struct At(pub Moment);

impl<S> FromRequestParts<S> for At
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let who = Who::from_request_parts(parts, state).await?;
        let state = AppState::from_ref(state);
        Ok(Self(Moment { now: state.clock().now(), actor: who.actor(), entropy: state.entropy().number() }))
    }
}

/// The browser as it calls itself, shortened to what a person recognises.
pub fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = named(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    let mut label = program.unwrap_or("Unknown browser").to_owned();
    if let Some(system) = system {
        // Writing into a String cannot fail.
        let _ = write!(label, " on {system}");
    }
    label
}
