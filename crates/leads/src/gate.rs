//! The gate: whether one message may be sent to one person now.
//!
//! ```
//! use leads::{Channel, gate::{Facts, Gate, Outcome, Purpose}};
//!
//! // Nothing is known: nothing is sent, and the decision says why.
//! let decision = Gate::shipped().judge(&Facts::unknown(
//!     "2026-11-21T18:00:00Z".parse()?, Channel::Sms, Purpose::Marketing,
//! ));
//! assert_eq!(decision.outcome, Outcome::Refuse);
//! assert_eq!(decision.decided_by.as_deref(), Some("suspended.unknown"));
//! assert_eq!(decision.verdicts.len(), 9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Flow.** Suspended -> A2P registration -> opt-outs -> do not disturb -> consent -> do not call -> quiet hours ->
//! frequency -> wording. Every [`Step`] is judged and recorded, also after one has refused; the first that refuses
//! or needs a person decides; where none does, the latest wait counts.
//!
//! **Invariants.** Pure: the same facts give the same decision, byte by byte. A fact that is not known ([`None`])
//! refuses under a rule that ends in `unknown`; no lack of knowledge ever sends.
//!
//! **To add a step**: a variant of [`Step`] in its place, its function in `steps.rs`, its row in the test of the order.

mod decision;
mod do_not_call;
mod facts;
mod market_hours;
mod policy;
mod quiet_hours;
mod steps;

pub use decision::{Call, Decision, Outcome, Step, Verdict};
pub use facts::{A2p, Consent, DoNotCall, DoNotDisturb, Facts, OwnList, Place, Purpose, Review, Scrub};
pub use market_hours::MarketHours;
pub use policy::{FrequencyCap, GateFault, GatePolicy, SHIPPED_TOML, Sourced, UnknownPlace};
pub use steps::Gate;

#[cfg(test)]
mod tests;
