//! Keys of programs.

use jiff::Timestamp;
use kernel::{HubRole, MarketId, MarketRole, Ulid};
use store::{Db, Query, Row, Session as On, StoreError, Tx};

use crate::{ApiKey, KeyScope};

const KEY: &str =
    "SELECT id, name, market_id, role, created_by, created_at, expires_at, last_used_at, revoked_at";

fn key(row: &Row) -> Result<ApiKey, StoreError> {
    let scope = match row.parse_or_null::<MarketId>("market_id")? {
        Some(market) => KeyScope::Market(market, row.parse::<MarketRole>("role")?),
        None => KeyScope::Hub(row.parse::<HubRole>("role")?),
    };
    Ok(ApiKey {
        id: row.parse("id")?,
        name: row.text("name")?,
        scope,
        created_by: row.parse_or_null("created_by")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        last_used_at: row.timestamp_or_null("last_used_at")?,
        revoked_at: row.timestamp_or_null("revoked_at")?,
    })
}

pub(crate) async fn add_key(tx: &mut Tx, key: &ApiKey, fingerprint: String) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO api_key (id, secret_hash, name, market_id, role, created_by, created_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(key.id)
    .bind(fingerprint)
    .bind(key.name.as_str())
    .bind(key.scope.market().map(|market| market.to_string()))
    .bind(key.scope.role_id())
    .bind(key.created_by)
    .bind(key.created_at)
    .bind(key.expires_at);
    tx.execute(insert).await.map(|_| ())
}

/// A key and the fingerprint of its secret. Its maker, if a user, may still come in.
pub(crate) async fn key_with_fingerprint(db: &Db, id: Ulid) -> Result<Option<(ApiKey, String)>, StoreError> {
    let query = Query::new(KEY).push(", secret_hash FROM api_key WHERE id = ?").bind(id);
    let row = db.optional(query).await?;
    row.map(|row| Ok((key(&row)?, row.text("secret_hash")?))).transpose()
}

pub(crate) async fn key_by_id(on: impl Into<On<'_>>, id: Ulid) -> Result<Option<ApiKey>, StoreError> {
    let query = Query::new(KEY).push(" FROM api_key WHERE id = ?").bind(id);
    on.into().optional(query).await?.as_ref().map(key).transpose()
}

pub(crate) async fn touch_key(db: &Db, id: Ulid, now: Timestamp) -> Result<(), StoreError> {
    db.execute(Query::new("UPDATE api_key SET last_used_at = ? WHERE id = ?").bind(now).bind(id))
        .await
        .map(|_| ())
}

/// The keys of a market or, without one, of the hub, the latest first.
pub(crate) async fn keys(on: impl Into<On<'_>>, market: Option<MarketId>) -> Result<Vec<ApiKey>, StoreError> {
    let query = Query::new(KEY).push(" FROM api_key");
    let query = match market {
        Some(market) => query.push(" WHERE market_id = ?").bind(market.to_string()),
        None => query.push(" WHERE market_id IS NULL"),
    };
    on.into().list(query.push(" ORDER BY created_at DESC, id DESC"), key).await
}

/// The keys that a user made, the latest first.
pub(crate) async fn keys_made_by(on: impl Into<On<'_>>, user_id: Ulid) -> Result<Vec<ApiKey>, StoreError> {
    let query = Query::new(KEY)
        .push(" FROM api_key WHERE created_by = ? ORDER BY created_at DESC, id DESC")
        .bind(user_id);
    on.into().list(query, key).await
}

/// Takes a key back; whether it was still given.
pub(crate) async fn revoke_key(tx: &mut Tx, id: Ulid, now: Timestamp) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
        .bind(now)
        .bind(id);
    Ok(tx.execute(update).await? > 0)
}
