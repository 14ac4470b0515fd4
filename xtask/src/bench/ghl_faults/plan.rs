//! Which faults, how many of each, and what is done so that they strike.

use std::time::Duration;

use serde_json::{Value, json};

/// What is done, at GoHighLevel or in the hub, so that a fault is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody in the office changes a contact's name: the event is told, the hub fetches.
    Edit,
    /// The same, of a contact that the office adds.
    Add,
    /// The hub is asked to write a note.
    Note,
    /// The hub is asked to open a task.
    Task,
    /// The hub is asked to put a tag on.
    Tag,
    /// The hub is asked to move the contact to a stage.
    Stage,
    /// The hub is asked to enrol the contact in a workflow.
    Enrol,
    /// The hub is asked to book an appointment.
    Book,
    /// The hub is asked to send a text message.
    Text,
}

/// What the end must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As if there had been no fault.
    Whole,
    /// The contact is gone, here as there.
    Gone,
    /// Somebody else's way: a task or an e-mail in place of the text, another workflow or slot.
    Another,
    /// Nothing is sent, and nothing will be.
    Silent,
    /// A person is told, with a packet.
    Told,
}

/// One kind of trial.
#[derive(Clone, Debug)]
pub struct Case {
    /// Number of the fault's class.
    pub class: u8,
    /// Its words.
    pub name: &'static str,
    /// Trials.
    pub count: usize,
    /// What is done.
    pub deed: Deed,
    /// Where the fault strikes, and in which form: members of the emulator's rule.
    pub rule: Value,
    /// Seconds within which it must be over.
    pub seconds: u64,
    /// What the end must be.
    pub end: End,
    /// Only where a private integration token is stored as second credential (`true`), or is not (`false`).
    pub private: Option<bool>,
}

impl Case {
    /// The time within which it must be over.
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn case(class: u8, name: &'static str, count: usize, deed: Deed, rule: Value) -> Case {
    Case { class, name, count, deed, rule, seconds: 30, end: End::Whole, private: None }
}

impl Case {
    fn within(self, seconds: u64) -> Self {
        Self { seconds, ..self }
    }

    fn ends(self, end: End) -> Self {
        Self { end, ..self }
    }

