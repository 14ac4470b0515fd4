use axum::{Json, extract::State};

use super::{private_token::changed, shape::Alias};
use crate::{
    api::refusals::Changing,
    app::AppState,
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket},
};

/// Make the fields in GoHighLevel that scores are written to, where they are missing, and read its names again.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/gohighlevel/provision",
    tag = "gohighlevel",
    operation_id = "gohighlevel_provision",
    params(("market" = String, Path, description = "The market's name.")),
    responses((status = 200, description = "Everything that has a name there.", body = Vec<Alias>), Changing)
)]
pub async fn provision(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Json<Vec<Alias>>, Problem> {
    let (bridge, market) = (state.hub().gohighlevel.clone(), here.market.clone());
    let map = unbroken(async move { bridge.provision(&market, &at).await }).await?;
    changed(&state, &here);
    Ok(Json(map.named().cloned().map(Alias::from).collect()))
}
