use disclosure::Withheld;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Question;

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// It is told.
    Told {
        /// The count; with noise it may be below zero.
        value: i64,
        /// With noise: 95 of 100 draws are at most this far from the clamped count.
        plus_minus: Option<u64>,
    },
    /// It is not.
    Withheld {
        /// `too-few`, `dominated`, `overlapping` or `protecting`.
        reason: String,
    },
}

impl Figure {
    /// The count, when it is told.
    pub fn value(&self) -> Option<i64> {
        match self {
            Self::Told { value, .. } => Some(*value),
            Self::Withheld { .. } => None,
        }
    }

    pub(crate) fn withheld(why: Withheld) -> Self {
        Self::Withheld { reason: why.id().to_owned() }
    }
}

/// A rate made of told figures only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The rate; absent when a part of it is withheld, or when there is nothing to divide by.
    pub value: Option<f64>,
    /// What is divided by what.
    pub formula: String,
}

/// The figures of one group of markets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The region, line of business or currency; `all` for all markets.
    pub id: String,
    /// As people read it.
    pub label: String,
    /// How many markets there are in it that could be read. This is on record in the hub and no secret.
    pub markets: u64,
    /// One figure per column.
    pub figures: Vec<Figure>,
    /// Their sum, where it means something.
    pub total: Option<Figure>,
    /// The rate of the group, where the measure has one.
    pub rate: Option<Rate>,
}

/// A market that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub market: String,
    /// Why.
    pub reason: String,
}

/// How noise was added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseUsed {
    /// What the whole answer cost.
    pub epsilon: String,
    /// What each figure cost.
    pub epsilon_per_figure: String,
    /// Most that one market counts for in one figure.
    pub clamp: u64,
    /// Scale of the discrete Laplace noise.
    pub scale: f64,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// To what.
    pub question: Question,
    /// When the markets were counted.
    pub at: Timestamp,
    /// Identifiers of the columns.
    pub columns: Vec<String>,
    /// The columns as people read them.
    pub labels: Vec<String>,
    /// The groups, by identifier.
    pub groups: Vec<Group>,
    /// All groups together.
    pub all: Group,
    /// Markets that are not in it.
    pub missing: Vec<Missing>,
    /// How many figures are withheld.
    pub withheld: u64,
    /// How noise was added, if it was.
    pub noise: Option<NoiseUsed>,
}
