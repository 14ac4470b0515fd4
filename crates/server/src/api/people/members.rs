use axum::{extract::State, response::Response};
use directory::Directory;

use super::shape::Member;
use crate::{
    api::refusals::Asking,
    cursor::{Paging, PagingParams, Seen},
    problem::Problem,
    viewer::InMarket,
};

/// The people of a market, by e-mail.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/members",
    tag = "people",
    operation_id = "members",
    params(("market" = String, Path, description = "The market's name."), PagingParams),
    responses((status = 200, description = "The people.", body = Vec<Member>), Asking)
)]
pub async fn members(
    State(directory): State<Directory>,
    here: InMarket,
    paging: Paging<Seen>,
) -> Result<Response, Problem> {
    let members = directory.members(here.market.id()).await?;
    Ok(paging.list(&members, |member| member.user.id, |member| Member::from(member)))
}
