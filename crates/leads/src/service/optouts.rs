//! Recording what people say about wanting messages. What is on record is reviewed in `reviewing`; ledgers come together in
//! `joining`; lists from before come in in `importing`.

mod importing;
mod joining;
mod reviewing;
pub(crate) mod telling;

use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Moment, PersonId, Rejection, Ulid};
use markets::{Market, SealingKey};
use serde::Serialize;
use store::Tx;

use super::ledger::{Addresses, Detail, Said};
use crate::{
    Channel, Leads, LeadsError,
    optout::{Entry, Heard, Origin, Recogniser, Scope, Word},
};

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Numbers and addresses that one file of earlier opt-outs may hold.
pub const OPT_OUTS_MAX: usize = 100_000;

/// A message from somebody, as far as it matters for what they want.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// The channel it came by.
    pub channel: Channel,
    /// What it says.
    pub text: &'a str,
    /// What it is called where it came from: the same one heard again is kept once.
    pub message: &'a str,
    /// The number or address that it came from, where that is told; else it is the contact's own.
    pub from: Option<&'a str>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Whether the last thing the person was asked is whether they want messages.
    pub asked_for_consent: bool,
}

impl std::fmt::Debug for Inbound<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Inbound({} by {}, {} bytes)", self.message, self.channel.word(), self.text.len())
    }
}

/// An opt-out that did not come as a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// The channel that it was said on, or is about.
    pub channel: Channel,
    /// How far it reaches from there.
    pub scope: Scope,
    /// Where it comes from; never [`Origin::Message`].
    pub origin: Origin,
    /// Why, in a few words: at most [`REASON_CHARS_MAX`].
    pub reason: String,
    /// Whether nothing lifts it again.
    pub permanent: bool,
    /// When it was said; now when absent.
    pub said_at: Option<Timestamp>,
}

impl OptOut {
    /// As the ledger takes it.
    pub(super) fn said(&self, at: &Moment) -> Result<Said, LeadsError> {
        Ok(Said {
            word: Word::OptOut,
            channels: self.scope.channels(self.channel).iter().copied().collect(),
            at: self.said_at.unwrap_or(at.at()),
            origin: self.origin,
            rule: None,
            permanent: self.permanent,
            message: None,
            answers: None,
            detail: said_by(at, reason(&self.reason)?),
        })
    }
}

/// An entry of a contact's ledger as people see it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OptOutEntry {
    /// Which one.
    pub id: Ulid,
    /// When it was said.
    pub said_at: Timestamp,
    /// When we recorded it.
    pub recorded_at: Timestamp,
    /// What was said.
    pub word: Word,
    /// Channels that it is about.
    pub channels: Vec<Channel>,
    /// Where it comes from.
    pub origin: Origin,
    /// The rule that read it, when a rule did.
    pub rule: Option<String>,
    /// Whether nothing lifts it.
    pub permanent: bool,
    /// Whether this contact said it; else somebody with the same number or address.
    pub own: bool,
    /// Who recorded it, by identifier.
    pub by: Option<String>,
    /// The words in which a rule was found.
    pub matched: Option<String>,
    /// Why, as the rule or whoever recorded it says.
    pub why: Option<String>,
}

impl std::fmt::Debug for OptOutEntry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "OptOutEntry({}, {:?} of {})", self.id, self.word, self.said_at)
    }
}

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelStanding {
    /// Nothing forbids it.
    Open,
    /// Somebody has to read what was said then.
    Unclear {
        /// When.
        since: Timestamp,
    },
    /// It was revoked.
    Suppressed {
        /// When.
        since: Timestamp,
    },
}

/// What a file of earlier opt-outs brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OptOutImport {
    /// Numbers and addresses that are on record now and were not before.
    pub added: u64,
    /// Those that were.
    pub known: u64,
    /// Lines that are neither.
    pub rejected: Vec<Rejection>,
}

