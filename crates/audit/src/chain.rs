//! Entries one after the other, each bound to the one before.

use crate::{Entry, Expected, Fault, Hash, NewEntry, Verified, Walk};

/// Puts `new` after `last`, the last entry there is (`None` at the beginning).
pub fn append(last: Option<&Entry>, new: NewEntry) -> Entry {
    let (seq, previous) = last.map_or((0, Hash::ZERO), |last| (last.seq + 1, last.hash));
    let NewEntry { at, actor, action, subject, detail } = new;
    let mut entry = Entry { seq, at, actor, action, subject, detail, previous, hash: Hash::ZERO };
    entry.hash = entry.expected_hash();
    entry
}

/// Goes through a whole chain without checkpoints.
///
/// # Errors
/// The first fault.
pub fn verify<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Result<Verified, Fault> {
    let mut walk = Walk::new(None, &Expected::default())?;
    for entry in entries {
        walk.entry(entry)?;
    }
    walk.finish()
}

#[cfg(test)]
mod tests;
