use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use boxed::boxed;
use serde::Deserialize;

use super::{
    keys::JwkSet,
    metadata::{Metadata, MetadataError, document_url},
    tokens::{CodeExchange, Tokens},
};
use crate::{Body, Client, ConnectError, EgressError, Limits, Request, RequestError, Retry};

/// How long metadata and keys are used before they are asked for again.
const FRESH_MAX: Duration = Duration::from_secs(3600);
/// An unknown key makes us ask again, but not more often than this.
const AGAIN_MIN: Duration = Duration::from_secs(60);
/// How long old keys may stand in while the provider is away.
const STALE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Longest document.
const BYTES_MAX: usize = 256 * 1024;
/// Longest `error` of a provider that is repeated.
const CODE_CHARS_MAX: usize = 60;

/// Why a provider could not be asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OidcError {
    /// There was no answer.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The request cannot be made.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The metadata is not to be used.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The provider answered with another status than 200.
    #[error("the provider answered {what} with status {status}")]
    Status {
        /// What was asked for.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// The provider refused the code (RFC 6749, 5.2).
    #[error("the provider refused: {code}")]
    Refused {
        /// Its reason: `invalid_grant`.
        code: String,
    },
    /// The answer is not what the standard says.
    #[error("the answer to {0} cannot be read")]
    Unreadable(&'static str),
}

/// An OpenID Connect provider: asks it, and remembers its metadata and keys. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    client: Client,
    issuer: String,
    document: String,
    /// The configuration trusts the issuer's host: it may speak http, as in a test.
    is_trusted: bool,
    known: Mutex<Known>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Instant, Arc<Metadata>)>,
    keys: Option<(Instant, Arc<JwkSet>)>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Provider({})", self.0.issuer)
    }
}

#[boxed]
impl Provider {
    /// The provider with this issuer identifier. Nothing is asked yet.
    ///
    /// # Errors
    /// When the issuer is no clean https address, or its host is not allowed.
    pub fn new(client: Client, issuer: &str) -> Result<Self, OidcError> {
        // An http issuer passes the policy only when configuration trusts its host.
        let url = client.egress().check(issuer);
        let is_trusted = matches!(&url, Ok(url) if url.scheme() == "http");
        let document = document_url(issuer, is_trusted)?;
        url.map_err(ConnectError::from)?;
        let (issuer, known) = (issuer.to_owned(), Mutex::default());
        let inner = Inner { client, issuer, document, is_trusted, known, asking: Default::default() };
        Ok(Self(Arc::new(inner)))
    }

    /// The issuer identifier, as configured.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// What the provider says of itself; remembered for an hour.
    ///
    /// # Errors
    /// When it cannot be asked, or what it says is not to be used.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        if let Some(known) = self.known_metadata() {
            return Ok(known);
        }
        let _asking = self.0.asking.lock().await;
        if let Some(known) = self.known_metadata() {
            return Ok(known);
        }
        let document = self.fetch(&self.0.document, "discovery").await?;
        let metadata = Arc::new(Metadata::read(&document, &self.0.issuer, self.0.is_trusted)?);
        self.remember(|known| known.metadata = Some((Instant::now(), metadata.clone())));
        Ok(metadata)
    }

    /// The provider's keys; remembered for an hour. When `kid` is not among them they are asked for again, at
    /// most once a minute: providers change keys, and attackers invent names. While the provider is away, keys
    /// of the last day stand in.
    ///
    /// # Errors
    /// When it cannot be asked and nothing usable is remembered.
    pub async fn keys(&self, kid: Option<&str>) -> Result<Arc<JwkSet>, OidcError> {
        if let Some(known) = self.known_keys(kid) {
            return Ok(known);
        }
        let metadata = self.metadata().await?;
        let _asking = self.0.asking.lock().await;
        if let Some(known) = self.known_keys(kid) {
            return Ok(known);
        }
        let fetched = match self.fetch(&metadata.jwks_uri, "keys").await {
            Ok(document) => JwkSet::read(&document).ok_or(OidcError::Unreadable("keys")),
            Err(error) => Err(error),
        };
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.remember(|known| known.keys = Some((Instant::now(), keys.clone())));
                Ok(keys)
            }
            Err(error) => {
                let old = self.remember(|known| known.keys.clone());
                old.filter(|(at, _)| at.elapsed() < STALE_MAX).map(|(_, keys)| keys).ok_or(error)
            }
        }
    }

    /// Exchanges a code for tokens: once, for a code works once.
    ///
    /// # Errors
    /// When the provider refuses, or cannot be asked.
    pub async fn exchange(&self, exchange: &CodeExchange<'_>) -> Result<Tokens, OidcError> {
        let metadata = self.metadata().await?;
        let request = exchange.request(&metadata.token_endpoint)?.limits(limits());
        let answer = self.0.client.send(&request).await?;
        if answer.status.as_u16() == 200 {
            return answer.json().map_err(|_| OidcError::Unreadable("the code"));
        }
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        Err(match answer.json::<Refusal>() {
            Ok(refusal) => OidcError::Refused { code: plain(&refusal.error) },
            Err(_) => OidcError::Status { what: "the code", status: answer.status.as_u16() },
        })
    }

    async fn fetch(&self, url: &str, what: &'static str) -> Result<bytes::Bytes, OidcError> {
        let request = Request::get(url)?.header("accept", "application/json")?;
        let answer = self.0.client.send(&request.limits(limits()).retry(Retry::few())).await?;
        match answer.status.as_u16() {
            200 => Ok(answer.body),
            status => Err(OidcError::Status { what, status }),
        }
    }

    fn known_metadata(&self) -> Option<Arc<Metadata>> {
        let known = self.remember(|known| known.metadata.clone());
        known.filter(|(at, _)| at.elapsed() < FRESH_MAX).map(|(_, metadata)| metadata)
    }

    fn known_keys(&self, kid: Option<&str>) -> Option<Arc<JwkSet>> {
        let (at, keys) = self.remember(|known| known.keys.clone())?;
        let has_it = kid.is_none_or(|kid| keys.has(kid));
        let fresh_max = if has_it { FRESH_MAX } else { AGAIN_MIN };
        (at.elapsed() < fresh_max).then_some(keys)
    }

    fn remember<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl From<EgressError> for OidcError {
    fn from(error: EgressError) -> Self {
        Self::Connect(error.into())
    }
}

fn limits() -> Limits {
    Limits { body: Body::Read(BYTES_MAX), total: Duration::from_secs(15), ..Limits::default() }
}

/// The provider's reason as far as the standard's alphabet for it goes.
fn plain(code: &str) -> String {
    let known = |letter: &char| letter.is_ascii_alphanumeric() || "_-.".contains(*letter);
    code.chars().filter(known).take(CODE_CHARS_MAX).collect()
}
