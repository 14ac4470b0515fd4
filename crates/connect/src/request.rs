use std::{fmt, time::Duration};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{HeaderName, HeaderValue},
};
use url::Url;

use crate::{EgressError, Retry};

/// What is done with the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Read it; more bytes than this are an error.
    Read(usize),
    /// The status is enough: the connection is closed after the headers.
    Ignore,
}

/// How long each part of one attempt may take, and how much may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From sending until the headers are there, connecting included.
    pub headers: Duration,
    /// Everything, waiting and repeated attempts included.
    pub total: Duration,
    /// What to do with the body.
    pub body: Body,
}

impl Default for Limits {
    /// 15 s until the headers, 30 s for everything, 1 MiB.
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(15),
            total: Duration::from_secs(30),
            body: Body::Read(1024 * 1024),
        }
    }
}

/// A request that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The address cannot be used.
    #[error(transparent)]
    Url(#[from] EgressError),
    /// A header has a forbidden name or value. The value is not repeated.
    #[error("the header `{0}` cannot be sent")]
    Header(String),
}

/// One request. Its `Debug` shows method and host; paths, headers and bodies may be secrets.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) limits: Limits,
    pub(crate) retry: Retry,
    pub(crate) lane: Option<String>,
    pub(crate) is_repeatable: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(out, "Request({} {host})", self.method)
    }
}

impl Request {
    /// A request with default limits and no repeating.
    ///
    /// # Errors
    /// When `url` is none.
    pub fn new(method: Method, url: &str) -> Result<Self, RequestError> {
        let url = Url::parse(url.trim()).map_err(|_| EgressError::NotAUrl)?;
        let is_repeatable = method.is_idempotent();
        Ok(Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limits: Limits::default(),
            retry: Retry::never(),
            lane: None,
            is_repeatable,
        })
    }

    /// A GET.
    ///
    /// # Errors
    /// When `url` is none.
    pub fn get(url: &str) -> Result<Self, RequestError> {
        Self::new(Method::GET, url)
    }

    /// A POST of `body`, which is `content_type`.
    ///
    /// # Errors
    /// When `url` is none or `content_type` cannot be a header.
    pub fn post(url: &str, content_type: &str, body: impl Into<Bytes>) -> Result<Self, RequestError> {
        let request = Self::new(Method::POST, url)?.header("content-type", content_type)?;
        Ok(Self { body: body.into(), ..request })
    }

    /// With `body`, which is `content_type`.
    ///
    /// # Errors
    /// When `content_type` cannot be a header.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Result<Self, RequestError> {
        let request = self.header("content-type", content_type)?;
        Ok(Self { body: body.into(), ..request })
    }

    /// Adds a header.
    ///
    /// # Errors
    /// When name or value cannot be sent, and for headers that the connection itself decides.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, RequestError> {
        let refuse = || RequestError::Header(name.to_owned());
        let lower = name.to_ascii_lowercase();
        if ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"]
            .contains(&lower.as_str())
        {
            return Err(refuse());
        }
        let key = HeaderName::from_bytes(lower.as_bytes()).map_err(|_| refuse())?;
        let value = HeaderValue::from_str(value).map_err(|_| refuse())?;
        self.headers.append(key, value);
        Ok(self)
    }

    /// Adds `Authorization: Bearer {token}`.
    ///
    /// # Errors
    /// When the token cannot be a header; it is not repeated.
    pub fn bearer(self, token: &str) -> Result<Self, RequestError> {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With other limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Repeated when it fails, if its method is idempotent or [`Request::repeatable`] says so.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The receiver knows duplicates by a key: repeating is safe although the method does not say so.
    #[must_use]
    pub fn repeatable(self) -> Self {
        Self { is_repeatable: true, ..self }
    }

    /// Whose failures count together: an account, an endpoint. Requests with the same lane share breaker, pauses
    /// and the number in flight. Without it, the host and port: right where one party is responsible for all.
    #[must_use]
    pub fn lane(self, lane: impl Into<String>) -> Self {
        Self { lane: Some(lane.into()), ..self }
    }

    pub(crate) fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }
}
