use axum::{extract::State, response::Response};
use contacts::ListQuery;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{shape, sight};
use crate::{
    api::{
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
pub struct ContactSearch {
    /// An e-mail address or a phone number, exactly, or else a part of a name.
    #[schema(min_length = 1, max_length = 200)]
    text: String,
}

/// Find contacts by e-mail address, phone number or name.
///
/// Changes nothing; it is a `POST` so that nobody's name or address is in an address that others keep.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contact-search",
    tag = "contacts",
    operation_id = "contact_search",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    request_body = ContactSearch,
    responses((status = 200, description = "A page of contacts.", body = shape::Contacts), Changing)
)]
pub async fn search(
    here: InMarket,
    State(state): State<AppState>,
    paging: Paging<Ulid>,
    Sent(asked): Sent<ContactSearch>,
) -> Result<Response, Problem> {
    at_most(200, &[("text", Some(&asked.text))])?;
    if asked.text.trim().is_empty() {
        return Err(Problem::invalid("Say whom to look for.").with_error("text", "is empty"));
    }
    let query = ListQuery {
        search: Some(asked.text),
        after: paging.after.map(Into::into),
        limit: paging.limit,
        ..ListQuery::default()
    };
    let page = state.contacts().list(&here.market, sight(&here), &query).await?;
    let next = page.next.map(Ulid::from);
    let mut response = paging.page(next.as_ref(), |cursor| shape::Contacts::of(page.contacts, cursor));
    // An answer about many persons is kept for none: one of them may be erased tomorrow.
    response.extensions_mut().insert(Unkept);
    Ok(response)
}
