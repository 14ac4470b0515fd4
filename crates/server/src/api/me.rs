use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{problem::ProblemBody, viewer::SignedIn};

/// Who sends the request.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Identity.
    id: String,
    /// E-mail.
    #[schema(example = "ana@example.com")]
    email: String,
    /// Name.
    name: String,
    /// `owner` or `member`.
    role: &'static str,
    /// When the session ends even if used.
    #[schema(value_type = String, format = DateTime)]
    session_expires_at: jiff::Timestamp,
}

/// Who you are.
///
/// The user whose session the request carries.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "hub",
    operation_id = "me",
    responses(
        (status = 200, description = "The user.", body = Me),
        (status = 401, description = "Nobody is signed in.", content_type = "application/problem+json", body = ProblemBody)
    )
)]
pub async fn me(signed_in: SignedIn) -> Json<Me> {
    let user = signed_in.user();
    Json(Me {
        id: user.id.to_string(),
        email: user.email.as_str().to_owned(),
        name: user.name.clone(),
        role: user.role.id(),
        session_expires_at: signed_in.session().expires_at,
    })
}
