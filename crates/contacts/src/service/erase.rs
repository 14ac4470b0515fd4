use std::{collections::BTreeMap, sync::Arc};

use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, PersonId};
use markets::{Eraser, Erasing, Market};
use serde::{Deserialize, Serialize};
use store::{Db, StoreError, Tx, trail};

use super::{Witnesses, create::entry};
use crate::{
    Contacts, ContactsError, Sight, Witness, event,
    message::words,
    records::{
        self, Stored,
        erasing::{self, Removed},
        suppression,
    },
};

words! {
    /// Why a person is erased.
    EraseReason {
        /// The person asked for it.
        Request = "request", "The person asked for it";
        /// The person no longer agrees to be contacted.
        Withdrawn = "withdrawn", "The person withdrew consent";
        /// The time for which the data may be kept has passed.
        Retention = "retention", "The retention period has ended";
        /// The person should never have been entered.
        Mistake = "mistake", "Entered by mistake";
    }
}

/// What an erasure did. It names nobody: the identifier means nothing once the rows are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureReceipt {
    /// Who the person was.
    pub person: PersonId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it, as the audit chain names them.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Rows removed, by table.
    pub rows: BTreeMap<String, u64>,
    /// Number of its entry in the market's audit chain.
    pub entry: u64,
    /// Hash of that entry, in hexadecimal.
    pub hash: String,
}

/// The action of a receipt's entry.
const ERASED: &str = "contact.erased";
/// Details of an entry that count rows begin with this.
const ROWS: &str = "rows.";
/// The reason in the receipt of an erasure that the hub finished by itself.
const INTERRUPTED: &str = "interrupted";
/// How long an erasure may be under way.
const AT_WORK: SignedDuration = SignedDuration::from_mins(5);
/// Why an entry is on the suppression list when its person was erased.
const ERASED_REASON: &str = "erased";

#[boxed]
impl Contacts {
    /// Erases a person for good: destroys the key, with which every copy of the person's data, backups and exports
    /// included, becomes unreadable; removes the rows and what waits in queues; keeps the blind indexes on the
    /// suppression list; and writes the receipt into the audit chain. Done again, it finishes what was interrupted, or
    /// returns the first receipt.
    ///
    /// # Errors
    /// [`ContactsError::Unknown`], [`ContactsError::Held`], or when the market fails.
    pub async fn erase(
        &self,
        market: &Market,
        sight: Sight,
        person: PersonId,
        reason: EraseReason,
        at: &Moment,
    ) -> Result<ErasureReceipt, ContactsError> {
        let Some(row) = records::contact(market.db(), sight, person).await? else {
            // Who sees only some contacts is not told whether another one was ever there.
            let receipt = if sight == Sight::All { receipt(market, person).await? } else { None };
            return receipt.ok_or(ContactsError::Unknown(person));
        };
        if row.held_at.is_some() {
            return Err(ContactsError::Held);
        }
        // The key first: interrupted after it, nothing can be read, and the next call removes the rows.
        market.destroy_person_key(person, at).await?;
        let mut attempt = 1;
        loop {
            match self.remove(market, person, reason.id(), at).await {
                // A note written at the very same time: it is there now, and the next attempt removes it.
                Err(ContactsError::Store(error)) if error.is_foreign_key_violation() && attempt < 5 => {
                    attempt += 1
                }
                Ok(None) => return receipt(market, person).await?.ok_or(ContactsError::Unknown(person)),
                Ok(Some(receipt)) => return Ok(receipt),
                Err(error) => return Err(error),
            }
        }
    }

    /// Finishes erasures that were cut short after the key of the person was destroyed; how many. Why they were begun is
    /// not known any more: the receipts say `interrupted`. Those of the last minutes are left to who is at them.
    ///
    /// # Errors
    /// When the market fails. What fails for one person is logged, and does not hold back the others.
    pub async fn finish_erasures(&self, market: &Market, at: &Moment) -> Result<u64, ContactsError> {
        let mut finished = 0;
        for tombstone in market.erased_persons().await? {
            if at.at().duration_since(tombstone.erased_at) < AT_WORK
                || records::contact(market.db(), Sight::All, tombstone.person).await?.is_none()
            {
                continue;
            }
            match self.remove(market, tombstone.person, INTERRUPTED, at).await {
                Ok(removed) => finished += u64::from(removed.is_some()),
                Err(error) => tracing::warn!(market = %market.id(), %error, "an erasure is not finished yet"),
            }
        }
        Ok(finished)
    }

