//! Who may come in: users of the hub, the people of a market, API keys. Changes that let somebody in are made in
//! person ([`crate::in_person`]); taking away works with a key as well.

mod key_create;
mod key_revoke;
mod keys;
mod market_key_create;
mod market_key_revoke;
mod market_keys;
mod member_add;
mod member_put;
mod member_remove;
mod members;
mod shape;
mod user;
mod user_create;
mod user_disable;
mod user_edit;
mod user_enable;
mod user_erase;
mod user_link;
mod user_second_factor;
mod user_sessions;
mod users;

use utoipa_axum::routes;

use crate::access::{Access, HubRoles, MarketRoles, Routes};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Hub(HubRoles::READ_USERS);
    let manage = Access::Hub(HubRoles::MANAGE_USERS);
    let members = Access::Market(MarketRoles::READ_MEMBERS);
    let appoint = Access::Market(MarketRoles::MANAGE_MEMBERS);
    let keys = Access::Market(MarketRoles::MANAGE_KEYS);
    routes
        .api(read, routes!(users::users))
        .api(manage, routes!(user_create::create))
        .api(read, routes!(user::user))
        .api(manage, routes!(user_edit::edit))
        .api(manage, routes!(user_disable::disable))
        .api(manage, routes!(user_enable::enable))
        .api(manage, routes!(user_erase::erase))
        .api(manage, routes!(user_link::link))
        .api(manage, routes!(user_second_factor::remove))
        .api(manage, routes!(user_sessions::end))
        .api(read, routes!(keys::keys))
        .api(manage, routes!(key_create::create))
        .api(manage, routes!(key_revoke::revoke))
        .api(members, routes!(members::members))
        .api(appoint, routes!(member_add::add))
        .api(appoint, routes!(member_put::put))
        .api(appoint, routes!(member_remove::remove))
        .api(keys, routes!(market_keys::keys))
        .api(keys, routes!(market_key_create::create))
        .api(keys, routes!(market_key_revoke::revoke))
}
