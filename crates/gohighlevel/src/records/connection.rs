//! The locations of a market.

use jiff::Timestamp;
use store::{Query, Row, Session, StoreError, Tx};

use crate::{Connection, ConnectionState};

const CONNECTION: &str = "SELECT location, company, name, time_zone, state, has_app, has_private, connected_at, \
                          changed_at FROM ghl_connection";

fn connection(row: &Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        location: row.text("location")?,
        company: row.text_or_null("company")?,
        name: row.text_or_null("name")?,
        time_zone: row.text_or_null("time_zone")?,
        state: row.parse("state")?,
        has_app: row.bool("has_app")?,
        has_private: row.bool("has_private")?,
        connected_at: row.timestamp("connected_at")?,
        changed_at: row.timestamp("changed_at")?,
    })
}

/// The one that is connected, else the one that was last.
pub(crate) async fn last(on: impl Into<Session<'_>>) -> Result<Option<Connection>, StoreError> {
    let query = Query::new(CONNECTION)
        .push(" ORDER BY CASE WHEN state = 'connected' THEN 0 ELSE 1 END, changed_at DESC, location LIMIT 1");
    on.into().optional(query).await?.as_ref().map(connection).transpose()
}

/// Writes a connection, whatever was there.
pub(crate) async fn put(tx: &mut Tx, connection: &Connection) -> Result<(), StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_connection (location, company, name, time_zone, state, has_app, has_private, connected_at, \
         changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (location) DO UPDATE SET company = excluded.company, name = excluded.name, \
         time_zone = excluded.time_zone, state = excluded.state, has_app = excluded.has_app, \
         has_private = excluded.has_private, connected_at = excluded.connected_at, changed_at = excluded.changed_at",
    );
    let query =
        query.bind(&connection.location).bind(connection.company.clone()).bind(connection.name.clone());
    let query = query.bind(connection.time_zone.clone()).bind(connection.state.id());
    let query = query.bind(connection.has_app).bind(connection.has_private);
    tx.execute(query.bind(connection.connected_at).bind(connection.changed_at)).await.map(|_| ())
}

/// Ends a connection; whether it was one.
pub(crate) async fn end(
    tx: &mut Tx,
    location: &str,
    state: ConnectionState,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let query = Query::new(
        "UPDATE ghl_connection SET state = ?, has_app = FALSE, has_private = FALSE, changed_at = ? \
         WHERE location = ? AND state = 'connected'",
    );
    Ok(tx.execute(query.bind(state.id()).bind(at).bind(location)).await? > 0)
}
