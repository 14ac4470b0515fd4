use std::{collections::HashSet, net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, MatchedPath, RawPathParams, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use directory::Principal;
use kernel::{HubRole, MarketName, MarketRole};
use markets::MarketRecord;

use super::{Access, AccessTable, Declared, HubRoles, MarketRoles, is_local};
use crate::{
    app::AppState,
    idempotency, limits,
    problem::{Kind, Problem},
    viewer::{self, Entered, Known, SignedIn, Who},
};

/// What anyone is told of an address at which there is nothing for them: the same words whether there is nothing
/// at all, a market that is not theirs, or an object of another market.
pub const NOTHING_HERE: &str = "There is nothing at this address.";

/// The layer that asks the table. The caller travels on as [`Who`] (and [`SignedIn`], for a person), the market of
/// the path as [`crate::viewer::InMarket`].
pub async fn guard(
    State((state, table)): State<(AppState, Arc<AccessTable>)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await; // No route: the fallback's 404.
    };
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let declared = match table.get(&(path.as_str().to_owned(), method.as_str().to_owned())) {
        Some(declared) => *declared,
        None if table
            .range((path.as_str().to_owned(), String::new())..)
            .next()
            .is_some_and(|(key, _)| key.0 == path.as_str()) =>
        {
            return next.run(request).await; // The path is declared, this method is not: the router's 405.
        }
        None => {
            tracing::error!(path = path.as_str(), "a route without declared access was called");
            return Problem::new(Kind::Internal, "This address is closed.").into_response();
        }
    };
    match let_in(&state, &declared, path.as_str(), request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

/// From the cheap to the expensive: who, how often, where, how many at once; then the request itself.
async fn let_in(
    state: &AppState,
    declared: &Declared,
    pattern: &str,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if matches!(declared.access, Access::Public | Access::Signed) {
        return Ok(next.run(request).await);
    }
    if let Access::Local(_) = declared.access {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
        if is_local(peer, request.headers(), &state.config().metrics_allowed) {
            return Ok(next.run(request).await);
        }
    }
    let (mut parts, body) = request.into_parts();
    if pattern.starts_with("/api/") {
        each_parameter_once(parts.uri.query().unwrap_or_default())?;
    }
    let credential = viewer::credential(state, &parts.headers, parts.uri.path());
    let credential = credential.ok_or_else(Problem::sign_in_required)?;
    let mut spent = limits::Spent::default();
    spent.take(state, &state.config().rates.caller, &credential.fingerprint()).await?;
    let principal = credential.principal(state).await?.ok_or_else(|| match credential.is_key() {
        true => Problem::new(
            Kind::SignInRequired,
            "This API key opens nothing: it is unknown, expired or revoked.",
        ),
        false => Problem::sign_in_required(),
    })?;
    second_step(state, &principal, pattern)?;
    let name = match pattern.contains("{market}") {
        true => {
            use axum::extract::FromRequestParts;
            let params = RawPathParams::from_request_parts(&mut parts, state).await;
            let params = params.map_err(|_| nothing_here())?;
            let name = params.iter().find(|(name, _)| *name == "market").map(|(_, value)| value.to_owned());
            Some(name.unwrap_or_default())
        }
        false => None,
    };
    let admitted = admit(state, declared.access, &principal, name.as_deref()).await?;
    let limited = match &admitted {
        Admitted::Hub => None,
        // Counted apart: whatever the market's own policy says, it can be looked at and its policy put right.
        Admitted::Record(known) => {
            Some((known.record.id, limits::OfMarkets::shipped(), format!("record:{}", known.record.id)))
        }
        Admitted::Market(entered) => {
            let (market, now) = (&entered.market, state.clock().now());
            Some((market.id(), state.limits().of(market, now).await?, market.id().to_string()))
        }
    };
    if let Some((_, in_force, place)) = &limited {
        let (own, caller) = in_force.of_caller(&principal);
        spent.take(state, &own, &format!("{place}:{caller}")).await?;
        spent.take(state, &in_force.market, place).await?;
    }
    let market = limited.map(|(market, ..)| market);
    let _at_work = match (market, declared.lasting) {
        (Some(market), false) => Some(state.at_work().enter(market).await?),
        _ => None,
    };
    if let Principal::User(signed_in) = &principal {
        parts.extensions.insert(SignedIn::from(signed_in.clone()));
    }
    parts.extensions.insert(Who(Arc::new(principal)));
    match admitted {
        Admitted::Hub => {}
        Admitted::Record(known) => {
            parts.extensions.insert(*known);
        }
        Admitted::Market(entered) => {
            parts.extensions.insert(entered);
        }
    }
    let request = Request::from_parts(parts, body);
    let changes = !request.method().is_safe();
    let mut response = match *request.method() == Method::POST && pattern.starts_with("/api/") {
        true => idempotency::once(state, declared, pattern, request, next).await,
        false => next.run(request).await,
    };
    spent.tell(response.headers_mut());
    if let Some(market) = market.filter(|_| changes && response.status().is_success()) {
        // What was changed may have left something to do: events to relay, leads to score.
        state.stir(market);
    }
    Ok(response)
}

/// Whether this is a person without the second step that the hub asks everybody for.
pub fn lacks_second_step(state: &AppState, who: &Principal) -> bool {
    let required = state.config().second_factor_required;
    matches!(who, Principal::User(signed_in) if required && !signed_in.user.has_second_factor)
}

/// Where everybody has to have a second step, who has none gets to their own account alone (and to its event stream,
/// in which they hear nothing).
fn second_step(state: &AppState, who: &Principal, pattern: &str) -> Result<(), Problem> {
    if !lacks_second_step(state, who) || pattern.starts_with("/account") || pattern == "/live" {
        return Ok(());
    }
    let text =
        "This hub asks everybody for two-step sign-in. Set it up under your account: /account/second-factor.";
    Err(Problem::new(Kind::SecondFactorRequired, text))
}

/// Of two values of one parameter none is the right one, and programs along the way may see different ones.
fn each_parameter_once(query: &str) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !seen.insert(name.clone()) {
            let shown: String = name.chars().take(40).collect();
            return Err(Problem::bad_request(format!("The parameter `{shown}` is there twice.")));
        }
    }
    Ok(())
}

