//! The way in: installed, listened to, fetched again, taken in, given up.

mod arriving;
mod changing;
mod failing;
mod happening;
mod installing;
pub mod receiving;
