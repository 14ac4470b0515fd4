use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::{Request, RequestError};

/// How this program proves to the provider who it is.
#[derive(Clone, Copy)]
pub enum ClientAuthentication<'a> {
    /// The secret in an `Authorization` header (`client_secret_basic`).
    Basic(&'a str),
    /// The secret in the form (`client_secret_post`): for providers that know no other way.
    Post(&'a str),
    /// No secret: PKCE alone.
    None,
}

/// A code to be exchanged (RFC 6749, 4.1.3 and RFC 7636, 4.5).
#[derive(Clone, Copy)]
pub struct CodeExchange<'a> {
    /// The code that came back with the person.
    pub code: &'a str,
    /// The same address that the person was sent with.
    pub redirect_uri: &'a str,
    /// What the challenge was made from.
    pub code_verifier: &'a str,
    /// The name of this program at the provider.
    pub client_id: &'a str,
    /// Its proof.
    pub authentication: ClientAuthentication<'a>,
}

impl fmt::Debug for CodeExchange<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CodeExchange({})", self.client_id)
    }
}

/// What a code was exchanged for. Hidden from logs.
#[derive(Clone, Deserialize)]
pub struct Tokens {
    /// Who signed in, signed by the provider; unjudged.
    pub id_token: String,
    /// For asking the provider more.
    #[serde(default)]
    pub access_token: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tokens(..)")
    }
}

impl CodeExchange<'_> {
    pub(super) fn request(&self, token_endpoint: &str) -> Result<Request, RequestError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", self.code)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", self.code_verifier);
        if !matches!(self.authentication, ClientAuthentication::Basic(_)) {
            form.append_pair("client_id", self.client_id);
        }
        if let ClientAuthentication::Post(secret) = self.authentication {
            form.append_pair("client_secret", secret);
        }
        let request = Request::post(token_endpoint, "application/x-www-form-urlencoded", form.finish())?
            .header("accept", "application/json")?;
        match self.authentication {
            ClientAuthentication::Basic(secret) => {
                // Form-encoded before they are joined (RFC 6749, 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(self.client_id), encoded(secret));
                request.header("authorization", &format!("Basic {}", STANDARD.encode(pair)))
            }
            _ => Ok(request),
        }
    }
}
