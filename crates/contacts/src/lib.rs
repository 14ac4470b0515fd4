//! People of a market: contacts with their notes, messages and stages, sealed under a key of each person, and
//! what an operator may learn about them across markets.
//!
//! **Flow.** Input ([`NewContact`], a row of a file) -> checked ([`Rejection`](kernel::Rejection) per bad field) ->
//! a key of its own for the person -> sealed cells and blind indexes -> one transaction with the audit entry and the
//! event for others -> [`Contact`]. Reading goes the other way, within a [`Sight`]. [`Contacts::erase`] destroys the
//! person's key first and removes the rows then. [`analytics`] counts over many markets and tells what
//! [`disclosure`] lets through. A domain that keeps more about the same people is a [`Witness`]: it hears of every change
//! inside the change's transaction, and removes its part when a person is erased.
//!
//! **Invariants.** No personal value is in a plain column, an error, a log line, an audit entry or `Debug` output.
//! A person's e-mail address and phone number are found by blind index only. Who was erased stays suppressed:
//! the same address is refused when it comes again. Time, chance and actor come in as a [`kernel::Moment`] and the
//! market's own [`kernel::Chance`].
//!
//! **To add a personal column**: a migration with `..._sealed`, its rule in `records.rs`, its member in
//! [`Personal`] with its check in `check.rs`, and its canary in `tests/erasure.rs`.

pub mod analytics;
mod check;
mod contact;
mod error;
mod event;
mod field;
mod message;
mod note;
mod records;
mod service;
mod sight;
mod witness;

pub use check::{ADDRESS_CHARS_MAX, HOLD_CHARS_MAX, MESSAGE_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX};
pub use contact::{Contact, ContactEdit, Hold, Move, NewContact, Origin, Personal};
pub use error::ContactsError;
pub use field::Field;
pub use message::{Channel, Direction, Message, NewMessage};
pub use note::Note;
pub use records::SCHEMA;
pub use service::{
    Contacts, Counts, EraseReason, ErasureReceipt, IMPORT_ROWS_MAX, ImportReport, LeftAlone, ListQuery,
    PAGE_MAX, Page, Past, PastMessage, StageCount, Suppressed,
};
pub use sight::Sight;
pub use witness::{Place, Removing, Telling, Told, ToldWhat, Witness};
