//! Contacts from outside, on both databases.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod analytics;
mod erasure;
mod imports;
mod life;
mod witnesses;
mod world;
