//! Changes of who may come in are made by people who have just shown who they are, never by an API key: a stolen key
//! makes no further keys, and a browser left open no new users.

use directory::{Principal, SignedIn};
use jiff::Timestamp;

use crate::{problem::Problem, viewer::Who};

/// The person who asks, if their last proof is recent.
///
/// # Errors
/// 403 for API keys, and for people whose last sign-in is too long ago.
pub fn required(who: &Who, now: Timestamp) -> Result<&SignedIn, Problem> {
    match &*who.0 {
        Principal::User(signed_in) if signed_in.session.is_proven(now) => Ok(signed_in),
        Principal::User(_) => Err(Problem::forbidden(
            "Your last sign-in is too long ago for this. Confirm that it is you at /account/confirm, then send it again.",
        )),
        Principal::Key(_) => Err(Problem::forbidden(
            "An API key invites nobody, gives no roles and makes no keys: a person who is signed in does.",
        )),
    }
}
