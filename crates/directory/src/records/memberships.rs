//! Who belongs to which market.

use kernel::{MarketId, MarketRole, Ulid};
use store::{Query, Row, Session as On, StoreError, Tx};

use super::users::user;
use crate::{Member, Membership};

fn membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        user_id: row.parse("member_id")?,
        market: row.parse("market_id")?,
        role: row.parse("role")?,
        created_at: row.timestamp("member_since")?,
    })
}

const MEMBERSHIP: &str =
    "SELECT m.user_id AS member_id, m.market_id, m.role, m.created_at AS member_since FROM membership m";

pub(crate) async fn memberships_of(
    on: impl Into<On<'_>>,
    user_id: Ulid,
) -> Result<Vec<Membership>, StoreError> {
    let query = Query::new(MEMBERSHIP).push(" WHERE m.user_id = ? ORDER BY m.market_id").bind(user_id);
    on.into().list(query, membership).await
}

pub(crate) async fn all_memberships(on: impl Into<On<'_>>) -> Result<Vec<Membership>, StoreError> {
    on.into().list(Query::new(MEMBERSHIP).push(" ORDER BY m.user_id, m.market_id"), membership).await
}

pub(crate) async fn membership_of(
    on: impl Into<On<'_>>,
    user_id: Ulid,
    market: MarketId,
) -> Result<Option<Membership>, StoreError> {
    let query = Query::new(MEMBERSHIP)
        .push(" WHERE m.user_id = ? AND m.market_id = ?")
        .bind(user_id)
        .bind(market.to_string());
    on.into().optional(query).await?.as_ref().map(membership).transpose()
}

/// Everybody of a market who may come in, by e-mail.
pub(crate) async fn members(on: impl Into<On<'_>>, market: MarketId) -> Result<Vec<Member>, StoreError> {
    let query = Query::new(
        "SELECT u.id, u.email, u.name, u.hub_role, u.password_hash IS NOT NULL AS has_password, \
                EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) \
                    AS has_second_factor, \
                u.created_at, u.disabled_at, u.erased_at, m.user_id AS member_id, m.market_id, m.role, \
                m.created_at AS member_since \
         FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.market_id = ? ORDER BY u.email",
    )
    .bind(market.to_string());
    on.into().list(query, |row| Ok(Member { user: user(row)?, membership: membership(row)? })).await
}

/// How many enabled users own a market.
pub(crate) async fn owners(tx: &mut Tx, market: MarketId) -> Result<Vec<Ulid>, StoreError> {
    let query = Query::new(
        "SELECT m.user_id FROM membership m JOIN user_account u ON u.id = m.user_id \
         WHERE m.market_id = ? AND m.role = ? AND u.disabled_at IS NULL",
    )
    .bind(market.to_string())
    .bind(MarketRole::Owner.id());
    tx.list(query, |row| row.parse("user_id")).await
}

pub(crate) async fn put_membership(tx: &mut Tx, membership: &Membership) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO membership (user_id, market_id, role, created_at) VALUES (?, ?, ?, ?) \
         ON CONFLICT (user_id, market_id) DO UPDATE SET role = excluded.role",
    )
    .bind(membership.user_id)
    .bind(membership.market.to_string())
    .bind(membership.role.id())
    .bind(membership.created_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn delete_membership(
    tx: &mut Tx,
    user_id: Ulid,
    market: MarketId,
) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM membership WHERE user_id = ? AND market_id = ?")
        .bind(user_id)
        .bind(market.to_string());
    Ok(tx.execute(delete).await? > 0)
}

/// Ends every membership in a market that is gone; how many.
pub(crate) async fn delete_memberships_in(tx: &mut Tx, market: MarketId) -> Result<u64, StoreError> {
    tx.execute(Query::new("DELETE FROM membership WHERE market_id = ?").bind(market.to_string())).await
}
