use std::collections::{HashMap, HashSet};

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Ids, Moment, PersonId};
use markets::{Market, PersonKeys, SealingKey};
use seal::blind;
use serde::{Deserialize, Serialize};
use store::{Session, StoreError, Tx};

use super::routing;
use crate::{
    Leads, LeadsError,
    records::{
        self,
        timeline::{Known, StoredEntry},
    },
    timeline::{Entry, Happening, Timeline},
};

const TABLE: &str = "lead_entry";
const COLUMN: &str = "body_sealed";

/// What of an entry is sealed.
#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    happening: Option<Happening>,
}

#[boxed]
impl Leads {
    /// Keeps what we were told of a contact, and makes its score due; how much of it was new. What is told again is
    /// there once: the same version, or one that says what the latest version says.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn tell(
        &self,
        market: &Market,
        contact: PersonId,
        entries: Vec<Entry>,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let mut tx = market.db().begin().await?;
        let new = tell(&mut tx, market, &key, contact, entries, at).await;
        let new = new.map_err(|error| gone(error, contact))?;
        tx.commit().await?;
        Ok(new)
    }

    /// [`Leads::tell`] in the caller's transaction; `key` is the person's.
    ///
    /// # Errors
    /// When the database fails; a foreign key is violated when no contact is there any more.
    pub async fn tell_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        entries: Vec<Entry>,
        at: &Moment,
    ) -> Result<u64, StoreError> {
        tell(tx, market, key, contact, entries, at).await
    }

    /// Everything that we were told of a contact; empty when it is not there.
    ///
    /// # Errors
    /// When the market fails, or something was told in a form that this program does not know: what may be sent is not
    /// decided without it.
    pub async fn timeline(&self, market: &Market, contact: PersonId) -> Result<Timeline, LeadsError> {
        let Some(key) = market.person_key(contact).await? else { return Ok(Timeline::default()) };
        timeline_of(market.db(), market, &key, contact).await
    }
}

/// Everything that we were told of one contact, as it is in a transaction; `key` is the person's.
pub(super) async fn timeline_of(
    on: impl Into<Session<'_>>,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
) -> Result<Timeline, LeadsError> {
    let (mut found, strange) = opened(on, market, |_| Some(key), &[contact]).await?;
    match strange {
        0 => Ok(found.remove(&contact).unwrap_or_default()),
        _ => Err(StoreError::column(COLUMN, "what is sealed there is of another form").into()),
    }
}

/// Opens what we were told of `contacts`; those without a key are missing. What a newer program told in a form that this one
/// does not know counts for nothing here, so that one such entry does not keep everybody from being scored.
pub(super) async fn timelines(
    market: &Market,
    keys: &PersonKeys,
    contacts: &[PersonId],
) -> Result<HashMap<PersonId, Timeline>, LeadsError> {
    let (found, strange) = opened(market.db(), market, |contact| keys.get(contact), contacts).await?;
    if strange > 0 {
        tracing::warn!(market = %market.id(), entries = strange, "{strange} entries of timelines are of an unknown form");
    }
    Ok(found)
}

/// Opens what we were told of `contacts`, and how many entries are of a form that this program does not know.
async fn opened<'k>(
    on: impl Into<Session<'_>>,
    market: &Market,
    key_of: impl Fn(PersonId) -> Option<&'k SealingKey>,
    contacts: &[PersonId],
) -> Result<(HashMap<PersonId, Timeline>, u64), LeadsError> {
    let mut found: HashMap<PersonId, Timeline> = HashMap::with_capacity(contacts.len());
    let mut strange = 0;
    for entry in records::timeline::of(on, contacts).await? {
        let Some(key) = key_of(entry.contact) else { continue };
        let body = market.unseal(key, TABLE, &entry.id, COLUMN, &entry.body)?;
        let Ok(body) = serde_json::from_slice::<Body>(&body) else {
            strange += 1;
            continue;
        };
        found.entry(entry.contact).or_default().add(Entry {
            id: body.name,
            revised_at: entry.revised_at,
            known_at: entry.known_at,
            happening: body.happening,
        });
    }
    Ok((found, strange))
}

