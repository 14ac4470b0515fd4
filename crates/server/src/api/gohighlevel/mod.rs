//! A market's connection to GoHighLevel: `/api/v1/markets/{market}/gohighlevel..`. One endpoint per file; what they send is in
//! `shape`. Consent by OAuth needs a person and a browser: [`crate::integrations`].

mod alias_put;
mod aliases;
mod backfill;
mod checks;
mod dead_letters;
mod disconnect;
mod health;
mod incident_close;
mod incidents;
mod links;
mod location;
mod pauses;
mod private_token;
mod probe;
mod provision;
mod reconcile;
mod replay;
mod replay_all;
mod resume;
mod shape;
mod write_drop;
mod write_replay;
mod writes;
mod writes_replay;

use kernel::Ulid;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::{Access, MarketRoles, Routes};

/// What open pages of the market are told when something about the connection changed.
pub const CHANGED: &str = "gohighlevel_changed";

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_INTEGRATION);
    let manage = Access::Market(MarketRoles::MANAGE_INTEGRATION);
    routes
        .api(read, routes!(health::health))
        .api(manage, routes!(private_token::put))
        .api(manage, routes!(location::choose))
        .api(manage, routes!(disconnect::disconnect))
        .api(manage, routes!(backfill::backfill))
        .api(manage, routes!(reconcile::reconcile))
        .api(manage, routes!(probe::probe))
        .api(read, routes!(checks::checks))
        .api(read, routes!(dead_letters::list))
        .api(manage, routes!(replay_all::replay))
        .api(manage, routes!(replay::replay))
        .api(read, routes!(incidents::list))
        .api(manage, routes!(incident_close::close))
        .api(read, routes!(writes::list))
        .api(manage, routes!(writes_replay::replay))
        .api(manage, routes!(write_replay::replay))
        .api(manage, routes!(write_drop::delete))
        .api(read, routes!(links::list))
        .api(read, routes!(aliases::list))
        .api(manage, routes!(alias_put::put))
        .api(manage, routes!(provision::provision))
        .api(read, routes!(pauses::list))
        .api(manage, routes!(resume::resume))
}

/// A dead letter in the path, beside the market.
#[derive(Deserialize)]
pub struct OfLetter {
    letter: Ulid,
}

/// An incident in the path, beside the market.
#[derive(Deserialize)]
pub struct OfIncident {
    incident: Ulid,
}

/// A write in the path, beside the market.
#[derive(Deserialize)]
pub struct OfWrite {
    write: Ulid,
}
