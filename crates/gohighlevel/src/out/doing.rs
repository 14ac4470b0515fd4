//! What is to be done at GoHighLevel: as it is asked for, and as it waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use connect::ghl::budget::Lane;
use jiff::Timestamp;
use kernel::Ulid;
use leads::{
    Channel, State,
    gate::{Purpose, Review},
};
use serde::{Deserialize, Serialize};

/// A message to a contact. Its `Debug` shows the channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// By which way: text message, e-mail, WhatsApp or chat.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// The text; of an e-mail its HTML.
    pub text: String,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// State of the property that it is about.
    pub property: Option<State>,
    /// Who read it before, if anybody did.
    pub review: Option<Review>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Letter({})", self.channel)
    }
}

/// Something that a person or a program wants done with a contact at GoHighLevel. Its `Debug` shows the kind.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A note.
    Note {
        /// What it says.
        text: String,
    },
    /// A task.
    Task {
        /// What is to be done.
        title: String,
        /// More of it.
        body: Option<String>,
        /// When it is due.
        due_at: Timestamp,
        /// Who is to do it, a user here.
        user: Option<Ulid>,
    },
    /// Tags: those to be there, and those not to be. The others stay as they are.
    Tags {
        /// To be there.
        add: BTreeSet<String>,
        /// Not to be there.
        remove: BTreeSet<String>,
    },
    /// The stage of the contact's opportunity, by the market's own words.
    Stage {
        /// The market's pipeline.
        pipeline: String,
        /// Its stage.
        stage: String,
    },
    /// Enrolment in a workflow, by its alias or name, when the gate lets it: it writes to them.
    Workflow {
        /// Which.
        workflow: String,
    },
    /// An appointment at this time, or in the next free slot after it; announced when the gate lets that.
    Appointment {
        /// In which calendar, by its alias or name.
        calendar: String,
        /// When.
        starts_at: Timestamp,
        /// Its title.
        title: Option<String>,
    },
    /// A message, when the gate lets it out.
    Message(Letter),
    /// Whether the contact is left alone by a channel.
    DoNotDisturb {
        /// By which.
        channel: Channel,
        /// Whether.
        on: bool,
    },
    /// Who looks after the contact, a user here; nobody.
    Assign {
        /// Whom.
        user: Option<Ulid>,
    },
}

impl Act {
    /// A word for tables and the audit trail.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Note { .. } => "note",
            Self::Task { .. } => "task",
            Self::Tags { .. } => "tags",
            Self::Stage { .. } => "stage",
            Self::Workflow { .. } => "workflow",
            Self::Appointment { .. } => "appointment",
            Self::Message(_) => "message",
            Self::DoNotDisturb { .. } => "do_not_disturb",
            Self::Assign { .. } => "assign",
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Act({})", self.kind())
    }
}

/// Who looks after a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Assignee {
    /// This user here.
    User(Ulid),
    /// Nobody.
    Nobody,
}

/// What a contact is to be like there, apart from its score. What is not named is left as it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Tags to be there.
    pub tags_on: BTreeSet<String>,
    /// Tags not to be there.
    pub tags_off: BTreeSet<String>,
    /// By channel (`SMS`, `Email`, ..): `active`, `inactive`, `permanent`.
    pub dnd: BTreeMap<String, String>,
    /// Channels by which nobody needs to be left alone any more, where it was we who put that on.
    #[serde(default)]
    pub lifted: BTreeSet<String>,
    /// Who looks after it.
    pub assigned: Option<Assignee>,
}

impl Wanted {
    /// Do-not-disturb by these channels, as far as GoHighLevel has it.
    pub fn left_alone(channels: impl IntoIterator<Item = Channel>, status: &str) -> Self {
        let named = channels.into_iter().filter_map(dnd_name);
        Self { dnd: named.map(|name| (name.to_owned(), status.to_owned())).collect(), ..Self::default() }
    }

    /// That nobody is left alone by these channels any more, as far as it was put on from here.
    pub fn written_to(channels: impl IntoIterator<Item = Channel>) -> Self {
        let named = channels.into_iter().filter_map(dnd_name);
        Self { lifted: named.map(str::to_owned).collect(), ..Self::default() }
    }

    /// Both; where they disagree, what was wanted later.
    #[must_use]
    pub fn joined(mut self, later: Self) -> Self {
        self.tags_on.retain(|tag| !later.tags_off.contains(tag));
        self.tags_off.retain(|tag| !later.tags_on.contains(tag));
        self.tags_on.extend(later.tags_on);
        self.tags_off.extend(later.tags_off);
        for (channel, status) in later.dnd {
            // For good is for good.
            let is_final = self.dnd.get(&channel).is_some_and(|status| status == "permanent");
            if !is_final {
                self.lifted.remove(&channel);
                self.dnd.insert(channel, status);
            }
        }
        for channel in later.lifted {
            // For good is for good here, too. What is not on yet need not be lifted, and does no harm.
            if self.dnd.get(&channel).is_none_or(|status| status != "permanent") {
                self.dnd.remove(&channel);
                self.lifted.insert(channel);
            }
        }
        self.assigned = later.assigned.or(self.assigned);
        self
    }
}

