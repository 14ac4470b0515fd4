use axum::{
    Json,
    extract::{Query, State},
};
use growth::{Growth, ranking};
use jiff::civil::Date;
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{PolicyParameter, board},
    refusals::Asking,
    shape::{NamedAssessment, PolicyName, Shown, many, shows},
};
use crate::problem::Problem;

/// Most opportunities in one answer.
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
    /// How many, at most 500; the policy's own length when left out.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// A client on the short list.
#[derive(Serialize, ToSchema)]
pub struct Listed {
    /// Place, from 1.
    rank: usize,
    /// Whether the potential makes it a whale.
    whale: bool,
    /// Whether it would make a good reference.
    reference: bool,
    /// What the policy says.
    assessment: NamedAssessment,
}

/// A gate that a client fails.
#[derive(Serialize, ToSchema)]
pub struct FailedGate {
    /// The metric's name.
    metric: String,
    /// The gate as text.
    gate: String,
    /// The client's value; unknown fails the gate.
    actual: Option<f64>,
}

shows!(FailedGate of ranking::GateFailure { metric, gate, actual });

/// A client that fails at least one gate.
#[derive(Serialize, ToSchema)]
pub struct Excluded {
    /// The client.
    client_id: String,
    /// Every gate that it fails.
    reasons: Vec<FailedGate>,
}

/// The short list and everyone who cannot be on it.
#[derive(Serialize, ToSchema)]
pub struct Opportunities {
    /// The snapshot.
    snapshot: Ulid,
    /// The policy.
    policy: PolicyName,
    /// The day they speak of.
    as_of: Date,
    /// Clients that pass every gate, of which the first are listed.
    passed: usize,
    /// The list, best first.
    opportunities: Vec<Listed>,
    /// Everyone who fails a gate, and which.
    excluded: Vec<Excluded>,
}

/// Whom to go to first.
///
/// The clients that pass every gate of the policy, best first, and everyone else with the gates that they fail.
#[utoipa::path(
    get,
    path = "/api/v1/growth/opportunities/top",
    tag = "growth",
    operation_id = "growth_opportunities_top",
    params(Asked),
    responses((status = 200, description = "The list.", body = Opportunities), Asking)
)]
pub async fn top(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Opportunities>, Problem> {
    if asked.limit.is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit)) {
        return Err(Problem::bad_request(format!("`limit` lies between 1 and {LIMIT_MAX}.")));
    }
    let board = board(&growth, asked.snapshot, asked.policy).await?;
    let pairs = board.pairs();
    let ranking = ranking::rank(&pairs, &board.policy);
    let limit = asked.limit.unwrap_or(board.policy.document().ranking.limit);
    let listed = ranking.passed.iter().take(limit).filter_map(|ranked| {
        let (client, assessment) = pairs.get(ranked.index)?;
        Some(Listed {
            rank: ranked.rank,
            whale: ranked.whale,
            reference: ranked.reference,
            assessment: NamedAssessment::of(client, assessment),
        })
    });
    let excluded = ranking
        .excluded
        .iter()
        .map(|one| Excluded { client_id: one.client_id.to_string(), reasons: many(&one.reasons) });
    Ok(Json(Opportunities {
        snapshot: board.snapshot.id,
        policy: PolicyName::shown(board.policy.key()),
        as_of: board.snapshot.as_of,
        passed: ranking.passed.len(),
        opportunities: listed.collect(),
        excluded: excluded.collect(),
    }))
}
