//! The growth team's pages. One file per page; what they share is in [`frame`].

mod backtest;
mod client;
mod formula;
pub mod frame;
mod import;
mod opportunities;
mod outcome;
mod overview;
mod plan;
mod policies;
mod propositions;
mod revenue;
mod settings;
mod sliders;
mod snapshots;
mod whitespace;
mod words;

use crate::{
    Config,
    access::{Access::SignedIn, Routes},
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let routes = policies::routes(propositions::routes(plan::routes(routes)));
    let routes = snapshots::routes(import::routes(routes, config));
    routes
        .get(SignedIn, "/growth", overview::show)
        .get(SignedIn, "/growth/opportunities", opportunities::show)
        .get(SignedIn, "/growth/whitespace", whitespace::show)
        .get(SignedIn, "/growth/revenue", revenue::show)
        .get(SignedIn, "/growth/backtest", backtest::show)
        .get(SignedIn, "/growth/settings", settings::show)
        .post(SignedIn, "/growth/settings", settings::save)
        .get(SignedIn, "/growth/clients/{id}", client::show)
        .get(SignedIn, "/growth/clients/{id}/outcomes/new", outcome::new)
        .post(SignedIn, "/growth/clients/{id}/outcomes", outcome::record)
}
