//! What other systems send us by themselves: `POST /webhooks/ghl`, GoHighLevel's events.
//!
//! **Flow.** A signature of the right form and a body that says no more than it may -> the whole body, bounded in size and time,
//! where whoever takes longest gives way (`arriving`) -> a place among what is taken in at once ->
//! [`gohighlevel::GoHighLevel::receive`]: signature, market, durable in that market's inbox -> 200. What is done about an event is none of this road's business;
//! the market's own task is woken and does it ([`crate::workers`]).
//!
//! **Every answer is one that the sender understands**: GoHighLevel repeats what was answered with 429 and nothing else, so
//! that whatever we could not keep, for whatever reason, is answered with 429. 401: not signed, or by nobody we know.
//! 400: signed and no event. 413: larger than any event.
//!
//! **Invariants.** 200 is said of what is durable, and of what is not ours to keep. Nothing of an event is logged. No
//! layer of the pages and endpoints runs here: no session, no check of where changes come from, no name of a request.

mod arriving;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connect::ghl::signature::{self, Rejection};
use gohighlevel::Received;
use tokio::sync::{Semaphore, SemaphorePermit};
use tower_http::catch_panic::CatchPanicLayer;

use self::arriving::Arriving;
use crate::{app::AppState, observe, problem::Problem, security};

/// Where GoHighLevel sends its events.
pub const PATH: &str = "/webhooks/ghl";
/// The same for events of one kind, whose bodies do not always say which: an address per event.
pub const PATH_OF_EVENT: &str = "/webhooks/ghl/{event}";

/// Ed25519 over the body, in base64.
const SIGNATURE: HeaderName = HeaderName::from_static("x-ghl-signature");
/// Largest event, in bytes: a contact with every custom field and a long message stays below a tenth of it.
const BYTES_MAX: usize = 1024 * 1024;
/// How long we try to keep an event. Longer than any database takes that will still take it; far below what the sender waits.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long a body may take to arrive: a few kilobytes, from a data centre.
const ARRIVAL: Duration = Duration::from_secs(2);
/// What a sender is told to wait. GoHighLevel comes again after ten minutes, whatever it is told.
const AGAIN: Duration = Duration::from_secs(5);
/// Lines about what was not taken: at most one in so many seconds, however much is not taken.
const QUIET_SECONDS: u64 = 10;

/// What is taken in right now, bounded.
#[derive(Debug)]
pub struct Receiving {
    /// Bodies on their way: anybody's.
    arriving: Arriving,
    /// Whole bodies that are being verified and kept.
    places: Semaphore,
    /// Seconds of the hub's life at which something was last said about what was not taken, plus one; 0: never.
    said: AtomicU64,
}

