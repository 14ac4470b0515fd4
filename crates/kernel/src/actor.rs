use std::fmt;

use serde::{Deserialize, Serialize};

/// Who caused a change: the e-mail of a signed-in user, or the name of a command run from a shell.
///
/// Recorded beside everything that a person can change; never empty. Where a record outlives the person (an
/// audit chain), [`Actor::id`] goes in instead of the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Actor {
    name: String,
    id: Option<String>,
}

impl Actor {
    /// The actor named `name`; an empty name becomes `unknown`.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let name = if name.trim().is_empty() { "unknown".to_owned() } else { name };
        Self { name, id: None }
    }

    /// The same, known as `id` (`user:01J..`) where no name may stand. It is not stored with the name.
    pub fn known_as(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The name as it is shown and stored.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What tells the actor apart without naming a person, where that is known; else the name.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.name
    }
}

impl From<String> for Actor {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_stored_by_name_and_known_by_identifier() {
        let ana = Actor::new("ana@example.com").known_as("user:01J");
        assert_eq!((ana.as_str(), ana.id()), ("ana@example.com", "user:01J"));
        assert_eq!(serde_json::to_string(&ana).expect("JSON"), "\"ana@example.com\"");
        assert_eq!(Actor::new(" ").id(), "unknown");
    }
}
