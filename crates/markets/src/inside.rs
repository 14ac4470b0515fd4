//! What every market's database holds about the market itself: profile, policies, pipelines.

use jiff::Timestamp;
use kernel::{Actor, MarketId, Ulid};
use store::{
    Kind, Migration, MigrationSet, Query, Row, Schema, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

use crate::{
    MarketRecord,
    pipeline::{Pipeline, Stage},
};

const fn text(name: &'static str) -> ColumnRule {
    ColumnRule::plain(name, Kind::Text)
}

const fn int(name: &'static str) -> ColumnRule {
    ColumnRule::plain(name, Kind::Int)
}

/// The tables that every market has, whatever it does.
pub const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "market",
        migrations: &[Migration {
            version: 1,
            name: "market",
            sql: include_str!("../migrations/market/0001_market.sql"),
        }],
    },
    tables: &[
        TableRule {
            name: PROFILE_TABLE,
            key: &["slot"],
            columns: &[
                int("slot"),
                text("market_id"),
                text("region"),
                text("currency"),
                text("locale"),
                text("time_zone"),
                text("verticals"),
                int("created_at"),
            ],
        },
        TableRule {
            name: "market_policy",
            key: &["version"],
            columns: &[int("version"), text("text"), text("note"), text("actor"), int("saved_at")],
        },
        TableRule {
            name: "pipeline",
            key: &["id"],
            columns: &[text("id"), text("vertical"), text("name"), int("position")],
        },
        TableRule {
            name: "pipeline_stage",
            key: &["pipeline_id", "id"],
            columns: &[text("pipeline_id"), text("id"), text("name"), text("kind"), int("position")],
        },
        TableRule { name: NOTE_TABLE, key: &["id"], columns: &[text("id")] },
    ],
};

/// The table that says whose database it is.
pub(crate) const PROFILE_TABLE: &str = "market_profile";
/// Bookkeeping beside the audit chain.
pub(crate) const NOTE_TABLE: &str = "market_note_taken";

pub(crate) async fn set_profile(tx: &mut Tx, record: &MarketRecord) -> Result<(), StoreError> {
    let verticals =
        serde_json::to_string(&record.verticals).map_err(|error| StoreError::column("verticals", error))?;
    let insert = Query::new(
        "INSERT INTO market_profile (slot, market_id, region, currency, locale, time_zone, verticals, created_at) \
         VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(record.id.ulid())
    .bind(record.region.as_str())
    .bind(record.currency.code())
    .bind(record.locale.as_str())
    .bind(record.time_zone.as_str())
    .bind(verticals)
    .bind(record.created_at);
    tx.execute(insert).await.map(|_| ())
}

/// Whose database this is; `None` for one that was never filled.
pub(crate) async fn owner(on: impl Into<Session<'_>>) -> Result<Option<MarketId>, StoreError> {
    let row = on.into().optional(Query::new("SELECT market_id FROM market_profile WHERE slot = 1")).await?;
    row.map(|row| row.parse("market_id")).transpose()
}

/// A saved version of a market's policy.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PolicyVersion {
    /// Counts from 1.
    pub version: u32,
    /// The policy as TOML.
    pub text: String,
    /// Why it was saved.
    pub note: String,
    /// Who saved it: `user:` and an identifier, or the name of a command.
    pub actor: String,
    /// When.
    pub saved_at: Timestamp,
}

fn policy(row: &Row) -> Result<PolicyVersion, StoreError> {
    Ok(PolicyVersion {
        version: row.count("version")?,
        text: row.text("text")?,
        note: row.text("note")?,
        actor: row.text("actor")?,
        saved_at: row.timestamp("saved_at")?,
    })
}

const POLICY: &str = "SELECT version, text, note, actor, saved_at FROM market_policy ";

pub(crate) async fn policies(on: impl Into<Session<'_>>) -> Result<Vec<PolicyVersion>, StoreError> {
    on.into().list(Query::new(POLICY).push("ORDER BY version DESC"), policy).await
}

pub(crate) async fn latest_policy(on: impl Into<Session<'_>>) -> Result<Option<PolicyVersion>, StoreError> {
    let row = on.into().optional(Query::new(POLICY).push("ORDER BY version DESC LIMIT 1")).await?;
    row.as_ref().map(policy).transpose()
}

pub(crate) async fn add_policy(
    tx: &mut Tx,
    version: u32,
    text: &str,
    note: &str,
    by: &Actor,
    at: Timestamp,
) -> Result<(), StoreError> {
    let insert =
        Query::new("INSERT INTO market_policy (version, text, note, actor, saved_at) VALUES (?, ?, ?, ?, ?)")
            .bind(version)
            .bind(text)
            .bind(note)
            .bind(by.id())
            .bind(at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn add_pipelines(tx: &mut Tx, pipelines: &[Pipeline]) -> Result<(), StoreError> {
    let (mut heads, mut stages) = (Vec::new(), Vec::new());
    for (position, pipeline) in (0_i64..).zip(pipelines) {
        heads.push([
            pipeline.id.as_str().into(),
            pipeline.vertical.id().into(),
            pipeline.name.as_str().into(),
            position.into(),
        ]);
        for (position, stage) in (0_i64..).zip(&pipeline.stages) {
            stages.push([
                pipeline.id.as_str().into(),
                stage.id.as_str().into(),
                stage.name.as_str().into(),
                stage.kind.id().into(),
                position.into(),
            ]);
        }
    }
    tx.insert_all("INSERT INTO pipeline (id, vertical, name, position) VALUES", heads).await?;
    tx.insert_all("INSERT INTO pipeline_stage (pipeline_id, id, name, kind, position) VALUES", stages)
        .await?;
    Ok(())
}

pub(crate) async fn pipelines(on: &store::Db) -> Result<Vec<Pipeline>, StoreError> {
    let stages = on
        .list(
            Query::new(
                "SELECT pipeline_id, id, name, kind FROM pipeline_stage ORDER BY pipeline_id, position",
            ),
            |row| {
                let stage = Stage { id: row.text("id")?, name: row.text("name")?, kind: row.parse("kind")? };
                Ok((row.text("pipeline_id")?, stage))
            },
        )
        .await?;
    on.list(Query::new("SELECT id, vertical, name FROM pipeline ORDER BY position"), |row| {
        let id = row.text("id")?;
        let own = stages.iter().filter(|(pipeline, _)| *pipeline == id);
        Ok(Pipeline {
            stages: own.map(|(_, stage)| stage.clone()).collect(),
            vertical: row.parse("vertical")?,
            name: row.text("name")?,
            id,
        })
    })
    .await
}

/// Notes that an audit entry arrived; `false` when it had before.
pub(crate) async fn take_note(tx: &mut Tx, id: Ulid) -> Result<bool, StoreError> {
    let insert = Query::new("INSERT INTO market_note_taken (id) VALUES (?) ON CONFLICT (id) DO NOTHING");
    Ok(tx.execute(insert.bind(id)).await? > 0)
}
