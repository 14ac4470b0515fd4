use axum::{
    extract::{Query, State},
    response::Response,
};
use kernel::Ulid;
use leads::{BoardQuery, BoardSort, band::Band, timeline::LeadSource};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::shape::{BandWord, Leads, SourceWord};
use crate::{
    api::{
        contacts::sight,
        input::{Id, Name},
        refusals::Asking,
    },
    app::AppState,
    cursor::{Paging, PagingParams},
    problem::Problem,
    viewer::InMarket,
};

/// In which order leads come, the first named first.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeadSort {
    /// The highest chance.
    #[default]
    Chance,
    /// The latest arrival.
    Arrived,
    /// The latest activity.
    Active,
    /// The highest risk of going cold.
    Cold,
}

impl From<LeadSort> for BoardSort {
    fn from(sort: LeadSort) -> Self {
        match sort {
            LeadSort::Chance => Self::Chance,
            LeadSort::Arrived => Self::Arrived,
            LeadSort::Active => Self::Active,
            LeadSort::Cold => Self::Cold,
        }
    }
}

/// What a list of leads, a search and an export can be asked for.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those in this band.
    #[param(inline, value_type = Option<BandWord>)]
    band: Option<Band>,
    /// Only those that this user looks after.
    #[param(inline, value_type = Option<Id>)]
    assignee: Option<Ulid>,
    /// Only those that nobody looks after.
    #[serde(default)]
    unassigned: bool,
    /// Only those that came from there.
    #[param(inline, value_type = Option<SourceWord>)]
    source: Option<LeadSource>,
    /// Only those with at least this chance.
    #[param(minimum = 0.0, maximum = 1.0)]
    probability_min: Option<f64>,
    /// Only those in this pipeline.
    #[param(value_type = Option<String>, min_length = 1, max_length = 60)]
    pipeline: Option<Name>,
    /// Only those in this stage.
    #[param(value_type = Option<String>, min_length = 1, max_length = 60)]
    stage: Option<Name>,
    /// Those that are won or lost, too.
    #[serde(default)]
    closed: bool,
    /// In which order.
    #[serde(default)]
    #[param(inline)]
    sort: LeadSort,
}

impl Asked {
    /// The same as the board is asked it: `limit` leads after the place `after`.
    ///
    /// # Errors
    /// 422 when the chance is none, or somebody and nobody shall look after them at once.
    pub fn query(self, after: Option<String>, limit: usize) -> Result<BoardQuery, Problem> {
        let wrong = |field: &str, message: &str| {
            Problem::invalid(format!("This cannot be: `{field}` {message}.")).with_error(field, message)
        };
        if self.probability_min.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err(wrong("probability_min", "is a chance from 0 to 1"));
        }
        let assignee = match (self.assignee, self.unassigned) {
            (Some(_), true) => return Err(wrong("unassigned", "rules out an assignee")),
            (None, true) => Some(None),
            (named, false) => named.map(Some),
        };
        Ok(BoardQuery {
            band: self.band,
            assignee,
            source: self.source,
            probability_min: self.probability_min,
            pipeline: self.pipeline.map(|Name(pipeline)| pipeline),
            stage: self.stage.map(|Name(stage)| stage),
            text: None,
            closed: self.closed,
            sort: self.sort.into(),
            after,
            limit,
        })
    }
}

/// The leads of the market, the highest chance first.
///
/// Each with its score, where it stands by the capacity of the team, what moves the score and what to do next. An agent
/// gets their own. To find somebody by name, address or number, see `lead_search`.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/leads",
    tag = "leads",
    operation_id = "leads",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of leads.", body = Leads), Asking)
)]
pub async fn list(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<String>,
) -> Result<Response, Problem> {
    let query = asked.query(paging.after.clone(), paging.limit)?;
    let page = state.hub().leads.board(&here.market, sight(&here), &query).await?;
    let next = page.next.clone();
    Ok(paging.page(next.as_ref(), |cursor| Leads::of(page, cursor)))
}
