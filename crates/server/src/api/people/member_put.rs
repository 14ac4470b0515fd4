use axum::{
    Json,
    extract::{Path, State},
};
use kernel::{MarketRole, Ulid};
use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::{InTheMarket, Member};
use crate::{
    access::NOTHING_HERE,
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    in_person, membership,
    problem::Problem,
    viewer::{At, InMarket},
};

/// A member in the path.
#[derive(Deserialize)]
pub struct OfMember {
    user: Ulid,
}

/// A new role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// As what they belong from now on.
    role: InTheMarket,
}

/// Change somebody's role in a market.
///
/// A market keeps an owner. Keys of the market that the person made end when they are no owner any more. In person only:
/// no API key.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/members/{user}",
    tag = "people",
    operation_id = "member_put",
    params(("market" = String, Path, description = "The market's name."), ("user" = inline(Id), Path, description = "The user.")),
    request_body = NewRole,
    responses((status = 200, description = "The person.", body = Member), Changing)
)]
pub async fn put(
    State(state): State<AppState>,
    here: InMarket,
    At(at): At,
    Path(path): Path<OfMember>,
    Sent(sent): Sent<NewRole>,
) -> Result<Json<Member>, Problem> {
    in_person::required(&here.who, at.now)?;
    let members = state.directory().members(here.market.id()).await?;
    // A market's people manage nobody else: whether others exist is not told.
    let known = members.into_iter().find(|member| member.user.id == path.user);
    let user = known.ok_or_else(|| Problem::not_found(NOTHING_HERE))?.user;
    let membership = membership::put(
        &state,
        &here.market,
        user.id,
        sent.role.into(),
        here.role.unwrap_or(MarketRole::Viewer),
        &at,
    )
    .await?;
    Ok(Json(Member::from(&directory::Member { user, membership })))
}
