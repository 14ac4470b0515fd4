//! The hub's side: which market a location belongs to, companies, consents under way, installations nobody asked for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::MarketId;
use store::{Db, Query, Row, Session, StoreError, Tx};

/// Where a location belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub location: String,
    pub market: MarketId,
    pub company: Option<String>,
    pub is_connected: bool,
}

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok(Place {
        location: row.text("location")?,
        market: row.parse("market")?,
        company: row.text_or_null("company")?,
        is_connected: row.bool("is_connected")?,
    })
}

/// Where a location belongs.
pub(crate) async fn of_location(
    on: impl Into<Session<'_>>,
    location: &str,
) -> Result<Option<Place>, StoreError> {
    let query =
        Query::new("SELECT location, market, company, is_connected FROM ghl_location WHERE location = ?");
    on.into().optional(query.bind(location)).await?.as_ref().map(place).transpose()
}

/// The locations of a company, connected or not.
pub(crate) async fn of_company(db: &Db, company: &str) -> Result<Vec<Place>, StoreError> {
    let query = Query::new(
        "SELECT location, market, company, is_connected FROM ghl_location WHERE company = ? ORDER BY location",
    );
    db.list(query.bind(company), place).await
}

/// The markets with a location that is connected.
pub(crate) async fn connected(db: &Db) -> Result<Vec<MarketId>, StoreError> {
    let query = Query::new("SELECT DISTINCT market FROM ghl_location WHERE is_connected = ? ORDER BY market");
    db.list(query.bind(true), |row| row.parse("market")).await
}

/// Gives a location to a market, unless another market has it; whether it has it now.
pub(crate) async fn take(
    tx: &mut Tx,
    location: &str,
    market: MarketId,
    company: Option<&str>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_location (location, market, company, is_connected, changed_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (location) DO UPDATE SET market = excluded.market, \
         company = COALESCE(excluded.company, ghl_location.company), is_connected = excluded.is_connected, \
         changed_at = excluded.changed_at \
         WHERE ghl_location.market = excluded.market OR ghl_location.is_connected = FALSE",
    );
    let query = query.bind(location).bind(market).bind(company).bind(true).bind(at);
    Ok(tx.execute(query).await? > 0)
}

/// A market's location is not connected any more.
pub(crate) async fn leave(
    tx: &mut Tx,
    location: &str,
    market: MarketId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let query = Query::new(
        "UPDATE ghl_location SET is_connected = ?, changed_at = ? WHERE location = ? AND market = ?",
    );
    tx.execute(query.bind(false).bind(at).bind(location).bind(market)).await.map(|_| ())
}

/// What was kept of a market that is gone.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Its locations, which are nobody's now.
    pub locations: Vec<String>,
    /// Companies of theirs that no location here belongs to any more: their tokens are removed.
    pub companies: Vec<String>,
}

/// Forgets a market: its locations and the consents that it asked for, and with the last location of a company the
/// company's tokens, whose versions go on.
pub(crate) async fn forget_market(tx: &mut Tx, market: MarketId) -> Result<Left, StoreError> {
    let query = Query::new("DELETE FROM ghl_location WHERE market = ? RETURNING location, company");
    let mut left = Left::default();
    let mut companies = BTreeSet::new();
    for row in tx.all(query.bind(market)).await? {
        left.locations.push(row.text("location")?);
        companies.extend(row.text_or_null("company")?);
    }
    tx.execute(Query::new("DELETE FROM ghl_install WHERE market = ?").bind(market)).await?;
    for company in companies {
        let query = Query::new(
            "UPDATE ghl_company SET version = version + 1, tokens_sealed = NULL WHERE company = ? \
             AND tokens_sealed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ghl_location WHERE company = ?)",
        );
        if tx.execute(query.bind(&company).bind(&company)).await? > 0 {
            left.companies.push(company);
        }
    }
    Ok(left)
}

/// Remembers a consent that was asked for, and forgets those that are over.
pub(crate) async fn ask(
    tx: &mut Tx,
    state_hash: &[u8],
    market: MarketId,
    asked_by: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM ghl_install WHERE expires_at <= ?").bind(now)).await?;
    let query =
        Query::new("INSERT INTO ghl_install (state_hash, market, asked_by, expires_at) VALUES (?, ?, ?, ?)");
    tx.execute(query.bind(state_hash).bind(market).bind(asked_by).bind(expires_at)).await.map(|_| ())
}

/// Takes a consent that was asked for, once; for which market, and who asked.
pub(crate) async fn answer(
    tx: &mut Tx,
    state_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(MarketId, String)>, StoreError> {
    let query = Query::new(
        "DELETE FROM ghl_install WHERE state_hash = ? AND expires_at > ? RETURNING market, asked_by",
    );
    let row = tx.optional(query.bind(state_hash).bind(now)).await?;
    row.map(|row| Ok((row.parse("market")?, row.text("asked_by")?))).transpose()
}

/// For which market a consent was asked for, as long as it is good.
pub(crate) async fn asker(
    on: impl Into<Session<'_>>,
    state_hash: &[u8],
    now: Timestamp,
) -> Result<Option<MarketId>, StoreError> {
    let query = Query::new("SELECT market FROM ghl_install WHERE state_hash = ? AND expires_at > ?");
    let row = on.into().optional(query.bind(state_hash).bind(now)).await?;
    row.map(|row| row.parse("market")).transpose()
}

/// Forgets a consent that was asked for.
pub(crate) async fn forget(tx: &mut Tx, state_hash: &[u8]) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM ghl_install WHERE state_hash = ?").bind(state_hash)).await.map(|_| ())
}

/// Remembers an installation that nobody here asked for: of a location, or of a company when `place` is one.
pub(crate) async fn park(
    tx: &mut Tx,
    place: &str,
    company: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_parked (place, company, parked_at) VALUES (?, ?, ?) \
         ON CONFLICT (place) DO UPDATE SET company = excluded.company, parked_at = excluded.parked_at",
    );
    tx.execute(query.bind(place).bind(company).bind(at)).await.map(|_| ())
}

/// Forgets an installation that was parked: it was asked for, or it is over.
pub(crate) async fn unpark(tx: &mut Tx, place: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(Query::new("DELETE FROM ghl_parked WHERE place = ?").bind(place)).await? > 0)
}

/// Installations that nobody here asked for, the latest first: place, company, when.
pub(crate) async fn parked(db: &Db) -> Result<Vec<(String, Option<String>, Timestamp)>, StoreError> {
    let query = Query::new(
        "SELECT place, company, parked_at FROM ghl_parked ORDER BY parked_at DESC, place LIMIT 100",
    );
    db.list(query, |row| Ok((row.text("place")?, row.text_or_null("company")?, row.timestamp("parked_at")?)))
        .await
}