    /// The receipt of a person's erasure, if there was one.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn erasure_receipt(
        &self,
        market: &Market,
        person: PersonId,
    ) -> Result<Option<ErasureReceipt>, ContactsError> {
        receipt(market, person).await
    }
}

impl Contacts {
    /// Removes the rows and writes the receipt; `None` when there are none any more.
    async fn remove(
        &self,
        market: &Market,
        person: PersonId,
        reason: &str,
        at: &Moment,
    ) -> Result<Option<ErasureReceipt>, ContactsError> {
        let mut tx = market.db().begin().await?;
        erasing::lock(&mut tx, person).await?;
        let Some(row) = records::contact(&mut tx, Sight::All, person).await? else { return Ok(None) };
        suppress(&mut tx, &row, at).await?;
        let mut removed = erased_elsewhere(&mut tx, &self.witnesses(), market, person).await?;
        removed.extend(erasing::remove(&mut tx, person).await?);
        event::tell_erased(&mut tx, market, at.ids().next(), person, at)?;
        let mut noted = entry(at, ERASED, person).with("reason", reason);
        for (table, rows) in &removed {
            noted = noted.with(&format!("{ROWS}{table}"), rows);
        }
        trail::append(&mut tx, noted);
        tx.commit().await?;
        receipt(market, person).await
    }
}

/// Lets every witness remove what it keeps about a person.
async fn erased_elsewhere(
    tx: &mut Tx,
    witnesses: &[Arc<dyn Witness>],
    market: &Market,
    person: PersonId,
) -> Result<Removed, StoreError> {
    let mut removed = Removed::new();
    for witness in witnesses {
        removed.extend(witness.erased(tx, market, person).await?);
    }
    Ok(removed)
}

/// Keeps an erased person's blind indexes on the suppression list.
async fn suppress(tx: &mut Tx, row: &Stored, at: &Moment) -> Result<(), StoreError> {
    for (kind, index) in [(suppression::EMAIL, &row.email_index), (suppression::PHONE, &row.phone_index)] {
        if let Some(index) = index {
            suppression::add(tx, kind, index.clone(), ERASED_REASON, at.at()).await?;
        }
    }
    Ok(())
}

async fn receipt(market: &Market, person: PersonId) -> Result<Option<ErasureReceipt>, ContactsError> {
    let filter = trail::Filter {
        action: Some(ERASED.to_owned()),
        subject: Some(format!("contact:{person}")),
        ..trail::Filter::default()
    };
    let page = trail::page(market.db(), &filter, trail::Order::Oldest, None, 1).await?;
    Ok(page.into_iter().next().map(|noted| read_receipt(person, noted)))
}

fn read_receipt(person: PersonId, noted: audit::Entry) -> ErasureReceipt {
    let rows = noted
        .detail
        .iter()
        .filter_map(|(name, count)| Some((name.strip_prefix(ROWS)?.to_owned(), count.parse().ok()?)));
    ErasureReceipt {
        person,
        at: noted.at,
        actor: noted.actor.as_str().to_owned(),
        reason: noted.detail.get("reason").cloned().unwrap_or_default(),
        rows: rows.collect(),
        entry: noted.seq,
        hash: noted.hash.to_string(),
    }
}

/// Removes the rows of erased persons from a market that was restored from before their erasure.
pub(super) struct ContactsEraser {
    pub(super) witnesses: Witnesses,
}

impl Eraser for ContactsEraser {
    fn part(&self) -> &'static str {
        "contacts"
    }

    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], at: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = market.db().begin_unfenced().await?;
            for person in persons {
                let Some(row) = records::contact(&mut tx, Sight::All, *person).await? else { continue };
                suppress(&mut tx, &row, at).await?;
                let witnesses = self.witnesses.all();
                erased_elsewhere(&mut tx, &witnesses, market, *person).await?;
                erasing::remove(&mut tx, *person).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    fn carry<'a>(&'a self, old: &'a Db, restored: &'a Market) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = restored.db().begin_unfenced().await?;
            suppression::carry(old, &mut tx).await?;
            tx.commit().await?;
            Ok(())
        })
    }
}
