//! Signing secrets, sealed under the market's key.

use std::time::Duration;

use connect::standard_webhooks::Secret;
use jiff::Timestamp;
use kernel::Ulid;
use markets::Market;

use crate::{WebhooksError, records::StoredEndpoint};

/// How long messages are signed with the former secret as well after a new one was made.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);

const TABLE: &str = "webhook_endpoint";

/// Which of an endpoint's two secrets.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Current,
    Former,
}

impl Which {
    fn column(self) -> &'static str {
        match self {
            Self::Current => "secret_sealed",
            Self::Former => "former_secret_sealed",
        }
    }
}

pub(super) fn seal(
    market: &Market,
    endpoint: Ulid,
    which: Which,
    secret: &Secret,
) -> Result<Vec<u8>, WebhooksError> {
    let (key, row) = (market.market_key(), endpoint.to_string());
    Ok(market.seal(key, TABLE, &row, which.column(), secret.expose().as_bytes())?)
}

pub(super) fn open(
    market: &Market,
    endpoint: Ulid,
    which: Which,
    sealed: &[u8],
) -> Result<Secret, WebhooksError> {
    let row = endpoint.to_string();
    let plain = market.unseal(market.market_key(), TABLE, &row, which.column(), sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| WebhooksError::Stored("secret"))?;
    Secret::parse(text).map_err(|_| WebhooksError::Stored("secret"))
}

/// The secrets to sign with now: the current one, and the former one while it is still good.
pub(super) fn signing(
    market: &Market,
    endpoint: &StoredEndpoint,
    now: Timestamp,
) -> Result<Vec<Secret>, WebhooksError> {
    let current = endpoint.secret_sealed.as_deref().ok_or(WebhooksError::NoSecret)?;
    let mut secrets = vec![open(market, endpoint.id, Which::Current, current)?];
    if let (Some(former), Some(until)) = (&endpoint.former_secret_sealed, endpoint.former_until)
        && now < until
    {
        secrets.push(open(market, endpoint.id, Which::Former, former)?);
    }
    Ok(secrets)
}

pub(super) fn seal_url(market: &Market, endpoint: Ulid, url: &str) -> Result<Vec<u8>, WebhooksError> {
    let (key, row) = (market.market_key(), endpoint.to_string());
    Ok(market.seal(key, TABLE, &row, "url_sealed", url.as_bytes())?)
}

pub(super) fn open_url(market: &Market, endpoint: &StoredEndpoint) -> Result<String, WebhooksError> {
    let row = endpoint.id.to_string();
    let plain = market.unseal(market.market_key(), TABLE, &row, "url_sealed", &endpoint.url_sealed)?;
    String::from_utf8(plain.to_vec()).map_err(|_| WebhooksError::Stored("address"))
}
