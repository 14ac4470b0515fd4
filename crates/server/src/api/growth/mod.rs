//! The growth line of business: `/api/v1/growth/..`. One endpoint per file; what they send is in [`shape`], what
//! they read in [`input`].

mod actions;
mod actions_edit;
mod assess;
mod backtest;
mod client;
mod clients;
mod indicators;
pub mod input;
mod movement;
mod opportunities;
mod outcome_create;
mod outcome_withdraw;
mod outcomes;
mod owner_create;
mod owner_edit;
mod owners;
mod plan;
mod plan_generate;
mod policies;
mod policy;
mod policy_activate;
mod policy_preview;
mod policy_save;
mod project;
mod projection;
mod proposition;
mod proposition_create;
mod proposition_edit;
mod proposition_export;
mod proposition_regenerate;
mod proposition_sent;
mod propositions;
mod refusals;
mod scenarios;
mod settings;
mod settings_save;
pub mod shape;
mod snapshot;
mod snapshot_create;
mod snapshot_rejections;
mod snapshots;
mod whatif;
mod whitespace;

use utoipa_axum::routes;

use crate::{
    Config,
    access::{
        Access::{Owner, SignedIn},
        Routes,
    },
};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let upload = config.upload_bytes_max;
    routes
        .api_upload(SignedIn, upload, routes!(assess::assess))
        .api_upload(SignedIn, upload, routes!(snapshots::snapshots, snapshot_create::create))
        .api(SignedIn, routes!(snapshot::snapshot))
        .api(SignedIn, routes!(snapshot_rejections::rejections))
        .api(SignedIn, routes!(movement::movement))
        .api(SignedIn, routes!(clients::clients))
        .api(SignedIn, routes!(client::client))
        .api(SignedIn, routes!(opportunities::top))
        .api(SignedIn, routes!(whitespace::whitespace))
        .api(SignedIn, routes!(projection::live, project::project))
        .api(SignedIn, routes!(scenarios::scenarios))
        .api(SignedIn, routes!(whatif::whatif))
        .api(SignedIn, routes!(policies::policies, policy_save::save))
        .api(SignedIn, routes!(policy_preview::preview))
        .api(SignedIn, routes!(policy::policy))
        .api(Owner, routes!(policy_activate::activate))
        .api(SignedIn, routes!(plan::plan, plan_generate::generate))
        .api(SignedIn, routes!(actions::actions))
        .api(SignedIn, routes!(actions_edit::edit))
        .api(SignedIn, routes!(owners::owners, owner_create::create))
        .api(SignedIn, routes!(owner_edit::edit))
        .api(SignedIn, routes!(outcomes::outcomes, outcome_create::create))
        .api(SignedIn, routes!(outcome_withdraw::withdraw))
        .api(SignedIn, routes!(indicators::indicators))
        .api(SignedIn, routes!(propositions::propositions, proposition_create::create))
        .api(SignedIn, routes!(proposition::proposition, proposition_edit::edit))
        .api(SignedIn, routes!(proposition_regenerate::regenerate))
        .api(SignedIn, routes!(proposition_sent::sent))
        .api(SignedIn, routes!(proposition_export::export))
        .api(SignedIn, routes!(backtest::backtest))
        .api(SignedIn, routes!(settings::settings, settings_save::save))
}
