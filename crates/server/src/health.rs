//! Whether the hub lives, and whether it can serve.

use axum::extract::State;

use crate::{app::AppState, problem::Problem};

/// `GET /healthz`: the process answers. A failure means: restart it.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and the hub is not stopping. A failure means: send requests elsewhere.
pub async fn ready(State(state): State<AppState>) -> Result<&'static str, Problem> {
    if state.is_draining() {
        return Err(Problem::unavailable("The hub is stopping."));
    }
    match state.db().ping().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer: {error}");
            Err(Problem::unavailable("The database does not answer."))
        }
    }
}
