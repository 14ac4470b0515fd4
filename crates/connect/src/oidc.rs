//! What an OpenID Connect provider is asked over HTTP: its metadata, its keys, and a code for tokens. What the
//! tokens say is judged elsewhere, by pure functions.
//!
//! By RFC 9700: the authorisation code flow with PKCE only (`S256`), metadata from the issuer itself and of that
//! issuer (RFC 8414, 3.3; OpenID Connect Discovery 4.3), endpoints over https.
//!
//! ```no_run
//! # async fn story(client: connect::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use connect::oidc::{ClientAuthentication, CodeExchange, Provider};
//!
//! let provider = Provider::new(client, "https://login.example.com")?;
//! let metadata = provider.metadata().await?;
//! println!("send people to {}", metadata.authorization_endpoint);
//! let tokens = provider
//!     .exchange(&CodeExchange {
//!         code: "...",
//!         redirect_uri: "https://hub.example.com/sign-in/oidc/callback",
//!         code_verifier: "...",
//!         client_id: "hub",
//!         authentication: ClientAuthentication::Basic("..."),
//!     })
//!     .await?;
//! let keys = provider.keys(Some("kid-of-the-id-token")).await?;
//! # let _ = (tokens, keys); Ok(()) }
//! ```

mod keys;
mod metadata;
mod provider;
mod tokens;

pub use keys::{Jwk, JwkSet};
pub use metadata::{Metadata, MetadataError};
pub use provider::{OidcError, Provider};
pub use tokens::{ClientAuthentication, CodeExchange, Tokens};
