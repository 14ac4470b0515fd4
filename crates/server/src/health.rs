//! Whether the hub lives, and whether it can serve.

use std::time::Duration;

use axum::extract::State;

use crate::{app::AppState, problem::Problem};

/// How long the database may take to answer: whoever asks wants to know soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers. A failure means: restart it.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and the hub is not stopping. A failure means: send requests elsewhere. Redis
/// away is no failure, for the hub goes on without it; the answer says so.
pub async fn ready(State(state): State<AppState>) -> Result<String, Problem> {
    if state.is_draining() {
        return Err(Problem::unavailable("The hub is stopping."));
    }
    match tokio::time::timeout(PATIENCE, state.db().ping()).await {
        Ok(Ok(())) => {
            let shared = state.hub().cluster.health().await;
            let degraded = matches!(shared, cluster::Health::Degraded(_));
            return Ok(if degraded { format!("ready, {}\n", shared.label()) } else { "ready\n".to_owned() });
        }
        Ok(Err(error)) => tracing::warn!(%error, "not ready: the database does not answer: {error}"),
        Err(_) => tracing::warn!("not ready: the database does not answer in time"),
    }
    Err(Problem::unavailable("The database does not answer."))
}
