use axum::{
    extract::{Query, State},
    response::Response,
};
use growth::{Growth, assessment::Assessment, metrics::ClientMetrics};
use jiff::civil::Date;
use kernel::{PolicyKey, Ulid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{PolicyParameter, board},
    refusals::Asking,
    shape::{ClientLine, LevelWord, PolicyName, Shown, TierWord},
};
use crate::{
    cursor::{Paging, PagingParams},
    problem::Problem,
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The snapshot; the latest when left out.
    #[param(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    snapshot: Option<Ulid>,
    /// The policy as `name:version`; the active one when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]+:[1-9][0-9]{0,8}$", example = "framework:1")]
    policy: Option<PolicyParameter>,
    /// Text that the identifier or the name contains, in any case.
    q: Option<String>,
    /// Only this tier.
    #[param(inline)]
    tier: Option<TierWord>,
    /// Only this readiness level.
    #[param(inline)]
    level: Option<LevelWord>,
    /// Only clients with at least so much potential ARR.
    min_potential_arr: Option<f64>,
    /// Only clients whom this vehicle is offered to.
    vehicle: Option<String>,
}

/// Some clients, by priority.
#[derive(Serialize, ToSchema)]
pub struct Clients {
    /// The snapshot.
    snapshot: Ulid,
    /// The policy.
    policy: PolicyName,
    /// The day they speak of.
    as_of: Date,
    /// Clients that match in all.
    total: usize,
    /// These of them.
    clients: Vec<ClientLine>,
    /// Where the next answer begins; `null`: these were the last.
    next_cursor: Option<String>,
}

/// A place in a list that does not change: snapshot, policy, clients before it.
#[derive(Serialize, Deserialize)]
pub struct Place {
    snapshot: Ulid,
    policy: PolicyKey,
    offset: usize,
}

/// The clients of a snapshot, with what the policy makes of them.
///
/// By priority, highest first, then by identifier.
#[utoipa::path(
    get,
    path = "/api/v1/growth/clients",
    tag = "growth",
    operation_id = "growth_clients",
    params(Asked, PagingParams),
    responses((status = 200, description = "The clients.", body = Clients), Asking)
)]
pub async fn clients(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
    paging: Paging<Place>,
) -> Result<Response, Problem> {
    // A cursor stays with the snapshot and the policy of the answer that it came with.
    let (snapshot, policy, offset) = match &paging.after {
        Some(at) => (Some(at.snapshot), Some(PolicyParameter(at.policy.clone())), at.offset),
        None => (asked.snapshot, asked.policy.clone(), 0),
    };
    let board = board(&growth, snapshot, policy).await?;
    let needle = asked.q.as_deref().map(str::to_lowercase);
    let mut found: Vec<(&ClientMetrics, &Assessment)> = board
        .pairs()
        .into_iter()
        .filter(|(client, assessment)| matches(client, assessment, &asked, needle.as_deref()))
        .collect();
    found.sort_by(|(_, one), (_, two)| {
        two.priority.total_cmp(&one.priority).then_with(|| one.client_id.cmp(&two.client_id))
    });
    let policy = board.policy.key();
    let next = offset.saturating_add(paging.limit);
    let place = (next < found.len()).then(|| Place {
        snapshot: board.snapshot.id,
        policy: policy.clone(),
        offset: next,
    });
    let page = found.iter().skip(offset).take(paging.limit);
    let clients: Vec<ClientLine> =
        page.map(|(client, assessment)| ClientLine::of(client, assessment)).collect();
    Ok(paging.page(place.as_ref(), |next_cursor| Clients {
        snapshot: board.snapshot.id,
        policy: PolicyName::shown(policy),
        as_of: board.snapshot.as_of,
        total: found.len(),
        clients,
        next_cursor,
    }))
}

fn matches(client: &ClientMetrics, assessment: &Assessment, asked: &Asked, needle: Option<&str>) -> bool {
    let named = |needle: &str| {
        client.client_name.to_lowercase().contains(needle)
            || client.client_id.as_str().to_lowercase().contains(needle)
    };
    needle.is_none_or(named)
        && asked.tier.is_none_or(|tier| tier.0 == assessment.tier)
        && asked.level.is_none_or(|level| level.0 == assessment.readiness.level)
        && asked.min_potential_arr.is_none_or(|least| assessment.potential_arr.to_f64() >= least)
        && asked
            .vehicle
            .as_deref()
            .is_none_or(|vehicle| assessment.vehicles.iter().any(|offer| offer.id.as_str() == vehicle))
}
