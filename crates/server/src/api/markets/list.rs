use axum::{extract::State, response::Response};

use super::shape::Market;
use crate::{
    access::HubRoles,
    api::refusals::Asking,
    app::AppState,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::Who,
};

/// The markets that you may know of, by name.
///
/// All of them for operators and auditors of the hub; for everybody else those they have a role in.
#[utoipa::path(
    get,
    path = "/api/v1/markets",
    tag = "markets",
    operation_id = "markets",
    params(PagingParams),
    responses((status = 200, description = "The markets.", body = Vec<Market>), Asking)
)]
pub async fn list(
    State(state): State<AppState>,
    who: Who,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let mut records = state.markets().list().await?;
    if !who.may(HubRoles::SEE_MARKETS) {
        records.retain(|record| who.market_role(record.id).is_some());
    }
    Ok(paging.list(
        &records,
        |record| record.id.into(),
        |record| Market::of(record, who.market_role(record.id)),
    ))
}
