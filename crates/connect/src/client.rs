use std::{
    error::Error,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use boxed::boxed;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, StatusCode,
    body::Incoming,
    header::{ACCEPT_ENCODING, HeaderValue, USER_AGENT},
};
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::timeout;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject as _},
    },
};

use crate::{
    Body, ConnectError, EgressPolicy, Request, Resolve, Response, Stage, SystemResolver,
    dial::Dialer,
    hosts::{Closed, Hosts},
    retry::{is_worth_repeating, retry_after},
};

/// Gives 64 random bits: for waits.
pub type Chance = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Bytes that the headers of an answer may have.
const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Headers that an answer may have.
const HEADERS_MAX: usize = 100;
/// How long an idle connection is kept.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// What a client may be given beside the policy.
#[derive(Clone, Debug)]
pub struct Options {
    /// How names are resolved.
    pub resolver: Arc<dyn Resolve>,
    /// Certificate authorities to trust beside Mozilla's, as PEM: of one's own network.
    pub authorities_pem: Vec<u8>,
    /// Requests of one lane that are under way at the same time, at least 1.
    pub in_flight_max: usize,
}

impl Default for Options {
    /// The system's resolver, Mozilla's authorities, 8 requests per lane.
    fn default() -> Self {
        Self { resolver: Arc::new(SystemResolver), authorities_pem: Vec::new(), in_flight_max: 8 }
    }
}

/// An HTTP client for other people's servers. Cheap to clone; clones share connections and breakers.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    egress: Arc<EgressPolicy>,
    http: legacy::Client<Dialer, Full<Bytes>>,
    hosts: Hosts,
    chance: Chance,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("egress", &self.0.egress).finish_non_exhaustive()
    }
}

#[boxed]
impl Client {
    /// A client under `egress` with the usual [`Options`].
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(egress: EgressPolicy, chance: Chance) -> Result<Self, ConnectError> {
        Self::with(egress, Options::default(), chance)
    }

    /// A client with [`Options`].
    ///
    /// # Errors
    /// When TLS cannot be set up, for example with certificates that are none.
    pub fn with(egress: EgressPolicy, options: Options, chance: Chance) -> Result<Self, ConnectError> {
        let egress = Arc::new(egress);
        let dialer = Dialer {
            egress: egress.clone(),
            resolver: options.resolver,
            tls: tls(&options.authorities_pem)?,
        };
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(2)
            .http1_max_buf_size(HEADER_BYTES_MAX)
            .http1_max_headers(HEADERS_MAX)
            .build(dialer);
        Ok(Self(Arc::new(Inner { egress, http, hosts: Hosts::new(options.in_flight_max), chance })))
    }

    /// What this client may connect to.
    pub fn egress(&self) -> &EgressPolicy {
        &self.0.egress
    }

