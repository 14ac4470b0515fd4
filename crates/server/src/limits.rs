//! How much one caller and one market may ask of the hub, so that nobody slows the others.
//!
//! Three bounds, each before the work that it saves: requests per caller over time, requests within a market over
//! time as its own policy says ([`OfMarkets`]; both counted by [`cluster::Budgets`], shared between nodes), and
//! requests of one market at work at the same time ([`AtWork`], per node). Callers see what is left in `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers). Event streams have a cap of their own ([`Streams`]).

mod of_market;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cluster::{Policy, Verdict};
use kernel::MarketId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::of_market::{InForce, OfMarkets};
use crate::{app::AppState, problem::Problem};

/// How long a request waits for its turn in its market before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a caller is told to wait when there was no room.
const RETRY_SOON: Duration = Duration::from_secs(1);

/// The bounds in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one session or API key, wherever they go.
    pub caller: Policy,
    /// Requests of one market that may be at work on one node.
    pub at_work: usize,
    /// Requests of one market that may wait for their turn on one node; more are refused at once.
    pub waiting: usize,
    /// Event streams of one caller on one node.
    pub streams_per_caller: usize,
    /// Event streams in all on one node.
    pub streams: usize,
    /// Messages of other systems that one node takes in at the same time; more are asked to come again.
    pub receiving: usize,
}

impl Default for Rates {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            // Short windows: what was saved up may come at once, and should not be minutes' worth.
            caller: Policy::new("caller", 1_000, Duration::from_secs(10)),
            // Twice the cores: requests wait for disks and databases half of the time.
            at_work: (2 * cores).clamp(4, 32),
            waiting: 64,
            streams_per_caller: 16,
            streams: 2_000,
            // Twenty are in hand at 2 000 a second and 10 ms each; beyond this, waiting would only grow.
            receiving: 512,
        }
    }
}

/// What a request took from which budgets, to be told to its sender.
#[derive(Debug, Default)]
pub struct Spent(Vec<Verdict>);

impl Spent {
    /// Takes one request from the budget of `key`.
    ///
    /// # Errors
    /// 429 when nothing is left, with the time after which something is.
    pub async fn take(&mut self, state: &AppState, policy: &Policy, key: &str) -> Result<(), Problem> {
        let verdict = state.budgets().take(policy, key, 1, state.clock().now()).await;
        self.0.push(verdict);
        if verdict.allowed {
            return Ok(());
        }
        metrics::counter!("ehub_requests_refused_total", "policy" => policy.name).increment(1);
        let who = if policy.name == "market" { "Everybody in this market together" } else { "You" };
        let problem = Problem::too_many_requests(format!(
            "{who} sent more than {} requests in {} seconds. Wait, then go on more slowly.",
            policy.quota,
            policy.window.as_secs().max(1),
        ));
        let mut headers = HeaderMap::new();
        self.tell(&mut headers);
        Err(problem.with_headers(headers).retry_after(verdict.retry_after.unwrap_or(policy.window)))
    }

    /// Writes `RateLimit-Policy` and `RateLimit`, one item per budget (structured field lists).
    pub fn tell(&self, headers: &mut HeaderMap) {
        let list = |item: &dyn Fn(&Verdict) -> String| {
            let items: Vec<String> = self.0.iter().map(item).collect();
            HeaderValue::from_str(&items.join(", ")).ok()
        };
        if self.0.is_empty() {
            return;
        }
        let policies = list(&|verdict| {
            let Policy { name, quota, window } = verdict.policy;
            format!("\"{name}\";q={quota};w={}", whole_seconds(window))
        });
        let left = list(&|verdict| {
            let Verdict { policy, remaining, reset_after, .. } = verdict;
            format!("\"{}\";r={remaining};t={}", policy.name, whole_seconds(*reset_after))
        });
        for (name, value) in [("ratelimit-policy", policies), ("ratelimit", left)] {
            if let Some(value) = value {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Seconds, rounded up: nobody is told to come too early.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Requests at work, counted per market: one market may fill its own share of the node and no more.
#[derive(Clone, Debug)]
pub struct AtWork {
    at_once: usize,
    waiting: usize,
    markets: Arc<Mutex<HashMap<MarketId, Arc<Share>>>>,
}

#[derive(Debug)]
struct Share {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// A place at work; given back when dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl AtWork {
    /// At most `at_once` requests of a market at work, and `waiting` more in line.
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { at_once: at_once.max(1), waiting, markets: Arc::default() }
    }

    /// A place for a request of `market`, waiting for it a moment.
    ///
    /// # Errors
    /// 429 when the line is too long, or the place did not become free in time.
    pub async fn enter(&self, market: MarketId) -> Result<Place, Problem> {
        let share = self.share(market);
        if let Ok(permit) = Arc::clone(&share.places).try_acquire_owned() {
            return Ok(Place { _permit: permit });
        }
        let waiting = Waiting::join(&share.waiting, self.waiting).ok_or_else(full)?;
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&share.places).acquire_owned()).await;
        drop(waiting);
        match permit {
            Ok(Ok(permit)) => Ok(Place { _permit: permit }),
            _ => Err(full()),
        }
    }

    fn share(&self, market: MarketId) -> Arc<Share> {
        let mut markets = self.markets.lock().unwrap_or_else(PoisonError::into_inner);
        // Shares at rest go as soon as they are many: what is left is at most what is at work.
        if markets.len() > 1_000 && !markets.contains_key(&market) {
            markets.retain(|_, share| {
                Arc::strong_count(share) > 1 || share.places.available_permits() < self.at_once
            });
        }
        let fresh = || {
            Arc::new(Share { places: Arc::new(Semaphore::new(self.at_once)), waiting: AtomicUsize::new(0) })
        };
        Arc::clone(markets.entry(market).or_insert_with(fresh))
    }
}

fn full() -> Problem {
    metrics::counter!("ehub_requests_refused_total", "policy" => "at-work").increment(1);
    Problem::too_many_requests(
        "This market has as many requests at work as it may have at the same time. Send fewer at once.",
    )
    .retry_after(RETRY_SOON)
}

/// A place in the line; left when dropped, also when the caller hangs up.
struct Waiting<'s>(&'s AtomicUsize);

