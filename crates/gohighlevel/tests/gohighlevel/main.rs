//! The bridge from outside: real markets, and an emulated GoHighLevel that shares nothing with it but the published
//! contract.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "the world of a test is built or the test fails")]

mod backfill;
mod desk;
mod faults;
mod gaps;
mod gated;
mod reconcile;
mod road;
mod standing;
mod texts;
mod world;
mod writing;
