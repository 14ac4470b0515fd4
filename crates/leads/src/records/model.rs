//! Models, the ledger of their predictions, and the market's policy.

use jiff::Timestamp;
use learn::registry::{Lineage, Lineup};
use store::{
    Kind as Column, Migration, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

use super::Part;
use crate::{learning::Kind, score::Outcomes};

/// The migrations and tables of this part.
pub(crate) const PART: Part = Part {
    migrations: &[Migration {
        version: 2,
        name: "models",
        sql: include_str!("../../migrations/market/0002_models.sql"),
    }],
    tables: &[
        TableRule {
            name: "lead_policy",
            key: &["version"],
            columns: &[int("version"), text("text"), text("note"), text("actor"), int("saved_at")],
        },
        TableRule {
            name: "lead_model",
            key: &["kind", "version"],
            columns: &[
                text("kind"),
                int("version"),
                text("question"),
                int("trained_at"),
                text("trained_by"),
                int("parent"),
                ColumnRule::plain("file", Column::Bytes),
                text("file_hash"),
                text("lineage"),
                text("report"),
                text("judged"),
                text("trial"),
                text("retired_because"),
            ],
        },
        TableRule {
            name: "lead_lineup",
            key: &["kind"],
            columns: &[
                text("kind"),
                int("revision"),
                text("lineup"),
                int("positive"),
                int("negative"),
                int("counted_at"),
            ],
        },
        TableRule {
            name: "lead_watch",
            key: &["kind"],
            columns: &[text("kind"), int("at"), text("document")],
        },
        TableRule {
            name: "lead_prediction",
            key: &["id"],
            columns: &[
                text("id"),
                text("contact"),
                text("kind"),
                text("question"),
                text("model"),
                int("at"),
                ColumnRule::plain("probability", Column::Real),
                text("features"),
                int("settle_at"),
                text("outcome"),
                int("happened_at"),
            ],
        },
    ],
    erased: &[("lead_prediction", "DELETE FROM lead_prediction WHERE contact = ?")],
};

const fn text(name: &'static str) -> ColumnRule {
    ColumnRule::plain(name, Column::Text)
}

const fn int(name: &'static str) -> ColumnRule {
    ColumnRule::plain(name, Column::Int)
}

/// A model on record, without its file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredModel {
    pub kind: Kind,
    pub version: u32,
    pub question: String,
    pub trained_at: Timestamp,
    pub trained_by: String,
    pub parent: Option<u32>,
    pub lineage: Lineage,
    pub trial: Option<String>,
    pub retired_because: Option<String>,
}

/// What a new model brings.
pub(crate) struct NewModel<'a> {
    pub kind: Kind,
    pub version: u32,
    pub question: &'a str,
    pub trained_at: Timestamp,
    pub trained_by: &'a str,
    pub parent: Option<u32>,
    pub file: Vec<u8>,
    pub file_hash: &'a str,
    pub lineage: &'a str,
    pub report: &'a str,
    pub judged: &'a str,
}

const MODEL: &str = "SELECT kind, version, question, trained_at, trained_by, parent, lineage, trial, \
                     retired_because FROM lead_model ";

fn model(row: &Row) -> Result<StoredModel, StoreError> {
    let parent = row.int_or_null("parent")?;
    Ok(StoredModel {
        kind: row.parse("kind")?,
        version: row.count("version")?,
        question: row.text("question")?,
        trained_at: row.timestamp("trained_at")?,
        trained_by: row.text("trained_by")?,
        parent: parent.and_then(|parent| u32::try_from(parent).ok()),
        lineage: row.json("lineage")?,
        trial: row.text_or_null("trial")?,
        retired_because: row.text_or_null("retired_because")?,
    })
}

/// All models of a kind, the newest first.
pub(crate) async fn models(on: impl Into<Session<'_>>, kind: Kind) -> Result<Vec<StoredModel>, StoreError> {
    let query = Query::new(MODEL).push("WHERE kind = ? ORDER BY version DESC").bind(kind.id());
    on.into().list(query, model).await
}

pub(crate) async fn by_version(
    on: impl Into<Session<'_>>,
    kind: Kind,
    version: u32,
) -> Result<Option<StoredModel>, StoreError> {
    let query = Query::new(MODEL).push("WHERE kind = ? AND version = ?").bind(kind.id()).bind(version);
    on.into().optional(query).await?.as_ref().map(model).transpose()
}

/// The file of a model, and what it said of the rows that judged it.
pub(crate) async fn file(
    on: impl Into<Session<'_>>,
    kind: Kind,
    version: u32,
) -> Result<Option<(Vec<u8>, String)>, StoreError> {
    let query = Query::new("SELECT file, judged FROM lead_model WHERE kind = ? AND version = ?");
    let row = on.into().optional(query.bind(kind.id()).bind(version)).await?;
    row.as_ref().map(|row| Ok((row.bytes("file")?, row.text("judged")?))).transpose()
}

