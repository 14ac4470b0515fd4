//! Who may come in, and as what: users, hub roles, memberships of markets, keys of programs, and the doors.
//!
//! ```no_run
//! # async fn story(db: store::Db, moment: kernel::Moment, chance: [u8; 32], more: [u8; 32]) -> Result<(), Box<dyn std::error::Error>> {
//! use directory::{Directory, Entry, Principal, Visit};
//!
//! let directory = Directory::open(db).await?;
//! let ana = directory.ensure_operator("ana@example.com".parse()?, "Ana", &moment).await?;
//!
//! let link = directory.issue_link(ana.id, directory::LINK_LIFETIME, &moment, chance).await?;
//! // The person opens .../sign-in/link/{link}: once, and in time.
//! let visit = Visit { address: "192.0.2.7".into(), label: "Firefox on Linux".into() };
//! let Entry::In(started) = directory.sign_in_with_link(link.as_str(), &visit, moment.now, more).await? else {
//!     unreachable!("she has set no second factor up");
//! };
//!
//! // Every later request carries the session's token in a cookie, or a key.
//! let signed_in = directory.session(started.token.as_str(), moment.now).await?;
//! let principal = signed_in.map(Principal::User);
//! assert_eq!(principal.and_then(|principal| principal.hub_role()), Some(kernel::HubRole::Operator));
//! # Ok(()) }
//! ```
//!
//! **Flow.** link, password or identity -> [`Entry`]: inside, or asked for the second step
//! ([`Directory::finish_sign_in`]) -> [`Token`] of a session (a cookie's value) -> [`Directory::session`] on every
//! request; a program's key -> [`Directory::key`]. Both are a [`Principal`], which knows its hub role and its
//! role in each market.
//!
//! **Invariants.** A secret exists only in the hands of its bearer: the store has its SHA-256, and of second factors
//! what the hub's key has sealed. A link, a code and a request to a provider work once. There is always an enabled
//! operator. A hub role gives no right in a market: only a membership does. Who is disabled has no session, no link
//! and no key any more. Whether an e-mail is known cannot be told from a refused sign-in, nor from the time it took.
//! Every change of users, roles, keys and second factors is in the hub's trail, in the same transaction, without
//! names or e-mails. Time and chance are arguments. Markets are identifiers here: what they are is no business of
//! this crate.
//!
//! **To add a door**: a file in `service` that ends in `sign_in::enter`, so that the second step is asked for there
//! as well.

mod api_key;
mod email;
mod error;
mod membership;
pub mod oidc;
mod password;
mod principal;
mod records;
mod recovery;
mod secret;
mod service;
mod throttle;
mod token;
mod totp;
mod trail;
mod user;
mod view;

pub use api_key::{ApiKey, KEY_LIFETIME, KEY_LIFETIME_MAX, KEY_PREFIX, KeyScope, KeyState, NewApiKey};
pub use email::{Email, EmailError};
pub use error::{DirectoryError, SignInError};
pub use membership::{Member, Membership, may_appoint, may_hold_contacts};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordError};
pub use principal::Principal;
pub use recovery::{RECOVERY_CODES, RECOVERY_ENTROPY_BYTES};
pub use service::{
    Directory, Enrolment, INVITATION_LIFETIME, KeyWanted, LINK_LIFETIME, NewUser, OIDC_REQUEST_LIFETIME,
    SECOND_STEP_LIFETIME, SESSION_IDLE_MAX, SESSION_LIFETIME, SecondFactor, Visit,
};
pub use throttle::{
    FAILURES_PER_ADDRESS_MAX, FAILURES_PER_CODE_MAX, FAILURES_PER_EMAIL_MAX, THROTTLE_WINDOW,
};
pub use token::Token;
pub use totp::TOTP_SECRET_BYTES;
pub use user::{Entry, PROOF_LIFETIME, Pending, Session, SignedIn, Started, User};
pub use view::SavedView;
