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

use super::refusals;
use crate::{
    Config,
    access::{Access, HubRoles, Routes},
};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let upload = config.upload_bytes_max;
    let read = Access::Hub(HubRoles::READ_GROWTH);
    let write = Access::Hub(HubRoles::WRITE_GROWTH);
    let rule = Access::Hub(HubRoles::RULE_GROWTH);
    routes
        // What is computed and not kept is reading, whatever the method.
        .api_upload(read, upload, routes!(assess::assess))
        .api(read, routes!(snapshots::snapshots))
        .api_upload(write, upload, routes!(snapshot_create::create))
        .api(read, routes!(snapshot::snapshot))
        .api(read, routes!(snapshot_rejections::rejections))
        .api(read, routes!(movement::movement))
        .api(read, routes!(clients::clients))
        .api(read, routes!(client::client))
        .api(read, routes!(opportunities::top))
        .api(read, routes!(whitespace::whitespace))
        .api(read, routes!(projection::live, project::project))
        .api(read, routes!(scenarios::scenarios))
        .api(read, routes!(whatif::whatif))
        .api(read, routes!(policies::policies))
        .api(write, routes!(policy_save::save))
        .api(read, routes!(policy_preview::preview))
        .api(read, routes!(policy::policy))
        .api(rule, routes!(policy_activate::activate))
        .api(read, routes!(plan::plan))
        .api(write, routes!(plan_generate::generate))
        .api(read, routes!(actions::actions))
        .api(write, routes!(actions_edit::edit))
        .api(read, routes!(owners::owners))
        .api(write, routes!(owner_create::create))
        .api(write, routes!(owner_edit::edit))
        .api(read, routes!(outcomes::outcomes))
        .api(write, routes!(outcome_create::create))
        .api(write, routes!(outcome_withdraw::withdraw))
        .api(read, routes!(indicators::indicators))
        .api(read, routes!(propositions::propositions))
        .api(write, routes!(proposition_create::create))
        .api(read, routes!(proposition::proposition))
        .api(write, routes!(proposition_edit::edit))
        .api(write, routes!(proposition_regenerate::regenerate))
        .api(write, routes!(proposition_sent::sent))
        .api(read, routes!(proposition_export::export))
        .api(read, routes!(backtest::backtest))
        .api(read, routes!(settings::settings))
        .api(write, routes!(settings_save::save))
}
