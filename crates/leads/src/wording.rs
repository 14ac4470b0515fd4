//! Fair-housing check of outgoing texts, in English and Spanish.
//!
//! ```
//! use leads::wording::{Call, Rules};
//!
//! let rules = Rules::shipped();
//! assert_eq!(rules.check("White quartz in the kitchen, walk to Church Street", None).call, Call::Clear);
//!
//! let judged = rules.check("Quiet building, adults only.", None);
//! assert_eq!(judged.call, Call::Block);
//! let finding = &judged.findings[0];
//! assert_eq!((finding.rule.as_str(), finding.text.as_str()), ("limit.only", "adults only"));
//! assert!(finding.source.contains("42 USC 3604(c)"));
//! ```
//!
//! **Flow.** A text becomes words; patterns of the table are looked for; what overlaps a pattern of the verdict
//! `clear` (a white kitchen, Christian Street) is not meant and is dropped, with the rule that cleared it on record.
//!
//! **Invariants.** A finding shows its words, its rule, why and what to say instead. The check finds statements that
//! can be recognised by their words; it does not prove a text lawful.

mod check;
mod table;

pub use check::{Call, Cleared, Finding, Judged};
pub use table::{Rules, SHIPPED_TOML, WordingFault};

#[cfg(test)]
mod tests;
