//! When, who, and by which chance: what every change takes as an argument.

use jiff::Timestamp;
use kernel::{Actor, Ulid};

/// The circumstances of one change. Two changes never share `entropy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub now: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// Chance, of which the identifiers of the change are made.
    pub entropy: u128,
}

impl Moment {
    /// The instant as it is stored: to the microsecond.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.as_microsecond()).unwrap_or(self.now)
    }

    /// Identifiers of this moment, one after the other.
    pub(crate) fn ids(&self) -> Ids {
        let millis = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        Ids { millis, next: self.entropy }
    }
}

/// Identifiers of one moment: ascending within it, so that they sort as they were made.
pub(crate) struct Ids {
    millis: u64,
    next: u128,
}

impl Ids {
    pub(crate) fn next(&mut self) -> Ulid {
        let id = Ulid::from_parts(self.millis, self.next);
        self.next = self.next.wrapping_add(1);
        id
    }
}
