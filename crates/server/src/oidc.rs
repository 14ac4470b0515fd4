//! Signing in at an OpenID provider, as far as HTTP goes: where the browser is sent, and what its code is worth.
//! Who may come in is decided by `directory`; what a token must say by `directory::oidc`.

use std::{fmt, sync::Arc};

use connect::oidc::{ClientAuthentication, CodeExchange, OidcError, Provider};
use directory::oidc::{AuthorisationRequest, Expected, IdClaims, IdTokenError, Jwks, JwksError, Returned};
use jiff::Timestamp;

/// Where the provider sends browsers back to, below the hub's public address. It must be registered there.
pub const CALLBACK: &str = "/sign-in/oidc/callback";

/// An OpenID provider that people may sign in at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcConfig {
    /// Its issuer address, exactly as it names itself.
    pub issuer: String,
    /// What it calls this hub.
    pub client_id: String,
    /// The hub's secret there; `None`: PKCE alone.
    pub client_secret: Option<ClientSecret>,
    /// What people call it: the text of the button.
    pub label: String,
}

/// A secret that a provider knows the hub by. Shown by nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The secret, as the provider gave it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClientSecret(..)")
    }
}

/// Why a browser that came back is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The provider could not be asked, or refused the code.
    #[error(transparent)]
    Provider(#[from] OidcError),
    /// Its keys cannot be read.
    #[error(transparent)]
    Keys(#[from] JwksError),
    /// Its token is not believed.
    #[error(transparent)]
    Token(#[from] IdTokenError),
    /// Something cannot be written down.
    #[error("the provider's keys cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// The provider and how the hub is known there. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Oidc(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    provider: Provider,
    config: OidcConfig,
}

impl Oidc {
    /// The configured provider. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When its address is none that the hub may ask.
    pub fn new(client: connect::Client, config: OidcConfig) -> Result<Self, OidcError> {
        Ok(Self(Arc::new(Inner { provider: Provider::new(client, &config.issuer)?, config })))
    }

    /// What people call it.
    pub fn label(&self) -> &str {
        &self.0.config.label
    }

    /// Its issuer address.
    pub fn issuer(&self) -> &str {
        &self.0.config.issuer
    }

    /// Whether `iss` is what the provider says in an answer (RFC 9207): another provider's answer is not for this
    /// request.
    ///
    /// # Errors
    /// When the provider cannot be asked whether it says so.
    pub async fn is_from(&self, iss: Option<&str>) -> Result<bool, OidcError> {
        Ok(match iss {
            Some(iss) => iss == self.issuer(),
            None => !self.0.provider.metadata().await?.authorization_response_iss_parameter_supported,
        })
    }

    /// Where a browser is sent with this request. `again`: people are asked who they are, also if they are signed in
    /// there.
    ///
    /// # Errors
    /// When the provider cannot be asked where that is.
    pub async fn address(
        &self,
        request: &AuthorisationRequest,
        redirect_uri: &str,
        again: bool,
    ) -> Result<String, OidcError> {
        let metadata = self.0.provider.metadata().await?;
        let (state, nonce, challenge) = (request.state(), request.nonce(), request.challenge());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", self.0.config.client_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("scope", "openid email"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        if again {
            query.extend_pairs([("prompt", "login"), ("max_age", "0")]);
        }
        let endpoint = &metadata.authorization_endpoint;
        let join = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{join}{}", query.finish()))
    }

    /// Whom the provider vouches for in exchange for this code.
    ///
    /// # Errors
    /// When it refuses the code, or its token is not believed.
    pub async fn claims(
        &self,
        code: &str,
        returned: &Returned,
        redirect_uri: &str,
        now: Timestamp,
    ) -> Result<IdClaims, Refused> {
        let Inner { provider, config } = &*self.0;
        let authentication = match &config.client_secret {
            Some(ClientSecret(secret)) if posts(&*provider.metadata().await?) => {
                ClientAuthentication::Post(secret)
            }
            Some(ClientSecret(secret)) => ClientAuthentication::Basic(secret),
            None => ClientAuthentication::None,
        };
        let exchange = CodeExchange {
            code,
            redirect_uri,
            code_verifier: &returned.verifier,
            client_id: &config.client_id,
            authentication,
        };
        let tokens = provider.exchange(&exchange).await?;
        let expected =
            Expected { issuer: &config.issuer, client_id: &config.client_id, nonce: &returned.nonce, now };
        // The name of the key is only a hint for which keys to ask for; `verify` reads it again.
        let named = directory::oidc::id_token::key_id(&tokens.id_token);
        let keys = Jwks::parse(&serde_json::to_value(&*provider.keys(named.as_deref()).await?)?)?;
        Ok(directory::oidc::id_token::verify(&tokens.id_token, &keys, &expected)?)
    }
}

/// Whether the provider takes a secret in the form only.
fn posts(metadata: &connect::oidc::Metadata) -> bool {
    let Some(ways) = &metadata.token_endpoint_auth_methods_supported else { return false };
    ways.iter().any(|way| way == "client_secret_post") && !ways.iter().any(|way| way == "client_secret_basic")
}
