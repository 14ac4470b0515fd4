//! Who may come in: users, one-time sign-in links, passwords, sessions, and the views they saved.
//!
//! ```no_run
//! # async fn story(db: store::Db, now: jiff::Timestamp, chance: [u8; 32], more: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
//! use directory::{Directory, Visit};
//!
//! let directory = Directory::open(db).await?;
//! let owner = directory.ensure_owner("ana@example.com".parse()?, "Ana", now, 7).await?;
//!
//! let link = directory.issue_link(owner.id, directory::LINK_LIFETIME, now, chance).await?;
//! // The person opens .../sign-in?token={link}: once, and in time.
//! let visit = Visit { address: "192.0.2.7".into(), label: "Firefox on Linux".into() };
//! let signed_in = directory.sign_in_with_link(link.as_str(), &visit, now, more).await?;
//!
//! // Every later request carries the session's token in a cookie.
//! let known = directory.session(signed_in.token.as_str(), now).await?;
//! assert_eq!(known.map(|known| known.user.email), Some(owner.email));
//! # Ok(()) }
//! ```
//!
//! **Flow.** link or password -> [`Directory::sign_in_with_link`] / [`Directory::sign_in_with_password`] ->
//! [`Token`] of a session (a cookie's value) -> [`Directory::session`] on every request -> [`User`].
//!
//! **Invariants.** A token exists only in the hands of its bearer: the store has its SHA-256. A link works once.
//! There is always an enabled owner. Whether an e-mail is known cannot be told from a refused sign-in, nor from
//! the time it took. Time and chance are arguments.
//!
//! **To add a role**: a variant of [`Role`] with its identifier; the database keeps it as text.

mod email;
mod error;
mod password;
mod records;
mod service;
mod throttle;
mod token;
mod user;
mod view;

pub use email::{Email, EmailError};
pub use error::{DirectoryError, SignInError};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordError};
pub use service::{Directory, LINK_LIFETIME, SESSION_IDLE_MAX, SESSION_LIFETIME, Visit};
pub use throttle::{FAILURES_PER_ADDRESS_MAX, FAILURES_PER_EMAIL_MAX, THROTTLE_WINDOW};
pub use token::Token;
pub use user::{Role, Session, SignedIn, Started, User};
pub use view::SavedView;
