//! What went wrong, and what is to be done about it.
//!
//! GoHighLevel's answers say little and mean much: no `Retry-After`, no error codes to speak of, and a 401 has at least
//! five meanings. [`classify`] puts every answer into one [`Class`] of the fault catalogue (`docs/gohighlevel.md` has it
//! for people) and names the [`Action`] to take; who takes it is the client, or the caller for what only it can know.
//! Classes that concern events and watching rather than answers have their place elsewhere; numbers are the
//! catalogue's, so that reports of faults can be compared over time.
//!
//! Signatures come from the published documents and from issues of GoHighLevel/highlevel-api-docs; where a text decides,
//! it is compared in lower case and by its telling part, for wording changes without notice. What is not recognised is
//! [`Class::BadValue`] for 400 and 422, which ends in the dead letters with the message, and never in a loop.

mod answer;
mod classify;
mod outage;
mod sms;

use std::{fmt, time::Duration};

pub use answer::ErrorBody;
pub use classify::{Seen, classify};
pub use outage::Outages;
pub use sms::of_sms_code;

/// A class of faults. Its number is that of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// Too many requests in an interval.
    BurstLimit = 1,
    /// Too many requests in a day.
    DayLimit = 2,
    /// The access token is expired or unknown.
    TokenExpired = 3,
    /// The refresh token is refused: spent by somebody else, perhaps.
    RefreshLost = 4,
    /// The refresh token is refused and nothing helps.
    RefreshDead = 5,
    /// A scope is missing.
    ScopeMissing = 6,
    /// A 401 that is a time-out of theirs.
    GatewayAs401 = 7,
    /// The request is wrong in itself: a path, a missing parameter, an unknown client.
    Misaddressed = 8,
    /// The token is of another location.
    WrongLocation = 9,
    /// Only a company may ask for this.
    AgencyOnly = 10,
    /// The operation is gone from this version of the API.
    VersionGone = 11,
    /// The location is suspended.
    LocationInactive = 12,
    /// A member of the body is not accepted.
    UnknownProperty = 13,
    /// A value is not accepted.
    BadValue = 14,
    /// It exists already.
    AlreadyExists = 15,
    /// It does not exist any more: deleted or merged.
    EntityGone = 16,
    /// The pipeline or stage does not exist any more.
    StageGone = 17,
    /// The workflow or calendar does not exist any more, or is not published.
    WorkflowGone = 18,
    /// The slot is taken.
    SlotTaken = 19,
    /// No answer, or a failure of theirs, and asking again is harmless.
    Unavailable = 20,
    /// No answer, or a failure of theirs, and it may have been done.
    EffectUnknown = 21,
    /// Done, but not everything.
    PartlyDropped = 22,
    /// A page instead of an answer.
    NotJson = 23,
    /// The answer is not as published.
    Drift = 24,
    /// The same fails for many.
    Outage = 34,
    /// The phone cannot be reached.
    SmsUnreachable = 35,
    /// The person has opted out.
    SmsOptOut = 36,
    /// The carrier blocks the sender.
    SmsBlocked = 37,
    /// The sender's messages of the day are used up.
    SmsCapped = 38,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 29] = [
        Self::BurstLimit,
        Self::DayLimit,
        Self::TokenExpired,
        Self::RefreshLost,
        Self::RefreshDead,
        Self::ScopeMissing,
        Self::GatewayAs401,
        Self::Misaddressed,
        Self::WrongLocation,
        Self::AgencyOnly,
        Self::VersionGone,
        Self::LocationInactive,
        Self::UnknownProperty,
        Self::BadValue,
        Self::AlreadyExists,
        Self::EntityGone,
        Self::StageGone,
        Self::WorkflowGone,
        Self::SlotTaken,
        Self::Unavailable,
        Self::EffectUnknown,
        Self::PartlyDropped,
        Self::NotJson,
        Self::Drift,
        Self::Outage,
        Self::SmsUnreachable,
        Self::SmsOptOut,
        Self::SmsBlocked,
        Self::SmsCapped,
    ];

    /// Its number in the catalogue.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// For tables and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::BurstLimit => "too many requests at once",
            Self::DayLimit => "the day's requests are used up",
            Self::TokenExpired => "the token has expired",
            Self::RefreshLost => "the refresh token is refused",
            Self::RefreshDead => "the connection is to be made again",
            Self::ScopeMissing => "a scope is missing",
            Self::GatewayAs401 => "a time-out that calls itself unauthorised",
            Self::Misaddressed => "the request is wrong in itself",
            Self::WrongLocation => "the token is of another location",
            Self::AgencyOnly => "only the agency may ask for this",
            Self::VersionGone => "the operation is gone from this version",
            Self::LocationInactive => "the location is not active",
            Self::UnknownProperty => "a member is not accepted",
            Self::BadValue => "a value is not accepted",
            Self::AlreadyExists => "it exists already",
            Self::EntityGone => "it does not exist any more",
            Self::StageGone => "the pipeline or stage is gone",
            Self::WorkflowGone => "the workflow or calendar is gone or not published",
            Self::SlotTaken => "the slot is taken",
            Self::Unavailable => "no answer, or a failure of theirs",
            Self::EffectUnknown => "it may have been done",
            Self::PartlyDropped => "done, but not everything",
            Self::NotJson => "a page instead of an answer",
            Self::Drift => "the answer is not as published",
            Self::Outage => "the same fails for many",
            Self::SmsUnreachable => "the phone cannot be reached",
            Self::SmsOptOut => "the person has opted out",
            Self::SmsBlocked => "the carrier blocks the sender",
            Self::SmsCapped => "the day's messages are used up",
        }
    }

    /// Whether no program can cure it: it needs somebody with access to the account, or a change of the program.
    pub fn needs_person(self) -> bool {
        matches!(
            self,
            Self::RefreshDead
                | Self::ScopeMissing
                | Self::Misaddressed
                | Self::LocationInactive
                | Self::SmsBlocked
        )
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.label(), self.number())
    }
}

