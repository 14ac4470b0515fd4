use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Channel;

/// How somebody came to us. A connector maps what its system calls it; what it does not know is `other`.
///
/// In ascending order of the words, so that a member's place is its code in a column of categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadSource {
    /// A list of strangers that was called or bought.
    ColdList,
    /// An event or a seminar.
    Event,
    /// An import of earlier contacts.
    Import,
    /// Visited an open house.
    OpenHouse,
    /// Something else, or not told.
    Other,
    /// An advertisement in search results.
    PaidSearch,
    /// An advertisement in a social network.
    PaidSocial,
    /// A portal for listings.
    Portal,
    /// Somebody recommended us.
    Referral,
    /// Was a client before.
    Returning,
    /// Called the number on a sign.
    Sign,
    /// Our own website.
    Website,
}

impl LeadSource {
    /// The words, in the order of the members.
    pub const IDS: &'static [&'static str] = &[
        "cold_list",
        "event",
        "import",
        "open_house",
        "other",
        "paid_search",
        "paid_social",
        "portal",
        "referral",
        "returning",
        "sign",
        "website",
    ];

    /// All of them, ascending by their words.
    pub const ALL: &'static [Self] = &[
        Self::ColdList,
        Self::Event,
        Self::Import,
        Self::OpenHouse,
        Self::Other,
        Self::PaidSearch,
        Self::PaidSocial,
        Self::Portal,
        Self::Referral,
        Self::Returning,
        Self::Sign,
        Self::Website,
    ];

    /// The word as it is stored and typed.
    pub const fn id(self) -> &'static str {
        Self::IDS[self as usize]
    }

    /// As people read it in a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ColdList => "a cold list",
            Self::Event => "an event",
            Self::Import => "an import",
            Self::OpenHouse => "an open house",
            Self::Other => "another source",
            Self::PaidSearch => "a search advertisement",
            Self::PaidSocial => "a social advertisement",
            Self::Portal => "a portal",
            Self::Referral => "a referral",
            Self::Returning => "earlier business",
            Self::Sign => "a sign",
            Self::Website => "the website",
        }
    }
}

impl fmt::Display for LeadSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// The text is no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a source: one of {known}", known = LeadSource::IDS.join(", "))]
pub struct LeadSourceError(String);

impl FromStr for LeadSource {
    type Err = LeadSourceError;

    fn from_str(text: &str) -> Result<Self, LeadSourceError> {
        let member = Self::ALL.iter().copied().find(|member| member.id() == text);
        member.ok_or_else(|| LeadSourceError(text.chars().take(40).collect()))
    }
}

/// Who wrote or called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact to us.
    Inbound,
    /// We to the contact, a person or a program.
    Outbound,
}

/// What became of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentStep {
    /// Made, or moved to another time.
    Booked {
        /// When it is to begin.
        starts: Timestamp,
    },
    /// The contact came.
    Shown,
    /// The contact did not come.
    NoShow,
    /// Called off by either side.
    Cancelled,
}

/// What a contact told us in a form or in words. Nothing about who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The most that they would pay, in whole units of the market's currency.
    Budget(u64),
    /// In how many days they want to move or close.
    Horizon {
        /// Days from the answer on.
        days: u32,
    },
    /// Whether a lender has approved them, or they pay without one.
    Preapproved(bool),
}

/// One kind of thing that happens to a contact. Money is in whole units of the market's currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Came to us.
    Arrived {
        /// From where.
        source: LeadSource,
    },
    /// Looked at a page that is no listing.
    PageView {
        /// Which, as the tracker names it.
        page: String,
    },
    /// Looked at a listing.
    ListingView {
        /// Which.
        listing: String,
        /// What it costs.
        price: Option<u64>,
    },
    /// Saved a listing.
    ListingSaved {
        /// Which.
        listing: String,
    },
    /// Searched for listings.
    Search {
        /// The least price asked for.
        price_from: Option<u64>,
        /// The highest price asked for.
        price_to: Option<u64>,
    },
    /// A written message.
    Message {
        /// Who wrote.
        direction: Direction,
        /// Which way.
        channel: Channel,
    },
    /// A call, answered or not.
    Call {
        /// Who called.
        direction: Direction,
        /// How long they spoke; 0 when nobody answered.
        seconds: u32,
    },
    /// A step of an appointment.
    Appointment {
        /// Which appointment.
        appointment: String,
        /// What became of it.
        step: AppointmentStep,
    },
    /// An opportunity moved to another stage of its pipeline.
    StageMove {
        /// Which opportunity.
        opportunity: String,
        /// The stage's place in its pipeline, from 0.
        place: u16,
        /// How many stages the pipeline has.
        of: u16,
    },
    /// A label was put on the contact or taken off.
    Tag {
        /// The label.
        tag: String,
        /// Whether it was put on.
        added: bool,
    },
    /// The contact told us something.
    Answered(Answer),
    /// A task about the contact was opened or done.
    Task {
        /// Which task.
        task: String,
        /// Whether it is done.
        done: bool,
    },
}

/// The kind of a happening without its content: what features say they are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named as its happening in `What`, where it is said")]
pub enum Sort {
    Arrived,
    PageView,
    ListingView,
    ListingSaved,
    Search,
    Message,
    Call,
    Appointment,
    StageMove,
    Tag,
    Answered,
    Task,
}

impl What {
    /// Its kind.
    pub fn sort(&self) -> Sort {
        match self {
            Self::Arrived { .. } => Sort::Arrived,
            Self::PageView { .. } => Sort::PageView,
            Self::ListingView { .. } => Sort::ListingView,
            Self::ListingSaved { .. } => Sort::ListingSaved,
            Self::Search { .. } => Sort::Search,
            Self::Message { .. } => Sort::Message,
            Self::Call { .. } => Sort::Call,
            Self::Appointment { .. } => Sort::Appointment,
            Self::StageMove { .. } => Sort::StageMove,
            Self::Tag { .. } => Sort::Tag,
            Self::Answered(_) => Sort::Answered,
            Self::Task { .. } => Sort::Task,
        }
    }

    /// Whether the contact did it, of their own accord: what activity is counted from. Bookings are not: agents make
    /// them as well.
    pub fn is_activity(&self) -> bool {
        match self {
            Self::PageView { .. }
            | Self::ListingView { .. }
            | Self::ListingSaved { .. }
            | Self::Search { .. }
            | Self::Answered(_) => true,
            Self::Message { direction, .. } | Self::Call { direction, .. } => {
                *direction == Direction::Inbound
            }
            Self::Arrived { .. }
            | Self::Appointment { .. }
            | Self::StageMove { .. }
            | Self::Tag { .. }
            | Self::Task { .. } => false,
        }
    }

    /// Whether the contact spoke to us, and which way.
    pub fn inbound(&self) -> Option<Channel> {
        self.contact_by(Direction::Inbound)
    }

    /// Whether we spoke to the contact, and which way.
    pub fn outbound(&self) -> Option<Channel> {
        self.contact_by(Direction::Outbound)
    }

    fn contact_by(&self, who: Direction) -> Option<Channel> {
        match self {
            Self::Message { direction, channel } if *direction == who => Some(*channel),
            Self::Call { direction, .. } if *direction == who => Some(Channel::Voice),
            _ => None,
        }
    }
}
