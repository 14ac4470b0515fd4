//! Tabular models that can be trusted: trained without leakage, calibrated, explained, evaluated, watched.
//!
//! **Flow.** Rows of typed columns are split by time, group or chance; a model is trained on the first part, tuned and
//! calibrated on the second, judged once on the third, and registered with everything that it came from. Predictions
//! and, later, outcomes go into a ledger, from which drift and challengers are judged. [`study::study`] is the one call from
//! a table to a judged model; [`tune`] and [`gbdt`] are for what is no question of yes or no.
//!
//! **Invariants.** Values in, values out: no I/O, no clock, no chance without a seed, no word of any line of business.
//! The same rows, options and seed give the same model, bit by bit.
//!
//! **To add a method**: one file named after it, proven against a reference, and a `pub mod` here.

pub mod calibrate;
pub mod chance;
pub mod compare;
pub mod drift;
pub mod evaluate;
pub mod explain;
pub mod fairness;
pub mod frame;
pub mod gbdt;
pub mod intervals;
mod json;
pub mod ledger;
pub mod logistic;
pub mod odds;
pub mod registry;
pub mod split;
pub mod study;
pub mod tune;