/// Keeps entries of one contact, making its lead where there is none yet.
pub(super) async fn tell(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    entries: Vec<Entry>,
    at: &Moment,
) -> Result<u64, StoreError> {
    let spoken = spoken(&entries);
    let mut rows = stored(market, key, contact, entries, &mut ids(market, at))?;
    let names: HashSet<Vec<u8>> = rows.iter().map(|row| row.name_index.clone()).collect();
    let known = records::timeline::known(tx, contact, names).await?;
    rows.retain(|row| !says_nothing_new(row, &known));
    if rows.is_empty() {
        return Ok(0);
    }
    if !spoken.is_empty()
        && let Some(offer) = records::offer::current(&mut *tx, contact).await?
        && let Some(first) = spoken.into_iter().filter(|at| *at >= offer.decided_at).min()
    {
        routing::acted_in(tx, contact, first).await?;
    }
    if !records::lead::news(tx, contact, at.at()).await? {
        // A contact from before leads were listened to: the rest of it is told later.
        let lead =
            records::lead::NewLead { is_whole: false, ..records::lead::NewLead::open(contact, at.at()) };
        records::lead::add(tx, vec![lead]).await?;
    }
    records::timeline::add(tx, rows).await
}

/// When we spoke to the contact.
fn spoken(entries: &[Entry]) -> Vec<Timestamp> {
    let happenings = entries.iter().filter_map(|entry| entry.happening.as_ref());
    happenings.filter(|one| one.what.outbound().is_some()).map(|one| one.at).collect()
}

/// Whether this version is there, or the latest one there says the same.
fn says_nothing_new(row: &StoredEntry, known: &[Known]) -> bool {
    let same = || known.iter().filter(|known| known.name_index == row.name_index);
    let latest = same().max_by_key(|known| known.revised_at);
    let repeated = latest.is_some_and(|latest| {
        latest.revised_at <= row.revised_at
            && latest.body_index == row.body_index
            && latest.is_deleted == row.is_deleted
    });
    let there = |known: &Known| known.revised_at == row.revised_at && known.is_deleted == row.is_deleted;
    repeated || same().any(there)
}

/// Seals entries for their rows.
pub(super) fn stored(
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    entries: Vec<Entry>,
    ids: &mut Ids,
) -> Result<Vec<StoredEntry>, StoreError> {
    let index = |kind: &str, text: &str| blind::other(market.index_key(), kind, text).into();
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = ids.next();
        let is_deleted = entry.happening.is_none();
        let name_index = index("lead-entry", &format!("{contact}/{}", entry.id));
        let body = Body { name: entry.id, happening: entry.happening };
        let body = serde_json::to_string(&body).map_err(|error| StoreError::column(COLUMN, error))?;
        let sealed = market.seal(key, TABLE, &id.to_string(), COLUMN, body.as_bytes());
        rows.push(StoredEntry {
            id,
            contact,
            name_index,
            revised_at: micros(entry.revised_at),
            known_at: micros(entry.known_at),
            is_deleted,
            body_index: index("lead-entry-body", &format!("{contact}/{body}")),
            body: sealed.map_err(|error| StoreError::column(COLUMN, error))?,
        });
    }
    Ok(rows)
}

/// Identifiers of rows: several calls within one moment must not meet, so that chance is the market's own.
pub(super) fn ids(market: &Market, at: &Moment) -> Ids {
    Moment { now: at.now, actor: at.actor.clone(), entropy: market.chance().number() }.ids()
}

/// To the microsecond, as instants are stored.
pub(super) fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

/// A violated foreign key means that the contact is gone.
pub(super) fn gone(error: StoreError, contact: PersonId) -> LeadsError {
    if error.is_foreign_key_violation() { LeadsError::Unknown(contact) } else { error.into() }
}
