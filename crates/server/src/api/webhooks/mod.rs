//! What a market tells other systems: `/api/v1/markets/{market}/webhooks..`. One endpoint per file; what they send is
//! in `shape`. Addresses may hold tokens: only who may manage webhooks is shown them.

mod create;
mod delete;
mod deliveries;
mod edit;
mod list;
mod replay;
mod replay_message;
mod rotate;
mod shape;
mod show;
mod test;

use kernel::Ulid;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::{Access, MarketRoles, Routes};

/// What open pages of the market are told when an endpoint changed, or something was sent again.
pub const CHANGED: &str = "webhook_changed";

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_WEBHOOKS);
    let manage = Access::Market(MarketRoles::MANAGE_WEBHOOKS);
    routes
        .api(read, routes!(list::list))
        .api(manage, routes!(create::create))
        .api(read, routes!(show::show))
        .api(manage, routes!(edit::edit))
        .api(manage, routes!(delete::delete))
        .api(manage, routes!(rotate::rotate))
        .api(manage, routes!(test::test))
        .api(read, routes!(deliveries::deliveries))
        .api(manage, routes!(replay::replay))
        .api(manage, routes!(replay_message::replay))
}

/// The endpoint in the path, beside the market.
#[derive(Deserialize)]
pub struct OfWebhook {
    webhook: Ulid,
}

/// A message in the path, beside the endpoint and the market.
#[derive(Deserialize)]
pub struct OfMessage {
    webhook: Ulid,
    message: Ulid,
}
