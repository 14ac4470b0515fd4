//! What an operator may learn about contacts across markets: counts and rates, never a person, and never a market.
//!
//! **Flow.** A [`Question`] -> every market that can be read is counted on a read replica (`gather`) -> the counts of
//! all groupings together go through [`disclosure`] (`tell`) -> an [`Answer`] in which a figure is told or withheld
//! with a reason. With noise ([`Contacts::release`]): the same, clamped, with discrete Laplace noise, paid from a
//! budget that the hub's database keeps.
//!
//! **Invariants.** A figure is told when at least five markets contribute and none more than half (zero, when it is
//! zero in at least five); what is withheld
//! cannot be computed from what is told, not even by asking for another grouping of the same figures. A market that
//! cannot be read is named as missing, and counts neither as zero nor as anything. Noise is paid for before it is
//! told, and is drawn once: the same release is told to everybody.
//!
//! **Not promised.** Two answers of different days can be compared: when one market joins a group in between, the
//! difference is close to that market. Which figures are withheld depends on the true counts, also with noise.
//!
//! [`Contacts::release`]: crate::Contacts::release

mod answer;
mod ask;
mod budget;
mod gather;
mod noise;
mod question;
mod records;
mod tell;

pub(crate) use self::records::SCHEMA;
pub use self::{
    answer::{Answer, Figure, Group, Missing, NoiseUsed, Rate},
    ask::{Release, ReleaseRequest},
    budget::BudgetState,
    question::{Grouping, Measure, Question},
};

/// The budget of a new hub.
pub const BUDGET_DEFAULT: disclosure::Epsilon = disclosure::Epsilon::from_micro(10_000_000);
/// Most that one market counts for in one figure with noise, unless asked otherwise.
pub const CLAMP_DEFAULT: u64 = 500;
/// Most that can be asked for.
pub const CLAMP_MAX: u64 = 1_000_000;
/// The share of draws that stays within the error bar that is shown.
pub const ERROR_BAR_LEVEL: f64 = 0.95;
/// Months of new contacts, the current one included.
pub const MONTHS: usize = 12;
