use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::Timestamp;
use kernel::Ulid;
use leads::{OfferQuery, OfferStanding};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shape::LeadOfferLog;
use crate::{
    api::{input::Id, refusals::Asking},
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// How an offer stands.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadOfferStanding {
    /// Somebody has it and has not spoken to the person yet.
    Open,
    /// Nobody could take it, and it waits.
    Untaken,
    /// Somebody spoke to the person.
    Acted,
    /// It ended before anybody did.
    Lost,
}

impl From<LeadOfferStanding> for OfferStanding {
    fn from(standing: LeadOfferStanding) -> Self {
        match standing {
            LeadOfferStanding::Open => Self::Open,
            LeadOfferStanding::Untaken => Self::Untaken,
            LeadOfferStanding::Acted => Self::Acted,
            LeadOfferStanding::Lost => Self::Lost,
        }
    }
}

/// Which offers are asked for.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those to this user.
    #[param(inline, value_type = Option<Id>)]
    agent: Option<Ulid>,
    /// Only those that stand so.
    #[param(inline)]
    standing: Option<LeadOfferStanding>,
    /// Only those whose time was over before anybody spoke to the person.
    #[serde(default)]
    late: bool,
    /// Only those decided from this instant on.
    from: Option<Timestamp>,
    /// Only those decided before this instant.
    to: Option<Timestamp>,
}

/// Every lead that was offered to somebody, the newest offer first.
///
/// Whoever was asked about is named by the contact's identifier alone; why an offer was decided so is with the lead
/// (`lead_offers`).
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-offers",
    tag = "leads",
    operation_id = "lead_offer_log",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of offers.", body = LeadOfferLog), Asking)
)]
pub async fn log(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<Ulid>,
) -> Result<Response, Problem> {
    let query = OfferQuery {
        agent: asked.agent,
        standing: asked.standing.map(OfferStanding::from),
        late_at: asked.late.then(|| state.clock().now()),
        from: asked.from,
        to: asked.to,
        after: paging.after,
        limit: paging.limit,
    };
    let page = state.hub().leads.offer_log(&here.market, &query).await?;
    let next = page.next;
    Ok(paging.page(next.as_ref(), |cursor| LeadOfferLog::of(page, cursor)))
}
