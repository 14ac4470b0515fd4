//! The tables of webhooks, one function per question or change: endpoints here, what is sent to them in `messages`
//! and `deliveries`.

pub(crate) mod deliveries;
pub(crate) mod messages;

use jiff::Timestamp;
use kernel::Ulid;
use store::{
    Kind, Migration, MigrationSet, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, Schema, TableRule},
};

use crate::{DisabledReason, Topics};

/// The tables of webhooks in a market.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "webhooks",
        migrations: &[Migration {
            version: 1,
            name: "webhooks",
            sql: include_str!("../migrations/0001_webhooks.sql"),
        }],
    },
    tables: &[
        TableRule {
            name: "webhook_endpoint",
            key: &["id"],
            columns: &[
                ColumnRule::plain("id", Kind::Text),
                ColumnRule::plain("host", Kind::Text),
                ColumnRule::sealed("url_sealed", None, "id"),
                ColumnRule::plain("description", Kind::Text),
                ColumnRule::plain("topics", Kind::Text),
                ColumnRule::plain("version", Kind::Int),
                ColumnRule::plain("created_at", Kind::Int),
                ColumnRule::plain("updated_at", Kind::Int),
                ColumnRule::secret("secret_sealed", "id"),
                ColumnRule::secret("former_secret_sealed", "id"),
                ColumnRule::plain("former_until", Kind::Int),
                ColumnRule::plain("disabled_at", Kind::Int),
                ColumnRule::plain("disabled_reason", Kind::Text),
                ColumnRule::plain("failing_since", Kind::Int),
            ],
        },
        TableRule {
            name: "webhook_message",
            key: &["id"],
            columns: &[
                ColumnRule::plain("id", Kind::Text),
                ColumnRule::plain("topic", Kind::Text),
                ColumnRule::plain("ordering_key", Kind::Text),
                ColumnRule::plain("person_id", Kind::Text),
                ColumnRule::sealed("payload_sealed", Some("person_id"), "id"),
                ColumnRule::plain("created_at", Kind::Int),
            ],
        },
        TableRule {
            name: "webhook_delivery",
            key: &["id"],
            columns: &[
                ColumnRule::plain("id", Kind::Text),
                ColumnRule::plain("seq", Kind::Int),
                ColumnRule::plain("message_id", Kind::Text),
                ColumnRule::plain("endpoint_id", Kind::Text),
                ColumnRule::plain("ordering_key", Kind::Text),
                ColumnRule::plain("cause", Kind::Text),
                ColumnRule::plain("state", Kind::Text),
                ColumnRule::plain("attempts", Kind::Int),
                ColumnRule::plain("run_at", Kind::Int),
                ColumnRule::plain("lease_owner", Kind::Text),
                ColumnRule::plain("lease_until", Kind::Int),
                ColumnRule::plain("created_at", Kind::Int),
                ColumnRule::plain("ended_at", Kind::Int),
                ColumnRule::plain("reason", Kind::Text),
            ],
        },
        TableRule {
            name: "webhook_attempt",
            key: &["delivery_id", "number"],
            columns: &[
                ColumnRule::plain("delivery_id", Kind::Text),
                ColumnRule::plain("number", Kind::Int),
                ColumnRule::plain("at", Kind::Int),
                ColumnRule::plain("duration_ms", Kind::Int),
                ColumnRule::plain("status", Kind::Int),
                ColumnRule::plain("error", Kind::Text),
            ],
        },
    ],
};

/// An endpoint as it is stored.
pub(crate) struct StoredEndpoint {
    pub id: Ulid,
    pub host: String,
    pub url_sealed: Vec<u8>,
    pub description: String,
    pub topics: Topics,
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub secret_sealed: Option<Vec<u8>>,
    pub former_secret_sealed: Option<Vec<u8>>,
    pub former_until: Option<Timestamp>,
    pub disabled: Option<(Timestamp, DisabledReason)>,
    pub failing_since: Option<Timestamp>,
}

const ENDPOINT: &str = "SELECT id, host, url_sealed, description, topics, version, created_at, updated_at, \
                        secret_sealed, former_secret_sealed, former_until, disabled_at, disabled_reason, \
                        failing_since FROM webhook_endpoint";

