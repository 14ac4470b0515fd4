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
    access::{Access, Routes},
    assets, health, live, nav, observe,
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    use Access::{Public, SignedIn};
    growth::routes(routes, config)
        .get(SignedIn, "/", async || Redirect::to(nav::HOME))
        .get(Public, "/sign-in", sign_in::show)
        .post(Public, "/sign-in", sign_in::with_password)
        .get(Public, "/sign-in/link/{token}", sign_in::show_link)
        .post(Public, "/sign-in/link/{token}", sign_in::with_link)
        .post(Public, "/sign-out", sign_in::out)
        .post(Public, "/preferences", preferences::save)
        .get(SignedIn, "/account", account::show)
        .post(SignedIn, "/account/password", account::set_password)
        .post(SignedIn, "/account/sessions/{id}/end", account::end_session)
        .post(SignedIn, "/account/sessions/end-others", account::end_other_sessions)
        .post(SignedIn, "/views", views::save)
        .post(SignedIn, "/views/{id}/delete", views::delete)
        .get(SignedIn, "/search", search::show)
        .get(SignedIn, "/api", reference::show)
        .get(SignedIn, "/design", style_guide::show)
        .get(SignedIn, "/live", live::stream)
        .get(Public, "/assets/{hash}/{name}", assets::serve)
        .get(Public, "/healthz", health::live)
        .get(Public, "/readyz", health::ready)
        .get(Public, "/metrics", observe::metrics)
}
