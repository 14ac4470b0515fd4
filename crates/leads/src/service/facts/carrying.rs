//! What speaks against sending goes with a person: from one contact to another, and over a restore. What speaks for it does
//! not: an agreement was given for one number or address.

use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{Db, StoreError, Tx};

use super::BasisKind;
use crate::{
    LeadsError,
    gate::DoNotDisturb,
    records::{
        fact::{self, StoredBasis, StoredReach},
        optout, word,
    },
    service::timeline::ids,
};

const CARRIED_AT_ONCE: usize = 500;

/// What two contacts that turned out to be one person bring to the one that stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Agreements that were taken back.
    pub withdrawals: u64,
    /// Channels on which do not disturb is on now and was not.
    pub disturbed: u64,
}

/// Two contacts turned out to be one person: what `gone` took back is taken back by `kept` as well, and where either is not
/// to be disturbed, nobody is. Done again, it brings nothing.
pub(crate) async fn join(
    tx: &mut Tx,
    market: &Market,
    (gone, gone_key): (PersonId, Option<&SealingKey>),
    (kept, kept_key): (PersonId, &SealingKey),
    at: &Moment,
) -> Result<Brought, LeadsError> {
    let withdrawn = word::stored(BasisKind::Withdrawn);
    let mut ids = ids(market, at);
    let mut brought = Brought::default();
    let known = fact::bases(&mut *tx, kept).await?;
    for stored in fact::bases(&mut *tx, gone).await? {
        if stored.kind != withdrawn || known.iter().any(|known| is_same(known, &stored)) {
            continue;
        }
        let (row, id) = (stored.id.to_string(), ids.next());
        // Of whoever is being erased, only that it was taken back is left.
        let evidence = match gone_key {
            Some(key) => market.unseal(key, "lead_basis", &row, "evidence_sealed", &stored.evidence)?,
            None => Vec::new().into(),
        };
        let evidence = market.seal(kept_key, "lead_basis", &id.to_string(), "evidence_sealed", &evidence)?;
        fact::add_basis(tx, StoredBasis { id, contact: kept, evidence, ..stored }).await?;
        brought.withdrawals += 1;
    }
    for reach in fact::reach(&mut *tx, gone).await? {
        brought.disturbed += u64::from(make_stricter(tx, kept, reach).await?);
    }
    Ok(brought)
}

/// Brings over what speaks against sending since a backup: agreements that were taken back, and do not disturb.
pub(crate) async fn carry(old: &Db, tx: &mut Tx) -> Result<(), StoreError> {
    let withdrawn = word::stored(BasisKind::Withdrawn);
    let mut after = String::new();
    loop {
        let some = fact::bases_after(old, &withdrawn, &after, CARRIED_AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        after = last.id.to_string();
        for basis in some {
            // Whoever came after the backup is not there any more, nor is what they had agreed to.
            if optout::is_there(tx, basis.contact).await? {
                fact::add_basis(tx, basis).await?;
            }
        }
    }
    let mut after = (String::new(), String::new());
    loop {
        let some = fact::reach_after(old, &after, CARRIED_AT_ONCE).await?;
        let Some((contact, last)) = some.last() else { return Ok(()) };
        after = (contact.to_string(), last.channel.clone());
        for (contact, reach) in some {
            if optout::is_there(tx, contact).await? {
                make_stricter(tx, contact, reach).await?;
            }
        }
    }
}

/// Puts do not disturb on where it is less than `reach` says; whether it did.
async fn make_stricter(tx: &mut Tx, contact: PersonId, reach: StoredReach) -> Result<bool, StoreError> {
    let known = fact::reach(&mut *tx, contact).await?;
    let before = known.iter().find(|known| known.channel == reach.channel);
    let before = before.map_or(Ok(0), |before| strictness(&before.state))?;
    let is_stricter = strictness(&reach.state)? > before;
    if is_stricter {
        fact::put_reach(tx, contact, reach).await?;
    }
    Ok(is_stricter)
}

/// Off lets messages out, as does what is not known once it is told: both count as nothing.
fn strictness(state: &str) -> Result<u8, StoreError> {
    Ok(match word::value("state", state)? {
        DoNotDisturb::Off => 0,
        DoNotDisturb::On => 1,
        DoNotDisturb::Permanent => 2,
    })
}

fn is_same(one: &StoredBasis, other: &StoredBasis) -> bool {
    (&one.kind, one.at, one.recorded_at, &one.told_by, &one.who)
        == (&other.kind, other.at, other.recorded_at, &other.told_by, &other.who)
}
