use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{private_token::changed, shape::Connection};
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

/// One location of a company that let the app in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoHighLevelLocation {
    /// The company's identifier in GoHighLevel.
    #[schema(min_length = 1, max_length = 100)]
    company: String,
    /// The location's.
    #[schema(min_length = 1, max_length = 100)]
    location: String,
}

/// Connect the market to a location of a company that has let the app in.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/gohighlevel/location",
    tag = "gohighlevel",
    operation_id = "gohighlevel_location",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = GoHighLevelLocation,
    responses((status = 200, description = "The connection.", body = Connection), Changing)
)]
pub async fn choose(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(wanted): Sent<GoHighLevelLocation>,
) -> Result<Json<Connection>, Problem> {
    at_most(100, &[("company", Some(&wanted.company)), ("location", Some(&wanted.location))])?;
    let (bridge, market) = (state.hub().gohighlevel.clone(), here.market.clone());
    let GoHighLevelLocation { company, location } = wanted;
    let connection =
        unbroken(async move { bridge.choose_location(&market, &company, &location, &at).await }).await?;
    changed(&state, &here);
    Ok(Json(connection.into()))
}
