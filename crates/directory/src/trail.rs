//! What the directory writes into the hub's trail: identifiers and roles, never names or e-mails.

use audit::NewEntry;
use kernel::{Moment, Ulid};
use store::{Db, StoreError, Tx, trail};

/// Brings the hub's trail up to date.
pub(crate) async fn open(db: &Db) -> Result<(), StoreError> {
    db.migrate(&trail::SCHEMA.migrations).await.map(|_| ())
}

/// Notes a change beside the change, in its transaction.
pub(crate) fn record(
    tx: &mut Tx,
    moment: &Moment,
    action: &'static str,
    subject: String,
    detail: &[(&'static str, String)],
) {
    let entry = NewEntry::new(moment.now, &moment.actor, action, &subject);
    let entry = detail.iter().fold(entry, |entry, (name, value)| entry.with(name, value));
    trail::append(tx, entry);
}

pub(crate) fn user(id: Ulid) -> String {
    format!("user:{id}")
}

pub(crate) fn key(id: Ulid) -> String {
    format!("key:{id}")
}
