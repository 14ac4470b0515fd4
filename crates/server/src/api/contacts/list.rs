use axum::{
    extract::{Query, State},
    response::Response,
};
use contacts::ListQuery;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{shape, sight};
use crate::{
    api::{
        input::{Id, Name},
        refusals::Asking,
    },
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those in this pipeline.
    #[param(value_type = Option<String>, min_length = 1, max_length = 60)]
    pipeline: Option<Name>,
    /// Only those in this stage.
    #[param(value_type = Option<String>, min_length = 1, max_length = 60)]
    stage: Option<Name>,
    /// Only those that this user looks after.
    #[param(inline, value_type = Option<Id>)]
    assignee: Option<Ulid>,
}

/// The contacts of the market, the newest first.
///
/// An agent gets their own. To find somebody by e-mail address, phone number or name, see `contact_search`.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/contacts",
    tag = "contacts",
    operation_id = "contacts",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of contacts.", body = shape::Contacts), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<Ulid>,
) -> Result<Response, Problem> {
    let query = ListQuery {
        pipeline: asked.pipeline.map(|Name(pipeline)| pipeline),
        stage: asked.stage.map(|Name(stage)| stage),
        assignee: asked.assignee.map(Some),
        search: None,
        after: paging.after.map(Into::into),
        limit: paging.limit,
    };
    let page = state.contacts().list(&here.market, sight(&here), &query).await?;
    let next = page.next.map(Ulid::from);
    Ok(paging.page(next.as_ref(), |cursor| shape::Contacts::of(page.contacts, cursor)))
}
