//! Entries in the audit chains.

use std::collections::BTreeMap;

use audit::NewEntry;
use kernel::{Moment, Ulid};
use ring::digest::{Context, SHA256};
use store::{StoreError, Tx, trail};

use crate::{MarketRecord, records};

/// Appends to the chain of the hub, in the transaction of the change.
pub(crate) fn hub<const N: usize>(
    tx: &mut Tx,
    at: &Moment,
    action: &str,
    subject: &str,
    detail: [(&str, String); N],
) {
    append(tx, at, action, subject, owned(detail));
}

/// Appends to the chain of the hub and leaves word for the market's own.
pub(crate) async fn both<const N: usize>(
    tx: &mut Tx,
    at: &Moment,
    action: &str,
    market: &MarketRecord,
    detail: [(&str, String); N],
) -> Result<(), StoreError> {
    both_with(tx, at, action, market, owned(detail)).await
}

/// As [`both`], with details that were gathered before.
pub(crate) async fn both_with(
    tx: &mut Tx,
    at: &Moment,
    action: &str,
    market: &MarketRecord,
    mut detail: BTreeMap<String, String>,
) -> Result<(), StoreError> {
    detail.insert("name".to_owned(), market.name.to_string());
    append(tx, at, action, &market.subject(), detail.clone());
    let note = records::Note {
        id: note_id(at, action, market),
        at: at.at(),
        // Of a person the identifier goes in: the chain outlives the person.
        actor: at.actor.id().to_owned(),
        action: action.to_owned(),
        detail,
    };
    records::add_note(tx, market.id, &note).await
}

pub(crate) fn append(
    tx: &mut Tx,
    at: &Moment,
    action: &str,
    subject: &str,
    detail: BTreeMap<String, String>,
) {
    let mut entry = NewEntry::new(at.at(), &at.actor, action, subject);
    for (name, value) in detail {
        entry = entry.with(&name, value);
    }
    trail::append(tx, entry);
}

fn owned<const N: usize>(detail: [(&str, String); N]) -> BTreeMap<String, String> {
    detail.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// One identifier per moment, action and market: several steps of one moment leave several notes.
fn note_id(at: &Moment, action: &str, market: &MarketRecord) -> Ulid {
    let mut hash = Context::new(&SHA256);
    hash.update(&at.entropy.to_be_bytes());
    hash.update(action.as_bytes());
    hash.update(market.id.to_string().as_bytes());
    let mut random = [0; 16];
    random.copy_from_slice(&hash.finish().as_ref()[..16]);
    Ulid::from_parts(u64::try_from(at.now.as_millisecond()).unwrap_or_default(), u128::from_be_bytes(random))
}