/// What stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backup {
    /// The other credential of the location.
    Credential,
    /// The other version of the API.
    Version,
    /// The backup workflow or calendar of the market's configuration, else a task for the agent.
    Workflow,
    /// Another channel: e-mail, a task to call.
    Channel,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Again later, after this or what the number of attempts says.
    Retry {
        /// The least wait, when the answer says one.
        after: Option<Duration>,
    },
    /// Leave it until the day begins again; the urgent may take the other credential.
    Park {
        /// How long, when the answer says.
        until: Option<Duration>,
    },
    /// Renew the token, once for all who ask, and repeat once.
    Refresh,
    /// Read the stored tokens again; else have the company make new ones.
    Rescue,
    /// Take what stands in.
    FailOver(Backup),
    /// Repeat with the company's token.
    UseCompany,
    /// Have the company make a token for the location that is meant, and repeat.
    Remint,
    /// Leave the member out, remember it, and repeat.
    StripField(String),
    /// Bring the value of this member, if one is named, into the form that is wanted; else to the dead letters.
    Normalise(Option<String>),
    /// Go on as a change of the one with this identifier.
    AdoptId(String),
    /// Bury it; look for its duplicate, and go on with that.
    Tombstone,
    /// Read the pipelines again and map by name.
    Remap,
    /// Offer the next free slots.
    NextSlot,
    /// Look whether it was done; only if not, again.
    ReadBack,
    /// Compare with what was to be, and repeat these one by one.
    RetryParts(Vec<String>),
    /// Leave out what cannot be read, keep the rest, and tell.
    Quarantine,
    /// Leave the location alone, keep what is to be done, look again once a day, tell its owner.
    Suspend,
    /// Close the channel to this person for good.
    SetDnd,
    /// Send nothing more from this location by this channel.
    StopSending,
    /// Send it when the sender's day begins again.
    Reschedule {
        /// After this.
        after: Duration,
    },
    /// Read only, keep what is to be written, and look at their status page.
    ReadOnly,
    /// It will not succeed by itself: to the dead letters, with the reason.
    DeadLetter,
}

/// A classified answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its class.
    pub class: Class,
    /// What to do.
    pub action: Action,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// What the answer said, with everything personal masked.
    pub message: Option<String>,
    /// Their trace, for asking them.
    pub trace_id: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.class)?;
        if let Some(status) = self.status {
            write!(out, ", status {status}")?;
        }
        if let Some(message) = &self.message {
            write!(out, ": {message}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
