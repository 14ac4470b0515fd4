//! Users and their passwords.

use kernel::{HubRole, Ulid};
use store::{Db, Query, Row, Session as On, StoreError, Tx};

use crate::{Email, User};

/// Every column of a user, from `user_account u`.
pub(super) const USER: &str = "SELECT u.id, u.email, u.name, u.hub_role, u.password_hash IS NOT NULL AS has_password, \
     EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS has_second_factor, \
     u.created_at, u.disabled_at, u.erased_at FROM user_account u";

pub(super) fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.parse("id")?,
        email: row.parse("email")?,
        name: row.text("name")?,
        hub_role: row.parse_or_null("hub_role")?,
        has_password: row.bool("has_password")?,
        has_second_factor: row.bool("has_second_factor")?,
        created_at: row.timestamp("created_at")?,
        disabled_at: row.timestamp_or_null("disabled_at")?,
        erased_at: row.timestamp_or_null("erased_at")?,
    })
}

pub(crate) async fn users(db: &Db) -> Result<Vec<User>, StoreError> {
    db.list(Query::new(USER).push(" ORDER BY u.email"), user).await
}

pub(crate) async fn user_by_id(on: impl Into<On<'_>>, id: Ulid) -> Result<Option<User>, StoreError> {
    let row = on.into().optional(Query::new(USER).push(" WHERE u.id = ?").bind(id)).await?;
    row.as_ref().map(user).transpose()
}

pub(crate) async fn user_by_email(on: impl Into<On<'_>>, email: &Email) -> Result<Option<User>, StoreError> {
    let row = on.into().optional(Query::new(USER).push(" WHERE u.email = ?").bind(email.as_str())).await?;
    row.as_ref().map(user).transpose()
}

/// The enabled user with this e-mail and, if set, the password hash.
pub(crate) async fn password_of(
    db: &Db,
    email: &Email,
) -> Result<Option<(Ulid, Option<String>)>, StoreError> {
    let query =
        Query::new("SELECT id, password_hash FROM user_account WHERE email = ? AND disabled_at IS NULL")
            .bind(email.as_str());
    let row = db.optional(query).await?;
    row.map(|row| Ok((row.parse("id")?, row.text_or_null("password_hash")?))).transpose()
}

pub(crate) async fn enabled_operators(tx: &mut Tx) -> Result<Vec<User>, StoreError> {
    let query = Query::new(USER)
        .push(" WHERE u.hub_role = ? AND u.disabled_at IS NULL ORDER BY u.created_at, u.id")
        .bind(HubRole::Operator.id());
    tx.list(query, user).await
}

pub(crate) async fn add_user(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let insert =
        Query::new("INSERT INTO user_account (id, email, name, hub_role, created_at) VALUES (?, ?, ?, ?, ?)")
            .bind(user.id)
            .bind(user.email.as_str())
            .bind(user.name.as_str())
            .bind(user.hub_role.map(|role| role.id().to_owned()))
            .bind(user.created_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn update_user(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE user_account SET email = ?, name = ?, hub_role = ?, disabled_at = ?, erased_at = ? WHERE id = ?",
    )
    .bind(user.email.as_str())
    .bind(user.name.as_str())
    .bind(user.hub_role.map(|role| role.id().to_owned()))
    .bind(user.disabled_at)
    .bind(user.erased_at)
    .bind(user.id);
    tx.execute(update).await.map(|_| ())
}

/// Sets or removes a password; whether the user exists.
pub(crate) async fn set_password(tx: &mut Tx, id: Ulid, hash: Option<String>) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE user_account SET password_hash = ? WHERE id = ?").bind(hash).bind(id);
    Ok(tx.execute(update).await? > 0)
}

/// Forgets when a user was sent or failed what, and what they kept: everything that only serves them.
pub(crate) async fn delete_belongings(tx: &mut Tx, id: Ulid) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM sign_in_link WHERE user_id = ?",
        "DELETE FROM saved_view WHERE user_id = ?",
        "DELETE FROM oidc_request WHERE user_id = ?",
        "DELETE FROM oidc_identity WHERE user_id = ?",
    ] {
        tx.execute(Query::new(statement).bind(id)).await?;
    }
    Ok(())
}
