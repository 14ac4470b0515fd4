use connect::{EgressError, standard_webhooks::SignError};
use markets::MarketsError;
use store::StoreError;

use crate::{ENDPOINTS_MAX, REPLAY_MAX, TopicError, endpoint::DESCRIPTION_CHARS_MAX};

/// Why something with webhooks did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhooksError {
    /// There is no such endpoint in this market.
    #[error("there is no such endpoint")]
    UnknownEndpoint,
    /// There is no such message in this market, or it is older than what is kept.
    #[error("there is no such message")]
    UnknownMessage,
    /// The address cannot be used.
    #[error(transparent)]
    Url(#[from] EgressError),
    /// The address is too long.
    #[error("an address has at most {} characters", crate::endpoint::URL_CHARS_MAX)]
    UrlLength,
    /// The description is too long, or has control characters.
    #[error("a description has at most {DESCRIPTION_CHARS_MAX} characters, on one line")]
    Description,
    /// The topics cannot be read.
    #[error(transparent)]
    Topics(#[from] TopicError),
    /// There are enough.
    #[error("a market has at most {ENDPOINTS_MAX} endpoints")]
    TooMany,
    /// Somebody changed it meanwhile.
    #[error("the endpoint was changed meanwhile: look at it again")]
    Changed,
    /// Nothing is sent to a disabled endpoint.
    #[error("the endpoint is disabled: enable it first")]
    Disabled,
    /// Its secret stayed behind when the market moved to this hub.
    #[error("the endpoint has no secret: give it a new one first")]
    NoSecret,
    /// The person was erased.
    #[error("the message was about a person who was erased: its content is gone")]
    Erased,
    /// The range is empty or upside down.
    #[error("the range must end after it begins")]
    Range,
    /// The range is too wide.
    #[error("more than {REPLAY_MAX} messages lie in this range: choose a shorter one")]
    RangeTooWide,
    /// A message cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A stored value does not open or is not what it should be.
    #[error("the stored {0} of an endpoint cannot be read")]
    Stored(&'static str),
    /// The market's keys or database failed.
    #[error(transparent)]
    Market(#[from] MarketsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
