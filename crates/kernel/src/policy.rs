use serde::{Deserialize, Serialize};

/// Names one version of a policy: what every assessment records about the constants behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyKey {
    /// The policy's name (`framework`, `legacy`).
    pub name: String,
    /// Counts up from 1 within the name.
    pub version: u32,
}

impl std::fmt::Display for PolicyKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} v{}", self.name, self.version)
    }
}
