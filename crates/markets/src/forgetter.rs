//! What domains promise that keep something of a market outside of its database.

use std::{error::Error, future::Future, pin::Pin};

use kernel::{MarketId, Moment};

/// The answer of a [`Forgetter`].
pub type Forgetting<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// A domain that keeps something of a market in the hub: who belongs to it, which place elsewhere is its own. A purge
/// asks it to let go of that before the market's record is gone, also a purge that was cut short and is finished later.
pub trait Forgetter: Send + Sync {
    /// The domain's name.
    fn part(&self) -> &'static str;

    /// Removes what is kept of the market, whose keys are destroyed and which nobody can enter any more. One of which
    /// nothing is kept is fine, and so is doing it twice.
    fn forget<'a>(&'a self, market: MarketId, at: &'a Moment) -> Forgetting<'a>;
}