    fn with_private(self, private: bool) -> Self {
        Self { private: Some(private), ..self }
    }
}

const FETCH: &str = "GET /contacts/{contactId}";
const NOTES: &str = "POST /contacts/{contactId}/notes";
const TASKS: &str = "POST /contacts/{contactId}/tasks";
const TAGS: &str = "POST /contacts/{contactId}/tags";
const TEXTS: &str = "POST /conversations/messages";
const EDITED: &str = "ContactUpdate";

/// Every kind of trial. The mix is a quarter limits, a fifth tokens, then failures of theirs, events, refusals, deletions,
/// and what only a person can cure.
#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    let at = |operation: &str| json!({ "operation": operation });
    let form = |operation: &str, variant: &str| json!({ "operation": operation, "variant": variant });
    vec![
        // Limits.
        case(1, "burst limit", 260, Deed::Edit, at(FETCH)).within(60),
        case(1, "burst limit, writing", 120, Deed::Note, at(NOTES)).within(60),
        case(2, "day limit, second credential", 70, Deed::Edit, json!({ "operation": FETCH, "seconds": 20 })).within(60).with_private(true),
        case(2, "day limit that ends in 5 s", 60, Deed::Edit, json!({ "operation": FETCH, "seconds": 5 })).within(90).with_private(false),
        // Tokens.
        case(3, "token expired", 180, Deed::Edit, at(FETCH)).with_private(false),
        case(3, "token expired, writing", 100, Deed::Note, at(NOTES)).with_private(false),
        case(4, "refresh token spent by another", 24, Deed::Edit, at(FETCH)).with_private(true),
        case(5, "refresh dead, rescued", 24, Deed::Edit, at(FETCH)).with_private(true),
        case(7, "time-out as 401", 90, Deed::Edit, at(FETCH)),
        case(9, "token of another location", 30, Deed::Edit, at(FETCH)),
        case(10, "forbidden resource", 20, Deed::Edit, at(FETCH)),
        case(11, "version gone", 4, Deed::Edit, at(FETCH)),
        // Failures of theirs.
        case(20, "503 on reading", 120, Deed::Edit, json!({ "operation": FETCH, "variant": "503", "count": 2 })),
        case(20, "connection cut on reading", 40, Deed::Edit, form(FETCH, "cut")),
        case(21, "created, then 503", 90, Deed::Note, form(NOTES, "503")),
        case(21, "created, then no answer", 30, Deed::Task, json!({ "operation": TASKS, "variant": "cut" })),
        case(21, "not created, 503", 30, Deed::Task, json!({ "operation": TASKS, "variant": "503", "after": false })),
        case(21, "text sent, then 503", 20, Deed::Text, form(TEXTS, "503")).within(60),
        case(23, "HTML for JSON", 50, Deed::Edit, at(FETCH)),
        case(34, "outage of 5 s", 24, Deed::Edit, json!({ "operation": FETCH, "seconds": 5 })).within(60),
        // Events.
        case(26, "event twice", 80, Deed::Edit, at(EDITED)),
        case(27, "event late", 60, Deed::Edit, json!({ "operation": EDITED, "seconds": 3 })),
        case(25, "signature does not fit", 40, Deed::Edit, at(EDITED)).within(240),
        case(28, "event lost", 100, Deed::Edit, at(EDITED)).within(240),
        case(28, "event of a new contact lost", 40, Deed::Add, at("ContactCreate")).within(240),
        case(29, "storm of events", 30, Deed::Edit, json!({ "operation": EDITED, "times": 50 })).within(60),
        case(30, "poison event", 60, Deed::Edit, at(EDITED)),
        case(31, "echo of our own writing", 40, Deed::Tag, Value::Null),
        case(39, "clock wrong by an hour", 30, Deed::Edit, json!({ "operation": EDITED, "seconds": 3600 })),
        // Refusals and drift.
        case(13, "member not accepted", 4, Deed::Task, at(TASKS)),
        case(15, "deal exists already", 30, Deed::Stage, at("POST /opportunities/")),
        case(22, "tags dropped in silence", 50, Deed::Tag, json!({ "operation": TAGS, "field": "tags" })),
        case(24, "answer not as published", 50, Deed::Edit, form(FETCH, "type")),
        // Deleted and rebuilt.
        case(16, "contact deleted", 70, Deed::Note, at(NOTES)).ends(End::Gone),
        case(16, "contact merged", 40, Deed::Note, form(NOTES, "merged")).ends(End::Gone),
        case(17, "pipelines rebuilt", 40, Deed::Stage, at("POST /opportunities/")),
        case(18, "workflow deleted", 30, Deed::Enrol, at("POST /contacts/{contactId}/workflow/{workflowId}")).ends(End::Another),
        case(19, "slot taken", 30, Deed::Book, at("POST /calendars/events/appointments")).ends(End::Another),
        // Carriers.
        case(35, "phone cannot be reached", 20, Deed::Text, at(TEXTS)).within(60).ends(End::Another),
        case(36, "opted out at the carrier", 20, Deed::Text, at(TEXTS)).within(60).ends(End::Silent),
        // A person has to act: what counts is that one is told.
        case(6, "scope missing", 4, Deed::Edit, json!({ "operation": FETCH, "count": 0 })).within(60).ends(End::Told),
        case(8, "request wrong in itself", 4, Deed::Edit, json!({ "operation": FETCH, "count": 0 })).within(60).ends(End::Told),
        case(5, "refresh dead, nothing stored", 4, Deed::Edit, form(FETCH, "company")).within(60).ends(End::Told).with_private(false),
        case(37, "carrier blocks the sender", 8, Deed::Text, at(TEXTS)).within(60).ends(End::Told),
        case(12, "location not active", 4, Deed::Edit, at(FETCH)).within(60).ends(End::Told),
    ]
}
