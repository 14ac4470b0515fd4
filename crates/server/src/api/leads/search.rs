use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{list::Asked, shape::Leads};
use crate::{
    api::{
        contacts::sight,
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    cursor::{Paging, PagingParams},
    idempotency::Unkept,
    problem::Problem,
    viewer::InMarket,
};

/// Whom to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadSearch {
    /// An e-mail address or a phone number, exactly, or else a part of a name.
    #[schema(min_length = 1, max_length = 200)]
    text: String,
}

/// Find leads by e-mail address, phone number or name.
///
/// Changes nothing; it is a `POST` so that nobody's name or address is in an address that others keep.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-search",
    tag = "leads",
    operation_id = "lead_search",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    request_body = LeadSearch,
    responses((status = 200, description = "A page of leads.", body = Leads), Changing)
)]
pub async fn search(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<String>,
    Sent(wanted): Sent<LeadSearch>,
) -> Result<Response, Problem> {
    at_most(200, &[("text", Some(&wanted.text))])?;
    if wanted.text.trim().is_empty() {
        return Err(Problem::invalid("Say whom to look for.").with_error("text", "is empty"));
    }
    let mut query = asked.query(paging.after.clone(), paging.limit)?;
    query.text = Some(wanted.text);
    let page = state.hub().leads.board(&here.market, sight(&here), &query).await?;
    let next = page.next.clone();
    let mut response = paging.page(next.as_ref(), |cursor| Leads::of(page, cursor));
    // An answer about many persons is kept for none: one of them may be erased tomorrow.
    response.extensions_mut().insert(Unkept);
    Ok(response)
}
