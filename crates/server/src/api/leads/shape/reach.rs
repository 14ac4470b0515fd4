use jiff::Timestamp;
use kernel::Ulid;
use leads::{Channel, ChannelStanding, OptOutEntry, Reachability};
use serde::Serialize;
use utoipa::ToSchema;

use super::word;

/// What the gate knows of a lead.
#[derive(Serialize, ToSchema)]
pub struct LeadReachability {
    /// How every channel stands after all that was said.
    channels: Vec<LeadChannel>,
    /// What was said about wanting messages, the latest first.
    said: Vec<LeadSaid>,
    /// What messages rest on, the latest first.
    bases: Vec<LeadBasis>,
    /// Since when the number is on the market's own do-not-call list.
    listed_since: Option<Timestamp>,
    /// When the national registry was last looked at for the number.
    scrubbed_at: Option<Timestamp>,
    /// Whether the number was on it then.
    scrub_listed: Option<bool>,
    /// Do not disturb, by channel; channels that nobody told of are missing.
    do_not_disturb: Vec<LeadDoNotDisturb>,
}

impl LeadReachability {
    /// All of it.
    pub fn of(
        known: Reachability,
        standings: Vec<(Channel, ChannelStanding)>,
        said: Vec<OptOutEntry>,
    ) -> Self {
        Self {
            channels: standings.into_iter().map(LeadChannel::from).collect(),
            said: said.into_iter().map(LeadSaid::from).collect(),
            bases: known
                .bases
                .into_iter()
                .map(|basis| LeadBasis {
                    id: basis.id,
                    kind: word(&basis.kind),
                    at: basis.at,
                    recorded_at: basis.recorded_at,
                    told_by: word(&basis.told_by),
                    by: basis.who,
                    evidence: basis.evidence,
                })
                .collect(),
            listed_since: known.listed_since,
            scrubbed_at: known.scrub.map(|(at, _)| at),
            scrub_listed: known.scrub.map(|(_, listed)| listed),
            do_not_disturb: known
                .reach
                .iter()
                .map(|reach| LeadDoNotDisturb {
                    channel: word(&reach.channel),
                    state: word(&reach.state),
                    since: reach.since,
                    told_by: word(&reach.told_by),
                })
                .collect(),
        }
    }
}

/// How a channel stands.
#[derive(Serialize, ToSchema)]
pub struct LeadChannel {
    /// Which.
    channel: String,
    /// `open`, `unclear` (somebody has to read what was said) or `suppressed`.
    state: &'static str,
    /// Since when, unless open.
    since: Option<Timestamp>,
}

impl From<(Channel, ChannelStanding)> for LeadChannel {
    fn from((channel, standing): (Channel, ChannelStanding)) -> Self {
        let (state, since) = match standing {
            ChannelStanding::Open => ("open", None),
            ChannelStanding::Unclear { since } => ("unclear", Some(since)),
            ChannelStanding::Suppressed { since } => ("suppressed", Some(since)),
        };
        Self { channel: word(&channel), state, since }
    }
}

/// One thing that was said about wanting messages.
#[derive(Serialize, ToSchema)]
pub struct LeadSaid {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// When it was said.
    said_at: Timestamp,
    /// When it was recorded.
    recorded_at: Timestamp,
    /// `opt_out`, `unclear`, `settled` or `opt_in`.
    word: String,
    /// Channels that it is about.
    channels: Vec<String>,
    /// Where it comes from: `message`, `form`, `team`, `platform`, `complaint` or `import`.
    origin: String,
    /// The rule that read it.
    rule: Option<String>,
    /// Whether nothing lifts it.
    permanent: bool,
    /// Whether this lead said it; else somebody with the same number or address.
    own: bool,
    /// Who recorded it.
    by: Option<String>,
    /// Why, as the rule or whoever recorded it says.
    why: Option<String>,
}

impl From<OptOutEntry> for LeadSaid {
    fn from(entry: OptOutEntry) -> Self {
        Self {
            id: entry.id,
            said_at: entry.said_at,
            recorded_at: entry.recorded_at,
            word: word(&entry.word),
            channels: entry.channels.iter().map(word).collect(),
            origin: word(&entry.origin),
            rule: entry.rule,
            permanent: entry.permanent,
            own: entry.own,
            by: entry.by,
            why: entry.why,
        }
    }
}

/// Something that messages rest on.
#[derive(Serialize, ToSchema)]
pub struct LeadBasis {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// `written`, `withdrawn`, `inquiry` or `transaction`.
    kind: String,
    /// When it was.
    at: Timestamp,
    /// When it was noted.
    recorded_at: Timestamp,
    /// Where it is known from.
    told_by: String,
    /// Who noted it.
    by: String,
    /// What shows it.
    evidence: String,
}

/// Do not disturb on one channel.
#[derive(Serialize, ToSchema)]
pub struct LeadDoNotDisturb {
    /// Which.
    channel: String,
    /// `off`, `on` or `permanent`.
    state: String,
    /// Since when it is so.
    since: Timestamp,
    /// Where it is known from.
    told_by: String,
}
