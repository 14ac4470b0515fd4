//! The pages. One file per page; what they are made of is in [`crate::design`].

pub(crate) mod account;
mod analytics;
mod audit;
mod contacts;
mod gohighlevel;
pub mod growth;
mod keys;
mod leads;
mod markets;
mod people;
mod preferences;
mod reference;
mod search;
mod sign_in;
mod style_guide;
pub mod views;
mod webhooks;

use axum::response::Redirect;

use crate::{
    Config,
    access::{Access, HubRoles, MarketRoles, Routes},
    assets, health, integrations, live, nav, observe,
    viewer::Viewer,
    webhook_in,
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    use Access::{Local, Person, Public};
    let metrics = Local(HubRoles::READ_METRICS);
    let routes = webhooks::routes(keys::routes(people::routes(account::routes(sign_in::routes(routes)))));
    let routes = gohighlevel::routes(leads::routes(analytics::routes(contacts::routes(routes, config))));
    let routes = integrations::routes(audit::routes(markets::routes(growth::routes(routes, config))));
    routes
        .receiver(webhook_in::PATH, webhook_in::receive)
        .receiver(webhook_in::PATH_OF_EVENT, webhook_in::receive)
        .get(Person, "/", start)
        .post(Public, "/preferences", preferences::save)
        .post(Person, "/views", views::save)
        .post(Person, "/views/{id}/delete", views::delete)
        .get(Person, "/search", search::show)
        .get(Person, "/api", reference::show)
        .get(Person, "/design", style_guide::show)
        .events(Person, "/live", live::stream)
        .events(Access::Market(MarketRoles::SEE_MARKET), "/m/{market}/live", live::of_market)
        .get(Public, "/assets/{hash}/{name}", assets::serve)
        .get(Public, "/healthz", health::live)
        .get(Public, "/readyz", health::ready)
        .get(metrics, "/metrics", observe::metrics)
}

/// `GET /`: to where the day begins for this user.
async fn start(viewer: Viewer) -> Redirect {
    let user = viewer.signed_in.as_ref();
    let may = |roles: HubRoles| user.is_some_and(|user| user.may(roles));
    match viewer.markets.first() {
        _ if may(HubRoles::READ_GROWTH) => Redirect::to(nav::HOME),
        Some((market, _)) => Redirect::to(&format!("/m/{market}")),
        None => Redirect::to("/account"),
    }
}
