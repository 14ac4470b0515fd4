/// The first thing that is wrong in a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    index: Option<u64>,
    reason: Reason,
}

impl Fault {
    /// The entry `index` is wrong.
    pub fn at(index: u64, reason: Reason) -> Self {
        Self { index: Some(index), reason }
    }

    /// Something beside the entries is wrong.
    pub fn beside(reason: Reason) -> Self {
        Self { index: None, reason }
    }

    /// The number of the first entry that was changed, removed or moved; `None` when no entry is at fault but
    /// what stands around them.
    pub fn index(&self) -> Option<u64> {
        self.index
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// What can be wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The content is not what the entry's hash was made of.
    #[error("entry {index} was changed: its content does not give its hash")]
    Changed {
        /// The entry.
        index: u64,
    },
    /// Entry and hash agree, but the next entry was chained to another one.
    #[error("entry {index} was replaced: the entry after it was chained to another one")]
    Replaced {
        /// The entry.
        index: u64,
    },
    /// The entry is bound to something else than the (signed) entry before.
    #[error("entry {index} does not follow the entry before it")]
    Unlinked {
        /// The entry.
        index: u64,
    },
    /// Another number stands where this one belongs.
    #[error("entry {index} was removed or moved: entry {found} stands in its place")]
    Misplaced {
        /// The entry that belongs here.
        index: u64,
        /// The one that is here.
        found: u64,
    },
    /// What stands where the entry belongs is none.
    #[error("entry {index} cannot be read: {message}")]
    Unreadable {
        /// The entry that belongs here.
        index: u64,
        /// What is wrong with it.
        message: String,
    },
    /// The entries do not give the root that a checkpoint signed, although each follows the one before.
    #[error(
        "the entries {from} to {last} were rewritten: they do not give the root of the checkpoint at {size}"
    )]
    Rewritten {
        /// The first entry that no earlier checkpoint vouches for.
        from: u64,
        /// The last entry below the checkpoint.
        last: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// There are fewer entries than were signed.
    #[error("entry {index} is missing: a checkpoint signed {size} entries, and only {index} are here")]
    Truncated {
        /// The first missing entry.
        index: u64,
        /// How many there were.
        size: u64,
    },
    /// There is no entry at all, although the chain's owner writes one when it begins.
    #[error("entry 0 is missing: the chain is empty, and its first entry is written when it begins")]
    Empty,
    /// The export stops before its last line.
    #[error("the export is cut off after {index} entries")]
    CutOff {
        /// The first entry that may be missing.
        index: u64,
    },
    /// The last line counts other than there is.
    #[error("the export says that it has {said} {what}, and has {found}")]
    Count {
        /// `entries` or `checkpoints`.
        what: &'static str,
        /// As its last line says.
        said: u64,
        /// As they were counted.
        found: u64,
    },
    /// A checkpoint stands elsewhere than after the entries it signed.
    #[error("the checkpoint at {size} stands after entry {after}, not after the entries it signed")]
    CheckpointMoved {
        /// Its size.
        size: u64,
        /// The number of entries before it.
        after: u64,
    },
    /// A checkpoint is none, or signed by another key or not at all.
    #[error("the checkpoint after {after} entries is not valid: {message}")]
    Checkpoint {
        /// The number of entries before it.
        after: u64,
        /// What is wrong.
        message: String,
    },
    /// The first line is not that of an export.
    #[error("this is no audit export that this program can read: {0}")]
    Header(String),
    /// The export names another key than the one that was expected.
    #[error("the export is signed with the key {found}, not with {expected}")]
    OtherKey {
        /// The key in the file.
        found: String,
        /// The one that was asked for.
        expected: String,
    },
}
