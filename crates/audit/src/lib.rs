//! An audit trail that shows when it was tampered with, also to somebody without the database.
//!
//! ```
//! use audit::{Expected, NewEntry, chain, checkpoint::Signer, export, tree::Frontier};
//! use kernel::Actor;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let actor = Actor::new("ana@example.com");
//! let at = "2026-03-01T09:00:00Z".parse()?;
//! let first = chain::append(None, NewEntry::new(at, &actor, "market.created", "market:01J"));
//! let second = chain::append(
//!     Some(&first),
//!     NewEntry::new(at, &actor, "member.added", "user:01K").with("role", "agent"),
//! );
//!
//! let signer = Signer::from_seed("hub", &[7; 32])?; // 32 secret random bytes, kept with the other keys
//! let mut tree = Frontier::new();
//! let mut file = export::Writer::new(Vec::new(), &signer.verifier())?;
//! for entry in [&first, &second] {
//!     tree.push(&entry.leaf());
//!     file.entry(entry)?;
//! }
//! file.checkpoint(&signer.checkpoint(tree.size(), tree.root()))?;
//! let file = file.finish()?;
//!
//! let verified = export::verify_bytes(&file, &Expected::default())?;
//! assert_eq!((verified.entries, verified.signed_entries), (2, 2));
//!
//! // One letter changed, and the verifier says where.
//! let text = String::from_utf8(file)?.replace("agent", "owner");
//! let fault = export::verify_bytes(text.as_bytes(), &Expected::default()).unwrap_err();
//! assert_eq!(fault.index(), Some(1));
//! # Ok(()) }
//! ```
//!
//! **Flow.** [`NewEntry`] -> [`chain::append`] gives it a number, the hash of the entry before and its own hash
//! over its [canonical bytes](Entry::canonical_bytes) -> the hashes are the leaves of an RFC 6962 [`tree`] ->
//! now and then a [`checkpoint`] (C2SP tlog-checkpoint) signs the tree's size and root -> [`export`] writes
//! entries, checkpoints and public key into one file -> [`Walk`] goes through them in order and names the first
//! that is wrong.
//!
//! **What it can show.** Without the signing key, nobody changes, removes, adds or reorders an entry below a
//! checkpoint unnoticed. A change that leaves the rest as it was is named exactly; who rewrites everything
//! after the change, hashes included, is found by the next checkpoint, which names the stretch. Entries after
//! the last checkpoint can be cut off, and whoever holds the signing key can write another history: against
//! both helps a checkpoint or a public key kept elsewhere ([`Expected`]).
//!
//! **Invariants.** No I/O but reading an export, no clock, no randomness. No personal data in an entry: personal
//! values enter as [commitments](NewEntry::with_commitment), which say nothing once the person's key is
//! destroyed; the chain does not depend on it.
//!
//! **To add a field** to entries: a new version of the canonical bytes in `entry.rs`, chosen by what the entry
//! holds; entries that exist keep theirs.

pub mod chain;
pub mod checkpoint;
mod entry;
pub mod export;
mod fault;
mod hash;
mod note;
pub mod tree;
mod walk;

pub use entry::{Entry, NewEntry};
pub use fault::{Fault, Reason};
pub use hash::{Hash, HashError};
pub use walk::{Expected, Verified, Walk};
