use axum::{
    extract::Query,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::trail::{Filter, Order};
use utoipa::{IntoParams, ToSchema};

use super::{refusals::Asking, shape::AuditEntry};
use crate::{
    cursor::{Paging, PagingParams},
    problem::Problem,
    trails::Chain,
};

/// Which entries are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Text that actor, action, subject or details contain, in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Part of who acted, in any case.
    #[param(max_length = 200)]
    actor: Option<String>,
    /// Beginning of what was done: `market.` or `market.created`.
    #[param(max_length = 200)]
    action: Option<String>,
    /// Beginning of what it was done to: `market:` or `market:01J..`.
    #[param(max_length = 200)]
    subject: Option<String>,
    /// Not before this instant.
    from: Option<Timestamp>,
    /// Before this instant.
    until: Option<Timestamp>,
    /// `newest` first (unless said otherwise) or `oldest` first.
    #[param(inline)]
    #[serde(default)]
    order: Direction,
}

/// Which entries come first.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// The last.
    #[default]
    Newest,
    /// The first.
    Oldest,
}

/// A page of a chain.
#[derive(Serialize, ToSchema)]
struct AuditEntries {
    /// The entries.
    entries: Vec<AuditEntry>,
    /// Where to go on; `null` after the last.
    next_cursor: Option<String>,
}

/// The place after an entry, in this order.
#[derive(Serialize, Deserialize)]
pub struct After {
    seq: u64,
    newest: bool,
}

/// Entries of the hub's audit chain.
///
/// Of operators and auditors of the hub.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    operation_id = "audit_entries",
    params(Asked, PagingParams),
    responses((status = 200, description = "The entries.", body = AuditEntries), Asking)
)]
pub async fn of_hub(
    chain: Chain,
    Query(asked): Query<Asked>,
    paging: Paging<After>,
) -> Result<Response, Problem> {
    answer(&chain, asked, &paging).await
}

/// Entries of a market's audit chain.
///
/// Of owners, managers and analysts of the market.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/audit",
    tag = "audit",
    operation_id = "market_audit_entries",
    params(("market" = String, Path, description = "The market's name."), Asked, PagingParams),
    responses((status = 200, description = "The entries.", body = AuditEntries), Asking)
)]
pub async fn of_market(
    chain: Chain,
    Query(asked): Query<Asked>,
    paging: Paging<After>,
) -> Result<Response, Problem> {
    answer(&chain, asked, &paging).await
}

async fn answer(chain: &Chain, asked: Asked, paging: &Paging<After>) -> Result<Response, Problem> {
    let newest = asked.order == Direction::Newest;
    let after = match &paging.after {
        Some(after) if after.newest != newest => {
            return Err(Problem::bad_request("The cursor goes the other way. Begin without a cursor."));
        }
        after => after.as_ref().map(|after| after.seq),
    };
    let texts =
        [("q", &asked.q), ("actor", &asked.actor), ("action", &asked.action), ("subject", &asked.subject)];
    super::input::at_most(200, &texts.map(|(name, text)| (name, text.as_deref())))?;
    let storable = |text: Option<String>| text.map(|text| text.replace('\0', "\u{fffd}"));
    let filter = Filter {
        text: storable(asked.q),
        actor: storable(asked.actor),
        action: storable(asked.action),
        subject: storable(asked.subject),
        from: asked.from,
        until: asked.until,
    };
    let order = if newest { Order::Newest } else { Order::Oldest };
    // One more than asked for says whether there are more.
    let wanted = u32::try_from(paging.limit + 1).unwrap_or(u32::MAX);
    let mut entries = chain.page(&filter, order, after, wanted).await?;
    let more = entries.len() > paging.limit;
    entries.truncate(paging.limit);
    let next = entries.last().filter(|_| more).map(|last| After { seq: last.seq, newest });
    let entries = entries.into_iter().map(AuditEntry::from).collect();
    Ok(paging.page(next.as_ref(), |next_cursor| AuditEntries { entries, next_cursor }).into_response())
}
