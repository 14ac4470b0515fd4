//! Comparing a challenger with the champion: honest verdicts, also for those who look every day.
//!
//! **Live.** Each subject is assigned to one of the two by a hash ([`Split`]), outcomes are counted, and
//! [`Sequential`] says at any time which is better, with a chance of at most `alpha` of ever being wrong when both
//! are alike, however often it is asked. **Offline.** Both predict the same rows; [`paired`] compares their losses,
//! or any figure ([`paired_figure`]).
//!
//! ```
//! use learn::compare::{Counts, Sequential, Split, Verdict};
//!
//! let split = Split::new("greeting, spring", 0.5)?;
//! assert_eq!(split.arm("person 17"), split.arm("person 17"));
//!
//! let mut test = Sequential::new(0.05, 1e-4)?;
//! let champion = Counts { rows: 5_000, positives: 251 };
//! let challenger = Counts { rows: 5_000, positives: 333 };
//! assert_eq!(test.look(champion, challenger)?.verdict, Verdict::ChallengerBetter);
//! # Ok::<(), learn::compare::CompareError>(())
//! ```
//!
//! A team with some hundred rows a month will mostly hear *not yet known* from [`Sequential`]: a difference of one
//! point in a hundred takes about ten thousand rows per arm. Offline comparison on the same rows finds much smaller
//! ones.

mod assign;
mod paired;
mod sequential;

pub use assign::{Arm, Split, hash};
pub use paired::{Paired, paired, paired_figure};
pub use sequential::{Counts, Look, Sequential};

use serde::{Deserialize, Serialize};

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The challenger is better.
    ChallengerBetter,
    /// The champion is better.
    ChampionBetter,
    /// Neither is known to be better.
    NotYetKnown,
}

/// Why there is no comparison.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// A number outside of its range.
    #[error("{name} is {value}, which is outside of its range")]
    Option {
        /// Which.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// More positives than rows.
    #[error("{positives} positives among {rows} rows")]
    MoreThanAll {
        /// The positives.
        positives: u64,
        /// The rows.
        rows: u64,
    },
    /// Fewer rows than at the look before.
    #[error("{now} rows where there were {before} at the look before: counts only grow")]
    Shrunk {
        /// Rows then.
        before: u64,
        /// Rows now.
        now: u64,
    },
    /// Not the same rows on both sides.
    #[error("{champion} rows of the champion and {challenger} of the challenger cannot be paired")]
    Lengths {
        /// Rows of the champion.
        champion: usize,
        /// Rows of the challenger.
        challenger: usize,
    },
    /// Too few rows.
    #[error("{rows} rows are too few to compare on: it takes {needed}")]
    TooFew {
        /// The rows.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// A loss that is not finite.
    #[error("the loss in row {row} is {value}, which is no finite number")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// What it is.
        value: f64,
    },
}
