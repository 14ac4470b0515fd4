use std::{fmt, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// An answer, whatever its status. Its `Debug` shows status and sizes only.
#[derive(Clone)]
pub struct Response {
    /// The status; redirects come as they are.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when it was to be ignored.
    pub body: Bytes,
    /// Attempts made, at least 1.
    pub attempts: u32,
    /// From the first attempt to the end of the answer.
    pub elapsed: Duration,
}

impl fmt::Debug for Response {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Response({}, {} bytes)", self.status.as_u16(), self.body.len())
    }
}

impl Response {
    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not what was expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
