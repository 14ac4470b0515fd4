//! The audit chains: `/api/v1/audit` of the hub, `/api/v1/markets/{market}/audit` of a market. The same endpoints
//! for both; the path decides which chain it is ([`crate::trails::Chain`]).

mod checkpoints;
mod entries;
mod export;
mod proofs;
mod shape;
mod verify;

pub use export::file;
use utoipa_axum::routes;

use super::{input, refusals};
use crate::access::{Access, HubRoles, MarketRoles, Routes};

/// Who may look at the hub's chain.
const OF_HUB: Access = Access::Hub(HubRoles::READ_AUDIT);
/// Who may look at a market's chain.
const OF_MARKET: Access = Access::Market(MarketRoles::READ_AUDIT);

/// Adds the endpoints of audit chains.
pub fn routes(routes: Routes) -> Routes {
    routes
        .api(OF_HUB, routes!(entries::of_hub))
        .api(OF_MARKET, routes!(entries::of_market))
        .api(OF_HUB, routes!(verify::of_hub))
        .api(OF_MARKET, routes!(verify::of_market))
        .api(OF_HUB, routes!(checkpoints::of_hub))
        .api(OF_MARKET, routes!(checkpoints::of_market))
        .api(OF_HUB, routes!(export::of_hub))
        .api(OF_MARKET, routes!(export::of_market))
        .api(OF_HUB, routes!(proofs::inclusion_of_hub))
        .api(OF_MARKET, routes!(proofs::inclusion_of_market))
        .api(OF_HUB, routes!(proofs::consistency_of_hub))
        .api(OF_MARKET, routes!(proofs::consistency_of_market))
}