fn endpoint(row: &Row) -> Result<StoredEndpoint, StoreError> {
    let patterns: Vec<String> = row.json("topics")?;
    let disabled = match row.timestamp_or_null("disabled_at")? {
        Some(at) => {
            let reason = row.text_or_null("disabled_reason")?.unwrap_or_default();
            let reason = DisabledReason::from_id(&reason)
                .ok_or_else(|| StoreError::column("disabled_reason", format!("no reason `{reason}`")))?;
            Some((at, reason))
        }
        None => None,
    };
    Ok(StoredEndpoint {
        id: row.parse("id")?,
        host: row.text("host")?,
        url_sealed: row.bytes("url_sealed")?,
        description: row.text("description")?,
        topics: Topics::new(patterns).map_err(|error| StoreError::column("topics", error))?,
        version: row.count("version")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
        secret_sealed: row.bytes_or_null("secret_sealed")?,
        former_secret_sealed: row.bytes_or_null("former_secret_sealed")?,
        former_until: row.timestamp_or_null("former_until")?,
        disabled,
        failing_since: row.timestamp_or_null("failing_since")?,
    })
}

pub(crate) async fn endpoints(on: impl Into<Session<'_>>) -> Result<Vec<StoredEndpoint>, StoreError> {
    on.into().list(Query::new(ENDPOINT).push(" ORDER BY id"), endpoint).await
}

pub(crate) async fn endpoint_by_id(
    on: impl Into<Session<'_>>,
    id: Ulid,
) -> Result<Option<StoredEndpoint>, StoreError> {
    let row = on.into().optional(Query::new(ENDPOINT).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(endpoint).transpose()
}

fn patterns(topics: &Topics) -> String {
    serde_json::Value::from(topics.patterns()).to_string()
}

pub(crate) async fn add_endpoint(tx: &mut Tx, new: StoredEndpoint) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO webhook_endpoint (id, host, url_sealed, description, topics, version, created_at, updated_at, \
         secret_sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let topics = patterns(&new.topics);
    let insert = insert.bind(new.id).bind(new.host).bind(new.url_sealed).bind(new.description).bind(topics);
    let insert = insert.bind(new.version).bind(new.created_at).bind(new.updated_at).bind(new.secret_sealed);
    tx.execute(insert).await.map(|_| ())
}

/// Writes an endpoint back as a person changed it; whether nobody else did since `version_before`.
pub(crate) async fn update_endpoint(
    tx: &mut Tx,
    endpoint: StoredEndpoint,
    version_before: u32,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE webhook_endpoint SET host = ?, url_sealed = ?, description = ?, topics = ?, version = ?, \
         updated_at = ?, secret_sealed = ?, former_secret_sealed = ?, former_until = ?, disabled_at = ?, \
         disabled_reason = ?, failing_since = ? WHERE id = ? AND version = ?",
    );
    let topics = patterns(&endpoint.topics);
    let update = update.bind(endpoint.host).bind(endpoint.url_sealed).bind(endpoint.description).bind(topics);
    let update = update.bind(endpoint.version).bind(endpoint.updated_at).bind(endpoint.secret_sealed);
    let update = update.bind(endpoint.former_secret_sealed).bind(endpoint.former_until);
    let update = update.bind(endpoint.disabled.map(|(at, _)| at));
    let update = update.bind(endpoint.disabled.map(|(_, reason)| reason.id()));
    let update = update.bind(endpoint.failing_since).bind(endpoint.id).bind(version_before);
    Ok(tx.execute(update).await? > 0)
}

/// Notes that something arrived.
pub(crate) async fn endpoint_works(tx: &mut Tx, id: Ulid) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE webhook_endpoint SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL",
    );
    tx.execute(update.bind(id)).await.map(|_| ())
}

/// Notes that something did not arrive; since when nothing has.
pub(crate) async fn endpoint_fails(
    tx: &mut Tx,
    id: Ulid,
    at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let update = Query::new(
        "UPDATE webhook_endpoint SET failing_since = COALESCE(failing_since, ?) WHERE id = ? RETURNING failing_since",
    );
    let row = tx.optional(update.bind(at).bind(id)).await?;
    row.map(|row| row.timestamp("failing_since")).transpose()
}

/// Disables an endpoint that is enabled; whether it was.
pub(crate) async fn disable_endpoint(
    tx: &mut Tx,
    id: Ulid,
    reason: DisabledReason,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE webhook_endpoint SET disabled_at = ?, disabled_reason = ? WHERE id = ? AND disabled_at IS NULL",
    );
    Ok(tx.execute(update.bind(at).bind(reason.id()).bind(id)).await? > 0)
}

/// Removes an endpoint with everything that was sent to it; whether there was one.
pub(crate) async fn delete_endpoint(tx: &mut Tx, id: Ulid) -> Result<bool, StoreError> {
    for statement in [
        "DELETE FROM webhook_attempt WHERE delivery_id IN (SELECT id FROM webhook_delivery WHERE endpoint_id = ?)",
        "DELETE FROM webhook_delivery WHERE endpoint_id = ?",
    ] {
        tx.execute(Query::new(statement).bind(id)).await?;
    }
    Ok(tx.execute(Query::new("DELETE FROM webhook_endpoint WHERE id = ?").bind(id)).await? > 0)
}
