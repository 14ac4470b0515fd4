//! Signing in at the OpenID provider, and the way back from there.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use directory::{
    DirectoryError, OIDC_REQUEST_LIFETIME, SignInError,
    oidc::{IdClaims, Returned},
};
use kernel::{Actor, Moment, Ulid};
use maud::html;

use super::{enter, keep, next_of, visit};
use crate::{
    app::AppState,
    design::{Address, Tone, bare},
    flash,
    oidc::{CALLBACK, Oidc},
    problem::Problem,
    viewer::{self, SignedIn, Viewer},
};

/// What holds a browser's request while it is at the provider, by http and by https.
const COOKIE: (&str, &str) = ("ehub_oidc", "__Host-ehub_oidc");

/// `GET /sign-in/oidc`
pub async fn begin(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    send(&state, &next_of(&viewer.address), None).await
}

/// Sends the browser to the provider. With a user, who is signed in: to show who they are, or to link an identity.
///
/// # Errors
/// When there is no provider, or it cannot be asked.
pub async fn send(state: &AppState, next: &str, user: Option<Ulid>) -> Result<Response, Problem> {
    let oidc =
        state.oidc().ok_or_else(|| Problem::not_found("This hub knows no other place to sign in at."))?;
    let (now, secret) = (state.clock().now(), state.entropy().bytes());
    let request = state.directory().begin_oidc(oidc.issuer(), next, user, now, secret).await?;
    let address =
        oidc.address(&request, &state.config().link(CALLBACK), user.is_some()).await.map_err(|error| {
            tracing::warn!(%error, "the OpenID provider cannot be asked: {error}");
            Problem::unavailable(format!(
                "{} does not answer right now. Try again, or use your password.",
                oidc.label()
            ))
        })?;
    let mut response = Redirect::to(&address).into_response();
    keep(&mut response, COOKIE, request.token().as_str(), OIDC_REQUEST_LIFETIME.as_secs());
    Ok(response)
}

/// `GET /sign-in/oidc/callback`
pub async fn back(
    viewer: Viewer,
    State(state): State<AppState>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let oidc =
        state.oidc().ok_or_else(|| Problem::not_found("This hub knows no other place to sign in at."))?;
    let mut response = match arrive(&viewer, &state, oidc, from, &headers).await {
        Ok(response) => response,
        Err(Failure::Problem(problem)) => return Err(*problem),
        Err(Failure::Told { why, text }) => {
            tracing::warn!(reason = %why, "a sign-in at the OpenID provider was refused: {why}");
            refused(&viewer, oidc, &text)
        }
    };
    keep(&mut response, COOKIE, "", 0);
    Ok(response)
}

/// Why a browser that came back goes no further: for the log, and for the person.
enum Failure {
    Told { why: String, text: String },
    Problem(Box<Problem>),
}

impl Failure {
    fn told(why: impl ToString, text: impl Into<String>) -> Self {
        Self::Told { why: why.to_string(), text: text.into() }
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        let why = error.to_string();
        let is_told = matches!(error, SignInError::RequestUnusable | SignInError::NotInvited);
        let problem = Problem::from(error);
        if is_told { Self::told(why, problem.detail()) } else { problem.into() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

async fn arrive(
    viewer: &Viewer,
    state: &AppState,
    oidc: &Oidc,
    from: SocketAddr,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let (now, query) = (state.clock().now(), &viewer.address);
    let token = viewer::cookie(headers, state.config().cookie(COOKIE)).unwrap_or_default();
    let returned = state.directory().take_oidc(token, query.get("state").unwrap_or_default(), now).await?;
    let nothing_said = format!("{} did not say who you are.", oidc.label());
    let is_theirs = oidc.is_from(query.get("iss")).await;
    if returned.issuer != oidc.issuer() || !is_theirs.map_err(|error| Failure::told(error, &nothing_said))? {
        return Err(Failure::told("the answer is of another issuer", nothing_said));
    }
    let Some(code) = query.get("code") else {
        let error: String = query.get("error").unwrap_or("no code").chars().take(60).collect();
        return Err(Failure::told(error, format!("{nothing_said} You may have cancelled.")));
    };
    let claims = oidc.claims(code, &returned, &state.config().link(CALLBACK), now).await;
    let claims = claims.map_err(|error| Failure::told(error, nothing_said))?;
    match returned.user_id {
        Some(user) => recognise(viewer, state, user, &claims, &returned).await,
        None => {
            let moment = Moment { now, actor: Actor::new("sign-in"), entropy: state.entropy().number() };
            let entry = state
                .directory()
                .sign_in_with_oidc(&claims, &visit(from, headers), &moment, state.entropy().bytes())
                .await?;
            Ok(enter(state, headers, entry, &returned.next, "provider").await?)
        }
    }
}

/// Somebody who is signed in has shown the provider who they are: the identity is theirs from now on; if it was
/// before, this is a proof.
async fn recognise(
    viewer: &Viewer,
    state: &AppState,
    user: Ulid,
    claims: &IdClaims,
    returned: &Returned,
) -> Result<Response, Failure> {
    let here = viewer.signed_in.as_ref().filter(|signed_in| signed_in.user().id == user);
    let here = here.ok_or_else(|| Failure::from(SignInError::RequestUnusable))?;
    let (directory, now, next) = (state.directory(), state.clock().now(), Address::parse(&returned.next));
    let next = next.local().unwrap_or_else(|| Address::at("/account"));
    let theirs = directory.identities(user).await.map_err(Problem::from)?;
    if theirs.iter().any(|one| one.issuer == claims.issuer && one.subject == claims.subject) {
        directory.prove_by_identity(here.inner(), claims, now).await?;
        return Ok(flash::redirect(&next, Tone::Good, "Thank you. Now do it once more."));
    }
    if !here.session().is_proven(now) {
        return Err(SignInError::NotInvited.into());
    }
    match directory.link_identity(user, claims, &moment(here, state)).await {
        Ok(_) => {
            let text =
                format!("From now on you can sign in with {}.", state.oidc().map_or("it", Oidc::label));
            Ok(flash::redirect(&next, Tone::Good, &text))
        }
        Err(error @ DirectoryError::IdentityTaken) => {
            let text = Problem::from(DirectoryError::IdentityTaken).detail().to_owned();
            Err(Failure::Told { why: error.to_string(), text })
        }
        Err(error) => Err(Problem::from(error).into()),
    }
}

fn moment(signed_in: &SignedIn, state: &AppState) -> Moment {
    Moment { now: state.clock().now(), actor: signed_in.user().actor(), entropy: state.entropy().number() }
}

fn refused(viewer: &Viewer, oidc: &Oidc, text: &str) -> Response {
    let inside = viewer.signed_in.is_some();
    let page = bare(
        viewer,
        "Not signed in",
        html! {
            h1 { "That did not work" }
            p.secondary { (text) }
            @if inside {
                a.button.primary.wide href="/account" { "Back to your account" }
            } @else {
                a.button.primary.wide href="/sign-in/oidc" { "Try again with " (oidc.label()) }
                a.button.wide href="/sign-in" { "Sign in with a password" }
            }
        },
    );
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
