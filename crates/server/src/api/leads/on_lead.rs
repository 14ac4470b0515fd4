use axum::{
    extract::{FromRef, FromRequestParts, Path},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use contacts::Sight;

use kernel::{Moment, PersonId};
use leads::Leads;
use markets::Market;

use super::{CHANGED, OfLead};
use crate::{
    api::contacts::sight,
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// What a request does to the lead in its path: to whom, where, by whom and when.
pub struct OnLead {
    /// The lead: its contact.
    pub id: PersonId,
    /// By whom, and when.
    pub at: Moment,
    here: InMarket,
    state: AppState,
}

impl OnLead {
    /// The market.
    pub fn market(&self) -> &Market {
        &self.here.market
    }

    /// Whom the caller may see.
    pub fn sight(&self) -> Sight {
        sight(&self.here)
    }

    /// The leads.
    pub fn leads(&self) -> &Leads {
        &self.state.hub().leads
    }

    /// Tells open pages of the market that something about leads is different now.
    pub fn tell(&self) {
        self.state.tell(self.here.market.id(), CHANGED);
    }
}

impl<S> FromRequestParts<S> for OnLead
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let problem = |problem: Problem| problem.into_response();
        let here = InMarket::from_request_parts(parts, state).await.map_err(problem)?;
        let At(at) = At::from_request_parts(parts, state).await.map_err(problem)?;
        let Path(path) =
            Path::<OfLead>::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        Ok(Self { id: path.id(), at, here, state: AppState::from_ref(state) })
    }
}
