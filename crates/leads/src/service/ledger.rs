//! The ledger of opt-outs in a market's database: how an entry gets in, and what is read for one contact.
//!
//! An entry belongs to a contact **and** to the number or address that it was said from. It counts for whoever has
//! either: another contact with the same number, one that is imported again, one that two were merged into.

use std::collections::BTreeSet;

use audit::NewEntry;
use contacts::Personal;
use jiff::Timestamp;
use kernel::{Ids, Moment, PersonId, Ulid};
use markets::{Market, SealingKey};
use seal::blind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Db, Session, StoreError, Tx, trail};

use super::{
    outward, sealed,
    timeline::{gone, ids, micros},
    unsealed,
};
use crate::{
    Channel, LeadsError,
    optout::{Entry, Ledger, Origin, TextHash, Word},
    records::{
        fact,
        optout::{self, Loose, StoredEntry},
        word,
    },
};

const TABLE: &str = "lead_optout";
const CARRIED_AT_ONCE: usize = 500;

/// By which blind indexes a contact is found: what an opt-out holds for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    pub(super) phones: Vec<Vec<u8>>,
    pub(super) email: Option<Vec<u8>>,
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Addresses({} numbers, {} e-mail)", self.phones.len(), usize::from(self.email.is_some()))
    }
}

impl Addresses {
    /// Of a contact as it is now.
    pub fn of(market: &Market, personal: &Personal) -> Self {
        Self::default().with(market, personal.phone.as_deref()).with(market, personal.email.as_deref())
    }

    /// With the number or address that a message came from, where that is told.
    #[must_use]
    pub fn with(mut self, market: &Market, reach: Option<&str>) -> Self {
        let Some(reach) = reach else { return self };
        if let Some(index) = email_index(market, reach) {
            self.email.get_or_insert(index);
        } else if let Some(index) = number_index(market, reach)
            && !self.phones.contains(&index)
        {
            self.phones.push(index);
        }
        self
    }

    /// Whether there is neither number nor address.
    pub(super) fn is_empty(&self) -> bool {
        self.phones.is_empty() && self.email.is_none()
    }

    fn all(&self) -> Vec<Vec<u8>> {
        self.phones.iter().chain(&self.email).cloned().collect()
    }

    /// Channels by what they reach: each number and address with those that it answers for, and the rest with none.
    pub(super) fn reached(&self, channels: &BTreeSet<Channel>) -> Vec<(Option<Vec<u8>>, BTreeSet<Channel>)> {
        let by = |test: fn(Channel) -> bool| -> BTreeSet<Channel> {
            channels.iter().copied().filter(|channel| test(*channel)).collect()
        };
        let telephone = by(Channel::is_telephone);
        let email = by(|channel| channel == Channel::Email);
        let others = by(|channel| !channel.is_telephone() && channel != Channel::Email);
        let mut reached = Vec::new();
        if self.phones.is_empty() {
            reached.push((None, telephone));
        } else {
            reached.extend(self.phones.iter().map(|phone| (Some(phone.clone()), telephone.clone())));
        }
        reached.push((self.email.clone(), email));
        reached.push((None, others));
        reached.retain(|(_, channels)| !channels.is_empty());
        reached
    }
}

/// The index of an e-mail address in a market.
pub(super) fn email_index(market: &Market, address: &str) -> Option<Vec<u8>> {
    blind::email(market.index_key(), address).map(Into::into)
}

/// The index of a telephone number in a market.
pub(super) fn number_index(market: &Market, number: &str) -> Option<Vec<u8>> {
    blind::phone(market.index_key(), number, market.region().as_str()).map(Into::into)
}

/// The audit entry of a change about a contact.
pub(super) fn noted(at: &Moment, action: &str, contact: PersonId) -> NewEntry {
    NewEntry::new(at.at(), &at.actor, action, &format!("contact:{contact}"))
}

/// Something that was said about wanting messages, before it is known which numbers and addresses it is about.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub word: Word,
    pub channels: BTreeSet<Channel>,
    pub at: Timestamp,
    pub origin: Origin,
    pub rule: Option<String>,
    pub permanent: bool,
    /// What the message is called where it came from.
    pub message: Option<String>,
    /// Whose word it answers, where that is another contact that turned out to be this person.
    pub answers: Option<String>,
    pub detail: Detail,
}

