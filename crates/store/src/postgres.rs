//! Databases and roles on a PostgreSQL server, one of each per market.

use std::time::Duration;

use boxed::boxed;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Db, StoreError,
    db::{cannot_open, shown},
    replica::Replicas,
    schema::{Schema, migrate_all, version},
};

/// How often, and how far apart, copying is tried while somebody is connected to the template.
const COPYING: (u32, Duration) = (40, Duration::from_millis(50));
/// The lock under which templates are made: one process at a time per hub (locks are of a database, not of the server).
const TEMPLATE_LOCK: i64 = 0x6568_7562;

/// Makes sure that the template database of these schemas exists on the server, and returns its name: `{prefix}_` and a
/// hash of every migration. Several processes may do this at once.
///
/// # Errors
/// When the server refuses or a migration fails.
#[boxed]
pub async fn prepare_template(
    admin_url: &str,
    prefix: &str,
    schemas: &[&Schema],
) -> Result<String, StoreError> {
    let template = checked_name(&format!("{prefix}_{}", version(schemas)))?.to_owned();
    let mut admin = connect(admin_url).await?;
    run(&mut admin, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await?;
    let made = make_template(&mut admin, admin_url, &template, schemas).await;
    // Ends the lock, too.
    admin.close().await?;
    made.map(|()| template)
}

/// Makes the database `name` as a copy of `template`, owned by the new role `role`, which alone (beside the
/// administrator) may connect to it; the URL of that role at that database, which holds the password. `name` and `role`
/// are `[a-z][a-z0-9_]{0,62}`, the password is 16 to 128 of `A-Z a-z 0-9 - _`. What a failed attempt left behind is
/// removed first.
///
/// # Errors
/// When a name is not as above, the database exists, or the server refuses.
#[boxed]
pub async fn create_database(
    admin_url: &str,
    name: &str,
    role: &str,
    password: &str,
    template: &str,
) -> Result<String, StoreError> {
    let (name, role, template) = (checked_name(name)?, checked_name(role)?, checked_name(template)?);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !(16..=128).contains(&password.len()) || !password.chars().all(is_plain) {
        return Err(StoreError::Name("the password of the role".to_owned()));
    }
    let mut admin = connect(admin_url).await?;
    if exists(&mut admin, name).await? {
        return Err(StoreError::Unique(name.to_owned()));
    }
    run(&mut admin, &format!("DROP ROLE IF EXISTS {role}")).await?;
    let made = make_market(&mut admin, admin_url, name, role, password, template).await;
    if made.is_err() {
        // What is left is removed by the next attempt at the latest; the first error is the one that counts.
        let _ = drop_database(admin_url, name, role).await;
    }
    admin.close().await?;
    made?;
    Ok(database_url(admin_url, name, role, password))
}

/// Drops the database, ending its connections, and then the role. What does not exist is no error.
///
/// # Errors
/// When the server refuses.
#[boxed]
pub async fn drop_database(admin_url: &str, name: &str, role: &str) -> Result<(), StoreError> {
    let (name, role) = (checked_name(name)?, checked_name(role)?);
    let mut admin = connect(admin_url).await?;
    run(&mut admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    run(&mut admin, &format!("DROP ROLE IF EXISTS {role}")).await?;
    admin.close().await?;
    Ok(())
}

/// Makes the empty database `name`, unless it exists; the URL of the administrator at it.
///
/// # Errors
/// When the name is not `[a-z][a-z0-9_]{0,62}` or the server refuses.
#[boxed]
pub async fn ensure_database(admin_url: &str, name: &str) -> Result<String, StoreError> {
    let name = checked_name(name)?;
    let mut admin = connect(admin_url).await?;
    run(&mut admin, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await?;
    if !exists(&mut admin, name).await? {
        run(&mut admin, &format!("CREATE DATABASE {name}")).await?;
    }
    admin.close().await?;
    let url = with_database(admin_url, name);
    close_to_public(&url).await?;
    Ok(url)
}

/// Takes from every role but its owner the right to connect to the database that `admin_url` names: by default
/// PostgreSQL lets each role in everywhere, so also the role of a market into the hub's own database.
///
/// # Errors
/// When the server refuses.
#[boxed]
pub async fn close_to_public(admin_url: &str) -> Result<(), StoreError> {
    let mut admin = connect(admin_url).await?;
    let row: (String,) =
        sqlx::query_as("SELECT quote_ident(current_database())").fetch_one(&mut admin).await?;
    run(&mut admin, &format!("REVOKE ALL ON DATABASE {} FROM PUBLIC", row.0)).await?;
    admin.close().await?;
    Ok(())
}

/// The URL of a role at a database of the same server.
pub fn database_url(admin_url: &str, name: &str, role: &str, password: &str) -> String {
    let url = with_database(admin_url, name);
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    let host = url[start..end].rsplit_once('@').map_or(&url[start..end], |(_, host)| host);
    format!("{}{role}:{password}@{host}{}", &url[..start], &url[end..])
}

/// The database that a URL names; empty when it names none.
pub fn database_of(url: &str) -> &str {
    let base = url.split_once('?').map_or(url, |(base, _)| base);
    let start = base.find("://").map_or(0, |at| at + 3);
    base[start..].split_once('/').map_or("", |(_, database)| database)
}

/// The URL with its path (the database) replaced.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (base, options) = url.split_once('?').map_or((url, None), |(base, rest)| (base, Some(rest)));
    let scheme_end = base.find("://").map_or(0, |at| at + 3);
    let host_end = base[scheme_end..].find('/').map_or(base.len(), |at| scheme_end + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{database}{options}", &base[..host_end])
}

async fn make_template(
    admin: &mut PgConnection,
    admin_url: &str,
    template: &str,
    schemas: &[&Schema],
) -> Result<(), StoreError> {
    if exists(admin, template).await? {
        return Ok(());
    }
    // Made under another name, so that what has the template's name is whole; under one of this hub's own, since
    // another hub on the same server may be making the same template.
    let hub: i64 =
        sqlx::query_scalar("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
            .fetch_one(&mut *admin)
            .await?;
    let draft = checked_name(&format!("{template}_d{hub}"))?.to_owned();
    run(admin, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await?;
    run(admin, &format!("CREATE DATABASE {draft}")).await?;
    let options: PgConnectOptions = options_of(&with_database(admin_url, &draft))?;
    let pool = PgPoolOptions::new().max_connections(1);
    let db = Db::postgres_now(options, pool, false, Replicas::default()).await?;
    let report = migrate_all(&db, schemas).await;
    db.close().await;
    if let Some((_, error)) = report.failed {
        return Err(error);
    }
    run(admin, &format!("ALTER DATABASE {draft} WITH ALLOW_CONNECTIONS false")).await?;
    // The connection just closed may take a moment to go, and renaming waits for nobody.
    let renamed = retried(admin, &format!("ALTER DATABASE {draft} RENAME TO {template}")).await;
    if renamed.is_err() && exists(admin, template).await? {
        // The other one was quicker, and theirs is as good.
        return run(admin, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
    }
    renamed
}

async fn make_market(
    admin: &mut PgConnection,
    admin_url: &str,
    name: &str,
    role: &str,
    password: &str,
    template: &str,
) -> Result<(), StoreError> {
    run(
        admin,
        &format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'"),
    )
    .await?;
    // Whoever gives something to a role must be a member of it, unless superuser.
    run(admin, &format!("GRANT {role} TO CURRENT_USER")).await?;
    retried(admin, &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {role}")).await?;
    run(admin, &format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await?;
    let mut inside = connect(&with_database(admin_url, name)).await?;
    run(&mut inside, &HAND_OVER.replace("{role}", role)).await?;
    inside.close().await?;
    Ok(())
}

/// Gives every table of a copied template to the role.
const HAND_OVER: &str = "DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO {role}', found.tablename);
    END LOOP;
    EXECUTE 'ALTER SCHEMA public OWNER TO {role}';
END $$";

async fn exists(admin: &mut PgConnection, name: &str) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(name);
    Ok(found.fetch_optional(admin).await?.is_some())
}

async fn connect(url: &str) -> Result<PgConnection, StoreError> {
    let options = options_of(url)?;
    PgConnection::connect_with(&options).await.map_err(|error| cannot_open(&shown(&options), error))
}

fn options_of(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|error| cannot_open("postgres://...", error))?;
    Ok(options.application_name("enterprisehub"))
}

/// Runs a statement made of names that were checked.
async fn run(admin: &mut PgConnection, statement: &str) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await?;
    Ok(())
}

/// Runs a statement that fails while somebody is connected to the database it concerns, until nobody is.
async fn retried(admin: &mut PgConnection, statement: &str) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        match sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *admin).await {
            Ok(_) => return Ok(()),
            // "object in use"
            Err(error)
                if tries < COPYING.0
                    && error
                        .as_database_error()
                        .is_some_and(|refusal| refusal.code().as_deref() == Some("55006")) =>
            {
                tries += 1;
                tokio::time::sleep(COPYING.1).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn checked_name(name: &str) -> Result<&str, StoreError> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let starts_well = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if starts_well && name.len() <= 63 && name.chars().all(is_plain) {
        Ok(name)
    } else {
        Err(StoreError::Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        for (url, expected) in [
            ("postgres://a:b@localhost:5432/postgres", "postgres://a:b@localhost:5432/x"),
            ("postgres://localhost", "postgres://localhost/x"),
            ("postgres://u@/postgres?host=/tmp/pg", "postgres://u@/x?host=/tmp/pg"),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }

    #[test]
    fn a_role_gets_its_own_name_and_password_into_the_url() {
        for (url, expected) in [
            ("postgres://a:b@localhost:5432/postgres", "postgres://r:p@localhost:5432/x"),
            ("postgres://localhost", "postgres://r:p@localhost/x"),
            ("postgres://u@/postgres?host=/tmp/pg", "postgres://r:p@/x?host=/tmp/pg"),
        ] {
            assert_eq!(database_url(url, "x", "r", "p"), expected);
            assert_eq!(database_of(&database_url(url, "x", "r", "p")), "x");
        }
    }

    #[test]
    fn names_that_could_end_a_statement_are_refused() {
        for name in ["", "1a", "A", "a-b", "a;b", "a\"b", "a b", &"a".repeat(64)] {
            assert!(matches!(checked_name(name), Err(StoreError::Name(_))), "{name}");
        }
        assert!(checked_name("market_01k").is_ok());
    }
}
