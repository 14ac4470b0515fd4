use axum::{Json, extract::State};
use connect::ghl::tokens::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, shape::Connection};
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket},
};

/// A token that a person made in the location's settings (a private integration).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoHighLevelPrivateToken {
    /// The location's identifier in GoHighLevel.
    #[schema(min_length = 1, max_length = 100)]
    location: String,
    /// The token. It is kept sealed and shown to nobody again.
    #[schema(min_length = 1, max_length = 4000)]
    token: String,
}

/// Connect the market to a location by a private integration token.
///
/// It is tried before it is kept. Where the market is connected by OAuth already, it stands in when that fails. A market
/// has one location, and a location belongs to one market (409).
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/gohighlevel/private-token",
    tag = "gohighlevel",
    operation_id = "gohighlevel_private_token",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = GoHighLevelPrivateToken,
    responses((status = 200, description = "The connection.", body = Connection), Changing)
)]
pub async fn put(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(wanted): Sent<GoHighLevelPrivateToken>,
) -> Result<Json<Connection>, Problem> {
    at_most(100, &[("location", Some(&wanted.location))])?;
    at_most(4000, &[("token", Some(&wanted.token))])?;
    for (field, text) in [("location", &wanted.location), ("token", &wanted.token)] {
        if text.trim().is_empty() {
            return Err(Problem::invalid(format!("Without a {field} nothing can be connected."))
                .with_error(field, "is empty"));
        }
    }
    let (bridge, market) = (state.hub().gohighlevel.clone(), here.market.clone());
    let token = Secret::new(wanted.token.trim().to_owned());
    let location = wanted.location.trim().to_owned();
    let connection =
        unbroken(async move { bridge.use_private_token(&market, &location, token, &at).await }).await?;
    changed(&state, &here);
    Ok(Json(connection.into()))
}

/// Tells pages and workers that the connection is another one.
pub(super) fn changed(state: &AppState, here: &InMarket) {
    state.tell(here.market.id(), CHANGED);
    state.roads().changed(here.market.id(), state.clock().now());
}
