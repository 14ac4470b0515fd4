use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Which question a model answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whether the lead reaches the market's goal.
    Goal,
    /// Whether an active lead falls silent.
    Cold,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Goal, Self::Cold];

    /// The word as it is stored and typed.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Cold => "cold",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// The text is no kind of model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of model: goal or cold")]
pub struct KindError(String);

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        let known = Self::ALL.into_iter().find(|kind| kind.id() == text);
        known.ok_or_else(|| KindError(text.chars().take(40).collect()))
    }
}
