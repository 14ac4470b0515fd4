//! Who wants no more messages: what a message says about it, and the ledger that never forgets.
//!
//! ```
//! use leads::optout::{Meaning, Recogniser};
//!
//! let recogniser = Recogniser::shipped();
//! assert_eq!(recogniser.read("Stop, please!").meaning, Meaning::OptOut);
//! assert_eq!(recogniser.read("¡No me escriban más!").meaning, Meaning::OptOut);
//! assert_eq!(recogniser.read("I'll stop by at 5").meaning, Meaning::Nothing);
//! let unsure = recogniser.read("Don't call me before noon");
//! assert_eq!((unsure.meaning, unsure.rule.as_deref()), (Meaning::NeedsPerson, Some("en.when")));
//! ```
//!
//! **Flow.** A message from somebody is [read](Recogniser::read) with a table of rules; a [`Reading`] that revokes
//! or gives consent becomes an [`Entry`] of the [`Ledger`], whatever else is known of the person; the ledger says
//! how each channel [stands](Ledger::standing).
//!
//! **Invariants.** Every reading names its rule. A reading that is unclear is a person's, and holds messages back
//! until then. An entry is never removed; ledgers that are merged stay as strict as each was.

mod ledger;
mod reading;
mod table;

pub use ledger::{Entry, Heard, Ledger, Origin, Standing, TextHash, Word};
pub use reading::{Meaning, Reading, Scope};
pub use table::{OptOutFault, Recogniser, SHIPPED_TOML};

#[cfg(test)]
mod tests;
