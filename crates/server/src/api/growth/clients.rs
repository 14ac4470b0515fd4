use std::{fmt, str::FromStr};

use axum::{
    Json,
    extract::{Query, State},
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
use crate::problem::Problem;

/// Clients per answer when the request does not say.
const LIMIT: usize = 100;
/// Most clients per answer.
const LIMIT_MAX: usize = 500;

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
    /// Clients per answer, at most 500; 100 when left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// `next_cursor` of the answer before. It stays with that answer's snapshot and policy.
    #[param(pattern = "^[0-7][0-9A-HJKMNP-TV-Z]{25}[.][0-9]{1,9}[.][0-9]{1,9}[.][A-Za-z0-9_-]+$")]
    cursor: Option<String>,
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
struct Cursor {
    snapshot: Ulid,
    policy: PolicyKey,
    offset: usize,
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { snapshot, policy, offset } = self;
        write!(out, "{snapshot}.{offset}.{}.{}", policy.version, policy.name)
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let read = || {
            let mut parts = text.splitn(4, '.');
            let snapshot = parts.next()?.parse().ok()?;
            let offset = parts.next()?.parse().ok()?;
            let version = parts.next()?.parse().ok()?;
            let name = parts.next().filter(|name| !name.is_empty() && !name.contains('\0'))?.to_owned();
            Some(Self { snapshot, policy: PolicyKey { name, version }, offset })
        };
        read().ok_or_else(|| Problem::bad_request("The cursor is not one that this endpoint gave."))
    }
}

/// The clients of a snapshot, with what the policy makes of them.
///
/// By priority, highest first, then by identifier.
#[utoipa::path(
    get,
    path = "/api/v1/growth/clients",
    tag = "growth",
    operation_id = "growth_clients",
    params(Asked),
    responses((status = 200, description = "The clients.", body = Clients), Asking)
)]
pub async fn clients(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Clients>, Problem> {
    let limit = asked.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::bad_request(format!("`limit` lies between 1 and {LIMIT_MAX}.")));
    }
    let cursor = asked.cursor.as_deref().map(Cursor::from_str).transpose()?;
    let (snapshot, policy, offset) = match cursor {
        Some(at) => (Some(at.snapshot), Some(PolicyParameter(at.policy)), at.offset),
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
    let next = offset.saturating_add(limit);
    let next_cursor = (next < found.len())
        .then(|| Cursor { snapshot: board.snapshot.id, policy: policy.clone(), offset: next }.to_string());
    let page = found.iter().skip(offset).take(limit);
    Ok(Json(Clients {
        snapshot: board.snapshot.id,
        policy: PolicyName::shown(policy),
        as_of: board.snapshot.as_of,
        total: found.len(),
        clients: page.map(|(client, assessment)| ClientLine::of(client, assessment)).collect(),
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
