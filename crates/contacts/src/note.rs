use std::fmt;

use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;

/// What somebody wrote down about a contact.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Which one.
    pub id: Ulid,
    /// Who wrote it, as the audit chain names them: `user:01J..`.
    pub author: String,
    /// What.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

impl fmt::Debug for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Note({}, {} bytes)", self.id, self.body.len())
    }
}
