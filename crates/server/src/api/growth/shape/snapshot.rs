use growth::{import, movement, snapshot::SnapshotSummary};
use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Shown, shows,
    words::{LevelWord, TierWord},
};

/// A row that was not taken: one entry per bad cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rejection {
    /// Data row in the file; the first is 1.
    pub row: u64,
    /// The field.
    pub field: String,
    /// The value as found.
    pub value: String,
    /// What is wrong and what would be right.
    pub message: String,
}

shows!(Rejection of kernel::Rejection { row, field, value, message });

/// Something to know about a row that was taken; row 0 is the whole file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notice {
    /// Data row in the file; the first is 1, 0 is the whole file.
    pub row: u64,
    /// The field.
    pub field: String,
    /// The value as found.
    pub value: String,
    /// What was done.
    pub message: String,
}

shows!(Notice of kernel::Notice { row, field, value, message });

/// What a column of the source was used for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnUse {
    /// The column's name in the source.
    pub column: String,
    /// The field's name, `extra` or `ignore`.
    pub target: String,
    /// Why: `mapped`, `name`, `synonym` or `unknown`.
    pub matched: String,
}

impl Shown<import::ColumnUse> for ColumnUse {
    fn shown(value: &import::ColumnUse) -> Self {
        let matched = match value.matched {
            import::ColumnMatch::Mapped => "mapped",
            import::ColumnMatch::Name => "name",
            import::ColumnMatch::Synonym => "synonym",
            import::ColumnMatch::Unknown => "unknown",
        };
        let (column, target) = (value.column.clone(), value.target.to_string());
        Self { column, target, matched: matched.to_owned() }
    }
}

/// A snapshot without its clients.
#[derive(Debug, Serialize, ToSchema)]
pub struct Snapshot {
    /// Identity.
    pub id: Ulid,
    /// File name, or the profile's files.
    pub source: String,
    /// SHA-256 of the source's bytes, hexadecimal.
    pub content_sha256: String,
    /// Profile that derived the metrics from raw records; `null`: the file had metrics.
    pub profile: Option<String>,
    /// Whether the clients are made up.
    pub simulated: bool,
    /// The day the metrics speak of.
    pub as_of: Date,
    /// Currency of its amounts.
    pub currency: String,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// By whom.
    pub imported_by: String,
    /// Data rows in the source.
    pub rows: u64,
    /// Clients taken.
    pub clients: u64,
    /// Rows not taken.
    pub rejected_rows: u64,
    /// Remarks about rows that were taken.
    pub notices: u64,
    /// What each column was used for.
    pub columns: Vec<ColumnUse>,
}

shows!(Snapshot of SnapshotSummary {
    id, source, content_sha256, profile, simulated, as_of, currency, imported_at, imported_by, rows, clients,
    rejected_rows, notices, columns,
});

/// A number before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct NumberChange {
    /// In the earlier set.
    pub before: f64,
    /// In the later set.
    pub after: f64,
}

impl<T> Shown<movement::Change<T>> for NumberChange
where
    f64: Shown<T>,
{
    fn shown(value: &movement::Change<T>) -> Self {
        Self { before: f64::shown(&value.before), after: f64::shown(&value.after) }
    }
}

/// A number that may be unknown, before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueChange {
    /// In the earlier set.
    pub before: Option<f64>,
    /// In the later set.
    pub after: Option<f64>,
}

shows!(ValueChange of movement::Change<Option<f64>> { before, after });

/// A level before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelChange {
    /// In the earlier set.
    pub before: LevelWord,
    /// In the later set.
    pub after: LevelWord,
}

shows!(LevelChange of movement::Change<growth::assessment::ReadinessLevel> { before, after });

/// A tier before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierChange {
    /// In the earlier set.
    pub before: TierWord,
    /// In the later set.
    pub after: TierWord,
}

shows!(TierChange of movement::Change<growth::assessment::Tier> { before, after });

/// How one factor moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactorMovement {
    /// The factor.
    pub name: String,
    /// Value on the factor's own scale, 0-100.
    pub value: ValueChange,
    /// What it added to the score.
    pub contribution: NumberChange,
    /// After less before.
    pub delta: f64,
}

shows!(FactorMovement of movement::FactorMovement { name, value, contribution, delta });

/// How one client moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientMovement {
    /// The client.
    pub client_id: String,
    /// Readiness.
    pub score: NumberChange,
    /// Change of the score: the sum of the factors' deltas.
    pub score_delta: f64,
    /// Readiness level.
    pub level: LevelChange,
    /// Tier.
    pub tier: TierChange,
    /// Priority.
    pub priority: NumberChange,
    /// Success probability.
    pub success_probability: NumberChange,
    /// Potential added ARR.
    pub potential_arr: NumberChange,
    /// Every factor whose contribution changed, largest first.
    pub factors: Vec<FactorMovement>,
}

shows!(ClientMovement of movement::ClientMovement {
    client_id, score, score_delta, level, tier, priority, success_probability, potential_arr, factors,
});

/// The difference between two sets of assessments.
#[derive(Debug, Serialize, ToSchema)]
pub struct Movement {
    /// Clients in the later set only.
    pub entered: Vec<String>,
    /// Clients in the earlier set only.
    pub left: Vec<String>,
    /// In both, and something changed; largest change of the score first.
    pub changed: Vec<ClientMovement>,
    /// Clients in both of whom nothing changed.
    pub unchanged: usize,
}

shows!(Movement of movement::Movement { entered, left, changed, unchanged });
