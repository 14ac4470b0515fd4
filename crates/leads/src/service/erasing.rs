use kernel::{Moment, PersonId};
use markets::{Eraser, Erasing, Market};
use store::Db;

use super::{facts, ledger};
use crate::{Leads, records};

/// Removes the rows of erased persons from a market that was restored from before their erasure.
impl Eraser for Leads {
    fn part(&self) -> &'static str {
        "leads"
    }

    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], _at: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = market.db().begin_unfenced().await?;
            for person in persons {
                records::erase(&mut tx, *person).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// What people said against being written to outlives a restore.
    fn carry<'a>(&'a self, old: &'a Db, restored: &'a Market) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = restored.db().begin_unfenced().await?;
            ledger::carry(old, &mut tx).await?;
            facts::carry(old, &mut tx).await?;
            tx.commit().await?;
            Ok(())
        })
    }
}
