use std::collections::BTreeSet;

use audit::NewEntry;
use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::Moment;
use markets::Market;
use ring::digest;
use serde::Serialize;
use store::trail;
use tabular::{Cell, ColumnKind, FormulaGuard, Table};

use super::{
    board::{BOARD_PAGE_MAX, BoardQuery, LeadRow},
    policy,
};
use crate::{Leads, LeadsError, timeline::LeadSource};

/// The columns of an export, in order.
const COLUMNS: [(&str, ColumnKind); 25] = [
    ("contact", ColumnKind::Text),
    ("name", ColumnKind::Text),
    ("email", ColumnKind::Text),
    ("phone", ColumnKind::Text),
    ("pipeline", ColumnKind::Text),
    ("stage", ColumnKind::Text),
    ("assignee", ColumnKind::Text),
    ("source", ColumnKind::Text),
    ("arrived_at", ColumnKind::Text),
    ("first_action_at", ColumnKind::Text),
    ("last_activity_at", ColumnKind::Text),
    ("closed_at", ColumnKind::Text),
    ("band", ColumnKind::Text),
    ("rank", ColumnKind::Integer),
    ("probability", ColumnKind::Fraction),
    ("probability_lower", ColumnKind::Fraction),
    ("probability_upper", ColumnKind::Fraction),
    ("probability_used", ColumnKind::Fraction),
    ("cold_probability", ColumnKind::Fraction),
    ("next_step", ColumnKind::Text),
    ("reason_1", ColumnKind::Text),
    ("reason_2", ColumnKind::Text),
    ("reason_3", ColumnKind::Text),
    ("basis", ColumnKind::Text),
    ("scored_at", ColumnKind::Text),
];

/// Every lead that meets the conditions, for a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The leads, in the order asked for.
    pub table: Table,
    /// What is in it.
    pub manifest: ExportManifest,
}

/// What an [`Export`] holds, to be given along with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportManifest {
    /// Leads.
    pub rows: u64,
    /// SHA-256 of the table written as CSV without a guard against formulas, in hexadecimal.
    pub sha256: String,
    /// The market's policy, with its version.
    pub policy: String,
    /// What its scores rest on, each rule or model once.
    pub models: Vec<String>,
    /// The moment that it speaks of.
    pub as_of: Timestamp,
}

/// A list beside the leads themselves that can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportedList {
    /// What the gate decided of messages.
    Decisions,
    /// Which lead was offered to whom.
    Offers,
}

impl ExportedList {
    fn action(self) -> &'static str {
        match self {
            Self::Decisions => "leads.decisions_exported",
            Self::Offers => "leads.offers_exported",
        }
    }
}

/// What a list that was taken out holds, to be given along with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListManifest {
    /// Which list.
    pub list: ExportedList,
    /// Rows.
    pub rows: u64,
    /// SHA-256 of the table written as CSV without a guard against formulas, in hexadecimal.
    pub sha256: String,
    /// The moment that it speaks of.
    pub as_of: Timestamp,
}

#[boxed]
impl Leads {
    /// Every lead that meets the conditions of `query`, whose page is ignored. The export is noted in the audit trail.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn export(
        &self,
        market: &Market,
        sight: Sight,
        query: &BoardQuery,
        at: &Moment,
    ) -> Result<Export, LeadsError> {
        let policy = policy::current(self, market).await?;
        let mut table = Table::new("Leads", COLUMNS);
        let mut models = BTreeSet::new();
        // Who is in it is decided once: pages that are asked for one after the other could miss who moves between them.
        let listed = self.listed(market, sight, query).await?;
        for some in listed.chunks(BOARD_PAGE_MAX) {
            for (row, _) in self.rows(market, sight, some).await? {
                models.extend(row.basis.clone());
                table.push(cells(&row));
            }
        }
        let sha256 = digest_of(&table)?;
        let manifest = ExportManifest {
            rows: table.row_count() as u64,
            sha256,
            policy: format!("leads v{}", policy.version),
            models: models.into_iter().collect(),
            as_of: at.at(),
        };
        noted(market, "leads.exported", manifest.rows, &manifest.sha256, at).await?;
        Ok(Export { table, manifest })
    }

    /// What is to be told along with a list of this market that is taken out: how many rows it has, and what its digest is.
    /// That it was taken out is noted in the audit trail.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn take_out(
        &self,
        market: &Market,
        list: ExportedList,
        table: &Table,
        at: &Moment,
    ) -> Result<ListManifest, LeadsError> {
        let manifest =
            ListManifest { list, rows: table.row_count() as u64, sha256: digest_of(table)?, as_of: at.at() };
        noted(market, list.action(), manifest.rows, &manifest.sha256, at).await?;
        Ok(manifest)
    }
}

/// SHA-256 of a table as CSV without a guard against formulas, in hexadecimal.
fn digest_of(table: &Table) -> Result<String, LeadsError> {
    let csv = table.to_csv(FormulaGuard::Off).map_err(|error| LeadsError::Conflict(error.to_string()))?;
    let digest = digest::digest(&digest::SHA256, csv.as_bytes());
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes into the audit trail that something was taken out.
async fn noted(
    market: &Market,
    action: &str,
    rows: u64,
    sha256: &str,
    at: &Moment,
) -> Result<(), LeadsError> {
    let entry = NewEntry::new(at.at(), &at.actor, action, &format!("market:{}", market.id()))
        .with("rows", rows)
        .with("sha256", sha256);
    let mut tx = market.db().begin().await?;
    trail::append(&mut tx, entry);
    Ok(tx.commit().await?)
}

fn cells(row: &LeadRow) -> [Cell; COLUMNS.len()] {
    let text = |text: &Option<String>| Cell::from(text.clone());
    let instant = |at: Option<Timestamp>| Cell::from(at.map(|at| at.to_string()));
    let reason = |nth: usize| Cell::from(row.reasons.get(nth).map(ToString::to_string));
    let contact = &row.contact;
    [
        Cell::from(contact.id.to_string()),
        text(&contact.personal.name),
        text(&contact.personal.email),
        text(&contact.personal.phone),
        Cell::from(contact.pipeline.clone()),
        Cell::from(contact.stage.clone()),
        Cell::from(contact.assignee.map(|user| user.to_string())),
        Cell::from(row.source.map(LeadSource::id)),
        instant(Some(row.arrived_at)),
        instant(row.first_action_at),
        instant(row.last_activity_at),
        instant(row.closed_at),
        Cell::from(row.standing.map(|standing| standing.band.id())),
        Cell::from(row.standing.map(|standing| standing.rank as u64)),
        Cell::from(row.probability),
        Cell::from(row.interval.map(|interval| interval.lower)),
        Cell::from(row.interval.map(|interval| interval.upper)),
        Cell::from(row.effective),
        Cell::from(row.cold_probability),
        Cell::from(row.next.as_ref().map(|next| next.text.clone())),
        reason(0),
        reason(1),
        reason(2),
        text(&row.basis),
        instant(row.scored_at),
    ]
}
