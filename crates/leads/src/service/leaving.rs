//! Leads whose contact is gone in the system that it came from: there is nobody to call until they come back.

use boxed::boxed;
use kernel::{Moment, PersonId};
use markets::Market;
use store::{StoreError, Tx, trail};

use super::{ledger, routing, stages};
use crate::{Leads, LeadsError, records::lead};

#[boxed]
impl Leads {
    /// A contact was deleted where it came from, or merged into another one: its lead is closed in the caller's transaction,
    /// off the board, neither scored nor offered, and its clock stops. What is known of it stays. Whether that is news.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn gone_in(&self, tx: &mut Tx, contact: PersonId, at: &Moment) -> Result<bool, StoreError> {
        if !lead::leave(tx, contact, at.at()).await? {
            return Ok(false);
        }
        routing::closed_in(tx, contact, at.at()).await?;
        trail::append(tx, ledger::noted(at, "lead.gone", contact));
        Ok(true)
    }

    /// A contact that was gone is there again: its lead is open again, unless its stage ended the matter. Whether that is
    /// news.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn back(&self, market: &Market, contact: PersonId, at: &Moment) -> Result<bool, LeadsError> {
        if !lead::is_gone(market.db(), contact).await? {
            return Ok(false);
        }
        let ended = stages::ended(market).await?;
        let mut tx = market.db().begin().await?;
        let is_back = lead::come_back(&mut tx, contact, &ended, at.at()).await?;
        if is_back {
            trail::append(&mut tx, ledger::noted(at, "lead.back", contact));
            tx.commit().await?;
        }
        Ok(is_back)
    }
}
