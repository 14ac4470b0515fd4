//! Work of several steps that is ended also when its caller hangs up.

use std::future::Future;

use store::idempotency::Intent;
use tracing::Instrument;

use crate::problem::Problem;

/// Runs `work` to its end, whoever is still waiting for it: a request that is dropped in the middle would leave a
/// market closed, or a person half erased, until somebody undoes or finishes it.
///
/// # Errors
/// What the work says, or when it panics.
pub async fn unbroken<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    let work = work.in_current_span();
    // What the request was named for goes with it: its first change marks the name as having had an effect.
    let task = match Intent::current() {
        Some(intent) => tokio::spawn(intent.scope(work)),
        None => tokio::spawn(work),
    };
    match task.await {
        Ok(done) => done.map_err(Into::into),
        Err(error) => Err(Problem::internal(&error)),
    }
}
