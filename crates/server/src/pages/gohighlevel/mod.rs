//! The pages of a market's connection with GoHighLevel, under `/m/{market}/gohighlevel`: how it is doing, what was given up,
//! what waits to be written there, what needs a person, and what things are called.
//!
//! The way to GoHighLevel's consent and back is in `crate::integrations`.

mod connect;
mod health;
mod incidents;
mod letters;
mod names;
mod writes;

use kernel::Ulid;

use crate::{
    access::{Access, MarketRoles, Routes},
    app::AppState,
    design::{Address, Page, Tab, Tone, tabs},
    flash,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_INTEGRATION);
    let manage = Access::Market(MarketRoles::MANAGE_INTEGRATION);
    routes
        .get(read, "/m/{market}/gohighlevel", health::show)
        .post(manage, "/m/{market}/gohighlevel/private-token", connect::private_token)
        .post(manage, "/m/{market}/gohighlevel/disconnect", connect::disconnect)
        .post(manage, "/m/{market}/gohighlevel/fetch", connect::fetch)
        .get(read, "/m/{market}/gohighlevel/events", letters::show)
        .post(manage, "/m/{market}/gohighlevel/events/replay", letters::replay_all)
        .post(manage, "/m/{market}/gohighlevel/events/{letter}/replay", letters::replay)
        .get(read, "/m/{market}/gohighlevel/writes", writes::show)
        .post(manage, "/m/{market}/gohighlevel/writes/replay", writes::replay_all)
        .post(manage, "/m/{market}/gohighlevel/writes/{write}/replay", writes::replay)
        .post(manage, "/m/{market}/gohighlevel/writes/{write}/drop", writes::abandon)
        .get(read, "/m/{market}/gohighlevel/incidents", incidents::show)
        .post(manage, "/m/{market}/gohighlevel/incidents/{incident}/close", incidents::close)
        .get(read, "/m/{market}/gohighlevel/names", names::show)
        .post(manage, "/m/{market}/gohighlevel/names", names::save)
        .post(manage, "/m/{market}/gohighlevel/names/refresh", names::refresh)
}

/// Where the market's connection is.
fn home(here: &InMarket) -> String {
    format!("/m/{}/gohighlevel", here.market.name())
}

/// A page of the connection, with the others beside it.
fn page<'v>(viewer: &'v Viewer, here: &InMarket, title: &str, part: &str) -> Page<'v> {
    let home = home(here);
    let tab = |label: &str, path: &str| {
        let href = if path.is_empty() { home.clone() } else { format!("{home}/{path}") };
        Tab { label: label.to_owned(), href, current: path == part }
    };
    let places = [
        tab("Health", ""),
        tab("Incidents", "incidents"),
        tab("Writes", "writes"),
        tab("Events given up", "events"),
        tab("Names", "names"),
    ];
    let page =
        Page::new(viewer, title).crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()));
    let page = if part.is_empty() { page } else { page.crumb("GoHighLevel", home.clone()) };
    page.tabs(tabs("The connection", &places))
}

/// Back to a page of the connection with a message; workers and open pages learn that something is to be done.
fn done(state: &AppState, here: &InMarket, part: &str, tone: Tone, text: &str) -> axum::response::Response {
    state.tell(here.market.id(), crate::api::gohighlevel::CHANGED);
    state.roads().changed(here.market.id(), state.clock().now());
    let home = home(here);
    let path = if part.is_empty() { home } else { format!("{home}/{part}") };
    flash::redirect(&Address::at(path), tone, text)
}

/// An identifier in an address.
fn id(text: &str) -> Result<Ulid, Problem> {
    text.parse().map_err(|_| Problem::not_found(crate::access::NOTHING_HERE))
}
