//! Traffic, recorded once and replayed in tests, with nothing secret and nobody in it.
//!
//! [`Recorder`] is a [`Road`] that writes down what passes; [`Replay`] is one that answers from what was written down.
//! What is written down has been masked before: tokens and secrets are gone, personal values are numbered stand-ins,
//! the same one for the same value, so that what belonged together still does. Identifiers stay.

mod mask;

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    header::{HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize};

pub use mask::{Masker, mask_text};

use super::{Road, RoadFuture};
use crate::{ConnectError, Request, Response};

/// Headers of answers that are kept.
const HEADERS: [&str; 2] = ["content-type", "x-ratelimit-"];

/// One request and its answer, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header `Version`, if any.
    pub version: Option<String>,
    /// The body that was sent.
    pub sent: String,
    /// The status; 0 when there was no answer.
    pub status: u16,
    /// The headers that matter.
    pub headers: Vec<(String, String)>,
    /// The body that came.
    pub received: String,
}

/// A recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tape {
    /// In the order of the answers.
    pub exchanges: Vec<Exchange>,
}

/// Lets requests pass and writes them down.
pub struct Recorder {
    road: Arc<dyn Road>,
    state: Mutex<(Masker, Tape)>,
}

impl Recorder {
    /// Records what passes on `road`.
    pub fn new(road: Arc<dyn Road>) -> Self {
        Self { road, state: Mutex::default() }
    }

    /// What was recorded so far.
    pub fn tape(&self) -> Tape {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn note(&self, request: &Request, outcome: &Result<Response, ConnectError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (masker, tape) = &mut *state;
        let asked = asked(masker, request);
        let (status, headers, received) = match outcome {
            Ok(response) => {
                let kept = response
                    .headers
                    .iter()
                    .filter(|(name, _)| HEADERS.iter().any(|prefix| name.as_str().starts_with(prefix)));
                let headers = kept
                    .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
                    .collect();
                (response.status.as_u16(), headers, masker.body(&response.body))
            }
            Err(_) => (0, Vec::new(), String::new()),
        };
        tape.exchanges.push(Exchange { status, headers, received, ..asked });
    }
}

impl Road for Recorder {
    fn send<'a>(&'a self, request: &'a Request) -> RoadFuture<'a> {
        Box::pin(async move {
            let outcome = self.road.send(request).await;
            self.note(request, &outcome);
            outcome
        })
    }
}

/// Answers from a recording: each request by the first exchange not yet used that asks the same.
pub struct Replay(Mutex<(Masker, Vec<Exchange>)>);

impl Replay {
    /// Replays `tape`.
    pub fn new(tape: Tape) -> Self {
        Self(Mutex::new((Masker::default(), tape.exchanges)))
    }

    /// What has not been asked for.
    pub fn left(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn answer(&self, request: &Request) -> Result<Response, ConnectError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (masker, exchanges) = &mut *state;
        let asked = asked(masker, request);
        let matches = |exchange: &Exchange| {
            (&exchange.method, &exchange.target, &exchange.version, &exchange.sent)
                == (&asked.method, &asked.target, &asked.version, &asked.sent)
        };
        let host = request.host();
        let Some(found) = exchanges.iter().position(matches) else {
            let reason = format!("the recording has no answer to {} {}", asked.method, asked.target);
            return Err(ConnectError::Protocol { host, reason });
        };
        let exchange = exchanges.remove(found);
        let Ok(status) = StatusCode::from_u16(exchange.status) else {
            return Err(ConnectError::Protocol { host, reason: "there was no answer".to_owned() });
        };
        let mut headers = HeaderMap::new();
        for (name, value) in exchange.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
                headers.append(name, value);
            }
        }
        let body = Bytes::from(exchange.received);
        // Numbers go on as they did while recording.
        masker.body(&body);
        Ok(Response { status, headers, body, attempts: 1, elapsed: std::time::Duration::ZERO })
    }
}

impl Road for Replay {
    fn send<'a>(&'a self, request: &'a Request) -> RoadFuture<'a> {
        Box::pin(async move { self.answer(request) })
    }
}

fn asked(masker: &mut Masker, request: &Request) -> Exchange {
    let version = request.headers.get("version").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Exchange {
        method: request.method.to_string(),
        target: masker.target(&request.url),
        version,
        sent: masker.body(&request.body),
        status: 0,
        headers: Vec::new(),
        received: String::new(),
    }
}

#[cfg(test)]
mod tests;
