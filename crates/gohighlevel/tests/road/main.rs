//! The way in: a market and its location in an emulated GoHighLevel, which shares nothing with the bridge but the
//! published contract.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "the world of a test is built or the test fails")]
#![allow(dead_code, reason = "every test file uses its part of the world")]

mod arriving;
mod changing;
mod failing;
mod happening;
mod installing;
mod receiving;
mod world;
