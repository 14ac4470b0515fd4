use axum::{
    extract::{Query, State},
    response::Response,
};
use kernel::Ulid;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shape::Links;
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

/// What something is in GoHighLevel.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GoHighLevelEntity {
    /// A person.
    #[default]
    Contact,
    /// A deal in a pipeline.
    Opportunity,
    /// An appointment.
    Appointment,
    /// A task.
    Task,
    /// A message.
    Message,
}

impl GoHighLevelEntity {
    fn id(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Opportunity => "opportunity",
            Self::Appointment => "appointment",
            Self::Task => "task",
            Self::Message => "message",
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// What they are there; contacts when left out.
    #[serde(default)]
    #[param(inline)]
    kind: GoHighLevelEntity,
    /// Only the one with this identifier there.
    #[param(value_type = Option<String>, min_length = 1, max_length = 200)]
    remote: Option<Name>,
    /// Everything that this contact is there, of whatever kind.
    #[param(inline, value_type = Option<Id>)]
    contact: Option<Ulid>,
}

/// Which entity in GoHighLevel is which person here, in the order of the identifiers there.
///
/// What was deleted or must not come back stays, with the reason.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/gohighlevel/links",
    tag = "gohighlevel",
    operation_id = "gohighlevel_links",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of them.", body = Links), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<String>,
) -> Result<Response, Problem> {
    let bridge = &state.hub().gohighlevel;
    let limit = u32::try_from(paging.limit).unwrap_or(u32::MAX);
    let kind = asked.kind.id();
    let (found, more) = match (asked.contact, asked.remote) {
        (Some(contact), remote) => {
            let mut all = bridge.links_of(&here.market, contact.into()).await?;
            all.retain(|link| remote.as_ref().is_none_or(|Name(remote)| *remote == link.remote));
            (all, false)
        }
        (None, Some(Name(remote))) => {
            (bridge.link(&here.market, kind, &remote).await?.into_iter().collect(), false)
        }
        (None, None) => {
            let after = paging.after.as_deref().unwrap_or_default();
            let page = bridge.links(&here.market, kind, after, limit).await?;
            let is_full = page.len() == limit as usize;
            (page, is_full)
        }
    };
    let next = found.last().filter(|_| more).map(|last| last.remote.clone());
    Ok(paging.page(next.as_ref(), |next_cursor| Links {
        links: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
