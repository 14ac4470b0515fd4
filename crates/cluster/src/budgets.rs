//! Rate budgets: who may still do how much.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use boxed::boxed;
use jiff::Timestamp;

use crate::{Away, Policy, Verdict, gcra, link::Link};

/// Budgets kept in process at most; beyond, the ones that are nearest to whole are forgotten first.
const KEPT_MAX: usize = 100_000;
/// Independent parts of the table, so that requests do not wait for one lock.
const SHARDS: usize = 16;

/// Budgets of one process, or of all nodes when Redis is configured. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::time::Duration;
/// use cluster::{Budgets, Policy};
///
/// const PER_MARKET: Policy = Policy::new("market", 2, Duration::from_secs(60));
/// let budgets = Budgets::in_process();
/// let now = "2026-06-01T00:00:00Z".parse().unwrap();
/// assert!(budgets.take(&PER_MARKET, "market-a", 1, now).await.allowed);
/// assert!(budgets.take(&PER_MARKET, "market-a", 1, now).await.allowed);
/// let refused = budgets.take(&PER_MARKET, "market-a", 1, now).await;
/// assert_eq!((refused.allowed, refused.retry_after), (false, Some(Duration::from_secs(30))));
/// assert!(budgets.take(&PER_MARKET, "market-b", 1, now).await.allowed, "another key has its own");
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Budgets {
    local: Arc<Local>,
    shared: Option<Link>,
}

#[boxed]
impl Budgets {
    /// Budgets of this process alone.
    pub fn in_process() -> Self {
        Self { local: Arc::default(), shared: None }
    }

    /// Budgets shared through Redis; of this process alone while Redis is away.
    pub(crate) fn shared(link: Link) -> Self {
        Self { local: Arc::default(), shared: Some(link) }
    }

    /// Takes `cost` units from the budget of `key` under `policy`, or nothing when they are not there. A cost of
    /// 0 asks without taking. Keys of different policies never meet; keys are not logged.
    ///
    /// Never fails: while Redis is away the budget of this process decides (so that N nodes together may give up
    /// to N quotas), and [`crate::Cluster::health`] says so.
    pub async fn take(&self, policy: &Policy, key: &str, cost: u32, now: Timestamp) -> Verdict {
        let micros = now.as_microsecond();
        if let Some(link) = &self.shared
            && let Ok(before) = take_shared(link, policy, key, cost, micros).await
        {
            // Redis keeps the new state; the answer follows from the old one.
            return gcra::decide(policy, before, cost, micros).1;
        }
        self.local.take(policy, key, cost, micros)
    }
}

#[derive(Debug, Default)]
struct Local {
    shards: [Mutex<HashMap<String, i64>>; SHARDS],
}

impl Local {
    fn take(&self, policy: &Policy, key: &str, cost: u32, now: i64) -> Verdict {
        let name = format!("{}:{key}", policy.name);
        // A panic while the lock was held cannot leave a number half written.
        let mut kept = self.shards[shard(&name)].lock().unwrap_or_else(PoisonError::into_inner);
        let (after, verdict) = gcra::decide(policy, kept.get(&name).copied(), cost, now);
        if after > now {
            if kept.len() >= KEPT_MAX / SHARDS && !kept.contains_key(&name) {
                make_room(&mut kept, now);
            }
            kept.insert(name, after);
        } else {
            kept.remove(&name);
        }
        verdict
    }
}

fn shard(name: &str) -> usize {
    // FNV-1a: spreading is all that is asked for.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) as usize % SHARDS
}

/// Forgets every whole budget, and when that frees too little the half that is nearest to whole.
fn make_room(kept: &mut HashMap<String, i64>, now: i64) {
    let before = kept.len();
    kept.retain(|_, whole_at| *whole_at > now);
    if kept.len() * 4 > before * 3 {
        let mut instants: Vec<i64> = kept.values().copied().collect();
        let middle = instants.len() / 2;
        let (_, median, _) = instants.select_nth_unstable(middle);
        let median = *median;
        kept.retain(|_, whole_at| *whole_at > median);
    }
}

/// The same arithmetic as `gcra::decide`, run by Redis in one step. Answers what was there before (or -1).
const TAKE: &str = "
local stored = redis.call('GET', KEYS[1])
local now, interval, capacity, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local before = stored and tonumber(stored) or now
before = math.min(math.max(before, now), now + capacity)
local after = before + interval * cost
if after - now <= capacity and after > now then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', string.format('%.0f', math.ceil((after - now) / 1000)))
end
return stored or '-1'
";

async fn take_shared(
    link: &Link,
    policy: &Policy,
    key: &str,
    cost: u32,
    now: i64,
) -> Result<Option<i64>, Away> {
    let answer: i64 = link
        .script(
            TAKE,
            &format!("budget:{}:{key}", policy.name),
            &[now, gcra::interval_micros(policy), gcra::capacity_micros(policy), i64::from(cost)],
        )
        .await?;
    Ok((answer >= 0).then_some(answer))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: i64 = 1_700_000_000_000_000;

    #[test]
    fn a_flood_of_keys_does_not_grow_without_bound_and_spares_the_empty_budgets() {
        let local = Local::default();
        let policy = Policy::new("test", 10, Duration::from_secs(60));
        assert!(local.take(&policy, "flooder", 10, NOW).allowed);
        for number in 0..3 * KEPT_MAX {
            local.take(&policy, &format!("visitor {number}"), 1, NOW);
        }
        let kept: usize = local.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= KEPT_MAX + SHARDS, "{kept}");
        assert!(!local.take(&policy, "flooder", 1, NOW).allowed, "the one who used everything is remembered");
    }

    #[test]
    fn a_budget_that_is_whole_again_takes_no_memory() {
        let local = Local::default();
        let policy = Policy::new("test", 10, Duration::from_secs(60));
        local.take(&policy, "a", 1, NOW);
        local.take(&policy, "a", 0, NOW + 60_000_000);
        assert_eq!(local.shards.iter().map(|shard| shard.lock().unwrap().len()).sum::<usize>(), 0);
    }

    #[test]
    fn names_of_policies_keep_equal_keys_apart() {
        let local = Local::default();
        let (one, other) = (
            Policy::new("one", 1, Duration::from_secs(60)),
            Policy::new("other", 1, Duration::from_secs(60)),
        );
        assert!(local.take(&one, "key", 1, NOW).allowed);
        assert!(local.take(&other, "key", 1, NOW).allowed);
        assert!(!local.take(&one, "key", 1, NOW).allowed);
    }
}
