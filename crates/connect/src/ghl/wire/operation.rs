use std::{collections::BTreeMap, sync::LazyLock};

use hyper::Method;
use serde::Deserialize;

use super::Version;

const TABLE: &str = include_str!("../../../../../data/ghl/operations.toml");

/// What can be asked of GoHighLevel here; the table says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// A code or a refresh token for tokens.
    OauthToken,
    /// A company's token for one of a location.
    OauthLocationToken,
    /// Where the app is installed.
    OauthInstalledLocations,
    /// One contact.
    ContactGet,
    /// Contacts by filters, page by page.
    ContactSearch,
    /// The contact with an e-mail address or phone number.
    ContactDuplicate,
    /// Creates a contact or updates its duplicate.
    ContactUpsert,
    /// Creates a contact.
    ContactCreate,
    /// Changes a contact.
    ContactUpdate,
    /// Deletes a contact.
    ContactDelete,
    /// Adds tags.
    ContactTagsAdd,
    /// Removes tags.
    ContactTagsRemove,
    /// Adds or removes tags of many contacts.
    ContactTagsBulk,
    /// Appointments of a contact.
    ContactAppointments,
    /// Tasks of a contact.
    TaskList,
    /// Tasks of a location.
    TaskSearch,
    /// Creates a task.
    TaskCreate,
    /// Changes a task.
    TaskUpdate,
    /// Completes or reopens a task.
    TaskComplete,
    /// Deletes a task.
    TaskDelete,
    /// Notes of a contact.
    NoteList,
    /// Writes a note.
    NoteCreate,
    /// Changes a note.
    NoteUpdate,
    /// Deletes a note.
    NoteDelete,
    /// Enrols a contact in a workflow.
    WorkflowAdd,
    /// Takes a contact out of a workflow.
    WorkflowRemove,
    /// Workflows of a location.
    WorkflowList,
    /// Pipelines with their stages.
    PipelineList,
    /// One opportunity.
    OpportunityGet,
    /// Opportunities, page by page.
    OpportunitySearch,
    /// Creates an opportunity.
    OpportunityCreate,
    /// Creates an opportunity or updates the contact's one.
    OpportunityUpsert,
    /// Changes an opportunity.
    OpportunityUpdate,
    /// Changes whether it is open, won, lost or abandoned.
    OpportunityStatus,
    /// Deletes an opportunity.
    OpportunityDelete,
    /// Reasons for losing that a location knows.
    OpportunityLostReasons,
    /// Conversations of a location or contact.
    ConversationSearch,
    /// One conversation.
    ConversationGet,
    /// Opens a conversation.
    ConversationCreate,
    /// Messages of a conversation.
    MessageList,
    /// One message.
    MessageGet,
    /// The body of an e-mail.
    MessageEmailGet,
    /// Messages of a location by time.
    MessageExport,
    /// Sends a message.
    MessageSend,
    /// Takes back a message that is not due.
    MessageUnschedule,
    /// Calendars of a location.
    CalendarList,
    /// When a calendar is free.
    CalendarFreeSlots,
    /// Books an appointment.
    AppointmentCreate,
    /// One appointment.
    AppointmentGet,
    /// Changes an appointment.
    AppointmentUpdate,
    /// Appointments in a time.
    EventList,
    /// Deletes an appointment.
    EventDelete,
    /// A location.
    LocationGet,
    /// Locations of a company.
    LocationSearch,
    /// Tags of a location.
    LocationTags,
    /// Custom fields of a location.
    CustomFieldList,
    /// Creates a custom field.
    CustomFieldCreate,
    /// Users of a location.
    UserList,
    /// One user.
    UserGet,
    /// Users of a company.
    UserSearch,
}

