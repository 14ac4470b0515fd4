use axum::{Json, extract::State};
use directory::{KeyScope, Principal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::AppState,
    problem::{Problem, ProblemBody},
    viewer::Who,
};

/// Who sends the request: a person, or a program with an API key.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Identity of the user or of the key.
    id: String,
    /// `user` or `key`.
    kind: &'static str,
    /// E-mail; `null` for a key.
    #[schema(example = "ana@example.com")]
    email: Option<String>,
    /// Name.
    name: String,
    /// Role in the hub: `operator`, `growth`, `auditor`; `null`: none.
    hub_role: Option<&'static str>,
    /// The markets that may be entered.
    markets: Vec<Where>,
    /// When the session or the key ends even if used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: jiff::Timestamp,
}

/// A market, and what one is in it.
#[derive(Serialize, ToSchema)]
pub struct Where {
    /// The market's name.
    market: String,
    /// `owner`, `manager`, `analyst`, `agent` or `viewer`.
    role: &'static str,
}

/// Who you are.
///
/// The user whose session the request carries, or the key, with what they may do where.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "hub",
    operation_id = "me",
    responses(
        (status = 200, description = "The user or the key.", body = Me),
        (status = 401, description = "Nobody is signed in.", content_type = "application/problem+json", body = ProblemBody)
    )
)]
pub async fn me(who: Who, State(state): State<AppState>) -> Result<Json<Me>, Problem> {
    let mut markets = Vec::new();
    for (market, role) in who.markets() {
        // A market that is gone is entered by nobody.
        if let Some(record) = state.markets().by_id(market).await? {
            markets.push(Where { market: record.name.to_string(), role: role.id() });
        }
    }
    let hub_role = who.hub_role().map(kernel::HubRole::id);
    Ok(Json(match &*who.0 {
        Principal::User(signed_in) => Me {
            id: signed_in.user.id.to_string(),
            kind: "user",
            email: Some(signed_in.user.email.as_str().to_owned()),
            name: signed_in.user.name.clone(),
            hub_role,
            markets,
            expires_at: signed_in.session.expires_at,
        },
        Principal::Key(key) => Me {
            id: key.id.to_string(),
            kind: "key",
            email: None,
            name: key.name.clone(),
            hub_role: hub_role.filter(|_| matches!(key.scope, KeyScope::Hub(_))),
            markets,
            expires_at: key.expires_at,
        },
    }))
}
