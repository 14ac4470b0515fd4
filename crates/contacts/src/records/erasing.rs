//! Removing everything about a person.

use kernel::PersonId;
use store::{Query, StoreError, Tx};

/// Rows removed, by table.
pub(crate) type Removed = Vec<(&'static str, u64)>;

/// Tables with rows about a person, the contact itself last: others refer to it. The queues' tables name the person
/// whose key sealed a payload.
const TABLES: [(&str, &str); 7] = [
    ("note", "DELETE FROM note WHERE contact_id = ?"),
    ("message", "DELETE FROM message WHERE contact_id = ?"),
    ("contact_move", "DELETE FROM contact_move WHERE contact_id = ?"),
    ("inbox", "DELETE FROM inbox WHERE person_id = ?"),
    ("outbox", "DELETE FROM outbox WHERE person_id = ?"),
    ("job", "DELETE FROM job WHERE person_id = ?"),
    ("contact", "DELETE FROM contact WHERE id = ?"),
];

/// Holds the contact's row until the end of the transaction: a change made at the same time waits, and then finds
/// that its version is gone.
pub(crate) async fn lock(tx: &mut Tx, person: PersonId) -> Result<(), StoreError> {
    let update = Query::new("UPDATE contact SET version = version + 1 WHERE id = ?").bind(person.ulid());
    tx.execute(update).await.map(|_| ())
}

/// Removes every row about a person; how many each table lost.
pub(crate) async fn remove(tx: &mut Tx, person: PersonId) -> Result<Removed, StoreError> {
    let mut removed = Vec::new();
    for (table, statement) in TABLES {
        let rows = tx.execute(Query::new(statement).bind(person.ulid())).await?;
        if rows > 0 {
            removed.push((table, rows));
        }
    }
    Ok(removed)
}
