use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::app::AppState;

/// The description of this API.
///
/// The OpenAPI 3.1 document of the version that answers.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "hub",
    operation_id = "openapi",
    security(()),
    responses((status = 200, description = "The document.", content_type = "application/json", body = serde_json::Value))
)]
pub async fn openapi(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], state.api_document()).into_response()
}
