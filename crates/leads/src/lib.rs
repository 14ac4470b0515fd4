//! Leads: who is worth a call now and why, who should make it, and whether a message may be sent at all.
//!
//! **Flow.** Events become a timeline; the timeline as of a moment becomes features, a score and its reasons; the
//! score and the team's rules become a routing decision; and nothing goes out to anybody before the gate has judged
//! it: opt-outs ([`optout`]), do-not-call, calling hours ([`calling_hours`]), frequency and wording.
//!
//! **Invariants.** Values in, values out: no I/O, no clock, no chance; time and zone are arguments. Unknown is not
//! yes: a fact that is missing never lets a message out. Rules and keywords are data in `data/leads` and `policies`,
//! each with its source.
//!
//! **To add** a keyword, a phrase, an hour or a word: a row in the data with its source, and a case beside it.

mod channel;
mod text;

pub mod calling_hours;
pub mod optout;
pub mod place;
pub mod wording;

pub use channel::Channel;
pub use place::{State, StateError};
