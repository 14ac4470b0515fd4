use std::fmt;

/// One value of a policy that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a path (`tiers[0].criteria[1].threshold`).
    pub key: String,
    /// The value found.
    pub value: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = {}: {}", self.key, self.value, self.reason)
    }
}

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, an unknown or missing key, a name that does not exist or a value of the wrong type.
    #[error("the policy cannot be read: {0}")]
    Unreadable(String),
    /// Readable, but these values contradict the rules of a policy.
    #[error("the policy is not valid: {}", listed(.0))]
    Invalid(Vec<Fault>),
    /// The policy cannot be written as TOML.
    #[error("the policy cannot be written: {0}")]
    Unwritable(String),
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}
