//! Models on record: a file that holds everything a model is and came from, and the stages that it passes.
//!
//! [`ModelFile`] is a model with its lineage, written to bytes and read from them in milliseconds ([`mod@file`] has the
//! format). [`Lineup`] says which version is asked, which one challenges it and which ones only look on; only a
//! [`promotion::Cleared`] lets a version become champion.

pub mod file;
mod forest;
mod lineup;
pub mod promotion;
mod sections;

pub use file::{BYTES_MAX, Content, FORMAT, Intervals, Lineage, Measured, ModelFile, ModelFileError};
pub use lineup::{Lineup, LineupError, Stage};
