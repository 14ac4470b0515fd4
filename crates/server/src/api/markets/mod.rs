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
use markets::MarketRecord;
use utoipa_axum::routes;

use crate::{
    access::{Access, HubRoles, MarketRoles, NOTHING_HERE, Routes},
    app::AppState,
    problem::Problem,
    viewer::Who,
};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let run = Access::Hub(HubRoles::RUN_MARKETS);
    let configure = Access::Either(HubRoles::RUN_MARKETS, MarketRoles::CONFIGURE);
    routes
        .api(Access::SignedIn, routes!(list::list))
        .api_named(run, routes!(create::create))
        .api(Access::SignedIn, routes!(show::show))
        .api(Access::SignedIn, routes!(health::health))
        .api(Access::SignedIn, routes!(checklist::checklist))
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

/// The market, for those who may know of it: with a role in it, or one that runs or watches markets. Everybody else
/// learns what a missing market would say.
///
/// # Errors
/// 404, or when the database fails.
pub async fn visible(state: &AppState, who: &Who, name: &str) -> Result<MarketRecord, Problem> {
    let nothing = || Problem::not_found(NOTHING_HERE);
    let name: MarketName = name.parse().map_err(|_| nothing())?;
    let record = state.markets().find(&name).await?.ok_or_else(nothing)?;
    match who.may(HubRoles::SEE_MARKETS) || who.market_role(record.id).is_some() {
        true => Ok(record),
        false => Err(nothing()),
    }
}

/// The name in the path of a route for the hub's own roles.
///
/// # Errors
/// 404: what is no name names nothing.
pub fn named(name: &str) -> Result<MarketName, Problem> {
    name.parse().map_err(|_| Problem::not_found(NOTHING_HERE))
}
