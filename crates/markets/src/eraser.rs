//! What domains with rows about persons promise.

use std::{error::Error, future::Future, pin::Pin};

use kernel::{Moment, PersonId};
use store::Db;

use crate::Market;

/// The answer of an [`Eraser`].
pub type Erasing<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// A domain that keeps rows about persons. After a backup was restored or an export imported, the rows of persons
/// erased since are removed through it, before anybody can enter.
pub trait Eraser: Send + Sync {
    /// The domain's name.
    fn part(&self) -> &'static str;

    /// Removes everything about these persons, whose keys are destroyed already. Persons without rows are fine, and so
    /// is doing it twice.
    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], at: &'a Moment) -> Erasing<'a>;

    /// Brings over what must outlive a restore: from `old`, the fenced database before it, into the restored one.
    fn carry<'a>(&'a self, old: &'a Db, restored: &'a Market) -> Erasing<'a> {
        let _ = (old, restored);
        Box::pin(async { Ok(()) })
    }
}