impl Op {
    /// All of them, each with its key in the table.
    pub const ALL: [(Self, &'static str); 60] = [
        (Self::OauthToken, "oauth-token"),
        (Self::OauthLocationToken, "oauth-location-token"),
        (Self::OauthInstalledLocations, "oauth-installed-locations"),
        (Self::ContactGet, "contact-get"),
        (Self::ContactSearch, "contact-search"),
        (Self::ContactDuplicate, "contact-duplicate"),
        (Self::ContactUpsert, "contact-upsert"),
        (Self::ContactCreate, "contact-create"),
        (Self::ContactUpdate, "contact-update"),
        (Self::ContactDelete, "contact-delete"),
        (Self::ContactTagsAdd, "contact-tags-add"),
        (Self::ContactTagsRemove, "contact-tags-remove"),
        (Self::ContactTagsBulk, "contact-tags-bulk"),
        (Self::ContactAppointments, "contact-appointments"),
        (Self::TaskList, "task-list"),
        (Self::TaskSearch, "task-search"),
        (Self::TaskCreate, "task-create"),
        (Self::TaskUpdate, "task-update"),
        (Self::TaskComplete, "task-complete"),
        (Self::TaskDelete, "task-delete"),
        (Self::NoteList, "note-list"),
        (Self::NoteCreate, "note-create"),
        (Self::NoteUpdate, "note-update"),
        (Self::NoteDelete, "note-delete"),
        (Self::WorkflowAdd, "workflow-add"),
        (Self::WorkflowRemove, "workflow-remove"),
        (Self::WorkflowList, "workflow-list"),
        (Self::PipelineList, "pipeline-list"),
        (Self::OpportunityGet, "opportunity-get"),
        (Self::OpportunitySearch, "opportunity-search"),
        (Self::OpportunityCreate, "opportunity-create"),
        (Self::OpportunityUpsert, "opportunity-upsert"),
        (Self::OpportunityUpdate, "opportunity-update"),
        (Self::OpportunityStatus, "opportunity-status"),
        (Self::OpportunityDelete, "opportunity-delete"),
        (Self::OpportunityLostReasons, "opportunity-lost-reasons"),
        (Self::ConversationSearch, "conversation-search"),
        (Self::ConversationGet, "conversation-get"),
        (Self::ConversationCreate, "conversation-create"),
        (Self::MessageList, "message-list"),
        (Self::MessageGet, "message-get"),
        (Self::MessageEmailGet, "message-email-get"),
        (Self::MessageExport, "message-export"),
        (Self::MessageSend, "message-send"),
        (Self::MessageUnschedule, "message-unschedule"),
        (Self::CalendarList, "calendar-list"),
        (Self::CalendarFreeSlots, "calendar-free-slots"),
        (Self::AppointmentCreate, "appointment-create"),
        (Self::AppointmentGet, "appointment-get"),
        (Self::AppointmentUpdate, "appointment-update"),
        (Self::EventList, "event-list"),
        (Self::EventDelete, "event-delete"),
        (Self::LocationGet, "location-get"),
        (Self::LocationSearch, "location-search"),
        (Self::LocationTags, "location-tags"),
        (Self::CustomFieldList, "custom-field-list"),
        (Self::CustomFieldCreate, "custom-field-create"),
        (Self::UserList, "user-list"),
        (Self::UserGet, "user-get"),
        (Self::UserSearch, "user-search"),
    ];

    /// Its key in the table: `contact-get`.
    pub fn key(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its row of the table.
    pub fn operation(self) -> &'static Operation {
        &OPERATIONS[self as usize]
    }
}

/// Whose token an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// A location's (a sub-account's).
    Location,
    /// A company's (an agency's).
    Company,
    /// None: its body says who asks.
    None,
}

/// What may follow an answer that leaves open whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// The same again changes nothing more.
    Safe,
    /// Look whether it was done before doing it again.
    ReadBack,
    /// Not again by itself.
    Never,
}

/// The same operation under `Version: v3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its path there.
    pub path: String,
    /// Query parameters that are spelled otherwise there: ours, theirs.
    pub query: BTreeMap<String, String>,
}

/// One row of the table of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with `{names}` to fill in. Case matters: a wrong one is answered 401.
    pub path: String,
    /// The header `Version`; none for the token endpoint.
    pub version: Option<Version>,
    /// Scopes, one of which the token needs.
    pub scopes: Vec<String>,
    /// Whose token.
    pub auth: Auth,
    /// What fails together.
    pub family: String,
    /// What may follow an unclear answer.
    pub repeat: Repeat,
    /// Whether it is to be read back and compared after writing.
    pub is_critical: bool,
    /// How to ask the same under `Version: v3`, where that exists.
    pub twin: Option<Twin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    method: String,
    path: String,
    version: Option<Version>,
    #[serde(default)]
    scopes: Vec<String>,
    auth: Auth,
    family: String,
    repeat: Repeat,
    #[serde(default)]
    critical: bool,
    v3: String,
    #[serde(default)]
    v3_query: BTreeMap<String, String>,
}

