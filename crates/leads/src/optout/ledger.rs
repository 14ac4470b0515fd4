use std::{
    collections::{BTreeSet, btree_set},
    fmt,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Meaning, Reading};
use crate::Channel;

/// SHA-256 of the exact bytes of a message: proof of which message it was. It hides no short message, whose hash
/// can be found by trying: it is kept where the message itself may be kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TextHash([u8; 32]);

impl TextHash {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl fmt::Display for TextHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for TextHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<TextHash> for String {
    fn from(hash: TextHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for TextHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err("a hash is 64 hexadecimal digits");
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).map_err(|_| "a hash is 64 hexadecimal digits")?;
        }
        Ok(Self(bytes))
    }
}

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// No more messages.
    OptOut,
    /// Perhaps no more messages: somebody has to read it.
    Unclear,
    /// Somebody has read what was unclear: it was no opt-out. (If it was one, that is an entry of its own.)
    Settled,
    /// Messages again.
    OptIn,
}

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A message from the person.
    Message,
    /// A form that the person sent.
    Form,
    /// A member of the team, after talking to the person.
    Team,
    /// The messaging platform set it (do not disturb).
    Platform,
    /// A carrier or mail provider reported a complaint.
    Complaint,
    /// A file of earlier opt-outs.
    Import,
}

/// One thing that was said about wanting messages. It is written once and stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub word: Word,
    /// Channels that it is about.
    pub channels: BTreeSet<Channel>,
    /// The contact as it was then, an identifier.
    pub contact: String,
    /// The number or address that it came from, as a blind index.
    pub address: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// The rule that read it, when a rule did.
    pub rule: Option<String>,
    /// Hash of the message, when it was one.
    pub text: Option<TextHash>,
    /// Cannot be lifted by anything: a complaint, or a platform's permanent block.
    pub permanent: bool,
}

/// A message from somebody, as far as the ledger needs it. Deliberately without tags, stage or score: what is said is
/// recorded whoever says it.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// The channel it came by.
    pub channel: Channel,
    /// The contact.
    pub contact: &'a str,
    /// Blind index of the sender's number or address.
    pub address: Option<&'a str>,
    /// When it was sent.
    pub at: Timestamp,
    /// The message.
    pub text: &'a str,
    /// Whether the last thing the person was asked is whether they want messages.
    pub asked_for_consent: bool,
}

impl Entry {
    /// What a message leaves in the ledger; nothing when it says nothing about wanting messages.
    pub fn heard(reading: &Reading, heard: Heard<'_>) -> Option<Self> {
        let (word, channels) = match reading.meaning {
            Meaning::OptOut => (Word::OptOut, reading.scope.channels(heard.channel)),
            Meaning::NeedsPerson => (Word::Unclear, reading.scope.channels(heard.channel)),
            Meaning::OptIn => (Word::OptIn, std::slice::from_ref(&heard.channel)),
            Meaning::Yes if heard.asked_for_consent => (Word::OptIn, std::slice::from_ref(&heard.channel)),
            Meaning::Yes | Meaning::Help | Meaning::Nothing => return None,
        };
        Some(Self {
            at: heard.at,
            word,
            channels: channels.iter().copied().collect(),
            contact: heard.contact.to_owned(),
            address: heard.address.map(str::to_owned),
            origin: Origin::Message,
            rule: reading.rule.clone(),
            text: Some(TextHash::of(heard.text)),
            permanent: false,
        })
    }

    /// Whether it speaks of the same person by the same number: the same address, or the same contact where one of
    /// them has none.
    fn concerns(&self, other: &Self) -> bool {
        match (&self.address, &other.address) {
            (Some(own), Some(others)) => own == others,
            _ => self.contact == other.contact,
        }
    }

    /// Whether this, said later by the person, ends what `other` said.
    fn ends(&self, other: &Self, channel: Channel) -> bool {
        let may = match other.word {
            Word::OptOut => {
                self.word == Word::OptIn
                    && matches!(self.origin, Origin::Message | Origin::Form)
                    && !other.permanent
            }
            Word::Unclear => match self.word {
                Word::Settled => self.origin == Origin::Team,
                Word::OptIn => matches!(self.origin, Origin::Message | Origin::Form),
                Word::OptOut | Word::Unclear => false,
            },
            Word::Settled | Word::OptIn => false,
        };
        may && self.at > other.at && self.channels.contains(&channel) && self.concerns(other)
    }
}

/// How a channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nothing forbids it.
    Open,
    /// Something unclear was said; the earliest of it.
    Unclear(&'a Entry),
    /// It was revoked; the earliest entry in force.
    Suppressed(&'a Entry),
}

/// Everything that was said about wanting messages, by everybody who turned out to be this person.
///
/// Merging is a union: the order in which entries and ledgers come together makes no difference, and nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    entries: BTreeSet<Entry>,
}

impl Ledger {
    /// A ledger in which nothing was said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; whether it is new.
    pub fn record(&mut self, entry: Entry) -> bool {
        self.entries.insert(entry)
    }

    /// Adds every entry of another ledger: two contacts turned out to be one person. Consent of one is none of the
    /// other's: an opt-in ends only what was said from the same number or address.
    pub fn merge(&mut self, other: &Self) {
        self.entries.extend(other.entries.iter().cloned());
    }

    /// Every entry, the oldest first.
    pub fn entries(&self) -> btree_set::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// How a channel stands after all that was said until `at`; what is said later is not known then.
    pub fn standing(&self, channel: Channel, at: Timestamp) -> Standing<'_> {
        let said = || self.entries.iter().filter(|entry| entry.at <= at);
        let in_force = |word: Word| {
            said()
                .filter(|entry| entry.word == word && entry.channels.contains(&channel))
                .find(|entry| !said().any(|later| later.ends(entry, channel)))
        };
        match (in_force(Word::OptOut), in_force(Word::Unclear)) {
            (Some(entry), _) => Standing::Suppressed(entry),
            (None, Some(entry)) => Standing::Unclear(entry),
            (None, None) => Standing::Open,
        }
    }
}