    /// Sends a request and waits for its answer, whatever its status. A redirect is an answer.
    ///
    /// # Errors
    /// Why there is no answer. [`ConnectError::BreakerOpen`] and [`ConnectError::Paused`]: nothing was sent.
    pub async fn send(&self, request: &Request) -> Result<Response, ConnectError> {
        let started = Instant::now();
        let target = self.0.egress.target(&request.url)?;
        let lane = match &request.lane {
            Some(lane) => lane.clone(),
            None => format!("{}:{}", target.host, target.port),
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let outcome = self.attempt(request, &lane, started).await;
            let again = match &outcome {
                Ok(answer) if is_worth_repeating(answer.status) => Some(retry_after(&answer.headers)),
                Err(error) if is_transient(error) => Some(None),
                _ => None,
            };
            let wait = again.filter(|_| request.is_repeatable).and_then(|asked| {
                let wait = request.retry.wait(attempts, asked, (self.0.chance)())?;
                (started.elapsed() + wait < request.limits.total).then_some(wait)
            });
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    let answer = outcome?;
                    let (status, headers, body) = (answer.status, answer.headers, answer.body);
                    return Ok(Response { status, headers, body, attempts, elapsed: started.elapsed() });
                }
            }
        }
    }

    async fn attempt(&self, request: &Request, lane: &str, started: Instant) -> Result<Answer, ConnectError> {
        let host = request.host();
        let hosts = &self.0.hosts;
        let _turn = timeout(left(request, started), hosts.turn(lane))
            .await
            .map_err(|_| ConnectError::Timeout { host: host.clone(), stage: Stage::Turn })?;
        hosts.admit(lane, request.limits.total, Instant::now()).map_err(|closed| match closed {
            Closed::Breaker(retry_after) => ConnectError::BreakerOpen { host: host.clone(), retry_after },
            Closed::Pause(retry_after) => ConnectError::Paused { host: host.clone(), retry_after },
        })?;
        let outcome = self.exchange(request, started).await;
        let now = Instant::now();
        match &outcome {
            Ok(answer) => {
                // A server that answers at all is there; one that is broken or overloaded is to be spared.
                hosts.report(lane, !matches!(answer.status.as_u16(), 500..=599), now);
                if let StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE = answer.status
                    && let Some(wait) = retry_after(&answer.headers)
                {
                    hosts.pause(lane, wait, now);
                }
            }
            Err(_) => hosts.report(lane, false, now),
        }
        outcome
    }

    async fn exchange(&self, request: &Request, started: Instant) -> Result<Answer, ConnectError> {
        let host = request.host();
        let late = |stage| ConnectError::Timeout { host: host.clone(), stage };
        let until_headers = request.limits.headers.min(left(request, started));
        let sent = self.0.http.request(message(request)?);
        let answer = timeout(until_headers, sent).await.map_err(|_| late(Stage::Headers))?;
        let answer = answer.map_err(|error| explain(error, &host))?;
        let (head, body) = answer.into_parts();
        let body = match request.limits.body {
            Body::Ignore => Bytes::new(),
            Body::Read(bytes_max) => timeout(left(request, started), read(body, bytes_max, &host))
                .await
                .map_err(|_| late(Stage::Body))??,
        };
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

fn left(request: &Request, started: Instant) -> Duration {
    request.limits.total.saturating_sub(started.elapsed())
}

fn is_transient(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::Resolve { .. }
            | ConnectError::Connect { .. }
            | ConnectError::Protocol { .. }
            | ConnectError::Timeout { .. }
    )
}

fn message(request: &Request) -> Result<hyper::Request<Full<Bytes>>, ConnectError> {
    let mut message = hyper::Request::builder()
        .method(request.method.clone())
        .uri(request.url.as_str())
        .body(Full::new(request.body.clone()))
        .map_err(|_| crate::EgressError::NotAUrl)?;
    let headers = message.headers_mut();
    headers
        .insert(USER_AGENT, HeaderValue::from_static(concat!("EnterpriseHub/", env!("CARGO_PKG_VERSION"))));
    // A compressed answer could unpack to any size.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.extend(request.headers.clone());
    Ok(message)
}

async fn read(mut body: Incoming, bytes_max: usize, host: &str) -> Result<Bytes, ConnectError> {
    let too_large = || ConnectError::TooLarge { host: host.to_owned(), bytes_max };
    let announced = hyper::body::Body::size_hint(&body).lower();
    if announced > bytes_max as u64 {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| protocol(&error, host))?;
        if let Ok(data) = frame.into_data() {
            if read.len() + data.len() > bytes_max {
                return Err(too_large());
            }
            read.extend_from_slice(&data);
        }
    }
    Ok(read.freeze())
}

/// What the dialer said, if it was the dialer; else what hyper says, which names no address.
fn explain(error: legacy::Error, host: &str) -> ConnectError {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(cause) = source {
        if let Some(known) = cause.downcast_ref::<ConnectError>() {
            return known.clone();
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            return protocol(http, host);
        }
        source = cause.source();
    }
    ConnectError::Protocol { host: host.to_owned(), reason: "the connection broke".to_owned() }
}

fn protocol(error: &hyper::Error, host: &str) -> ConnectError {
    let reason = if error.is_parse() || error.is_parse_status() {
        "its answer cannot be read, or its headers are too long"
    } else if error.is_incomplete_message() {
        "it hung up before the end"
    } else {
        "the connection broke"
    };
    ConnectError::Protocol { host: host.to_owned(), reason: reason.to_owned() }
}

fn tls(authorities_pem: &[u8]) -> Result<TlsConnector, ConnectError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(authorities_pem) {
        let certificate = certificate.map_err(|error| ConnectError::Setup(error.to_string()))?;
        roots.add(certificate).map_err(|error| ConnectError::Setup(error.to_string()))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Setup(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