/// What belongs to an entry and tells of the person: sealed, and gone with them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Detail {
    /// Who recorded it, by identifier.
    pub by: String,
    /// Why, in the words of whoever recorded it.
    pub reason: Option<String>,
    /// The words of the message in which a rule was found.
    pub matched: Option<String>,
    /// What the rule says.
    pub why: Option<String>,
    /// Which text it was.
    pub text: Option<TextHash>,
}

impl std::fmt::Debug for Detail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Detail(by {})", self.by)
    }
}

/// Writes what was said into a contact's ledger, for every number and address that it is about; how many entries are
/// new. The same message heard again is none.
pub(super) async fn record(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    addresses: &Addresses,
    said: &Said,
    at: &Moment,
) -> Result<u64, LeadsError> {
    let mut ids = ids(market, at);
    let mut new = 0;
    for (address, channels) in addresses.reached(&said.channels) {
        let one = Said { channels, ..said.clone() };
        new += u64::from(record_one(tx, market, key, contact, address, &one, ids.next(), at).await?);
    }
    if new > 0 {
        let mut entry = noted(at, action(said.word), contact)
            .with("channels", words(&said.channels))
            .with("origin", word::stored(said.origin));
        if let Some(rule) = &said.rule {
            entry = entry.with("rule", rule);
        }
        trail::append(tx, entry);
        if said.word == Word::OptOut {
            tell_others(tx, market, key, contact, said, at).await?;
        }
    }
    Ok(new)
}

/// Tells other systems of an opt-out.
pub(super) async fn tell_others(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    said: &Said,
    at: &Moment,
) -> Result<(), LeadsError> {
    let data = json!({
        "contact": contact.to_string(),
        "channels": said.channels,
        "origin": said.origin,
        "said_at": said.at.to_string(),
        "permanent": said.permanent,
    });
    outward::tell(tx, market, key, contact, outward::OPTED_OUT, data, at)
}

/// Writes one entry, for one number or address; whether it is new.
#[expect(clippy::too_many_arguments, reason = "where it goes, what it says, and the circumstances")]
pub(super) async fn record_one(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    address: Option<Vec<u8>>,
    said: &Said,
    id: Ulid,
    at: &Moment,
) -> Result<bool, LeadsError> {
    let message = said.message.as_deref().map(|name| digest(name, address.as_deref()));
    let detail = sealed(market, key, TABLE, &id.to_string(), "detail_sealed", &said.detail)?;
    let entry = StoredEntry {
        id,
        contact: Some(contact),
        said_by: said.answers.clone().unwrap_or_else(|| contact.to_string()),
        address,
        said_at: micros(said.at),
        recorded_at: at.at(),
        word: word::stored(said.word),
        channels: words(&said.channels),
        origin: word::stored(said.origin),
        rule: said.rule.clone(),
        permanent: said.permanent,
        message,
        detail: Some(detail),
    };
    optout::add(tx, entry).await.map_err(|error| gone(error, contact))
}

