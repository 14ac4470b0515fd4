//! The growth pages.

mod backtest;
pub mod base;
mod client;
mod fifty;
mod import;
mod opportunities;
mod outcome;
mod overview;
mod plan;
mod policies;
mod propositions;
mod revenue;
mod settings;
mod snapshots;
mod whitespace;
