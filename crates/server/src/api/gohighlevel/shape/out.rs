use gohighlevel::{backup_map::Named, out};
use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

/// Some writes.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelWrites)]
pub struct Writes {
    /// The writes, the newest first.
    writes: Vec<Write>,
    /// How many there are in each state that has any.
    counts: Vec<WriteCount>,
    /// Where the next page begins; `null`: this was the last.
    next_cursor: Option<String>,
}

impl Writes {
    /// A page with the cursor of the next.
    pub fn of(page: out::WritesPage, next_cursor: Option<String>) -> Self {
        let counts = page.counts.into_iter().map(|(state, writes)| WriteCount { state, writes });
        Self {
            writes: page.writes.into_iter().map(Write::from).collect(),
            counts: counts.collect(),
            next_cursor,
        }
    }
}

/// How many writes are in a state.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelWriteCount)]
pub struct WriteCount {
    /// The state.
    state: String,
    /// How many.
    writes: u64,
}

/// A write, without what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelWrite)]
pub struct Write {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// Of whom: the contact.
    #[schema(value_type = String)]
    contact: Ulid,
    /// `score`, `contact`, `stage`, `note`, `task`, `workflow`, `appointment` or `message`.
    kind: String,
    /// `waiting`, `done`, `dead`, `refused` or `dropped`.
    state: &'static str,
    /// When it is done, or was to be.
    run_at: Timestamp,
    /// Failures that counted.
    tries: u32,
    /// The class of the last fault.
    class: Option<u8>,
    /// Why it waits or ended.
    reason: Option<String>,
    /// The decision of the gate, of messages.
    #[schema(value_type = Option<String>)]
    decision: Option<Ulid>,
    /// The identifier of what was made there.
    remote: Option<String>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// Whether it can be done again.
    can_replay: bool,
}

impl From<out::WriteView> for Write {
    fn from(write: out::WriteView) -> Self {
        Self {
            id: write.id,
            contact: write.contact.ulid(),
            kind: write.kind,
            state: write.state,
            run_at: write.run_at,
            tries: write.tries,
            class: write.class,
            reason: write.reason,
            decision: write.decision,
            remote: write.remote,
            created_at: write.created_at,
            ended_at: write.ended_at,
            can_replay: write.can_replay,
        }
    }
}

/// What a person has to see to.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelIncident)]
pub struct Incident {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// Number of the fault.
    class: u8,
    /// What that is.
    label: &'static str,
    /// The operation.
    operation: String,
    /// How often.
    count: u64,
    /// The first time.
    first_at: Timestamp,
    /// The last time.
    last_at: Timestamp,
    /// What GoHighLevel said last, masked.
    message: String,
    /// Trace identifiers of its answers, the latest last.
    traces: Vec<String>,
    /// What was asked, masked.
    request: String,
    /// What was tried, in order.
    tried: Vec<String>,
    /// Where in the published contract the operation stands.
    reference: String,
    /// Everything as one text, to be sent to somebody.
    packet: String,
    /// When somebody closed it.
    closed_at: Option<Timestamp>,
    /// What they wrote.
    note: Option<String>,
}

impl From<gohighlevel::Incident> for Incident {
    fn from(incident: gohighlevel::Incident) -> Self {
        Self {
            packet: incident.packet(),
            label: gohighlevel::GoHighLevel::class_label(incident.class),
            id: incident.id,
            class: incident.class,
            operation: incident.operation,
            count: incident.count,
            first_at: incident.first_at,
            last_at: incident.last_at,
            message: incident.message,
            traces: incident.traces,
            request: incident.request,
            tried: incident.tried,
            reference: incident.reference,
            closed_at: incident.closed_at,
            note: incident.note,
        }
    }
}

/// Something that has a name in GoHighLevel.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelAlias)]
pub struct Alias {
    /// `pipeline`, `stage`, `calendar`, `workflow`, `user` or `field`.
    what: &'static str,
    /// Its identifier there.
    remote: String,
    /// Of a stage its pipeline's identifier; empty otherwise.
    parent: String,
    /// Its name there.
    name: String,
    /// Of a stage its place in the pipeline, from 0.
    position: u32,
    /// The word for it here.
    alias: Option<String>,
    /// Whether a person chose that word.
    chosen: bool,
    /// Among several with one word: 0 is taken first, the others stand in.
    place: u32,
    /// Whether it can be used: published, active.
    usable: bool,
}

impl From<Named> for Alias {
    fn from(named: Named) -> Self {
        Self {
            what: named.what.id(),
            remote: named.remote,
            parent: named.parent,
            name: named.name,
            position: named.position,
            alias: named.alias,
            chosen: named.is_chosen,
            place: named.place,
            usable: named.is_usable,
        }
    }
}

/// A channel by which nothing is sent for now.
#[derive(Serialize, ToSchema)]
#[schema(as = GoHighLevelPausedChannel)]
pub struct PausedChannel {
    /// Which.
    channel: String,
    /// Since when.
    since: Timestamp,
    /// Until when; nothing: until somebody resumes it.
    until: Option<Timestamp>,
    /// The class of the fault.
    class: u8,
    /// Why.
    reason: String,
}

impl From<out::PausedChannel> for PausedChannel {
    fn from(paused: out::PausedChannel) -> Self {
        let out::PausedChannel { channel, since, until, class, reason } = paused;
        Self { channel, since, until, class, reason }
    }
}
