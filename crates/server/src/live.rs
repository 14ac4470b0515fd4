//! `GET /live`: what happens in the hub, as server-sent events. Each event is a name; pages that show
//! what it concerns ask again for their own content.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt, stream};

use crate::app::AppState;

/// Below the minute after which proxies drop silent connections.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// What a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);

/// `GET /live`. A `Last-Event-ID` is accepted and needs no answer: events carry no content, and a page that
/// connects again is told to refresh by the first event, `connected`.
pub async fn stream(State(state): State<AppState>) -> Response {
    let hello = Event::default().event("connected").data("{}").retry(RETRY);
    let events = stream::once(async move { Ok::<_, Infallible>(hello) }).chain(changes(&state));
    let until = async move { state.stopping().await };
    let events = events.take_until(Box::pin(until));
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Tells nginx and its like not to collect events before passing them on.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn changes(_state: &AppState) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    stream::pending()
}
