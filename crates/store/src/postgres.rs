//! Databases and roles on a PostgreSQL server, one of each per market.

use crate::{StoreError, schema::Schema};

/// Makes sure that the template database of these schemas exists on the server, and returns its name: `{prefix}_` and a
/// hash of every migration. Several processes may do this at once.
///
/// # Errors
/// When the server refuses or a migration fails.
pub async fn prepare_template(
    admin_url: &str,
    prefix: &str,
    schemas: &[&Schema],
) -> Result<String, StoreError> {
    let _ = (admin_url, prefix, schemas);
    unimplemented!()
}

/// Makes the database `name` as a copy of `template`, owned by the new role `role`, which alone (beside the
/// administrator) may connect to it; the URL of that role at that database, which holds the password. `name` and `role`
/// are `[a-z][a-z0-9_]{0,62}`, the password is 16 to 128 of `A-Z a-z 0-9 - _`. What a failed attempt left behind is
/// removed first.
///
/// # Errors
/// When a name is not as above, the database exists, or the server refuses.
pub async fn create_database(
    admin_url: &str,
    name: &str,
    role: &str,
    password: &str,
    template: &str,
) -> Result<String, StoreError> {
    let _ = (admin_url, name, role, password, template);
    unimplemented!()
}

/// Drops the database, ending its connections, and then the role. What does not exist is no error.
///
/// # Errors
/// When the server refuses.
pub async fn drop_database(admin_url: &str, name: &str, role: &str) -> Result<(), StoreError> {
    let _ = (admin_url, name, role);
    unimplemented!()
}

/// Makes the empty database `name`, unless it exists; the URL of the administrator at it.
///
/// # Errors
/// When the name is not `[a-z][a-z0-9_]{0,62}` or the server refuses.
pub async fn ensure_database(admin_url: &str, name: &str) -> Result<String, StoreError> {
    let _ = (admin_url, name);
    unimplemented!()
}

/// Takes from every role but its owner the right to connect to the database that `admin_url` names: by default
/// PostgreSQL lets each role in everywhere, so also the role of a market into the hub's own database.
///
/// # Errors
/// When the server refuses.
pub async fn close_to_public(admin_url: &str) -> Result<(), StoreError> {
    let _ = admin_url;
    unimplemented!()
}

/// The database that a URL names; empty when it names none.
pub fn database_of(url: &str) -> &str {
    let _ = url;
    unimplemented!()
}
