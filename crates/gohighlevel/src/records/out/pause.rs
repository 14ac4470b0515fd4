//! Channels by which nothing is sent for now.

use jiff::Timestamp;
use store::{Query, Row, Session, StoreError, Tx};

/// A channel that pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    pub channel: String,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub class: u8,
    pub reason: String,
}

fn pause(row: &Row) -> Result<Pause, StoreError> {
    Ok(Pause {
        channel: row.text("channel")?,
        since: row.timestamp("since")?,
        until: row.timestamp_or_null("until")?,
        class: row.count("class")?,
        reason: row.text("reason")?,
    })
}

const PAUSE: &str = "SELECT channel, since, until, class, reason FROM ghl_pause";

/// The pause of a channel, if it is in force.
pub(crate) async fn of(
    on: impl Into<Session<'_>>,
    channel: &str,
    now: Timestamp,
) -> Result<Option<Pause>, StoreError> {
    let query = Query::new(PAUSE).push(" WHERE channel = ? AND (until IS NULL OR until > ?)");
    let row = on.into().optional(query.bind(channel).bind(now)).await?;
    row.as_ref().map(pause).transpose()
}

/// All that are in force.
pub(crate) async fn all(on: impl Into<Session<'_>>, now: Timestamp) -> Result<Vec<Pause>, StoreError> {
    let query = Query::new(PAUSE).push(" WHERE until IS NULL OR until > ? ORDER BY channel").bind(now);
    on.into().list(query, pause).await
}

/// Pauses a channel, or changes its pause: one without end is not shortened by one with an end.
pub(crate) async fn set(tx: &mut Tx, new: &Pause) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO ghl_pause (channel, since, until, class, reason) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (channel) DO UPDATE SET since = excluded.since, until = excluded.until, \
         class = excluded.class, reason = excluded.reason \
         WHERE ghl_pause.until IS NOT NULL",
    );
    let insert = insert.bind(&new.channel).bind(new.since).bind(new.until);
    tx.execute(insert.bind(u32::from(new.class)).bind(&new.reason)).await.map(|_| ())
}

/// Lets the channels be used again that this class of fault stopped until somebody says otherwise: which.
pub(crate) async fn lift_of(tx: &mut Tx, class: u8) -> Result<Vec<String>, StoreError> {
    let delete = Query::new("DELETE FROM ghl_pause WHERE class = ? AND until IS NULL RETURNING channel");
    tx.list(delete.bind(u32::from(class)), |row| row.text("channel")).await
}

/// Lets a channel be used again; whether it paused.
pub(crate) async fn lift(tx: &mut Tx, channel: &str) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM ghl_pause WHERE channel = ?").bind(channel);
    Ok(tx.execute(delete).await? > 0)
}
