//! The growth pages.

mod backtest;
pub mod base;
mod client;
mod fifty;
mod opportunities;
mod outcome;
mod overview;
mod policies;
mod revenue;
mod settings;
mod whitespace;
