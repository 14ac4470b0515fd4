use axum::{
    extract::{Query, State},
    response::Response,
};
use growth::Growth;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    refusals::Asking,
    shape::{Action, ActionStatusWord, Shown},
};
use crate::{
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only actions that stand so.
    #[param(inline)]
    status: Option<ActionStatusWord>,
    /// Only actions of this owner.
    owner: Option<String>,
    /// Only actions for this client.
    client_id: Option<String>,
}

/// The actions of the current plan.
///
/// By day; none before the first plan.
#[utoipa::path(
    get,
    path = "/api/v1/growth/actions",
    tag = "growth",
    operation_id = "growth_actions",
    params(Asked, PagingParams),
    responses((status = 200, description = "The actions.", body = Vec<Action>), Asking)
)]
pub async fn actions(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let plan = growth.current_plan().await?;
    let actions = plan.iter().flat_map(|plan| &plan.actions).filter(|one| {
        asked.status.is_none_or(|status| status.0 == one.action.status)
            && asked.owner.as_deref().is_none_or(|owner| owner == one.action.owner.as_str())
            && asked.client_id.as_deref().is_none_or(|client| client == one.action.client_id.as_str())
    });
    let actions: Vec<_> = actions.collect();
    Ok(paging.list(&actions, |one| one.id, |one| Action::shown(one)))
}
