//! Markets from the outside: `/api/v1/markets..` opens, watches, keeps and moves them; what is in a market has
//! endpoints of its own. One endpoint per file; what they send is in [`shape`].

mod backup;
mod backups;
mod checklist;
mod create;
mod delete;
mod export;
mod health;
mod list;
mod move_to;
mod policy;
mod policy_save;
mod restore;
mod resume;
mod servers;
pub mod shape;
mod show;
mod suspend;

use kernel::MarketName;
use utoipa_axum::routes;

use crate::{
    access::{Access, HubRoles, MarketRoles, NOTHING_HERE, Routes},
    problem::Problem,
};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let run = Access::Hub(HubRoles::RUN_MARKETS);
    let known = Access::Record(HubRoles::SEE_MARKETS, MarketRoles::SEE_MARKET);
    let configure = Access::Either(HubRoles::RUN_MARKETS, MarketRoles::CONFIGURE);
    routes
        .api(Access::SignedIn, routes!(list::list))
        .api_named(run, routes!(create::create))
        .api(known, routes!(show::show))
        .api(known, routes!(health::health))
        .api(known, routes!(checklist::checklist))
        .api(run, routes!(suspend::suspend))
        .api(run, routes!(resume::resume))
        .api(Access::Hub(HubRoles::SEE_MARKETS), routes!(backups::backups))
        .api_named(run, routes!(backup::back_up))
        .api_named(run, routes!(restore::restore))
        .api(Access::Either(HubRoles::RUN_MARKETS, MarketRoles::EXPORT_MARKET), routes!(export::export))
        .api_named(run, routes!(move_to::move_to))
        .api(run, routes!(delete::delete))
        .api(configure, routes!(policy::policy, policy_save::save))
        .api(Access::Hub(HubRoles::SEE_MARKETS), routes!(servers::servers))
}

/// The name in the path of a route for the hub's own roles.
///
/// # Errors
/// 404: what is no name names nothing.
pub fn named(name: &str) -> Result<MarketName, Problem> {
    name.parse().map_err(|_| Problem::not_found(NOTHING_HERE))
}
