//! What the directory writes into the hub's trail: identifiers and roles, never names or e-mails.

use kernel::{Moment, Ulid};
use store::{Db, StoreError, Tx};

pub(crate) async fn open(_db: &Db) -> Result<(), StoreError> {
    Ok(())
}

/// Notes a change beside the change, in its transaction.
pub(crate) async fn record(
    _tx: &mut Tx,
    _moment: &Moment,
    _action: &'static str,
    _subject: String,
    _detail: &[(&'static str, String)],
) -> Result<(), StoreError> {
    Ok(())
}

pub(crate) fn user(id: Ulid) -> String {
    format!("user:{id}")
}

pub(crate) fn key(id: Ulid) -> String {
    format!("key:{id}")
}
