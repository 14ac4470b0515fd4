//! How much may be asked of GoHighLevel, and who goes first.
//!
//! Two limits hold per app and resource (a location or a company): so many requests in an interval, so many in a
//! day. Their sizes are learned from the headers of answers ([`RateHeaders`]); constants are only where one begins.
//!
//! **The interval.** How GoHighLevel cuts its intervals is not published, so no interval, wherever it begins, may
//! hold more requests than allowed: the instants of the last ones are kept, and one that would be too many waits
//! until the oldest has left. Requests of others in the same bucket show in the answers as room that is missing, and
//! are counted as ours.
//!
//! **Who goes first.** [`Lane`]s, replies before routing before scores before bulk. Lower lanes leave a share of each
//! interval free and stand back while upper ones wait; the last tenth of the day is for the upper two.
//!
//! **Refused all the same** (429): nobody asks for one interval and a random part of another. When the day is used
//! up, everything is parked until it begins again.
//!
//! [`Budget`] is the state and takes the time as an argument; [`Budgets`] keeps one per credential and resource and
//! waits. Each node of a hub has its own: what the others use shows in the headers.

mod bucket;
mod gate;
mod lane;

pub use bucket::{Admission, Budget, Limits, Permit};
pub use gate::{Budgets, Key, Turn, TurnError};
pub use lane::Lane;

#[cfg(doc)]
use super::wire::RateHeaders;

#[cfg(test)]
mod tests;
