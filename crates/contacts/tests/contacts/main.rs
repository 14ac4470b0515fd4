//! Contacts from outside, on both databases.

mod analytics;
mod erasure;
mod imports;
mod life;
mod world;
