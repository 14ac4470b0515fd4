use axum::{Json, extract::State};
use markets::Markets;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::refusals::Asking, problem::Problem};

/// A PostgreSQL server that markets can be placed on. Its addresses hold passwords and are shown nowhere.
#[derive(Serialize, ToSchema)]
pub struct PlacementServer {
    /// Its identifier.
    id: String,
    /// What people call it.
    name: String,
    /// Most connections to one market's database from one process.
    pool_size: u32,
    /// How many read replicas it has.
    replicas: usize,
}

/// The servers that markets can be placed on.
#[utoipa::path(
    get,
    path = "/api/v1/market-servers",
    tag = "markets",
    operation_id = "market_servers",
    responses((status = 200, description = "The servers.", body = Vec<PlacementServer>), Asking)
)]
pub async fn servers(State(markets): State<Markets>) -> Result<Json<Vec<PlacementServer>>, Problem> {
    let servers = markets.servers().await?.into_iter().map(|server| PlacementServer {
        id: server.id.to_string(),
        name: server.name,
        pool_size: server.pool_size,
        replicas: server.replicas.len(),
    });
    Ok(Json(servers.collect()))
}
