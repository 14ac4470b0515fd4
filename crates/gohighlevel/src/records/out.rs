//! Tables of what goes out: writes, their echoes, incidents, the map of names, pauses. One file each below.

pub(crate) mod again;
pub(crate) mod echo;
pub(crate) mod incident;
pub(crate) mod map;
pub(crate) mod pause;
pub(crate) mod silence;
pub(crate) mod write;

use jiff::Timestamp;
use kernel::PersonId;
use store::{
    Kind, Query, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

/// How each column travels.
pub(crate) const TABLES: &[TableRule] = &[
    TableRule {
        name: "ghl_write",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("contact", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("lane", Kind::Int),
            ColumnRule::plain("unique_key", Kind::Text),
            ColumnRule::sealed("payload_sealed", Some("contact"), "unique_key"),
            ColumnRule::plain("version", Kind::Int),
            ColumnRule::plain("decision", Kind::Text),
            ColumnRule::plain("state", Kind::Text),
            ColumnRule::plain("run_at", Kind::Int),
            ColumnRule::plain("attempts", Kind::Int),
            ColumnRule::plain("tries", Kind::Int),
            ColumnRule::plain("lost", Kind::Int),
            ColumnRule::plain("lease_owner", Kind::Text),
            ColumnRule::plain("lease_until", Kind::Int),
            ColumnRule::plain("begun_at", Kind::Int),
            ColumnRule::plain("remote", Kind::Text),
            ColumnRule::plain("check_at", Kind::Int),
            ColumnRule::plain("class", Kind::Int),
            ColumnRule::plain("reason", Kind::Text),
            ColumnRule::plain("created_at", Kind::Int),
            ColumnRule::plain("ended_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_echo",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("remote", Kind::Text),
            ColumnRule::plain("contact", Kind::Text),
            ColumnRule::plain("at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_incident",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("class", Kind::Int),
            ColumnRule::plain("operation", Kind::Text),
            ColumnRule::plain("open_key", Kind::Text),
            ColumnRule::plain("version", Kind::Text),
            ColumnRule::plain("count", Kind::Int),
            ColumnRule::plain("first_at", Kind::Int),
            ColumnRule::plain("last_at", Kind::Int),
            ColumnRule::plain("message", Kind::Text),
            ColumnRule::plain("traces", Kind::Text),
            ColumnRule::plain("request", Kind::Text),
            ColumnRule::plain("tried", Kind::Text),
            ColumnRule::plain("reference", Kind::Text),
            ColumnRule::plain("closed_at", Kind::Int),
            ColumnRule::plain("note", Kind::Text),
        ],
    },
    TableRule {
        name: "ghl_map",
        key: &["kind", "remote"],
        columns: &[
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("remote", Kind::Text),
            ColumnRule::plain("parent", Kind::Text),
            ColumnRule::plain("name", Kind::Text),
            ColumnRule::plain("position", Kind::Int),
            ColumnRule::plain("alias", Kind::Text),
            ColumnRule::plain("is_chosen", Kind::Bool),
            ColumnRule::plain("place", Kind::Int),
            ColumnRule::plain("is_usable", Kind::Bool),
            ColumnRule::plain("seen_at", Kind::Int),
            ColumnRule::plain("gone_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_silence",
        key: &["contact", "channel"],
        columns: &[
            ColumnRule::plain("contact", Kind::Text),
            ColumnRule::plain("channel", Kind::Text),
            ColumnRule::plain("set_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_pause",
        key: &["channel"],
        columns: &[
            ColumnRule::plain("channel", Kind::Text),
            ColumnRule::plain("since", Kind::Int),
            ColumnRule::plain("until", Kind::Int),
            ColumnRule::plain("class", Kind::Int),
            ColumnRule::plain("reason", Kind::Text),
        ],
    },
];

/// Whether anything of a source arrived since then.
pub(crate) async fn has_events_since(
    on: impl Into<Session<'_>>,
    source: &str,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let query = Query::new("SELECT 1 AS found FROM inbox WHERE source = ? AND received_at >= ? LIMIT 1");
    Ok(on.into().optional(query.bind(source).bind(since)).await?.is_some())
}

/// Removes everything about a person; how many rows.
pub(crate) async fn forget(tx: &mut Tx, person: PersonId) -> Result<u64, StoreError> {
    let mut removed = 0;
    let statements = [
        "DELETE FROM ghl_write WHERE contact = ?",
        "DELETE FROM ghl_echo WHERE contact = ?",
        "DELETE FROM ghl_silence WHERE contact = ?",
    ];
    for statement in statements {
        removed += tx.execute(Query::new(statement).bind(person)).await?;
    }
    Ok(removed)
}
