use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::MarketHours;
use crate::{Channel, optout::Ledger, place::State};

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It offers or follows up by itself.
    Marketing,
    /// It answers what the person wrote, lately: [`GatePolicy::reply_hours`](super::GatePolicy::reply_hours). What
    /// answers nothing is judged as marketing, whatever it is called.
    Reply,
    /// It begins a series of messages that the messaging platform writes and sends by itself: marketing, of which nobody
    /// here sees the texts.
    Sequence,
    /// It tells of what was arranged with the person, such as an appointment, in the messaging platform's own words. It
    /// offers nothing.
    Notice,
}

/// Registration of the sender with the carriers (A2P 10DLC), without which texts are blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum A2p {
    /// Brand and campaign are approved.
    Approved,
    /// The number is toll-free and verified.
    TollFreeVerified,
    /// Sent in, not decided.
    Pending,
    /// Refused by the registry or a carrier.
    Rejected,
    /// Not sent in.
    Unregistered,
    /// Taken back or paused by a carrier.
    Suspended,
}

/// Do not disturb, as the messaging platform keeps it for one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoNotDisturb {
    /// Messages go out.
    Off,
    /// They do not.
    On,
    /// They never will.
    Permanent,
}

/// What the person agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nothing is on record.
    Missing,
    /// They wrote or called by themselves: what answers that may be sent.
    Inquiry {
        /// When.
        at: Timestamp,
    },
    /// They agreed in writing to messages of this kind.
    Written {
        /// When.
        at: Timestamp,
    },
}

/// The last look at the national do-not-call registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scrub {
    /// When it was looked at.
    pub at: Timestamp,
    /// Whether the number was on it.
    pub listed: bool,
}

/// Our own list of those who asked not to be called, which is kept without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnList {
    /// They are not on it.
    Absent,
    /// They are.
    Listed {
        /// Since when.
        since: Timestamp,
    },
}

/// What is known about not calling somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoNotCall {
    /// Our own list; `None` when it was not looked at.
    pub own_list: Option<OwnList>,
    /// The last look at the registry.
    pub scrub: Option<Scrub>,
    /// The last purchase or transaction with us.
    pub last_transaction: Option<Timestamp>,
    /// The last inquiry or application.
    pub last_inquiry: Option<Timestamp>,
}

/// Where somebody may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// State of the address.
    pub address: Option<State>,
    /// The number that is written to, `+12125550123`.
    pub number: Option<String>,
}

/// Somebody who read the very text before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who, by identifier.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Everything that the gate asks. `None` is: not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When it would be sent.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// Whether the sender's market is suspended.
    pub suspended: Option<bool>,
    /// Registration of the sending number. Asked for text messages.
    pub a2p: Option<A2p>,
    /// What the person said about wanting messages.
    pub ledger: Option<Ledger>,
    /// Whether the number or address that the channel reaches is on the market's suppression list.
    pub listed: Option<bool>,
    /// Do not disturb on this channel.
    pub do_not_disturb: Option<DoNotDisturb>,
    /// What the person agreed to. Asked for channels that reach a telephone.
    pub consent: Option<Consent>,
    /// Do-not-call lists. Asked for channels that reach a telephone.
    pub do_not_call: Option<DoNotCall>,
    /// Where the person may be.
    pub place: Place,
    /// The market's own quiet hours, beside those of the law.
    pub market_hours: Option<MarketHours>,
    /// When the person last wrote or called; `None` as well when they never did. A reply without it is none.
    pub heard: Option<Timestamp>,
    /// When messages went out to the person on this channel, in any order, as far back as the longest cap.
    pub sent: Option<Vec<Timestamp>>,
    /// The text, for a call its script; `None` when there is none yet.
    pub text: Option<String>,
    /// State of the property that the text is about.
    pub property: Option<State>,
    /// Who read the text, if anybody did.
    pub review: Option<Review>,
}

impl Facts {
    /// Facts of which nothing is known yet.
    pub fn unknown(at: Timestamp, channel: Channel, purpose: Purpose) -> Self {
        Self {
            at,
            channel,
            purpose,
            suspended: None,
            a2p: None,
            ledger: None,
            listed: None,
            do_not_disturb: None,
            consent: None,
            do_not_call: None,
            place: Place::default(),
            market_hours: None,
            heard: None,
            sent: None,
            text: None,
            property: None,
            review: None,
        }
    }
}
