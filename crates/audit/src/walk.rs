use jiff::Timestamp;

use crate::{
    Entry, Fault, Hash, Reason,
    checkpoint::{Checkpoint, Note, Verifier},
    tree::Frontier,
};

/// What somebody who verifies a chain knows from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The public key that must have signed the checkpoints.
    pub key: Option<Verifier>,
    /// Checkpoints kept elsewhere: the chain must still contain what they signed.
    pub kept: Vec<Note>,
}

/// A chain in which nothing is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The number of entries.
    pub entries: u64,
    /// The hash of the last entry; zeros when there is none.
    pub head: Hash,
    /// The root of the tree over all entries.
    pub root: Hash,
    /// When the first entry was made.
    pub first_at: Option<Timestamp>,
    /// When the last entry was made.
    pub last_at: Option<Timestamp>,
    /// The number of checkpoints, kept ones not counted.
    pub checkpoints: u64,
    /// Entries below the last checkpoint: what comes after it could have been cut off unnoticed.
    pub signed_entries: u64,
    /// The key that signed, if there is a checkpoint.
    pub key: Option<Verifier>,
    /// Whether that key was expected, or only found in what was verified.
    pub key_expected: bool,
}

/// Goes through a chain in order, entry by entry and checkpoint by checkpoint, and stops at the first fault.
#[derive(Clone, Debug)]
pub struct Walk {
    key: Option<Verifier>,
    key_expected: bool,
    /// Kept elsewhere, the smallest last.
    kept: Vec<Checkpoint>,
    tree: Frontier,
    head: Hash,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    checkpoints: u64,
    signed_entries: u64,
}

impl Walk {
    /// At the beginning of a chain that names `key` as the one that signs its checkpoints (`None`: it has none).
    ///
    /// # Errors
    /// When another key was expected, or a kept checkpoint is not signed with it.
    pub fn new(key: Option<Verifier>, expected: &Expected) -> Result<Self, Fault> {
        let key_expected = expected.key.is_some();
        if let (Some(found), Some(wanted)) = (&key, &expected.key)
            && found != wanted
        {
            let (found, expected) = (found.to_string(), wanted.to_string());
            return Err(Fault::beside(Reason::OtherKey { found, expected }));
        }
        let key = expected.key.clone().or(key);
        let mut kept = Vec::new();
        for note in &expected.kept {
            kept.push(verified(key.as_ref(), note.text(), note.checkpoint().size)?);
        }
        kept.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        Ok(Self {
            key,
            key_expected,
            kept,
            tree: Frontier::new(),
            head: Hash::ZERO,
            first_at: None,
            last_at: None,
            checkpoints: 0,
            signed_entries: 0,
        })
    }

    /// After entries that were verified before: `tree` is the tree over them and its root the one that `key`
    /// signed, `head` the hash of the last of them.
    pub fn resume(key: Verifier, tree: Frontier, head: Hash) -> Self {
        let signed_entries = tree.size();
        Self {
            key: Some(key),
            key_expected: true,
            kept: Vec::new(),
            tree,
            head,
            first_at: None,
            last_at: None,
            checkpoints: 0,
            signed_entries,
        }
    }

    /// The fault of something that stands where the next entry belongs and cannot be read as one.
    pub fn unreadable(&self, message: String) -> Fault {
        let index = self.size();
        Fault::at(index, Reason::Unreadable { index, message })
    }

    /// The number of entries so far.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The tree so far.
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// The next entry.
    ///
    /// # Errors
    /// When it is not the one that belongs here as it was written.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), Fault> {
        let index = self.size();
        if entry.seq != index {
            return Err(Fault::at(index, Reason::Misplaced { index, found: entry.seq }));
        }
        if entry.hash != entry.expected_hash() {
            return Err(Fault::at(index, Reason::Changed { index }));
        }
        if entry.previous != self.head {
            // Both are sound in themselves. The one before is the wrong one, unless a signature vouches for it.
            return Err(match index.checked_sub(1) {
                Some(before) if self.signed_entries < index => {
                    Fault::at(before, Reason::Replaced { index: before })
                }
                _ => Fault::at(index, Reason::Unlinked { index }),
            });
        }
        self.tree.push(&entry.leaf());
        self.head = entry.hash;
        self.first_at = self.first_at.or(Some(entry.at));
        self.last_at = Some(entry.at);
        while let Some(checkpoint) = self.kept.pop_if(|next| next.size == self.tree.size()) {
            self.compare(&checkpoint)?;
        }
        Ok(())
    }

    /// The checkpoint over the entries so far, as a note.
    ///
    /// # Errors
    /// When it is not validly signed, signs another number of entries or another root.
    pub fn checkpoint(&mut self, note: &str) -> Result<(), Fault> {
        let after = self.size();
        let checkpoint = verified(self.key.as_ref(), note, after)?;
        if checkpoint.size > after {
            return Err(Fault::at(after, Reason::Truncated { index: after, size: checkpoint.size }));
        }
        if checkpoint.size < after {
            return Err(Fault::beside(Reason::CheckpointMoved { size: checkpoint.size, after }));
        }
        self.compare(&checkpoint)?;
        self.checkpoints += 1;
        Ok(())
    }

    fn compare(&mut self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        let (from, size) = (self.signed_entries, checkpoint.size);
        if checkpoint.root != self.tree.root() {
            let last = size.saturating_sub(1);
            let from = from.min(last);
            return Err(Fault::at(from, Reason::Rewritten { from, last, size }));
        }
        self.signed_entries = size;
        Ok(())
    }

    /// The end of the chain.
    ///
    /// # Errors
    /// When a kept checkpoint signed more entries than there are.
    pub fn finish(mut self) -> Result<Verified, Fault> {
        let index = self.size();
        while let Some(checkpoint) = self.kept.pop() {
            if checkpoint.size > index {
                return Err(Fault::at(index, Reason::Truncated { index, size: checkpoint.size }));
            }
            // Only that of the empty tree is left.
            self.compare_empty(&checkpoint)?;
        }
        Ok(Verified {
            entries: index,
            head: self.head,
            root: self.tree.root(),
            first_at: self.first_at,
            last_at: self.last_at,
            checkpoints: self.checkpoints,
            signed_entries: self.signed_entries,
            key: self.key,
            key_expected: self.key_expected,
        })
    }

    fn compare_empty(&self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        if checkpoint.root == Frontier::new().root() {
            return Ok(());
        }
        let message = "it signs no entries and a root".to_owned();
        Err(Fault::beside(Reason::Checkpoint { after: 0, message }))
    }
}

fn verified(key: Option<&Verifier>, note: &str, after: u64) -> Result<Checkpoint, Fault> {
    let fault = |message: String| Fault::beside(Reason::Checkpoint { after, message });
    let key = key.ok_or_else(|| fault("no public key is known".to_owned()))?;
    key.verify(note).map_err(|error| fault(error.to_string()))
}
