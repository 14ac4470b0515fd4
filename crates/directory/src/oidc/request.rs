use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::Ulid;
use ring::{
    digest::{SHA256, digest},
    hmac,
};

use crate::{Token, secret};

/// A browser on its way to a provider. Everything is derived from one token that only the browser keeps (in a
/// cookie): the hub stores that token's digest and could neither forge nor repeat the request.
#[derive(Clone, Debug)]
pub struct AuthorisationRequest {
    token: Token,
}

/// A browser that came back in time with the state it left with.
#[derive(Clone, Debug)]
pub struct Returned {
    /// The provider it was sent to.
    pub issuer: String,
    /// The local address that it wanted to see.
    pub next: String,
    /// Who wants to link the identity; nobody: somebody wants to come in.
    pub user_id: Option<Ulid>,
    /// What the ID token must repeat.
    pub nonce: String,
    /// What shows the provider that the code is redeemed by whoever asked for it (PKCE).
    pub verifier: String,
}

impl AuthorisationRequest {
    pub(crate) fn new(token: Token) -> Self {
        Self { token }
    }

    /// The secret for the browser's cookie.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The `state` parameter.
    pub fn state(&self) -> String {
        derived(self.token.as_str(), "oidc state")
    }

    /// The `nonce` parameter.
    pub fn nonce(&self) -> String {
        derived(self.token.as_str(), "oidc nonce")
    }

    /// The `code_challenge` parameter, with `code_challenge_method=S256`.
    pub fn challenge(&self) -> String {
        challenge(&verifier(self.token.as_str()))
    }
}

/// Whether `state` is the one that the bearer of `token` left with.
pub(crate) fn is_state(token: &str, state: &str) -> bool {
    secret::same(derived(token, "oidc state").as_bytes(), state.as_bytes())
}

pub(crate) fn nonce(token: &str) -> String {
    derived(token, "oidc nonce")
}

pub(crate) fn verifier(token: &str) -> String {
    derived(token, "oidc verifier")
}

/// RFC 7636's S256.
fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn derived(token: &str, purpose: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&key, purpose.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_rfc_7636_agrees() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn what_travels_differs_and_belongs_to_one_browser() {
        let one = AuthorisationRequest::new(Token::from_entropy([1; 32]));
        let other = AuthorisationRequest::new(Token::from_entropy([2; 32]));
        let all = [one.state(), one.nonce(), one.challenge(), verifier(one.token().as_str()), other.state()];
        for (at, text) in all.iter().enumerate() {
            assert_eq!(text.len(), 43, "256 bits");
            assert!(!all[at + 1..].contains(text));
        }
        assert!(is_state(one.token().as_str(), &one.state()));
        assert!(!is_state(other.token().as_str(), &one.state()));
        assert!(!is_state(one.token().as_str(), ""));
    }
}
