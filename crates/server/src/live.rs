//! `GET /live`: what happens in the hub, as server-sent events. Each event is a name; pages that show
//! what it concerns ask again for their own content.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt, stream};
use tokio_stream::wrappers::BroadcastStream;

use crate::{app::AppState, viewer};

/// Below the minute after which proxies drop silent connections.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// What a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);

/// `GET /live`. A `Last-Event-ID` is accepted and needs no answer: events carry no content, and a page that
/// connects again is told to refresh by the first event, `connected`.
///
/// Who was let in is asked again before every change is told: a session that has ended since hears no more.
pub async fn stream(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let hello = Event::default().event("connected").data("{}").retry(RETRY);
    let events = stream::once(async move { Ok::<_, Infallible>(hello) }).chain(changes(&state, headers));
    let until = async move { state.stopping().await };
    let events = events.take_until(Box::pin(until));
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Tells nginx and its like not to collect events before passing them on.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Every change twice: under its own name (`snapshot_imported`), and as `growth_changed` for whoever does not
/// care which. A listener too slow for its queue gets the second once, which makes it ask again.
fn changes(state: &AppState, headers: HeaderMap) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let asking = Arc::new((state.clone(), headers));
    let heard = BroadcastStream::new(state.growth().events()).take_while(move |_| {
        let asking = Arc::clone(&asking);
        async move { matches!(viewer::signed_in(&asking.0, &asking.1).await, Ok(Some(_))) }
    });
    heard.flat_map(|change| {
        let changed = Event::default().event("growth_changed");
        let events = match change {
            Ok(change) => {
                let data = serde_json::json!({
                    "kind": change.kind.id(),
                    "subject": change.subject,
                    "actor": change.actor,
                    "sentence": change.sentence,
                })
                .to_string();
                let id = change.id.to_string();
                vec![Event::default().event(change.kind.id()).id(id).data(data.clone()), changed.data(data)]
            }
            Err(_lagged) => vec![changed.data("{}")],
        };
        stream::iter(events.into_iter().map(Ok))
    })
}
