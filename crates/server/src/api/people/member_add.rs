use axum::{extract::State, http::StatusCode, response::Response};
use directory::DirectoryError;
use kernel::MarketRole;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::{InTheMarket, Invitation, Member, once};
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    in_person, membership,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Addition {
    /// What they sign in with.
    #[schema(format = "email", max_length = 254)]
    email: String,
    /// What they are called, if they are new to the hub.
    #[serde(default)]
    #[schema(max_length = 80)]
    name: String,
    /// As what they belong.
    role: InTheMarket,
}

/// Who was added.
#[derive(Serialize, ToSchema)]
pub struct Added {
    /// The person.
    member: Member,
    /// For somebody new to the hub: the link to pass on to them.
    invitation: Option<Invitation>,
}

/// Add somebody to a market.
///
/// Who is new to the hub becomes a user without any other role; the answer then holds a link that signs them in once.
/// In person only: no API key.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/members",
    tag = "people",
    operation_id = "member_add",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = Addition,
    responses((status = 201, description = "Who was added.", body = Added), Changing)
)]
pub async fn add(
    State(state): State<AppState>,
    here: InMarket,
    At(at): At,
    Sent(sent): Sent<Addition>,
) -> Result<Response, Problem> {
    in_person::required(&here.who, at.now)?;
    at_most(80, &[("name", Some(&sent.name))])?;
    let email = sent.email.parse().map_err(DirectoryError::Email)?;
    let by = here.role.unwrap_or(MarketRole::Viewer);
    let who = (email, sent.name.as_str());
    let membership::Added { user, membership, link } =
        membership::add(&state, &here.market, who, sent.role.into(), by, &at).await?;
    let member = Member::from(&directory::Member { user, membership });
    let invitation = link.map(|link| Invitation::new(link, &at));
    Ok(once(StatusCode::CREATED, Added { member, invitation }))
}
