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
    access::{Access, HubRoles, Routes},
};

/// Looking at client expansion.
const READ: Access = Access::Hub(HubRoles::READ_GROWTH);
/// Working on it.
const WRITE: Access = Access::Hub(HubRoles::WRITE_GROWTH);
/// Deciding which policy is in force.
const RULE: Access = Access::Hub(HubRoles::RULE_GROWTH);

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let routes = policies::routes(propositions::routes(plan::routes(routes)));
    let routes = snapshots::routes(import::routes(routes, config));
    routes
        .get(READ, "/growth", overview::show)
        .get(READ, "/growth/opportunities", opportunities::show)
        .get(READ, "/growth/whitespace", whitespace::show)
        .get(READ, "/growth/revenue", revenue::show)
        .get(READ, "/growth/backtest", backtest::show)
        .get(READ, "/growth/settings", settings::show)
        .post(WRITE, "/growth/settings", settings::save)
        .get(READ, "/growth/clients/{id}", client::show)
        .get(READ, "/growth/clients/{id}/outcomes/new", outcome::new)
        .post(WRITE, "/growth/clients/{id}/outcomes", outcome::record)
}
