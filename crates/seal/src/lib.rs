//! Sealed fields: personal data that can be read only with its key, in its place.
//!
//! ```
//! use kernel::Ulid;
//! use seal::{Cell, Key, KeyId, blind};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Keys and nonces are bytes from the operating system's random generator, handed in by the caller.
//! let (id, key) = (KeyId::new(Ulid::from_parts(1, 1)), Key::from_bytes([7; 32]));
//! let place = Cell { market: "01J..", table: "contact", row: "42", column: "name" };
//! let sealed = seal::seal(&key, id, &place, "Ana Díaz".as_bytes(), [9; 24])?;
//! assert_eq!(seal::open(&key, id, &place, sealed.as_bytes())?.as_slice(), "Ana Díaz".as_bytes());
//!
//! // The same bytes in another row are refused.
//! let elsewhere = Cell { row: "43", ..place };
//! assert!(seal::open(&key, id, &elsewhere, sealed.as_bytes()).is_err());
//!
//! // Equal addresses have equal blind indexes, and the index tells nothing without its key.
//! let index = blind::IndexKey::from_bytes([3; 32]);
//! assert_eq!(blind::email(&index, " Ana@Example.com"), blind::email(&index, "ana@example.com"));
//! # Ok(()) }
//! ```
//!
//! **Flow.** A key that people keep ([`KeyWrapping`]) wraps a market's key, the market's key wraps one key per
//! person ([`wrap`]), a person's key seals that person's cells ([`seal()`]). Forgetting a person's key makes
//! every copy of the cells unreadable, wherever it lies. What must be found without being read has a
//! [`blind`] index; what must be provable without being told has a [`commit`]ment.
//!
//! **Invariants.** No I/O, no clock, no randomness: nonces and keys are arguments. A nonce is used once: 24
//! random bytes (with 192 bits, chance suffices for any number of cells). Keys and opened texts are wiped from memory when dropped,
//! and neither [`std::fmt::Debug`] nor an error shows them. The cipher is XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03); the place of a cell is its associated data, so that a cell moved to another
//! row, column, table or market does not open. The cipher commits to no key by itself, so a cell names its
//! key and the name is authenticated.
//!
//! **What sealing hides not**: the length of a value (to the byte), when it was written and that two blind
//! indexes are equal.
//!
//! **To add another form** of sealed bytes: a new leading version byte in `cell.rs`; old ones stay readable.

pub mod blind;
mod cell;
mod commit;
mod email;
mod error;
mod key;
mod phone;
mod wrapping;

pub use cell::{Cell, SEALED_OVERHEAD_BYTES, Sealed, key_id_of, open, seal};
pub use commit::commit;
pub use email::{EmailRefused, normalise_email};
pub use error::SealError;
pub use key::{Key, KeyId, KeyIdError};
pub use phone::{PhoneRefused, normalise_phone};
pub use wrapping::{HeldKey, KeyWrapping, KeyWrappingError, unwrap, wrap};