fn nothing_here() -> Problem {
    Problem::not_found(NOTHING_HERE)
}

/// Where the caller got to.
enum Admitted {
    /// The hub.
    Hub,
    /// What the hub has on record of a market.
    Record(Box<Known>),
    /// A market.
    Market(Entered),
}

/// Whether the caller may pass, and where to.
async fn admit(
    state: &AppState,
    access: Access,
    who: &Principal,
    name: Option<&str>,
) -> Result<Admitted, Problem> {
    match access {
        Access::Public | Access::Signed | Access::SignedIn => Ok(Admitted::Hub),
        Access::Person => match who {
            Principal::User(_) => Ok(Admitted::Hub),
            _ => Err(Problem::forbidden("This is for a person who signed in; an API key cannot do it.")),
        },
        Access::Hub(roles) | Access::Local(roles) => match in_hub(roles, who.hub_role()) {
            true => Ok(Admitted::Hub),
            false => {
                Err(Problem::forbidden(format!("This is for these roles of the hub: {}.", spoken(roles))))
            }
        },
        Access::Record(hub, roles) => {
            let (record, role) = known(state, roles, who, name, in_hub(hub, who.hub_role())).await?;
            Ok(Admitted::Record(Box::new(Known { record, role })))
        }
        Access::Market(roles) => enter(state, roles, who, name, false).await,
        Access::Either(hub, roles) => enter(state, roles, who, name, in_hub(hub, who.hub_role())).await,
    }
}

fn in_hub(roles: HubRoles, role: Option<HubRole>) -> bool {
    role.is_some_and(|role| roles.has(role))
}

fn spoken(roles: HubRoles) -> String {
    roles.roles().map(HubRole::label).collect::<Vec<_>>().join(", ")
}

/// What the hub has on record of the market `name`, for who has one of `roles` in it (or `by_hub`).
async fn known(
    state: &AppState,
    roles: MarketRoles,
    who: &Principal,
    name: Option<&str>,
    by_hub: bool,
) -> Result<(MarketRecord, Option<MarketRole>), Problem> {
    let name: MarketName = name.and_then(|name| name.parse().ok()).ok_or_else(nothing_here)?;
    let record = state.markets().find(&name).await?.ok_or_else(nothing_here)?;
    let role = who.market_role(record.id);
    match role {
        _ if by_hub => Ok((record, role)),
        None => Err(nothing_here()),
        Some(held) if roles.has(held) => Ok((record, role)),
        Some(_) => {
            let needed: Vec<_> = roles.roles().map(MarketRole::label).collect();
            Err(Problem::forbidden(format!("This is for these roles of the market: {}.", needed.join(", "))))
        }
    }
}

/// Opens the market after [`known`]: only a member learns that it is suspended, and nobody else makes the hub open a
/// database.
async fn enter(
    state: &AppState,
    roles: MarketRoles,
    who: &Principal,
    name: Option<&str>,
    by_hub: bool,
) -> Result<Admitted, Problem> {
    let (record, role) = known(state, roles, who, name, by_hub).await?;
    let market = state.markets().enter(&record.name).await?;
    Ok(Admitted::Market(Entered { market, role }))
}