#[boxed]
impl Leads {
    /// Reads a message from somebody and records what it says about wanting messages, whoever they are and whatever tags
    /// they have; what it said, or nothing. Heard again, it is kept once.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn heard(
        &self,
        market: &Market,
        contact: PersonId,
        inbound: &Inbound<'_>,
        at: &Moment,
    ) -> Result<Option<Word>, LeadsError> {
        let person = self.contacts.get(market, Sight::All, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let addresses = Addresses::of(market, &person.personal);
        let mut tx = market.db().begin().await?;
        let word = self.heard_in(&mut tx, market, &key, contact, &addresses, inbound, at).await?;
        if word.is_some() {
            tx.commit().await?;
        }
        Ok(word)
    }

    /// [`Leads::heard`] in the caller's transaction; `key` and `addresses` are the person's.
    ///
    /// # Errors
    /// When the market fails.
    #[expect(
        clippy::too_many_arguments,
        reason = "the transaction, the person, the message, the circumstances"
    )]
    pub async fn heard_in(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        addresses: &Addresses,
        inbound: &Inbound<'_>,
        at: &Moment,
    ) -> Result<Option<Word>, LeadsError> {
        let reading = Recogniser::shipped().read(inbound.text);
        let name = contact.to_string();
        let heard = Heard {
            channel: inbound.channel,
            contact: &name,
            address: None,
            at: inbound.sent_at,
            text: inbound.text,
            asked_for_consent: inbound.asked_for_consent,
        };
        let Some(entry) = Entry::heard(&reading, heard) else { return Ok(None) };
        let word = entry.word;
        let said = Said {
            word,
            channels: entry.channels,
            at: entry.at,
            origin: entry.origin,
            rule: entry.rule,
            permanent: false,
            message: Some(format!("{}:{}", inbound.channel.word(), inbound.message)),
            answers: None,
            detail: Detail {
                by: at.actor.id().to_owned(),
                reason: None,
                matched: reading.matched,
                why: Some(reading.why),
                text: entry.text,
            },
        };
        let of = match (word, inbound.from) {
            // A yes is that of the number it came from; a no is that of the person. A yes from where nobody can tell lifts
            // nothing: without a number it would count for all of the person's.
            (Word::OptIn, Some(from)) => match Addresses::default().with(market, Some(from)) {
                nowhere if nowhere.is_empty() && inbound.channel.has_address() => return Ok(None),
                from_there => from_there,
            },
            _ => addresses.clone().with(market, inbound.from),
        };
        if self.record_said(tx, market, key, contact, &of, &said, at).await? > 0 {
            let all = addresses.clone().with(market, inbound.from);
            self.tell_of_the_end(tx, market, key, contact, &all, &said, at).await?;
        }
        Ok(Some(word))
    }

    /// Records an opt-out that somebody told the team, a form or a provider; how many entries are new.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Invalid`], or when the market fails.
    pub async fn opt_out(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        opt_out: &OptOut,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        if opt_out.origin == Origin::Message {
            let message = "what a message says is read from the message".to_owned();
            return Err(LeadsError::Invalid { field: "origin", message });
        }
        self.say(market, sight, contact, &opt_out.said(at)?, at).await
    }

    /// Records that a carrier or a mail provider reported a complaint: nothing lifts that.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn complained(
        &self,
        market: &Market,
        contact: PersonId,
        channel: Channel,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let opt_out = OptOut {
            channel,
            scope: Scope::Medium,
            origin: Origin::Complaint,
            reason: "a carrier or provider reported a complaint".to_owned(),
            permanent: true,
            said_at: None,
        };
        self.opt_out(market, Sight::All, contact, &opt_out, at).await
    }

    /// Records that somebody asked for messages by a channel again, by a form that they sent at `said_at`. It ends what was
    /// said from the same number or address, and nothing permanent.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Invalid`], or when the market fails.
    #[expect(clippy::too_many_arguments, reason = "where, who, what, why and when")]
    pub async fn opt_in(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        channel: Channel,
        evidence: &str,
        said_at: Timestamp,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        if said_at > at.at() {
            let message = "a form was sent at an instant that has passed".to_owned();
            return Err(LeadsError::Invalid { field: "said_at", message });
        }
        let said = Said {
            word: Word::OptIn,
            channels: [channel].into(),
            at: said_at,
            origin: Origin::Form,
            rule: None,
            permanent: false,
            message: None,
            answers: None,
            detail: said_by(at, reason(evidence)?),
        };
        self.say(market, sight, contact, &said, at).await
    }

    async fn say(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        said: &Said,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let person = self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let addresses = Addresses::of(market, &person.personal);
        let mut tx = market.db().begin().await?;
        let new = self.record_said(&mut tx, market, &key, contact, &addresses, said, at).await?;
        if new > 0 {
            self.tell_of_the_end(&mut tx, market, &key, contact, &addresses, said, at).await?;
        }
        tx.commit().await?;
        Ok(new)
    }
}

fn said_by(at: &Moment, reason: String) -> Detail {
    Detail { by: at.actor.id().to_owned(), reason: Some(reason), ..Detail::default() }
}

/// A reason that says something.
pub(super) fn reason(text: &str) -> Result<String, LeadsError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARS_MAX {
        let message = format!("say why, in at most {REASON_CHARS_MAX} characters");
        return Err(LeadsError::Invalid { field: "reason", message });
    }
    Ok(text.to_owned())
}
