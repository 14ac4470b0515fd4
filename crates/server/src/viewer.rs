//! Who looks at a page, and how they like it.

use std::{convert::Infallible, fmt::Write as _, time::Duration};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use growth::Moment;
use jiff::Timestamp;

use crate::{
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

impl SignedIn {
    /// The person.
    pub fn user(&self) -> &directory::User {
        &self.0.user
    }

    /// The browser.
    pub fn session(&self) -> &directory::Session {
        &self.0.session
    }

    /// Whether this is the hub's owner.
    pub fn is_owner(&self) -> bool {
        self.0.user.role == directory::Role::Owner
    }

    /// The letters that stand for the person.
    pub fn initials(&self) -> String {
        let words =
            self.0.user.name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(2).filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
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
}

impl Viewer {
    /// The viewer behind these headers.
    pub async fn resolve(state: &AppState, headers: &HeaderMap, address: Address) -> Self {
        // Neither an error page nor the sign-in page may need the database, nor wait for it.
        let asked = tokio::time::timeout(PATIENCE, signed_in(state, headers)).await;
        let signed_in = asked.ok().and_then(Result::ok).flatten();
        Self::of(state, headers, address, signed_in)
    }

    fn of(state: &AppState, headers: &HeaderMap, address: Address, signed_in: Option<SignedIn>) -> Self {
        let one_of = |name, allowed: &[&'static str]| {
            let value = cookie(headers, name)?;
            allowed.iter().copied().find(|known| *known == value)
        };
        Self {
            signed_in,
            address,
            now: state.clock().now(),
            theme: one_of("ehub_theme", &["light", "dark"]),
            density: one_of("ehub_density", &["roomy"]),
            flash: flash::read(headers),
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
        Ok(match parts.extensions.get::<SignedIn>() {
            Some(known) => Self::of(&state, &parts.headers, address, Some(known.clone())),
            None => Self::resolve(&state, &parts.headers, address).await,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Put there by the guard; a public route has none.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::sign_in_required)
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
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        let state = AppState::from_ref(state);
        Ok(Self(Moment {
            now: state.clock().now(),
            actor: signed_in.user().actor(),
            entropy: state.entropy().number(),
        }))
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
