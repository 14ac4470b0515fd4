use serde::{Deserialize, Serialize};

/// Who caused a change: the e-mail of a signed-in user, or the name of a command run from a shell.
///
/// Recorded beside everything that a person can change; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// The actor named `name`; an empty name becomes `unknown`.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        if name.trim().is_empty() { Self("unknown".to_owned()) } else { Self(name) }
    }

    /// The name as it is shown and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
