//! Which person here is which entity there.

use jiff::Timestamp;
use kernel::PersonId;
use store::{Query, Row, Session, StoreError, Tx};

use crate::road::kind;

/// A row of `ghl_link`.
#[derive(Clone, Debug)]
pub(crate) struct StoredLink {
    pub kind: String,
    pub remote: String,
    /// None: of somebody who must not come back, or of nobody.
    pub contact: Option<PersonId>,
    pub remote_updated_at: Option<Timestamp>,
    /// What was seen last, sealed under the person's key.
    pub seen: Option<Vec<u8>>,
    pub tombstoned_at: Option<Timestamp>,
    pub reason: Option<String>,
}

impl StoredLink {
    pub fn is_live(&self) -> bool {
        self.tombstoned_at.is_none() && self.contact.is_some()
    }
}

const LINK: &str = "SELECT kind, remote, contact, remote_updated_at, seen_sealed, tombstoned_at, reason \
                    FROM ghl_link";

fn link(row: &Row) -> Result<StoredLink, StoreError> {
    Ok(StoredLink {
        kind: row.text("kind")?,
        remote: row.text("remote")?,
        contact: row.parse_or_null("contact")?,
        remote_updated_at: row.timestamp_or_null("remote_updated_at")?,
        seen: row.bytes_or_null("seen_sealed")?,
        tombstoned_at: row.timestamp_or_null("tombstoned_at")?,
        reason: row.text_or_null("reason")?,
    })
}

/// The link of an entity.
pub(crate) async fn of_remote(
    on: impl Into<Session<'_>>,
    kind: &str,
    remote: &str,
) -> Result<Option<StoredLink>, StoreError> {
    let query = Query::new(LINK).push(" WHERE kind = ? AND remote = ?").bind(kind).bind(remote);
    on.into().optional(query).await?.as_ref().map(link).transpose()
}

/// What a person is there, the one that changed last: entities that are still there only.
pub(crate) async fn remote_of(
    on: impl Into<Session<'_>>,
    kind: &str,
    contact: PersonId,
) -> Result<Option<String>, StoreError> {
    let query = Query::new(
        "SELECT remote FROM ghl_link WHERE kind = ? AND contact = ? AND tombstoned_at IS NULL \
         ORDER BY COALESCE(remote_updated_at, 0) DESC, remote LIMIT 1",
    );
    let row = on.into().optional(query.bind(kind).bind(contact)).await?;
    row.map(|row| row.text("remote")).transpose()
}

