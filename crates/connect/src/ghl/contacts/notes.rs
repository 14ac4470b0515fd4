use jiff::Timestamp;
use serde_json::json;

use super::{Call, Fields, FromWire, Nothing, Op};

/// A note on a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its identifier.
    pub id: String,
    /// What it says.
    pub body: Option<String>,
    /// Who wrote it.
    pub user: Option<String>,
    /// When.
    pub added_at: Option<Timestamp>,
}

impl FromWire for Note {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("note");
        let it = if inner.members().is_some() { &inner } else { fields };
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            body: it.text("body"),
            user: it.text("userId"),
            added_at: it.instant("dateAdded"),
        })
    }
}

impl FromWire for Vec<Note> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("notes")?;
        Some(fields.list("notes"))
    }
}

/// Notes on a contact.
pub fn list_notes(contact: &str) -> Call<Vec<Note>> {
    Call::new(Op::NoteList, &[contact])
}

/// Writes a note.
pub fn create_note(contact: &str, body: &str, user: Option<&str>) -> Call<Note> {
    Call::new(Op::NoteCreate, &[contact]).json(wire(body, user))
}

/// Changes a note.
pub fn update_note(contact: &str, note: &str, body: &str, user: Option<&str>) -> Call<Note> {
    Call::new(Op::NoteUpdate, &[contact, note]).json(wire(body, user))
}

/// Deletes a note.
pub fn delete_note(contact: &str, note: &str) -> Call<Nothing> {
    Call::new(Op::NoteDelete, &[contact, note])
}

fn wire(body: &str, user: Option<&str>) -> serde_json::Value {
    let mut wire = json!({ "body": body });
    if let Some(user) = user {
        wire["userId"] = json!(user);
    }
    wire
}
