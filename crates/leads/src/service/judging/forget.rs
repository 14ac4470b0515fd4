use jiff::{SignedDuration, Timestamp};
use markets::Market;

use super::Judged;
use crate::{Leads, LeadsError, policy::LeadPolicy, records::forgetting};

/// Rows that are forgotten in one transaction: few enough that others who want to write hardly wait.
const AT_ONCE: usize = 5_000;

impl Leads {
    /// Forgets predictions and scores of the past that are older than the policy keeps them.
    pub(super) async fn forget(
        &self,
        market: &Market,
        policy: &LeadPolicy,
        now: Timestamp,
        judged: &mut Judged,
    ) -> Result<(), LeadsError> {
        let before = |days: u32| {
            let kept = SignedDuration::from_hours(24 * i64::from(days));
            now.saturating_sub(kept).unwrap_or(Timestamp::MIN)
        };
        let (predictions, scores) =
            (before(policy.learning().keep_days), before(policy.document().scoring.history_days));
        loop {
            let mut tx = market.db().begin().await?;
            let pruned = forgetting::predictions(&mut tx, predictions, AT_ONCE).await?;
            let forgotten = forgetting::scores(&mut tx, scores, AT_ONCE).await?;
            tx.commit().await?;
            judged.pruned += pruned;
            judged.forgotten += forgotten;
            if pruned + forgotten == 0 {
                return Ok(());
            }
        }
    }
}
