use jiff::Timestamp;

use crate::{Actor, Ulid};

/// When, who, and by which chance: the circumstances of one change, which every change takes as an argument.
/// Two changes never share `entropy`.
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
    pub fn ids(&self) -> Ids {
        let millis = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        Ids { millis, next: self.entropy }
    }
}

/// Identifiers of one [`Moment`]: ascending within it, so that they sort as they were made.
#[derive(Clone, Debug)]
pub struct Ids {
    millis: u64,
    next: u128,
}

impl Ids {
    /// The next one.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, so that it is no iterator to loop over"
    )]
    pub fn next(&mut self) -> Ulid {
        let id = Ulid::from_parts(self.millis, self.next);
        self.next = self.next.wrapping_add(1);
        id
    }
}
