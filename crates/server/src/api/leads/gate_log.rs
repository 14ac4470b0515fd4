use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::Timestamp;
use kernel::Ulid;
use leads::{Channel, GATE_PAGE_MAX, GateQuery, OutcomeKind, gate::Step};
use serde::Deserialize;
use utoipa::IntoParams;

use super::shape::{ChannelWord, GateLog, OutcomeWord, StepWord};
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

/// Which decisions of the gate are asked for.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only those about this contact.
    #[param(inline, value_type = Option<Id>)]
    contact: Option<Ulid>,
    /// Only those by this channel.
    #[param(inline, value_type = Option<ChannelWord>)]
    channel: Option<Channel>,
    /// Only those with this outcome.
    #[param(inline, value_type = Option<OutcomeWord>)]
    outcome: Option<OutcomeKind>,
    /// Only those that this step decided.
    #[param(inline, value_type = Option<StepWord>)]
    step: Option<Step>,
    /// Only those that this rule decided.
    #[param(value_type = Option<String>, min_length = 1, max_length = 100)]
    rule: Option<Name>,
    /// Only those judged from this instant on.
    from: Option<Timestamp>,
    /// Only those judged before this instant.
    to: Option<Timestamp>,
}

impl Asked {
    /// The same as the log is asked it.
    pub fn query(self, after: Option<Ulid>, limit: usize) -> GateQuery {
        GateQuery {
            contact: self.contact.map(Into::into),
            channel: self.channel,
            outcome: self.outcome,
            step: self.step,
            rule: self.rule.map(|Name(rule)| rule),
            from: self.from,
            to: self.to,
            after,
            limit: limit.min(GATE_PAGE_MAX),
        }
    }
}

/// What the gate decided of messages, the newest first.
///
/// Whoever was asked about is named by the contact's identifier alone; no message is in it.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-gate-log",
    tag = "leads",
    operation_id = "lead_gate_log",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "A page of decisions.", body = GateLog), Asking)
)]
pub async fn log(
    here: InMarket,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    paging: Paging<Ulid>,
) -> Result<Response, Problem> {
    let query = asked.query(paging.after, paging.limit);
    let page = state.hub().leads.gate_log(&here.market, &query).await?;
    Ok(paging.page(page.next.as_ref(), |next_cursor| GateLog::of(page.entries, next_cursor)))
}
