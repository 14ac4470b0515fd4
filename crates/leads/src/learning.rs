//! How a market's models learn, stand trial, and are watched: values in, values out.
//!
//! **Flow.** Timelines become a [`Lesson`]; [`teach`] makes a model of it and judges that on contacts who came later.
//! The model then predicts beside the one in force, and what both said and what became of it is a [`Book`]. A [`Trial`]
//! looks at the book from time to time and clears the challenger, sends it away, or waits. [`watch`] says when the world
//! is no longer the one that a model learned from.
//!
//! Two questions are asked of every lead, each with a prior rule and models of its own: [`Kind`].

mod book;
mod kind;
mod lesson;
mod teach;
#[cfg(test)]
pub(crate) mod tests;
mod trial;
mod watch;

pub use book::{Book, BookRow, live_report};
pub use kind::{Kind, KindError};
pub use lesson::{BEGAN, Lesson};
pub(crate) use teach::worth_a_trial;
pub use teach::{TaughtModel, TeachError, Teaching, teach};
pub use trial::{Contest, ContestRow, Decision, Incumbent, Trial, TrialTerms, WhyRetired};
pub use watch::{LOSS_MAX, LossStanding, Period, Reference, SCORE, WatchTerms, Watched, watch};
