//! What the endpoints of contacts send.

use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

/// A person of the market.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct Contact {
    /// Which one, within the market.
    #[schema(value_type = String)]
    id: Ulid,
    /// Counts its changes, from 1. A change names the version it was made from.
    #[schema(minimum = 1)]
    version: u64,
    /// Name.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Phone number, international (E.164).
    phone: Option<String>,
    /// Postal address.
    address: Option<String>,
    /// The pipeline it goes through.
    pipeline: String,
    /// Where in it.
    stage: String,
    /// Since when.
    staged_at: Timestamp,
    /// The user who looks after it.
    #[schema(value_type = Option<String>)]
    assignee: Option<Ulid>,
    /// How it came here: `entered` or `import`.
    origin: &'static str,
    /// The legal hold it is under: as long as it lasts, the person cannot be erased.
    hold: Option<Hold>,
    /// When it came.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// A legal hold.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactHold)]
pub struct Hold {
    /// Since when.
    since: Timestamp,
    /// Why.
    reason: String,
}

impl From<contacts::Contact> for Contact {
    fn from(contact: contacts::Contact) -> Self {
        Self {
            id: contact.id.ulid(),
            version: contact.version,
            name: contact.personal.name,
            email: contact.personal.email,
            phone: contact.personal.phone,
            address: contact.personal.address,
            pipeline: contact.pipeline,
            stage: contact.stage,
            staged_at: contact.staged_at,
            assignee: contact.assignee,
            origin: contact.origin.id(),
            hold: contact.hold.map(|hold| Hold { since: hold.since, reason: hold.reason }),
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// Some contacts, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Contacts {
    /// The contacts. A page can be short, or empty, before the last one: names are looked for one by one.
    contacts: Vec<Contact>,
    /// Where the next page begins; `null`: this was the last.
    next_cursor: Option<String>,
}

impl Contacts {
    /// A page with the cursor of the next.
    pub fn of(contacts: Vec<contacts::Contact>, next_cursor: Option<String>) -> Self {
        Self { contacts: contacts.into_iter().map(Contact::from).collect(), next_cursor }
    }
}

/// What somebody wrote down about a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactNote)]
pub struct Note {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// Who wrote it: `user:` or `key:` with the identifier.
    author: String,
    /// What.
    body: String,
    /// When.
    created_at: Timestamp,
}

impl From<contacts::Note> for Note {
    fn from(note: contacts::Note) -> Self {
        Self { id: note.id, author: note.author, body: note.body, created_at: note.created_at }
    }
}

/// A message between the market and a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactMessage)]
pub struct Message {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// `in`: from the contact, `out`: to the contact.
    direction: &'static str,
    /// `email`, `sms`, `call`, `letter` or `visit`.
    channel: &'static str,
    /// What.
    body: String,
    /// When it was sent or received.
    at: Timestamp,
}

impl From<contacts::Message> for Message {
    fn from(message: contacts::Message) -> Self {
        Self {
            id: message.id,
            direction: message.direction.id(),
            channel: message.channel.id(),
            body: message.body,
            at: message.at,
        }
    }
}
