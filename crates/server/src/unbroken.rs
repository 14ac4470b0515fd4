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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kernel::Ulid;
    use store::{
        Query, StoreError,
        idempotency::{self, Claim, Request},
        testing::TestDb,
    };

    use super::*;

    #[tokio::test]
    async fn what_a_request_was_named_for_goes_with_its_work() {
        let test = TestDb::sqlite().await;
        test.migrate(&idempotency::SCHEMA.migrations).await.expect("migrated");
        let db = test.db();
        db.execute(Query::new("CREATE TABLE done (at INTEGER)")).await.expect("a table");
        let attempt = |number: u128, boot: u128| Request {
            scope: "restore".to_owned(),
            key: "nightly".to_owned(),
            fingerprint: [7; 32],
            boot: Ulid::from_parts(1, boot),
            claim: Ulid::from_parts(2, number),
            lease_for: Duration::from_secs(60),
        };
        let now = jiff::Timestamp::UNIX_EPOCH;
        let claim = idempotency::claim(&db, &attempt(1, 1), now).await.expect("claimed");
        let Claim::Fresh(intent) = claim else { panic!("{claim:?}") };
        let work = {
            let db = db.clone();
            async move {
                let mut tx = db.begin().await?;
                tx.execute(Query::new("INSERT INTO done (at) VALUES (1)")).await?;
                tx.commit().await?;
                Ok::<(), StoreError>(())
            }
        };
        intent.scope(unbroken(work)).await.expect("done");
        // The process dies before the answer is kept, and the next one is asked the same.
        let again = idempotency::claim(&db, &attempt(2, 2), now).await.expect("claimed");
        assert!(matches!(again, Claim::EffectWithoutAnswer), "it would be done twice: {again:?}");
    }
}
