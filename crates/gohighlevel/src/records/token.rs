//! Tokens as they are stored, sealed: of locations in their market, of companies in the hub.

use jiff::Timestamp;
use store::{Db, Query, Session, StoreError};

/// A row: its version, and the tokens when there are some.
pub(crate) struct StoredToken {
    pub version: u64,
    pub sealed: Option<Vec<u8>>,
}

/// What a market holds of an account (`location ve9EPM`).
pub(crate) async fn of_account(
    on: impl Into<Session<'_>>,
    account: &str,
) -> Result<Option<StoredToken>, StoreError> {
    let query = Query::new("SELECT version, tokens_sealed FROM ghl_token WHERE account = ?").bind(account);
    read(on, query).await
}

/// What the hub holds of a company.
pub(crate) async fn of_company(
    on: impl Into<Session<'_>>,
    company: &str,
) -> Result<Option<StoredToken>, StoreError> {
    let query = Query::new("SELECT version, tokens_sealed FROM ghl_company WHERE company = ?").bind(company);
    read(on, query).await
}

async fn read(on: impl Into<Session<'_>>, query: Query) -> Result<Option<StoredToken>, StoreError> {
    let row = on.into().optional(query).await?;
    row.map(|row| {
        Ok(StoredToken { version: row.count("version")?, sealed: row.bytes_or_null("tokens_sealed")? })
    })
    .transpose()
}

/// Writes an account's tokens over version `from` (0: there was never a row) as the next version; whether nobody else
/// did.
pub(crate) async fn swap_account(
    db: &Db,
    account: &str,
    from: u64,
    sealed: Option<Vec<u8>>,
    given_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let to = number(from.saturating_add(1));
    let query = if from == 0 {
        Query::new(
            "INSERT INTO ghl_token (version, tokens_sealed, given_at, expires_at, account) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (account) DO NOTHING",
        )
    } else {
        Query::new(
            "UPDATE ghl_token SET version = ?, tokens_sealed = ?, given_at = ?, expires_at = ? WHERE account = ?",
        )
    };
    let query = query.bind(to).bind(sealed).bind(given_at).bind(expires_at).bind(account);
    let query = if from == 0 { query } else { query.push(" AND version = ?").bind(number(from)) };
    write(db, query).await
}

/// As [`swap_account`], of a company.
pub(crate) async fn swap_company(
    db: &Db,
    company: &str,
    from: u64,
    sealed: Option<Vec<u8>>,
) -> Result<bool, StoreError> {
    let to = number(from.saturating_add(1));
    let query = if from == 0 {
        Query::new(
            "INSERT INTO ghl_company (version, tokens_sealed, company) VALUES (?, ?, ?) \
             ON CONFLICT (company) DO NOTHING",
        )
    } else {
        Query::new("UPDATE ghl_company SET version = ?, tokens_sealed = ? WHERE company = ?")
    };
    let query = query.bind(to).bind(sealed).bind(company);
    let query = if from == 0 { query } else { query.push(" AND version = ?").bind(number(from)) };
    write(db, query).await
}

/// In a transaction, which asks the fence.
async fn write(db: &Db, query: Query) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let written = tx.execute(query).await? > 0;
    tx.commit().await?;
    Ok(written)
}

/// When the tokens of each account of a market were given, and when they end; those without tokens are missing.
pub(crate) async fn ages(db: &Db) -> Result<Vec<(String, Option<Timestamp>, Option<Timestamp>)>, StoreError> {
    let query = Query::new(
        "SELECT account, given_at, expires_at FROM ghl_token WHERE tokens_sealed IS NOT NULL ORDER BY account",
    );
    db.list(query, |row| {
        Ok((row.text("account")?, row.timestamp_or_null("given_at")?, row.timestamp_or_null("expires_at")?))
    })
    .await
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
