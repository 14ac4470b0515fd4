//! Signing in at an OpenID provider: what the hub remembers of a browser that it sends there, which identity
//! belongs to whom, and when an ID token is believed.
//!
//! **Flow.** [`Directory::begin_oidc`](crate::Directory::begin_oidc) makes an [`AuthorisationRequest`]: its token
//! stays in the browser's cookie, `state`, `nonce` and the PKCE challenge travel to the provider. The browser
//! comes back with a code; [`Directory::take_oidc`](crate::Directory::take_oidc) uses the request up. The code
//! and the verifier buy an ID token over HTTP, which is no business of this crate; [`id_token::verify`] says
//! whom it vouches for, and [`Directory::sign_in_with_oidc`](crate::Directory::sign_in_with_oidc) lets them in
//! if they were invited.

pub mod id_token;
mod jwks;
mod request;

use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};

pub(crate) use self::request::{is_state, nonce, verifier};
pub use self::{
    id_token::{Expected, IdClaims, IdTokenError},
    jwks::{Jwks, JwksError},
    request::{AuthorisationRequest, Returned},
};

/// That somebody at a provider is a user here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's issuer address.
    pub issuer: String,
    /// What the provider calls them; never given to anybody else there.
    pub subject: String,
    /// The user.
    pub user_id: Ulid,
    /// Since when.
    pub created_at: Timestamp,
    /// Last sign-in by it.
    pub last_used_at: Timestamp,
}
