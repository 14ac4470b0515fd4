//! Leads from outside, on both databases.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod boards;
mod contacting;
mod erasure;
mod learning;
mod overrides;
mod scores;
mod timelines;
mod world;
