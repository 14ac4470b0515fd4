//! The tables of the bridge, one function per question or change: those of the road here and below, what goes out in
//! `out`, what is made good in `heal`.

pub(crate) mod connection;
pub(crate) mod heal;
pub(crate) mod letters;
pub(crate) mod link;
pub(crate) mod out;
pub(crate) mod places;
mod schema;
pub(crate) mod token;

pub(crate) use schema::HUB;
pub use schema::SCHEMA;