/// Writes opt-outs for numbers and addresses that need not belong to anybody; those that are new.
pub(super) async fn record_loose(
    tx: &mut Tx,
    all: Vec<(Vec<u8>, &'static [Channel])>,
    ids: &mut Ids,
    at: &Moment,
) -> Result<Vec<(Vec<u8>, BTreeSet<Channel>)>, LeadsError> {
    let said = word::stored(Word::OptOut);
    let addresses = all.iter().map(|(address, _)| address.clone()).collect();
    let mut known = optout::loose_among(tx, &said, addresses).await?;
    let mut new = Vec::new();
    let mut rows = Vec::new();
    for (address, channels) in all {
        let channels: BTreeSet<Channel> = channels.iter().copied().collect();
        let stored = words(&channels);
        if known.insert((address.clone(), stored.clone())) {
            rows.push(Loose { id: ids.next(), address: address.clone(), channels: stored });
            new.push((address, channels));
        }
    }
    optout::add_loose(tx, rows, &said, &word::stored(Origin::Import), at.at()).await?;
    Ok(new)
}

/// What counts for a contact: what was said by it, and from its numbers and address by whomever.
pub(super) async fn ledger(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    addresses: &Addresses,
) -> Result<Ledger, StoreError> {
    let mut ledger = Ledger::new();
    for stored in optout::about(on, contact, addresses.all()).await? {
        ledger.record(entry(&stored)?);
    }
    Ok(ledger)
}

/// The rows of [`ledger`], as they are stored.
pub(super) async fn rows(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    addresses: &Addresses,
) -> Result<Vec<StoredEntry>, StoreError> {
    optout::about(on, contact, addresses.all()).await
}

/// A row as the rules know it.
pub(super) fn entry(stored: &StoredEntry) -> Result<Entry, StoreError> {
    Ok(Entry {
        at: stored.said_at,
        word: word::value("word", &stored.word)?,
        channels: word::values("channels", &stored.channels)?,
        contact: stored.said_by.clone(),
        address: stored.address.as_deref().map(hex),
        origin: word::value("origin", &stored.origin)?,
        rule: stored.rule.clone(),
        text: None,
        permanent: stored.permanent,
    })
}

/// What is sealed beside an entry; nothing when its person is gone or it never had any.
pub(super) fn detail(
    market: &Market,
    key: &SealingKey,
    stored: &StoredEntry,
) -> Result<Option<Detail>, LeadsError> {
    let Some(detail) = &stored.detail else { return Ok(None) };
    unsealed(market, key, TABLE, &stored.id.to_string(), "detail_sealed", detail).map(Some)
}

/// What came from one ledger into another.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Entries that are new there.
    pub entries: u64,
    /// The opt-outs among them.
    pub opt_outs: Vec<Entry>,
}

/// Copies everything in the ledger of `gone` into that of `kept`: two contacts turned out to be one person.
pub(super) async fn join(
    tx: &mut Tx,
    market: &Market,
    (gone, gone_key): (PersonId, Option<&SealingKey>),
    (kept, kept_key): (PersonId, &SealingKey),
    at: &Moment,
) -> Result<Joined, LeadsError> {
    let mut ids = ids(market, at);
    let mut joined = Joined::default();
    for stored in optout::of(&mut *tx, gone).await? {
        let said = entry(&stored)?;
        let id = ids.next();
        let known = gone_key.map(|key| detail(market, key, &stored)).transpose()?.flatten();
        let detail = known.unwrap_or_default();
        let detail = sealed(market, kept_key, TABLE, &id.to_string(), "detail_sealed", &detail)?;
        // Without a message the same row would be copied by every merge again.
        let message = stored.message.clone().unwrap_or_else(|| digest(&stored.id.to_string(), None));
        let copy =
            StoredEntry { id, contact: Some(kept), message: Some(message), detail: Some(detail), ..stored };
        if optout::add(tx, copy).await? {
            joined.entries += 1;
            joined.opt_outs.extend(Some(said).filter(|said| said.word == Word::OptOut));
        }
    }
    Ok(joined)
}

/// Brings over what was said since a backup: from the database before a restore into the restored one, our own
/// do-not-call list included.
pub(super) async fn carry(old: &Db, tx: &mut Tx) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let some = optout::after(old, &after, CARRIED_AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        after = last.id.to_string();
        for entry in some {
            // Somebody who came after the backup is not there any more; the number or address is as it was.
            match entry.contact {
                Some(contact) if !optout::is_there(tx, contact).await? => {
                    let (contact, detail, message, said_by) = (None, None, None, String::new());
                    let loose = StoredEntry { contact, detail, message, said_by, ..entry };
                    if loose.address.is_some() {
                        optout::add(tx, loose).await?;
                    }
                }
                _ => {
                    optout::add(tx, entry).await?;
                }
            }
        }
    }
    for (number, since) in fact::listed_numbers(old).await? {
        fact::list_number(tx, number, since, since).await?;
    }
    Ok(())
}

fn action(word: Word) -> &'static str {
    match word {
        Word::OptOut => "lead.opted_out",
        Word::Unclear => "lead.opt_out_unclear",
        Word::Settled => "lead.opt_out_settled",
        Word::OptIn => "lead.opted_in",
    }
}

fn words(channels: &BTreeSet<Channel>) -> String {
    let words: Vec<&str> = channels.iter().map(|channel| channel.word()).collect();
    words.join(" ")
}

/// Names one message for one number or address, whatever it is called where it came from.
fn digest(name: &str, address: Option<&[u8]>) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(name.as_bytes());
    context.update(&[0]);
    context.update(address.unwrap_or_default());
    hex(&context.finish().as_ref()[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
