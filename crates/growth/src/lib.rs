//! growth
#![allow(missing_docs)]

pub mod assessment;
pub mod metrics;
