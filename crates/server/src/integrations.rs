//! Consent of another system's users, by OAuth: the way there and the way back.
//!
//! **Flow.** `GET /m/{market}/gohighlevel/connect` -> GoHighLevel's page, where a person chooses a location and agrees ->
//! `GET /integrations/..` with the code -> the market is connected, and back to its page. Where a whole company let the app
//! in, the person chooses among its locations here.
//!
//! **Invariants.** What comes back is taken from the person who went there, once, within ten minutes; the bridge keeps the
//! state's digest and no more. Neither code nor state is logged or shown.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use gohighlevel::{GoHighLevelError, Installed};
use kernel::{MarketName, Ulid};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    access::{Access, MarketRoles, Routes},
    api::gohighlevel::CHANGED,
    app::AppState,
    design::{Address, Field, Icon, Page, Tone, card},
    flash,
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket, SignedIn, Viewer},
};

/// What is said when nothing came back that can be used.
const NOBODY_AGREED: &str = "GoHighLevel connected nothing: nobody agreed there, or the way back was cut short. Begin again at \
                             the market's page.";

/// Adds the routes, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let manage = Access::Market(MarketRoles::MANAGE_INTEGRATION);
    routes
        .get(manage, "/m/{market}/gohighlevel/connect", begin)
        .post(manage, "/m/{market}/gohighlevel/location", choose)
        .get(Access::Person, gohighlevel::CALLBACK, back)
}

fn home(market: &MarketName) -> Address {
    Address::at(format!("/m/{market}/gohighlevel"))
}

/// `GET /m/{market}/gohighlevel/connect`: to GoHighLevel, where a person agrees.
async fn begin(here: InMarket, At(at): At, State(state): State<AppState>) -> Result<Response, Problem> {
    match state.hub().gohighlevel.begin_install(&here.market, in_person(&here)?, &at).await {
        Ok(consent) => Ok(Redirect::to(&consent).into_response()),
        Err(error @ GoHighLevelError::NoApp) => {
            let text = Problem::from(error).detail().to_owned();
            Ok(flash::redirect(&home(here.market.name()), Tone::Bad, &text))
        }
        Err(error) => Err(error.into()),
    }
}

fn in_person(here: &InMarket) -> Result<Ulid, Problem> {
    here.who.user_id().ok_or_else(|| Problem::forbidden("This is for a person who signed in."))
}

/// The way back from GoHighLevel: `?code=..&state=..`, or `?error=..` when nobody agreed.
async fn back(
    mut viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let asked = std::mem::replace(&mut viewer.address, Address::at("/"));
    let nowhere = |text: &str| Ok(flash::redirect(&Address::at("/"), Tone::Bad, text));
    let (Some(code), Some(returned)) = (asked.get("code"), asked.get("state")) else {
        return nowhere(NOBODY_AGREED);
    };
    let bridge = state.hub().gohighlevel.clone();
    // Ten minutes are long enough to be let go from a market.
    let market = bridge.consent_for(returned, at.now).await?;
    let may_connect = |role| MarketRoles::MANAGE_INTEGRATION.has(role);
    let mut memberships = signed_in.memberships().iter();
    if market.is_some_and(|id| !memberships.any(|one| one.market == id && may_connect(one.role))) {
        return nowhere(NOBODY_AGREED);
    }
    let (user, code, returned) = (signed_in.user().id, code.to_owned(), returned.to_owned());
    let installed = unbroken(async move { bridge.finish_install(&returned, &code, user, &at).await }).await;
    let installed = match installed {
        Ok(installed) => installed,
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        // The address with the code in it is left, whatever came of it.
        Err(problem) => return nowhere(problem.detail()),
    };
    told(&state, &installed.market).await?;
    Ok(match &installed.location {
        Some(_) => flash::redirect(
            &home(&installed.market),
            Tone::Good,
            "Connected. What is there already is being fetched.",
        ),
        None => {
            viewer.address = home(&installed.market);
            choice(&viewer, &installed).into_response()
        }
    })
}

/// Pages and workers learn that the connection is another one.
async fn told(state: &AppState, market: &MarketName) -> Result<(), Problem> {
    if let Some(record) = state.markets().find(market).await? {
        state.tell(record.id, CHANGED);
        state.roads().changed(record.id, state.clock().now());
    }
    Ok(())
}

fn choice(viewer: &Viewer, installed: &Installed) -> Markup {
    let market = &installed.market;
    let options = installed
        .choices
        .iter()
        .map(|(id, name)| (id.clone(), name.clone().unwrap_or_else(|| id.clone())))
        .collect::<Vec<_>>();
    let body = html! {
        @if options.is_empty() {
            p { "The company has no location that the app may use. Let the app into one there, and begin again." }
            div.form-foot { a.button href=(home(market).href()) { "Back" } }
        } @else {
            form.form method="post" action={ "/m/" (market) "/gohighlevel/location" } {
                input type="hidden" name="company" value=(installed.company.as_deref().unwrap_or_default());
                (Field::select("location", "Location", options).required().render())
                div.form-foot {
                    button.button.primary { (Icon::Check) "Connect" }
                    a.button.quiet href=(home(market).href()) { "Cancel" }
                }
            }
        }
    };
    Page::new(viewer, "Choose a location")
        .lead(html! { "The company let this hub in. Which of its locations is this market's?" })
        .crumb(market.to_string(), format!("/m/{market}"))
        .main(card("Location", None, html! {}, body))
        .render()
}

/// The location that a person chose.
#[derive(Deserialize)]
struct Chosen {
    company: String,
    location: String,
}

/// `POST /m/{market}/gohighlevel/location`
async fn choose(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let (bridge, market) = (state.hub().gohighlevel.clone(), here.market.clone());
    let Chosen { company, location } = chosen;
    let connected =
        unbroken(async move { bridge.choose_location(&market, &company, &location, &at).await }).await;
    match connected {
        Ok(_) => {}
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Err(problem) => {
            return Ok(flash::redirect(&home(here.market.name()), Tone::Bad, problem.detail()));
        }
    }
    told(&state, here.market.name()).await?;
    Ok(flash::redirect(
        &home(here.market.name()),
        Tone::Good,
        "Connected. What is there already is being fetched.",
    ))
}