/// How a model was judged when it was trained.
pub(crate) async fn report(
    on: impl Into<Session<'_>>,
    kind: Kind,
    version: u32,
) -> Result<Option<String>, StoreError> {
    let query = Query::new("SELECT report FROM lead_model WHERE kind = ? AND version = ?");
    let row = on.into().optional(query.bind(kind.id()).bind(version)).await?;
    row.as_ref().map(|row| row.text("report")).transpose()
}

pub(crate) async fn add(tx: &mut Tx, new: NewModel<'_>) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_model (kind, version, question, trained_at, trained_by, parent, file, file_hash, lineage, \
         report, judged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(new.kind.id()).bind(new.version).bind(new.question).bind(new.trained_at);
    let insert = insert.bind(new.trained_by).bind(new.parent).bind(new.file).bind(new.file_hash);
    tx.execute(insert.bind(new.lineage).bind(new.report).bind(new.judged)).await.map(|_| ())
}

/// Writes down how a trial stands.
pub(crate) async fn set_trial(
    tx: &mut Tx,
    kind: Kind,
    version: u32,
    trial: Option<&str>,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead_model SET trial = ? WHERE kind = ? AND version = ?");
    tx.execute(update.bind(trial).bind(kind.id()).bind(version)).await.map(|_| ())
}

/// Says why a model is not asked any more, or takes that back.
pub(crate) async fn set_retired(
    tx: &mut Tx,
    kind: Kind,
    version: u32,
    because: Option<&str>,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE lead_model SET retired_because = ? WHERE kind = ? AND version = ?");
    tx.execute(update.bind(because).bind(kind.id()).bind(version)).await.map(|_| ())
}

/// Who is asked, and how many ends are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredLineup {
    pub revision: u64,
    pub lineup: Lineup,
    pub outcomes: Outcomes,
    pub counted_at: Option<Timestamp>,
}

/// The line-up of a kind; an empty one before the first change.
pub(crate) async fn lineup(on: impl Into<Session<'_>>, kind: Kind) -> Result<StoredLineup, StoreError> {
    let query =
        Query::new("SELECT revision, lineup, positive, negative, counted_at FROM lead_lineup WHERE kind = ?");
    let row = on.into().optional(query.bind(kind.id())).await?;
    let read = |row: &Row| {
        Ok(StoredLineup {
            revision: row.count("revision")?,
            lineup: row.json("lineup")?,
            outcomes: Outcomes { positive: row.count("positive")?, negative: row.count("negative")? },
            counted_at: row.timestamp_or_null("counted_at")?,
        })
    };
    row.as_ref().map_or_else(|| Ok(StoredLineup::default()), read)
}

/// Writes a line-up down; its revision counts up.
pub(crate) async fn set_lineup(tx: &mut Tx, kind: Kind, new: &StoredLineup) -> Result<(), StoreError> {
    let lineup = serde_json::to_string(&new.lineup)
        .map_err(|error| StoreError::column("lineup", error.to_string()))?;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let upsert = Query::new(
        "INSERT INTO lead_lineup (kind, revision, lineup, positive, negative, counted_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (kind) DO UPDATE SET revision = excluded.revision, lineup = excluded.lineup, \
         positive = excluded.positive, negative = excluded.negative, counted_at = excluded.counted_at",
    );
    let upsert = upsert.bind(kind.id()).bind(count(new.revision + 1)).bind(lineup);
    let upsert = upsert.bind(count(new.outcomes.positive)).bind(count(new.outcomes.negative));
    tx.execute(upsert.bind(new.counted_at)).await.map(|_| ())
}

/// What was last seen of the rule or model in force: when, and a JSON document.
pub(crate) async fn watch(
    on: impl Into<Session<'_>>,
    kind: Kind,
) -> Result<Option<(Timestamp, String)>, StoreError> {
    let query = Query::new("SELECT at, document FROM lead_watch WHERE kind = ?").bind(kind.id());
    let row = on.into().optional(query).await?;
    row.as_ref().map(|row| Ok((row.timestamp("at")?, row.text("document")?))).transpose()
}

pub(crate) async fn set_watch(
    tx: &mut Tx,
    kind: Kind,
    at: Timestamp,
    document: &str,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO lead_watch (kind, at, document) VALUES (?, ?, ?) \
         ON CONFLICT (kind) DO UPDATE SET at = excluded.at, document = excluded.document",
    );
    tx.execute(upsert.bind(kind.id()).bind(at).bind(document)).await.map(|_| ())
}

/// Lets every open lead be scored anew at `at`: another rule or model is in force.
pub(crate) async fn rescore_all(tx: &mut Tx, at: Timestamp) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE lead SET rescore_at = ? WHERE closed_at IS NULL AND (rescore_at IS NULL OR rescore_at > ?)",
    );
    tx.execute(update.bind(at).bind(at)).await.map(|_| ())
}
