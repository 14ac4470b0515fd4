//! Webhooks from outside: real markets on both databases, a real receiver on this machine.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod deliveries;
mod endpoints;
mod erasure;
mod failures;
mod official;
mod receiver;
mod replays;
mod world;
