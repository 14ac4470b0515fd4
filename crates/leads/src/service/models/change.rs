use audit::NewEntry;
use jiff::Timestamp;
use kernel::Moment;
use learn::registry::{LineupError, Stage};
use markets::Market;
use store::{Tx, trail};

use crate::{
    LeadsError,
    learning::Kind,
    records::{self, model::StoredLineup},
    service::training::entry,
};

/// A change of who answers a kind of question: one transaction, one at a time, with its audit entries.
pub(crate) struct Change {
    pub tx: Tx,
    pub kind: Kind,
    pub stored: StoredLineup,
    pub entries: Vec<NewEntry>,
}

impl Change {
    pub(crate) async fn begin(market: &Market, kind: Kind) -> Result<Self, LeadsError> {
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead models").await?;
        let stored = records::model::lineup(&mut tx, kind).await?;
        Ok(Self { tx, kind, stored, entries: Vec::new() })
    }

    /// What a version is used for, as it is in this transaction.
    pub(crate) fn stage(&self, version: u32) -> Option<Stage> {
        self.stored.lineup.stage(&version.to_string())
    }

    /// Retires a version with the reason.
    pub(crate) async fn retire(&mut self, name: &str, because: &str, at: &Moment) -> Result<(), LeadsError> {
        self.stored.lineup.retire(name).map_err(refused)?;
        let version = version(name)?;
        records::model::set_retired(&mut self.tx, self.kind, version, Some(because)).await?;
        self.entries.push(entry(at, "leads.model_retired", self.kind, version).with("because", because));
        Ok(())
    }

    /// Writes it down; with `rescore`, every open lead is scored anew from then on.
    pub(crate) async fn finish(mut self, rescore: Option<Timestamp>) -> Result<(), LeadsError> {
        records::model::set_lineup(&mut self.tx, self.kind, &self.stored).await?;
        if let Some(at) = rescore {
            records::model::rescore_all(&mut self.tx, at).await?;
        }
        for entry in self.entries {
            trail::append(&mut self.tx, entry);
        }
        Ok(self.tx.commit().await?)
    }
}

/// The number of a version in a line-up.
pub(crate) fn version(name: &str) -> Result<u32, LeadsError> {
    name.parse().map_err(|_| LeadsError::Conflict(format!("`{name}` is no version of a model")))
}

/// A step that the line-up does not allow.
pub(crate) fn refused(error: LineupError) -> LeadsError {
    LeadsError::Conflict(error.to_string())
}
