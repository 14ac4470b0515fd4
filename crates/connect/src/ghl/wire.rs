//! The wire: addresses, headers, versions, one table of operations, calls and tolerant decoding.
//!
//! The contract itself is published by HighLevel (OpenAPI, CC0; `data/ghl/ORIGIN.md` names the commit); where its
//! documents and its answers differ, what is known to be answered decides, and both spellings are read.

mod call;
mod fields;
mod operation;
mod rate;

pub use call::{Ask, Body, Call, Nothing};
pub use fields::{Decoded, Drift, Fields, FromWire, Unreadable, decode};
pub use operation::{Auth, Op, Operation, Repeat, Twin};
pub use rate::RateHeaders;

use serde::Deserialize;

/// Where the API is served: the only server in every published document.
pub const BASE: &str = "https://services.leadconnectorhq.com";
/// Where a person gives consent.
pub const CONSENT: &str = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation";
/// Contacts and opportunities per page; more is answered 400.
pub const PAGE_MAX: u32 = 100;
/// Messages per page of an export, at least 10.
pub const EXPORT_PAGE_MAX: u32 = 500;

/// Names of headers, in lower case.
pub mod header {
    /// The version of the operation, on every request but the token's.
    pub const VERSION: &str = "version";
    /// The Ed25519 signature of a webhook, base64, over the exact bytes of its body.
    pub const SIGNATURE: &str = "x-ghl-signature";
    /// The RSA signature that is no longer sent.
    pub const SIGNATURE_OLD: &str = "x-wh-signature";
    /// Requests per interval.
    pub const LIMIT_BURST: &str = "x-ratelimit-max";
    /// Requests left in the present interval.
    pub const LIMIT_BURST_LEFT: &str = "x-ratelimit-remaining";
    /// The interval, in milliseconds.
    pub const LIMIT_INTERVAL: &str = "x-ratelimit-interval-milliseconds";
    /// Requests per day.
    pub const LIMIT_DAY: &str = "x-ratelimit-limit-daily";
    /// Requests left today.
    pub const LIMIT_DAY_LEFT: &str = "x-ratelimit-daily-remaining";
    /// How long until the day begins again, in milliseconds: a duration, no instant.
    pub const LIMIT_DAY_RESET: &str = "x-ratelimit-daily-reset";
}

/// The value of the header `Version`: part of what an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Version {
    /// Conversations and calendars.
    #[serde(rename = "2021-04-15")]
    V20210415,
    /// Everything else.
    #[serde(rename = "2021-07-28")]
    V20210728,
    /// The same host by other names, since June 2026: the second way when the first is refused.
    #[serde(rename = "v3")]
    V3,
}

impl Version {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V20210415 => "2021-04-15",
            Self::V20210728 => "2021-07-28",
            Self::V3 => "v3",
        }
    }
}

#[cfg(test)]
mod tests;