impl<'s> Waiting<'s> {
    fn join(count: &'s AtomicUsize, max: usize) -> Option<Self> {
        if count.fetch_add(1, Ordering::Relaxed) < max {
            return Some(Self(count));
        }
        count.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Event streams that are open, per caller and in all.
#[derive(Clone, Debug)]
pub struct Streams {
    per_caller: usize,
    in_all: usize,
    open: Arc<Mutex<HashMap<String, usize>>>,
}

/// An open stream; counted until dropped.
#[derive(Debug)]
pub struct OpenStream {
    caller: String,
    streams: Streams,
}

impl Streams {
    /// At most `per_caller` streams of one caller and `in_all` together.
    pub fn new(per_caller: usize, in_all: usize) -> Self {
        Self { per_caller, in_all, open: Arc::default() }
    }

    /// Counts one stream of `caller` more.
    ///
    /// # Errors
    /// 429 when it would be too many.
    pub fn open(&self, caller: &str) -> Result<OpenStream, Problem> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (own, all) = (open.get(caller).copied().unwrap_or(0), open.values().sum::<usize>());
        if own >= self.per_caller || all >= self.in_all {
            return Err(Problem::too_many_requests("Too many live connections are open. Close some pages.")
                .retry_after(Duration::from_secs(30)));
        }
        open.insert(caller.to_owned(), own + 1);
        Ok(OpenStream { caller: caller.to_owned(), streams: self.clone() })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get(&self.caller).copied() {
            Some(count) if count > 1 => {
                open.insert(self.caller.clone(), count - 1);
            }
            _ => {
                open.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(number: u128) -> MarketId {
        kernel::Ulid::from_parts(1, number).into()
    }

    #[tokio::test]
    async fn a_market_fills_its_own_share_and_no_other() {
        let at_work = AtWork::new(2, 0);
        let held = (at_work.enter(market(1)).await, at_work.enter(market(1)).await);
        assert!(held.0.is_ok() && held.1.is_ok());
        assert!(at_work.enter(market(1)).await.is_err(), "the third finds no place and no line");
        assert!(at_work.enter(market(2)).await.is_ok(), "another market has its own");
        drop(held);
        assert!(at_work.enter(market(1)).await.is_ok(), "places come back");
    }

    #[tokio::test]
    async fn who_stands_in_line_gets_the_next_place() {
        let at_work = AtWork::new(1, 1);
        let first = at_work.enter(market(1)).await.expect("a place");
        let line = tokio::spawn({
            let at_work = at_work.clone();
            async move { at_work.enter(market(1)).await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(at_work.enter(market(1)).await.is_err(), "the line is full");
        drop(first);
        assert!(line.await.expect("no panic"));
    }

    #[test]
    fn streams_are_counted_until_they_close() {
        let streams = Streams::new(2, 3);
        let held: Vec<_> = ["a", "a", "b"].iter().map(|caller| streams.open(caller)).collect();
        assert!(held.iter().all(Result::is_ok));
        assert!(streams.open("b").is_err(), "too many in all");
        drop(held);
        let held = (streams.open("a"), streams.open("a"));
        assert!(held.0.is_ok() && held.1.is_ok() && streams.open("a").is_err(), "too many of one");
    }

    #[test]
    fn what_is_left_is_told_as_structured_fields() {
        let policy = Policy::new("caller", 100, Duration::from_secs(60));
        let verdict = Verdict {
            allowed: true,
            remaining: 99,
            reset_after: Duration::from_millis(600),
            retry_after: None,
            policy,
        };
        let mut headers = HeaderMap::new();
        Spent(vec![verdict, Verdict { policy: Policy::new("market", 9, Duration::from_secs(1)), ..verdict }])
            .tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"caller\";q=100;w=60, \"market\";q=9;w=1");
        assert_eq!(headers["ratelimit"], "\"caller\";r=99;t=1, \"market\";r=99;t=1");
    }
}
