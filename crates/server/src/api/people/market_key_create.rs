use axum::{extract::State, response::Response};
use directory::{KeyScope, KeyWanted};

use super::shape::{MadeKey, MarketKeyDraft, lifetime, made};
use crate::{
    api::{input::Sent, refusals::Changing},
    app::AppState,
    in_person,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Make an API key of a market.
///
/// It does what its role may do in this market and nothing elsewhere. The answer holds its secret, for the only time. In
/// person only: no API key makes another.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/keys",
    tag = "people",
    operation_id = "market_key_create",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = MarketKeyDraft,
    responses((status = 201, description = "The key with its secret.", body = MadeKey), Changing)
)]
pub async fn create(
    State(state): State<AppState>,
    here: InMarket,
    At(at): At,
    Sent(draft): Sent<MarketKeyDraft>,
) -> Result<Response, Problem> {
    let maker = in_person::required(&here.who, at.now)?;
    let wanted = KeyWanted {
        name: draft.name,
        scope: KeyScope::Market(here.market.id(), draft.role.into()),
        lifetime: lifetime(draft.days)?,
        created_by: Some(maker.user.id),
    };
    made(&state, wanted, &at).await
}
