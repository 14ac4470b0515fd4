//! Work that nobody waits for: what the hub does by itself, beside answering.
//!
//! - `recurring`: chores of the hub as a whole, by the clock: ended sessions, expired answers, keys of days gone
//!   by, signed checkpoints, markets whose grace period is over. Each is a job in the hub's database, so that of
//!   several nodes one does it, and another one takes over when that node dies.
//! - `rounds`: work in the markets, soon after somebody caused it: events on their way to webhooks, deliveries that
//!   are due. Markets take turns, so that none waits for another's backlog; within a market, rows are leased.
//! - `leads` and `gohighlevel`: what somebody waits for within a second: scores, owners, what GoHighLevel tells and is told.
//!   Each market has tasks of its own (`each`), woken by what happened.
//!
//! Every loop ends between two pieces of work when the hub stops; what was leased and not done is done elsewhere.

mod each;
mod gohighlevel;
mod leads;
mod recurring;
mod rounds;
mod upkeep;

use std::time::Duration;

use tokio::task::JoinSet;

pub use each::Due;
pub use gohighlevel::Roads;
pub use rounds::Rounds;

use crate::app::AppState;

/// Why a piece of work was not done.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The loops that run.
pub struct Working(JoinSet<()>);

/// Starts every loop.
pub fn start(state: &AppState) -> Working {
    let mut loops = JoinSet::new();
    loops.spawn(recurring::run(state.clone()));
    loops.spawn(rounds::run(state.clone()));
    loops.spawn(leads::run(state.clone()));
    loops.spawn(gohighlevel::run(state.clone()));
    Working(loops)
}

impl Working {
    /// Lets what is being done come to its end, at most for `patience`. The hub must be stopping already.
    pub async fn finish(mut self, patience: Duration) {
        let ended =
            tokio::time::timeout(patience, async { while self.0.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("stopped while work was being done; its leases end by themselves");
            self.0.shutdown().await;
        }
    }
}

/// Waits, or learns that the hub stops: `false` then.
async fn wait(state: &AppState, duration: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(duration) => true,
        () = state.stopping() => false,
    }
}
