//! growth
#![allow(missing_docs)]

pub mod assessment;
pub mod metrics;
pub mod whatif;
pub mod report;
pub mod movement;
pub mod whitespace;
pub mod vehicle;
pub mod tier;
pub mod readiness;
pub mod ranking;
pub mod probability;
pub mod priority;
pub mod policy;
pub mod next_action;
pub mod assess;
