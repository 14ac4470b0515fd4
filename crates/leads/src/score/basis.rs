use std::fmt;

use kernel::PolicyKey;
use serde::{Deserialize, Serialize};

/// What a score rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A published rule, because there is no model yet.
    Prior {
        /// Which rule.
        policy: PolicyKey,
        /// Why there is no model.
        why: NotYet,
    },
    /// A model that learned from the market's own outcomes.
    Model {
        /// Which model.
        id: String,
        /// Counts up from 1 within the model.
        version: u32,
        /// Rows that it was trained on.
        rows: u64,
        /// Rows that it was judged on.
        judged_rows: u64,
    },
}

/// Leads whose end is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Leads that reached the goal.
    pub positive: u64,
    /// Leads that did not.
    pub negative: u64,
}

/// Why there is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotYet {
    /// Too few leads have come to an end.
    TooFew {
        /// How many have.
        outcomes: Outcomes,
        /// How many are asked for.
        needed: Outcomes,
    },
    /// There are enough, and no model was trained and accepted.
    NotTrained,
    /// There is one that this program cannot read: a newer one wrote it, or it is damaged.
    Unreadable {
        /// Its version.
        version: u32,
    },
}

impl fmt::Display for NotYet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { outcomes, needed } => write!(
                out,
                "{} of the {} leads that reached the goal are there, and {} of the {} that did not",
                outcomes.positive, needed.positive, outcomes.negative, needed.negative
            ),
            Self::NotTrained => out.write_str("there are outcomes enough, and no model was accepted yet"),
            Self::Unreadable { version } => {
                write!(out, "model {version} was accepted, and this program cannot read it")
            }
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prior { policy, why } => write!(out, "prior rule {policy}: {why}"),
            Self::Model { id, version, rows, judged_rows } => {
                write!(
                    out,
                    "model {id} v{version}, trained on {rows} rows and judged on {judged_rows} others"
                )
            }
        }
    }
}
