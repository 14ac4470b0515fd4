//! Facts that the gate asks for and that somebody has to tell: what a person agreed to, do-not-call lists, do not disturb,
//! the registration of the sender. Who may tell which is one table, [`Fact::may_come_from`].

mod carrying;
mod recording;

use jiff::Timestamp;
use kernel::{Rejection, Ulid};
use serde::{Deserialize, Serialize};

pub(super) use self::{
    carrying::{carry, join},
    recording::{a2p_in, reach_in},
};
use crate::{
    Channel, LeadsError,
    gate::{A2p, DoNotDisturb},
    records::word,
};

/// Numbers that one look at the registry may tell of.
pub const SCRUBBED_MAX: usize = 100_000;

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// A member of the team, after talking to the person or reading a document.
    Team,
    /// A form that the person sent or signed.
    Form,
    /// A file from another system.
    Import,
    /// The messaging platform.
    Platform,
    /// The national do-not-call registry, or who looks into it for us.
    Registry,
}

/// A fact that somebody has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// How the sender is registered with the carriers.
    A2p,
    /// The person agreed in writing.
    Written,
    /// The person took that back.
    Withdrawn,
    /// The person asked about something.
    Inquiry,
    /// The person bought something or did other business with us.
    Transaction,
    /// The person asked not to be called.
    OwnList,
    /// Whether a number is on the national registry.
    Registry,
    /// Do not disturb was put on.
    DisturbNot,
    /// Do not disturb was taken off.
    Disturb,
}

impl Fact {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::A2p,
        Self::Written,
        Self::Withdrawn,
        Self::Inquiry,
        Self::Transaction,
        Self::OwnList,
        Self::Registry,
        Self::DisturbNot,
        Self::Disturb,
    ];

    /// Whether the fact may come from there. What lets messages out may come from fewer than what holds them back: an
    /// agreement needs a form or somebody who saw one, the registry speaks for itself, and only the platform lifts its own
    /// block. What is against sending may come from anybody who knows of it.
    pub fn may_come_from(self, told_by: ToldBy) -> bool {
        use ToldBy::{Form, Import, Platform, Registry, Team};
        match self {
            Self::A2p => matches!(told_by, Platform | Team),
            Self::Written => matches!(told_by, Form | Team | Import),
            Self::Inquiry => matches!(told_by, Form | Team | Import | Platform),
            Self::Transaction => matches!(told_by, Team | Import),
            Self::Registry => matches!(told_by, Registry | Import),
            Self::DisturbNot => matches!(told_by, Platform | Team),
            Self::Disturb => matches!(told_by, Platform),
            Self::Withdrawn | Self::OwnList => true,
        }
    }

    fn told_by(self, told_by: ToldBy) -> Result<(), LeadsError> {
        if self.may_come_from(told_by) {
            return Ok(());
        }
        let message = format!("`{}` cannot be told by `{}`", word::stored(self), word::stored(told_by));
        Err(LeadsError::Invalid { field: "told_by", message })
    }
}

/// What messages to somebody rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisKind {
    /// They agreed in writing to messages.
    Written,
    /// They took that back.
    Withdrawn,
    /// They asked about something.
    Inquiry,
    /// They bought something or did other business with us.
    Transaction,
}

impl BasisKind {
    fn fact(self) -> Fact {
        match self {
            Self::Written => Fact::Written,
            Self::Withdrawn => Fact::Withdrawn,
            Self::Inquiry => Fact::Inquiry,
            Self::Transaction => Fact::Transaction,
        }
    }
}

/// Something that messages rest on, to be noted.
#[derive(Clone, PartialEq, Eq)]
pub struct NewBasis {
    /// What.
    pub kind: BasisKind,
    /// When it was.
    pub at: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Which form, document or conversation shows it: at most [`REASON_CHARS_MAX`](crate::REASON_CHARS_MAX) characters.
    pub evidence: String,
}

/// Something that messages rest on.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Which one.
    pub id: Ulid,
    /// What.
    pub kind: BasisKind,
    /// When it was.
    pub at: Timestamp,
    /// When we noted it.
    pub recorded_at: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Who noted it, by identifier.
    pub who: String,
    /// What shows it.
    pub evidence: String,
}

impl std::fmt::Debug for Basis {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Basis({}, {:?} of {})", self.id, self.kind, self.at)
    }
}

/// How the sender is registered, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct A2pStanding {
    /// How.
    pub state: A2p,
    /// Where we know it from.
    pub told_by: ToldBy,
    /// Who set it, by identifier.
    pub who: String,
    /// When.
    pub set_at: Timestamp,
}

/// Do not disturb on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Which channel.
    pub channel: Channel,
    /// Whether messages go out.
    pub state: DoNotDisturb,
    /// Since when it is so.
    pub since: Timestamp,
    /// Where we know it from.
    pub told_by: ToldBy,
}

/// What is on record of one contact for the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reachability {
    /// What messages rest on, the latest first.
    pub bases: Vec<Basis>,
    /// Since when the number is on our own do-not-call list.
    pub listed_since: Option<Timestamp>,
    /// The last look at the national registry: when, and whether the number was on it.
    pub scrub: Option<(Timestamp, bool)>,
    /// Do not disturb, by channel; channels that nobody told of are missing.
    pub reach: Vec<Reach>,
}

/// What a look at the registry told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScrubReport {
    /// Numbers that are known now as of this look.
    pub noted: u64,
    /// Numbers for which a later look is on record.
    pub older: u64,
    /// What is no number.
    pub rejected: Vec<Rejection>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_messages_out_may_come_from_fewer_than_what_holds_them_back() {
        use ToldBy::{Form, Import, Platform, Registry, Team};
        let sources = |fact: Fact| {
            let all = [Team, Form, Import, Platform, Registry];
            all.into_iter().filter(|told_by| fact.may_come_from(*told_by)).collect::<Vec<_>>()
        };
        for fact in Fact::ALL {
            assert!(!sources(fact).is_empty(), "{fact:?}");
        }
        assert_eq!(sources(Fact::Disturb), [Platform]);
        assert_eq!(sources(Fact::Registry), [Import, Registry]);
        assert_eq!(sources(Fact::Written), [Team, Form, Import]);
        for (out, back) in [(Fact::Written, Fact::Withdrawn), (Fact::Disturb, Fact::DisturbNot)] {
            assert!(sources(out).iter().all(|told_by| back.may_come_from(*told_by)), "{out:?}");
            assert!(sources(out).len() < sources(back).len(), "{out:?}");
        }
    }
}