impl Receiving {
    /// At most `at_once` arriving, and as many being kept, at the same time.
    pub fn new(at_once: usize) -> Self {
        let places = Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS));
        Self { arriving: Arriving::new(at_once), places, said: AtomicU64::new(0) }
    }

    fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.places.try_acquire().ok()
    }

    /// Whether it is time for another line.
    fn may_say(&self, uptime: Duration) -> bool {
        let (now, said) = (uptime.as_secs() + 1, self.said.load(Ordering::Relaxed));
        (said == 0 || now >= said + QUIET_SECONDS)
            && self.said.compare_exchange(said, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// What became of a message: the label of its counter, and its answer.
enum Outcome {
    /// Durable, and somebody's business.
    Taken(&'static str),
    /// Not taken, and not to be sent again.
    Refused(&'static str, Problem),
    /// Not taken, and to be sent again.
    Again(&'static str),
}

/// The routes of receivers with what they need: a handler that panics has kept nothing.
pub fn layered(receivers: Router<AppState>, state: &AppState) -> Router {
    let by_https = state.config().is_https();
    let panicked = move |_: Box<dyn std::any::Any + Send>| {
        tracing::error!("taking a webhook in panicked");
        answer(Outcome::Again("panicked"), by_https)
    };
    receivers.layer(CatchPanicLayer::custom(panicked)).with_state(state.clone())
}

/// `POST /webhooks/ghl` and `POST /webhooks/ghl/{event}`
pub async fn receive(State(state): State<AppState>, request: Request) -> Response {
    let started = Instant::now();
    let route = if request.uri().path() == PATH { PATH } else { PATH_OF_EVENT };
    // What nobody signed takes no place, and its body is not read.
    let outcome = match signature::form(signed(request.headers())) {
        Err(rejection) => refused(&state, rejection),
        Ok(_) => take(&state, request).await,
    };
    let response = answer(outcome, state.config().is_https());
    observe::received(route, response.status(), started.elapsed());
    response
}

fn signed(headers: &HeaderMap) -> Option<&str> {
    headers.get(SIGNATURE).and_then(|value| value.to_str().ok())
}

async fn take(state: &AppState, request: Request) -> Outcome {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let body = match whole(state, from, body).await {
        Ok(body) => body,
        Err(outcome) => return outcome,
    };
    let Some(_place) = state.receiving().enter() else { return Outcome::Again("busy") };
    let signature = signed(&parts.headers);
    let hint = parts.uri.path().strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/'));
    // What is not kept in time may be kept a moment later: its repeat is known then.
    match tokio::time::timeout(PATIENCE, keep(state, signature, &body, hint)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            say(state, "nothing was kept in time");
            Outcome::Again("timeout")
        }
    }
}

/// The whole body, unless it is too large, takes too long, or has to give way.
async fn whole(state: &AppState, from: IpAddr, body: Body) -> Result<Bytes, Outcome> {
    let too_large = || Outcome::Refused("too_large", Problem::too_large("No event is this large."));
    // As its head says.
    if body.size_hint().lower() > BYTES_MAX as u64 {
        return Err(too_large());
    }
    let mut place = state.receiving().arriving.enter(from);
    let arrived = tokio::select! {
        biased;
        arrived = tokio::time::timeout(ARRIVAL, to_bytes(body, BYTES_MAX)) => arrived,
        () = place.given_up() => return Err(Outcome::Again("gave_way")),
    };
    match arrived {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_long(&error) => Err(too_large()),
        // It was not kept, whoever broke it off.
        Ok(Err(_)) | Err(_) => Err(Outcome::Again("broken_off")),
    }
}

async fn keep(state: &AppState, signature: Option<&str>, body: &Bytes, hint: Option<&str>) -> Outcome {
    let now = state.clock().now();
    match state.hub().gohighlevel.receive(signature, body, hint, now).await {
        Ok(Received::Kept { market }) => {
            state.roads().arrived(market, now);
            Outcome::Taken("kept")
        }
        Ok(Received::Duplicate { .. }) => Outcome::Taken("duplicate"),
        Ok(Received::Parked) => Outcome::Taken("parked"),
        Ok(Received::NotOurs) => Outcome::Taken("not_ours"),
        Ok(Received::Unreadable) => unreadable("The webhook is no JSON object."),
        Ok(Received::Refused(rejection)) => refused(state, rejection),
        Err(error) => {
            say(state, &error.to_string());
            Outcome::Again("failed")
        }
    }
}

fn refused(state: &AppState, rejection: Rejection) -> Outcome {
    say(state, &rejection.to_string());
    let detail = "The webhook is not signed by a key that this hub knows.";
    Outcome::Refused("refused", Problem::new(crate::problem::Kind::SignInRequired, detail))
}

fn unreadable(detail: &'static str) -> Outcome {
    Outcome::Refused("unreadable", Problem::bad_request(detail))
}

fn is_too_long(error: &axum::Error) -> bool {
    use std::error::Error as _;
    error.source().is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

/// A line for the operators, unless there was one just now.
fn say(state: &AppState, why: &str) {
    if state.receiving().may_say(state.uptime()) {
        tracing::warn!("a webhook of GoHighLevel was not taken: {why}");
    }
}

fn answer(outcome: Outcome, by_https: bool) -> Response {
    let (label, mut response) = match outcome {
        Outcome::Taken(label) => (label, StatusCode::OK.into_response()),
        Outcome::Refused(label, problem) => (label, problem.into_response()),
        Outcome::Again(label) => {
            let problem = Problem::too_many_requests("This cannot be kept right now. Send it again.");
            (label, problem.retry_after(AGAIN).into_response())
        }
    };
    metrics::counter!("ehub_webhooks_received_total", "source" => "gohighlevel", "outcome" => label)
        .increment(1);
    let headers = response.headers_mut();
    if headers.remove(header::WWW_AUTHENTICATE).is_some() {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Signature"));
    }
    security::harden(headers, by_https);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_refusals_few_are_spoken_of() {
        let receiving = Receiving::new(1);
        let told: Vec<u64> =
            (0..25).filter(|second| receiving.may_say(Duration::from_secs(*second))).collect();
        assert_eq!(told, [0, 10, 20]);
    }

    #[test]
    fn beyond_the_bound_nothing_waits() {
        let receiving = Receiving::new(2);
        let held = (receiving.enter(), receiving.enter());
        assert!(held.0.is_some() && held.1.is_some() && receiving.enter().is_none());
        drop(held);
        assert!(receiving.enter().is_some());
    }

    #[test]
    fn what_was_not_kept_is_asked_for_again_and_nothing_else_is() {
        let status = |outcome| {
            let response = answer(outcome, true);
            assert!(response.headers().contains_key("x-content-type-options"));
            (response.status().as_u16(), response.headers().contains_key(header::RETRY_AFTER))
        };
        assert_eq!(status(Outcome::Taken("kept")), (200, false));
        assert_eq!(status(Outcome::Again("failed")), (429, true));
        assert_eq!(status(unreadable("")), (400, false));
    }
}
