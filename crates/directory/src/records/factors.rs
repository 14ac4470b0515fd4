//! Second factors and recovery codes.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Query, Session as On, StoreError, Tx, Value};

/// A second factor as it is kept.
pub(crate) struct Factor {
    pub(crate) secret_sealed: Vec<u8>,
    pub(crate) confirmed_at: Option<Timestamp>,
    pub(crate) last_step: i64,
}

pub(crate) async fn factor(on: impl Into<On<'_>>, user_id: Ulid) -> Result<Option<Factor>, StoreError> {
    let query =
        Query::new("SELECT secret_sealed, confirmed_at, last_step FROM second_factor WHERE user_id = ?")
            .bind(user_id);
    let row = on.into().optional(query).await?;
    row.map(|row| {
        Ok(Factor {
            secret_sealed: row.bytes("secret_sealed")?,
            confirmed_at: row.timestamp_or_null("confirmed_at")?,
            last_step: row.int("last_step")?,
        })
    })
    .transpose()
}

/// Begins to set a factor up, in place of an earlier beginning.
pub(crate) async fn put_factor(
    tx: &mut Tx,
    user_id: Ulid,
    secret_sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), StoreError> {
    delete_factor(tx, user_id).await?;
    let insert = Query::new(
        "INSERT INTO second_factor (user_id, secret_sealed, created_at, last_step) VALUES (?, ?, ?, ?)",
    )
    .bind(user_id)
    .bind(secret_sealed)
    .bind(now)
    .bind(0_i64);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn confirm_factor(tx: &mut Tx, user_id: Ulid, now: Timestamp) -> Result<(), StoreError> {
    let update =
        Query::new("UPDATE second_factor SET confirmed_at = ? WHERE user_id = ?").bind(now).bind(user_id);
    tx.execute(update).await.map(|_| ())
}

/// Uses a step's code up; whether it and all later ones were unused. One statement, so that of two bearers of one
/// code one wins.
pub(crate) async fn use_step(tx: &mut Tx, user_id: Ulid, step: i64) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE second_factor SET last_step = ? WHERE user_id = ? AND last_step < ?")
        .bind(step)
        .bind(user_id)
        .bind(step);
    Ok(tx.execute(update).await? > 0)
}

/// Forgets a user's factor and recovery codes; whether there was a factor.
pub(crate) async fn delete_factor(tx: &mut Tx, user_id: Ulid) -> Result<bool, StoreError> {
    tx.execute(Query::new("DELETE FROM recovery_code WHERE user_id = ?").bind(user_id)).await?;
    Ok(tx.execute(Query::new("DELETE FROM second_factor WHERE user_id = ?").bind(user_id)).await? > 0)
}

/// Puts these codes in place of all earlier ones.
pub(crate) async fn put_recovery_codes(
    tx: &mut Tx,
    user_id: Ulid,
    fingerprints: Vec<String>,
) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM recovery_code WHERE user_id = ?").bind(user_id)).await?;
    let rows =
        fingerprints.into_iter().map(|hash| [Value::from(user_id), Value::from(hash)]).collect::<Vec<_>>();
    tx.insert_all("INSERT INTO recovery_code (user_id, code_hash) VALUES", rows).await.map(|_| ())
}

/// Uses a recovery code up; whether it was one.
pub(crate) async fn use_recovery_code(
    tx: &mut Tx,
    user_id: Ulid,
    fingerprint: String,
) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM recovery_code WHERE user_id = ? AND code_hash = ?")
        .bind(user_id)
        .bind(fingerprint);
    Ok(tx.execute(delete).await? > 0)
}

pub(crate) async fn recovery_codes_left(on: impl Into<On<'_>>, user_id: Ulid) -> Result<usize, StoreError> {
    let query = Query::new("SELECT COUNT(*) AS count FROM recovery_code WHERE user_id = ?").bind(user_id);
    on.into().one(query).await?.count("count")
}
