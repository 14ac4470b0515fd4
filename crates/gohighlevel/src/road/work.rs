use jiff::Timestamp;
use kernel::PersonId;
use markets::Market;

use crate::{GoHighLevel, GoHighLevelError};

/// What one round of [`GoHighLevel::work`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Events that are done.
    pub done: u64,
    /// Events that failed and are tried again.
    pub failed: u64,
    /// Events that were given up.
    pub dead: u64,
    /// Whether more may be due.
    pub more: bool,
    /// Persons of whom something is new.
    pub touched: Vec<PersonId>,
}

impl GoHighLevel {
    /// Works off up to `limit` events of the market's inbox.
    ///
    /// # Errors
    /// When the market fails. What fails at GoHighLevel is tried again, and given up after some attempts.
    pub async fn work(
        &self,
        market: &Market,
        now: Timestamp,
        limit: u32,
    ) -> Result<Worked, GoHighLevelError> {
        let _ = (market, now, limit);
        Ok(Worked::default())
    }
}
