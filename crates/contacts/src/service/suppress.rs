use audit::NewEntry;
use boxed::boxed;
use kernel::Moment;
use markets::Market;
use serde::Serialize;
use store::{Tx, trail};

use super::vault;
use crate::{
    Contacts, ContactsError, Personal, check,
    records::{self, suppression},
};

/// How many must be left alone, by what they are known by and why. Who they are is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppressed {
    /// `email` or `phone`.
    pub kind: String,
    /// `erased` or `asked`.
    pub reason: String,
    /// How many.
    pub entries: u64,
}

/// What of somebody is on the suppression list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Whether the e-mail address is.
    pub email: bool,
    /// Whether the phone number is.
    pub phone: bool,
}

/// Why an entry is there when a person asked for it.
const ASKED: &str = "asked";

#[boxed]
impl Contacts {
    /// Puts an e-mail address or a phone number on the suppression list; `false` when it was there. Contacts that have
    /// it stay as they are, and nothing is sent to it any more; new ones with it are refused.
    ///
    /// # Errors
    /// [`ContactsError::Rejected`] when it is neither, or when the market fails.
    pub async fn suppress(&self, market: &Market, reach: &str, at: &Moment) -> Result<bool, ContactsError> {
        let (kind, index) = reached(market, reach)?;
        let mut tx = market.db().begin().await?;
        let added = suppression::add(&mut tx, kind, index, ASKED, at.at()).await?;
        if added {
            trail::append(&mut tx, list_entry(market, at, "suppression.added", kind));
            tx.commit().await?;
        }
        Ok(added)
    }

    /// Takes an e-mail address or a phone number off the suppression list; `false` when it was not on it.
    ///
    /// # Errors
    /// As [`Contacts::suppress`].
    pub async fn unsuppress(&self, market: &Market, reach: &str, at: &Moment) -> Result<bool, ContactsError> {
        let (kind, index) = reached(market, reach)?;
        let mut tx = market.db().begin().await?;
        let removed = suppression::remove(&mut tx, kind, index).await?;
        if removed {
            trail::append(&mut tx, list_entry(market, at, "suppression.removed", kind));
            tx.commit().await?;
        }
        Ok(removed)
    }

    /// Whether an e-mail address or a phone number is on the suppression list.
    ///
    /// # Errors
    /// As [`Contacts::suppress`].
    pub async fn is_suppressed(&self, market: &Market, reach: &str) -> Result<bool, ContactsError> {
        let (kind, index) = reached(market, reach)?;
        Ok(!suppression::among(market.db(), kind, [index]).await?.is_empty())
    }

    /// What of somebody is on the suppression list, as it is in the caller's transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn left_alone_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        personal: &Personal,
    ) -> Result<LeftAlone, ContactsError> {
        let email = personal.email.as_deref().and_then(|email| vault::email_index(market, email));
        let phone = personal.phone.as_deref().and_then(|phone| vault::phone_index(market, phone));
        Ok(LeftAlone {
            email: !suppression::among(&mut *tx, suppression::EMAIL, email).await?.is_empty(),
            phone: !suppression::among(&mut *tx, suppression::PHONE, phone).await?.is_empty(),
        })
    }

    /// How long the suppression list is.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn suppressed(&self, market: &Market) -> Result<Vec<Suppressed>, ContactsError> {
        let counts = records::suppression::counts(market.db()).await?;
        Ok(counts.into_iter().map(|(kind, reason, entries)| Suppressed { kind, reason, entries }).collect())
    }
}

fn reached(market: &Market, reach: &str) -> Result<(&'static str, Vec<u8>), ContactsError> {
    let email = vault::email_index(market, reach).map(|index| (suppression::EMAIL, index));
    let found = email.or_else(|| vault::phone_index(market, reach).map(|index| (suppression::PHONE, index)));
    found.ok_or_else(|| {
        let message = "neither an e-mail address nor a phone number";
        ContactsError::Rejected(vec![check::rejection(0, "reach", reach, message)])
    })
}

fn list_entry(market: &Market, at: &Moment, action: &str, kind: &str) -> NewEntry {
    NewEntry::new(at.at(), &at.actor, action, &format!("market:{}", market.id())).with("kind", kind)
}
