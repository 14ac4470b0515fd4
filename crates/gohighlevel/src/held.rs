//! Work under a lease that its worker keeps alive: whoever dies is noticed within the time of one lease, and whoever
//! takes long is not taken for dead.

use std::time::Duration;

use store::StoreError;

/// So often in the time of a lease its worker says that it goes on.
const BEATS: u32 = 5;
/// So often in a row it may fail to: then it stops, well before anybody else may begin.
const MISSED_MAX: u32 = 2;

/// Does `work` while `renew` makes the lease last again, several times in `lease_for`.
///
/// # Errors
/// [`StoreError::LeaseLost`] when it could not be made to last: `work` was dropped where it stood, as by a process that
/// dies, and is taken up again by whoever leases it next.
pub(crate) async fn held<T, R>(
    lease_for: Duration,
    renew: impl Fn() -> R,
    work: impl Future<Output = T>,
) -> Result<T, StoreError>
where
    R: Future<Output = Result<(), StoreError>>,
{
    let beat = lease_for / BEATS;
    let beating = async {
        let mut missed = 0;
        while missed < MISSED_MAX {
            tokio::time::sleep(beat).await;
            match tokio::time::timeout(beat, renew()).await {
                Ok(Ok(())) => missed = 0,
                Ok(Err(error)) => {
                    missed += 1;
                    tracing::warn!(%error, "a lease could not be made to last");
                }
                Err(_) => missed += 1,
            }
        }
    };
    tokio::select! {
        // Who is done is done, whatever became of the lease at that moment.
        biased;
        done = work => Ok(done),
        () = beating => Err(StoreError::LeaseLost),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const LEASE: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn work_that_takes_longer_than_its_lease_makes_it_last() {
        let beats = AtomicU32::new(0);
        let renew = || async {
            beats.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let work = async {
            tokio::time::sleep(LEASE * 3).await;
            7
        };
        assert!(matches!(held(LEASE, renew, work).await, Ok(7)));
        assert!(beats.load(Ordering::Relaxed) >= BEATS, "{beats:?}");
    }

    #[tokio::test]
    async fn work_whose_lease_cannot_be_kept_is_dropped_before_it_ends() {
        let done = AtomicU32::new(0);
        let work = async {
            tokio::time::sleep(LEASE).await;
            done.fetch_add(1, Ordering::Relaxed);
        };
        let begun = tokio::time::Instant::now();
        let refused = held(LEASE, || async { Err(StoreError::LeaseLost) }, work).await;
        assert!(matches!(refused, Err(StoreError::LeaseLost)));
        assert!(begun.elapsed() < LEASE, "{:?}", begun.elapsed());
        let silent = held(LEASE, std::future::pending, tokio::time::sleep(LEASE * 2)).await;
        assert!(matches!(silent, Err(StoreError::LeaseLost)));
        tokio::time::sleep(LEASE).await;
        assert_eq!(done.load(Ordering::Relaxed), 0, "dropped where it stood");
    }
}
