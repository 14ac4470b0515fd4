use serde::{Deserialize, Serialize};
use url::Url;

/// What a provider says of itself in its discovery document, as far as it is used here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The issuer: exactly what ID tokens must name.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where people are sent to sign out there as well.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// Ways of PKCE; must contain `S256` when given.
    #[serde(default)]
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Algorithms of ID tokens.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Ways in which a client may identify itself; the standard's default is `client_secret_basic`.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether answers carry `iss` (RFC 9207); when they do, it is checked.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Why a discovery document is not to be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The issuer is no https address without query and fragment.
    #[error("an issuer is an https address without user, query and fragment")]
    Issuer,
    /// No JSON, or a field is missing.
    #[error("the discovery document cannot be read: {0}")]
    Unreadable(String),
    /// It belongs to somebody else.
    #[error("the discovery document is of another issuer")]
    OtherIssuer,
    /// An endpoint is no https address.
    #[error("`{0}` is not an https address")]
    Endpoint(&'static str),
    /// It cannot do PKCE with `S256`.
    #[error("the provider does not support PKCE with S256")]
    NoPkce,
}

/// Where the discovery document of an issuer is (OpenID Connect Discovery 1.0, section 4).
pub(super) fn document_url(issuer: &str, may_be_plain: bool) -> Result<String, MetadataError> {
    let url = Url::parse(issuer).map_err(|_| MetadataError::Issuer)?;
    let is_https = url.scheme() == "https" || (may_be_plain && url.scheme() == "http");
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_https || !plain || url.password().is_some() || url.host_str().is_none() {
        return Err(MetadataError::Issuer);
    }
    Ok(format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')))
}

impl Metadata {
    /// Reads a discovery document and holds it against the issuer that was asked.
    ///
    /// # Errors
    /// [`MetadataError`].
    pub(super) fn read(document: &[u8], issuer: &str, may_be_plain: bool) -> Result<Self, MetadataError> {
        let metadata: Self = serde_json::from_slice(document)
            .map_err(|error| MetadataError::Unreadable(format!("{:?}", error.classify())))?;
        // Exactly, character by character: no normalisation (RFC 8414, 3.3).
        if metadata.issuer != issuer {
            return Err(MetadataError::OtherIssuer);
        }
        let end_session = metadata.end_session_endpoint.as_deref();
        for (name, endpoint) in [
            ("authorization_endpoint", Some(metadata.authorization_endpoint.as_str())),
            ("token_endpoint", Some(metadata.token_endpoint.as_str())),
            ("jwks_uri", Some(metadata.jwks_uri.as_str())),
            ("end_session_endpoint", end_session),
        ] {
            let Some(endpoint) = endpoint else { continue };
            let url = Url::parse(endpoint).map_err(|_| MetadataError::Endpoint(name))?;
            if url.scheme() != "https" && !(may_be_plain && url.scheme() == "http") {
                return Err(MetadataError::Endpoint(name));
            }
        }
        // Providers that do not say are asked with S256 anyway; one that says otherwise is refused.
        match &metadata.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|method| method == "S256") => Err(MetadataError::NoPkce),
            _ => Ok(metadata),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://login.example.com/realms/a";

    fn document(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut document = serde_json::json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example.com/authorize",
            "token_endpoint": "https://login.example.com/token",
            "jwks_uri": "https://login.example.com/keys",
            "code_challenge_methods_supported": ["plain", "S256"],
            "something_else": {"a": 1},
        });
        change(&mut document);
        serde_json::to_vec(&document).unwrap()
    }

    #[test]
    fn a_document_of_the_issuer_is_taken() {
        let metadata = Metadata::read(&document(|_| {}), ISSUER, false).unwrap();
        assert_eq!(metadata.token_endpoint, "https://login.example.com/token");
    }

    #[test]
    fn a_document_of_somebody_else_is_refused_even_when_only_a_slash_differs() {
        for other in [
            "https://login.example.com/realms/a/",
            "https://login.example.com/realms/b",
            "https://LOGIN.example.com/realms/a",
        ] {
            let document = document(|document| document["issuer"] = other.into());
            assert_eq!(Metadata::read(&document, ISSUER, false), Err(MetadataError::OtherIssuer), "{other}");
        }
    }

    #[test]
    fn plain_endpoints_and_missing_pkce_are_refused() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let document = document(|document| document[name] = "http://login.example.com/x".into());
            assert_eq!(Metadata::read(&document, ISSUER, false), Err(MetadataError::Endpoint(name)));
        }
        let plain =
            document(|document| document["code_challenge_methods_supported"] = serde_json::json!(["plain"]));
        assert_eq!(Metadata::read(&plain, ISSUER, false), Err(MetadataError::NoPkce));
    }

    #[test]
    fn only_a_clean_https_address_is_an_issuer() {
        assert_eq!(
            document_url("https://login.example.com/", false).unwrap(),
            "https://login.example.com/.well-known/openid-configuration"
        );
        for issuer in [
            "http://login.example.com",
            "login.example.com",
            "https://a@b.example",
            "https://b.example/?x=1",
            "https://b.example/#x",
        ] {
            assert_eq!(document_url(issuer, false), Err(MetadataError::Issuer), "{issuer}");
        }
    }
}