/// In the order of [`Op::ALL`].
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let mut rows: BTreeMap<String, Row> = toml::from_str(TABLE).expect("the shipped table is held by a test");
    let row = |(_, key): &(Op, &str)| rows.remove(*key).map(operation);
    Op::ALL.iter().map(row).collect::<Option<_>>().expect("every operation has its row, as a test says")
});

fn operation(row: Row) -> Operation {
    let twin = match row.v3.as_str() {
        "none" => None,
        "same" => Some(row.path.clone()),
        path => Some(path.to_owned()),
    };
    Operation {
        // An empty method cannot be; a test holds every one to the published contract.
        method: row.method.parse().unwrap_or(Method::GET),
        path: row.path,
        version: row.version,
        scopes: row.scopes,
        auth: row.auth,
        family: row.family,
        repeat: row.repeat,
        is_critical: row.critical,
        twin: twin.map(|path| Twin { path, query: row.v3_query }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;

    /// Method, path, version, scopes, names in the query.
    type Published = (String, String, Option<String>, BTreeSet<String>, Vec<String>);

    fn published(part: &str) -> HashMap<(String, String), Published> {
        let text = include_str!("../../../../../data/ghl/contract.json");
        let mut all: HashMap<String, Vec<Published>> = serde_json::from_str(text).unwrap();
        all.remove(part).unwrap().into_iter().map(|row| ((row.0.clone(), row.1.clone()), row)).collect()
    }

    #[test]
    fn every_operation_has_its_row_and_every_row_its_operation() {
        let rows: BTreeMap<String, Row> = toml::from_str(TABLE).unwrap();
        let keys: BTreeSet<&str> = rows.keys().map(String::as_str).collect();
        assert_eq!(keys, Op::ALL.iter().map(|(_, key)| *key).collect());
        assert!(Op::ALL.iter().enumerate().all(|(index, (op, _))| *op as usize == index));
    }

    #[test]
    fn every_operation_is_as_published() {
        let dates = published("dates");
        for (op, key) in Op::ALL {
            let row = op.operation();
            let it = dates
                .get(&(row.method.to_string(), row.path.clone()))
                .unwrap_or_else(|| panic!("{key}: {} {} is not published", row.method, row.path));
            if op == Op::MessageEmailGet {
                assert_eq!(
                    (&it.2, it.3.len()),
                    (&None, 0),
                    "the hole in the publication has been filled: {key}"
                );
                continue;
            }
            assert_eq!(row.version.map(|version| version.as_str().to_owned()), it.2, "{key}");
            if op == Op::ContactTagsBulk {
                assert!(it.3.is_empty(), "the hole in the publication has been filled: {key}");
                continue;
            }
            assert_eq!(row.scopes.iter().cloned().collect::<BTreeSet<_>>(), it.3, "{key}");
        }
    }

    #[test]
    fn the_twin_under_v3_is_published_too() {
        let twins = published("v3");
        for (op, key) in Op::ALL {
            let row = op.operation();
            let Some(twin) = &row.twin else { continue };
            let it =
                twins.get(&(row.method.to_string(), twin.path.clone())).unwrap_or_else(|| panic!("{key}"));
            for theirs in twin.query.values() {
                assert!(it.4.contains(theirs), "{key}: {theirs}");
            }
        }
    }

    #[test]
    fn nothing_that_creates_is_repeated_blindly() {
        for (op, key) in Op::ALL {
            let row = op.operation();
            if key.ends_with("-create") || op == Op::MessageSend {
                assert_eq!(row.repeat, Repeat::ReadBack, "{key}");
            }
            if row.method != Method::POST {
                assert_eq!(row.repeat, Repeat::Safe, "{key}: its method is idempotent");
            }
        }
    }
}
