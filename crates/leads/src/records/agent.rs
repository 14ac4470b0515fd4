//! Agents with their turns, and what leads are about; the tables of this part.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Migration, Query, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

use super::{Part, fact, gate, offer, optout};

/// Agents, offers, opt-outs, the gate's facts and decisions.
pub(crate) const PART: Part = Part {
    migrations: &[Migration {
        version: 3,
        name: "contacting",
        sql: include_str!("../../migrations/market/0003_contacting.sql"),
    }],
    tables: &[
        AGENT,
        TURN,
        WANTED,
        offer::OFFER,
        optout::OPTOUT,
        fact::BASIS,
        fact::NUMBER,
        fact::REACHABILITY,
        fact::SETTING,
        gate::GATE,
    ],
    erased: &[
        ("lead_gate", "DELETE FROM lead_gate WHERE contact = ?"),
        ("lead_reachability", "DELETE FROM lead_reachability WHERE contact = ?"),
        ("lead_basis", "DELETE FROM lead_basis WHERE contact = ?"),
        ("lead_optout", optout::FORGET),
        ("lead_optout", optout::CUT_LOOSE),
        ("lead_offer", "DELETE FROM lead_offer WHERE contact = ?"),
        ("lead_wanted", "DELETE FROM lead_wanted WHERE contact = ?"),
    ],
};

const AGENT: TableRule = TableRule {
    name: "lead_agent",
    key: &["agent"],
    columns: &[
        ColumnRule::plain("agent", Kind::Text),
        ColumnRule::plain("document", Kind::Text),
        ColumnRule::plain("updated_at", Kind::Int),
    ],
};

const TURN: TableRule = TableRule {
    name: "lead_turn",
    key: &["agent"],
    columns: &[ColumnRule::plain("agent", Kind::Text), ColumnRule::plain("credit", Kind::Int)],
};

const WANTED: TableRule = TableRule {
    name: "lead_wanted",
    key: &["contact"],
    columns: &[
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("updated_at", Kind::Int),
        ColumnRule::sealed("document_sealed", Some("contact"), "contact"),
    ],
};

/// A row of `lead_agent`.
pub(crate) struct StoredAgent {
    pub agent: Ulid,
    pub document: String,
    pub updated_at: Timestamp,
}

/// Everybody, by identifier.
pub(crate) async fn agents(on: impl Into<Session<'_>>) -> Result<Vec<StoredAgent>, StoreError> {
    let query = Query::new("SELECT agent, document, updated_at FROM lead_agent ORDER BY agent");
    on.into()
        .list(query, |row| {
            Ok(StoredAgent {
                agent: row.parse("agent")?,
                document: row.text("document")?,
                updated_at: row.timestamp("updated_at")?,
            })
        })
        .await
}

pub(crate) async fn put_agent(
    tx: &mut Tx,
    agent: Ulid,
    document: String,
    at: Timestamp,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO lead_agent (agent, document, updated_at) VALUES (?, ?, ?) \
         ON CONFLICT (agent) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at",
    );
    tx.execute(upsert.bind(agent).bind(document).bind(at)).await.map(|_| ())
}

/// Whether there was one.
pub(crate) async fn remove_agent(tx: &mut Tx, agent: Ulid) -> Result<bool, StoreError> {
    Ok(tx.execute(Query::new("DELETE FROM lead_agent WHERE agent = ?").bind(agent)).await? > 0)
}

/// What each has earned, also those who take no leads any more.
pub(crate) async fn credit(on: impl Into<Session<'_>>) -> Result<BTreeMap<String, i64>, StoreError> {
    let query = Query::new("SELECT agent, credit FROM lead_turn");
    let rows = on.into().list(query, |row| Ok((row.text("agent")?, row.int("credit")?))).await?;
    Ok(rows.into_iter().collect())
}

pub(crate) async fn put_credit(tx: &mut Tx, credits: Vec<(String, i64)>) -> Result<(), StoreError> {
    for (agent, credit) in credits {
        let upsert = Query::new(
            "INSERT INTO lead_turn (agent, credit) VALUES (?, ?) \
             ON CONFLICT (agent) DO UPDATE SET credit = excluded.credit",
        );
        tx.execute(upsert.bind(agent).bind(credit)).await?;
    }
    Ok(())
}

/// What a lead is about, sealed.
pub(crate) async fn wanted(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Option<Vec<u8>>, StoreError> {
    let query = Query::new("SELECT document_sealed FROM lead_wanted WHERE contact = ?").bind(contact);
    on.into().optional(query).await?.map(|row| row.bytes("document_sealed")).transpose()
}

pub(crate) async fn put_wanted(
    tx: &mut Tx,
    contact: PersonId,
    document: Vec<u8>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO lead_wanted (contact, updated_at, document_sealed) VALUES (?, ?, ?) ON CONFLICT (contact) \
         DO UPDATE SET updated_at = excluded.updated_at, document_sealed = excluded.document_sealed",
    );
    tx.execute(upsert.bind(contact).bind(at).bind(document)).await.map(|_| ())
}