/// What is to be read of a score there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScoreWanted {
    /// The chance in percent, 0 to 100.
    pub score: u8,
    /// `hot`, `warm`, `cold`; none before the lead was ranked.
    pub band: Option<String>,
    /// The reasons that matter most, one per line.
    pub reasons: String,
    /// What to do next.
    pub next: String,
}

/// What is to be done, as it waits.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Doing {
    Score(ScoreWanted),
    Contact(Wanted),
    Stage { pipeline: String, stage: String },
    Note { text: String },
    Task { title: String, body: Option<String>, due_at: Timestamp, user: Option<Ulid> },
    Workflow { workflow: String },
    Appointment { calendar: String, starts_at: Timestamp, title: Option<String> },
    Message(Letter),
}

impl Doing {
    /// The word as it is stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Score(_) => "score",
            Self::Contact(_) => "contact",
            Self::Stage { .. } => "stage",
            Self::Note { .. } => "note",
            Self::Task { .. } => "task",
            Self::Workflow { .. } => "workflow",
            Self::Appointment { .. } => "appointment",
            Self::Message(_) => "message",
        }
    }

    /// How urgent it is.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Message(_) => Lane::Reply,
            Self::Contact(wanted) if !wanted.dnd.is_empty() => Lane::Reply,
            Self::Task { .. } | Self::Workflow { .. } | Self::Appointment { .. } => Lane::Routing,
            Self::Contact(wanted) if wanted.assigned.is_some() => Lane::Routing,
            Self::Score(_) | Self::Contact(_) | Self::Stage { .. } | Self::Note { .. } => Lane::Score,
        }
    }
}

impl fmt::Debug for Doing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Doing({})", self.kind())
    }
}

/// The lane with this place among [`Lane::ALL`].
pub(crate) fn lane_of(place: u8) -> Lane {
    Lane::ALL.get(usize::from(place)).copied().unwrap_or(Lane::Bulk)
}

/// What GoHighLevel calls a channel in its do-not-disturb settings; none for one that it has none for.
pub(crate) fn dnd_name(channel: Channel) -> Option<&'static str> {
    Some(match channel {
        Channel::Sms => "SMS",
        Channel::Voice => "Call",
        Channel::Email => "Email",
        Channel::WhatsApp => "WhatsApp",
        Channel::Messenger => "FB",
        Channel::GoogleBusiness => "GMB",
        Channel::Chat => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(on: &[&str], off: &[&str]) -> Wanted {
        let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        Wanted { tags_on: set(on), tags_off: set(off), ..Wanted::default() }
    }

    #[test]
    fn what_was_wanted_later_counts() {
        let joined = tags(&["a", "b"], &["c"]).joined(tags(&["c"], &["a"]));
        assert!(joined == tags(&["b", "c"], &["a"]));
    }

    #[test]
    fn do_not_disturb_for_good_is_never_taken_back() {
        let dnd = |status: &str| Wanted {
            dnd: [("SMS".to_owned(), status.to_owned())].into(),
            ..Wanted::default()
        };
        assert!(dnd("permanent").joined(dnd("inactive")) == dnd("permanent"));
        assert!(dnd("active").joined(dnd("permanent")) == dnd("permanent"));
        assert!(dnd("active").joined(dnd("inactive")) == dnd("inactive"));
    }

    #[test]
    fn who_wants_messages_again_is_not_left_alone_by_what_still_waits() {
        let (sms, off) = (Wanted::left_alone([Channel::Sms], "active"), Wanted::written_to([Channel::Sms]));
        let joined = sms.clone().joined(off.clone());
        assert!(joined == off, "the later word counts");
        assert!(joined.joined(sms.clone()) == sms);
        let for_good = Wanted::left_alone([Channel::Sms], "permanent");
        assert!(for_good.clone().joined(off) == for_good);
    }

    #[test]
    fn nothing_personal_is_shown() {
        let letter = Letter {
            channel: Channel::Sms,
            purpose: Purpose::Reply,
            text: "Dear Ana".to_owned(),
            subject: None,
            property: None,
            review: None,
        };
        let shown =
            format!("{letter:?} {:?} {:?}", Act::Message(letter.clone()), Doing::Message(letter.clone()));
        assert!(!shown.contains("Ana"), "{shown}");
    }
}