/// Every entity of a person, those that are gone included.
pub(crate) async fn of_contact(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<StoredLink>, StoreError> {
    let query = Query::new(LINK).push(" WHERE contact = ? ORDER BY kind, remote").bind(contact);
    on.into().list(query, link).await
}

/// Links of a kind in the order of their identifiers there, after one.
pub(crate) async fn page(
    on: impl Into<Session<'_>>,
    kind: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<StoredLink>, StoreError> {
    let query = Query::new(LINK).push(" WHERE kind = ? AND remote > ? ORDER BY remote LIMIT ?");
    on.into().list(query.bind(kind).bind(after).bind(limit), link).await
}

/// Adds a link; fails on a unique violation when there is one.
pub(crate) async fn add(
    tx: &mut Tx,
    kind: &str,
    remote: &str,
    contact: PersonId,
    remote_updated_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_link (kind, remote, contact, remote_updated_at, fetched_at) VALUES (?, ?, ?, ?, ?)",
    );
    let query = query.bind(kind).bind(remote).bind(contact).bind(remote_updated_at).bind(at);
    tx.execute(query).await.map(|_| ())
}

/// Adds a link, or brings it up to date; one that is buried stays so.
pub(crate) async fn put(
    tx: &mut Tx,
    kind: &str,
    remote: &str,
    contact: PersonId,
    remote_updated_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_link (kind, remote, contact, remote_updated_at, fetched_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (kind, remote) DO UPDATE SET \
         seen_sealed = CASE WHEN ghl_link.contact = excluded.contact THEN ghl_link.seen_sealed END, \
         contact = excluded.contact, \
         remote_updated_at = COALESCE(excluded.remote_updated_at, ghl_link.remote_updated_at), \
         fetched_at = excluded.fetched_at WHERE ghl_link.tombstoned_at IS NULL",
    );
    let query = query.bind(kind).bind(remote).bind(contact).bind(remote_updated_at).bind(at);
    tx.execute(query).await.map(|_| ())
}

/// Remembers what was seen, unless somebody saw a later state or buried it; whether it was remembered. It is sealed for
/// `contact`, and kept only while the link is of that person.
pub(crate) async fn see(
    tx: &mut Tx,
    kind: &str,
    remote: &str,
    contact: PersonId,
    remote_updated_at: Option<Timestamp>,
    seen: Vec<u8>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let query = Query::new(
        "UPDATE ghl_link SET remote_updated_at = COALESCE(?, remote_updated_at), seen_sealed = ?, fetched_at = ? \
         WHERE kind = ? AND remote = ? AND contact = ? AND tombstoned_at IS NULL \
         AND COALESCE(remote_updated_at, 0) <= ?",
    );
    let query = query.bind(remote_updated_at).bind(seen).bind(at).bind(kind).bind(remote);
    let bound = remote_updated_at.map_or(i64::MAX, |at| at.as_microsecond());
    Ok(tx.execute(query.bind(contact).bind(bound)).await? > 0)
}

/// Buries a link: the entity is gone, or must not come back. Makes one where there was none. Whether it was alive.
pub(crate) async fn bury(
    tx: &mut Tx,
    kind: &str,
    remote: &str,
    reason: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let alive =
        Query::new("SELECT 1 AS alive FROM ghl_link WHERE kind = ? AND remote = ? AND tombstoned_at IS NULL");
    let alive = tx.optional(alive.bind(kind).bind(remote)).await?.is_some();
    let query = Query::new(
        "INSERT INTO ghl_link (kind, remote, fetched_at, tombstoned_at, reason) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (kind, remote) DO UPDATE SET tombstoned_at = excluded.tombstoned_at, reason = excluded.reason \
         WHERE ghl_link.tombstoned_at IS NULL",
    );
    tx.execute(query.bind(kind).bind(remote).bind(at).bind(at).bind(reason)).await?;
    Ok(alive)
}

/// Brings a buried entity back: alive when its person is still known, else as if it had never been here. Who was erased
/// stays buried.
pub(crate) async fn unbury(tx: &mut Tx, kind: &str, remote: &str) -> Result<(), StoreError> {
    let buried = " WHERE kind = ? AND remote = ? AND tombstoned_at IS NOT NULL AND reason <> 'erased'";
    let alive = Query::new("UPDATE ghl_link SET tombstoned_at = NULL, reason = NULL").push(buried);
    tx.execute(alive.push(" AND contact IS NOT NULL").bind(kind).bind(remote)).await?;
    let unknown = Query::new("DELETE FROM ghl_link").push(buried).push(" AND contact IS NULL");
    tx.execute(unknown.bind(kind).bind(remote)).await.map(|_| ())
}

/// Points the links of one person to nobody, for good: the person was erased. Returns how many.
pub(crate) async fn forget(tx: &mut Tx, contact: PersonId) -> Result<u64, StoreError> {
    let query = Query::new(
        "UPDATE ghl_link SET contact = NULL, seen_sealed = NULL, reason = 'erased', \
         tombstoned_at = COALESCE(tombstoned_at, fetched_at) WHERE contact = ?",
    );
    tx.execute(query.bind(contact)).await
}

/// Why a contact is buried whose location the market has left.
pub(crate) const LEFT: &str = "left";

/// The market has left the location: contacts of it are buried until it comes back, what happened to them there is
/// forgotten. Who must not come back stays so.
pub(crate) async fn leave(tx: &mut Tx, at: Timestamp) -> Result<(), StoreError> {
    let buried = Query::new(
        "UPDATE ghl_link SET tombstoned_at = ?, reason = ? WHERE kind = ? AND tombstoned_at IS NULL",
    );
    tx.execute(buried.bind(at).bind(LEFT).bind(kind::CONTACT)).await?;
    let forgotten = Query::new("DELETE FROM ghl_link WHERE kind <> ? AND tombstoned_at IS NULL");
    tx.execute(forgotten.bind(kind::CONTACT)).await.map(|_| ())
}
