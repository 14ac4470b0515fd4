//! The pages. One file per page; what they are made of is in [`crate::design`].

mod account;
pub mod growth;
mod preferences;
mod reference;
mod search;
mod sign_in;
mod style_guide;
pub mod views;

use axum::response::Redirect;

use crate::{
    Config,
    access::{Access, HubRoles, MarketRoles, Routes},
    assets, health, live, nav, observe,
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    use Access::{Local, Person, Public};
    let metrics = Local(HubRoles::READ_METRICS);
    growth::routes(routes, config)
        .get(Person, "/", async || Redirect::to(nav::HOME))
        .get(Public, "/sign-in", sign_in::show)
        .post(Public, "/sign-in", sign_in::with_password)
        .get(Public, "/sign-in/link/{token}", sign_in::show_link)
        .post(Public, "/sign-in/link/{token}", sign_in::with_link)
        .post(Public, "/sign-out", sign_in::out)
        .post(Public, "/preferences", preferences::save)
        .get(Person, "/account", account::show)
        .post(Person, "/account/password", account::set_password)
        .post(Person, "/account/sessions/{id}/end", account::end_session)
        .post(Person, "/account/sessions/end-others", account::end_other_sessions)
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
