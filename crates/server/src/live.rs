//! What happens, as server-sent events: `GET /live` in the hub, `GET /m/{market}/live` in a market. Each event is
//! a name; pages that show what it concerns ask again for their own content.
//!
//! A market's events reach the listeners of that market alone, and carry nothing of what changed.

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
use kernel::MarketId;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::{
    access::{HubRoles, lacks_second_step},
    app::AppState,
    problem::Problem,
    viewer::{self, Credential, InMarket, Who},
};

/// Below the minute after which proxies drop silent connections.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// What a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);
/// Changes that a slow listener may fall behind before it is told to ask for everything again.
const BEHIND_MAX: usize = 256;

/// Something of this kind changed in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub market: MarketId,
    /// What kind: `contact_changed`.
    pub kind: &'static str,
}

/// What changes in the markets, for whoever listens on this node.
#[derive(Clone, Debug)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND_MAX).0)
    }
}

impl Changes {
    /// Tells everyone who listens.
    pub fn tell(&self, market: MarketId, kind: &'static str) {
        // Nobody listens: nobody needs to know.
        let _ = self.0.send(Change { market, kind });
    }

    fn listen(&self) -> BroadcastStream<Change> {
        BroadcastStream::new(self.0.subscribe())
    }
}

type Told = Result<Event, Infallible>;

/// `GET /live`. A `Last-Event-ID` is accepted and needs no answer: events carry no content, and a page that
/// connects again is told to refresh by the first event, `connected`.
///
/// Who was let in is asked again before every change is told: a session that has ended since hears no more.
pub async fn stream(
    State(state): State<AppState>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let still = Asking::new(&state, &headers, "/live");
    let events = match who.may(HubRoles::READ_GROWTH) && !lacks_second_step(&state, &who.0) {
        true => of_growth(&state, still).boxed(),
        false => stream::pending().boxed(),
    };
    answer(&state, &who, events)
}

/// `GET /m/{market}/live`. As [`stream()`]: who is no longer a member hears no more.
pub async fn of_market(
    State(state): State<AppState>,
    InMarket { market, who, .. }: InMarket,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, still) = (market.id(), Asking::new(&state, &headers, "/live"));
    // The handle would keep the market's database open for as long as somebody looks at a page.
    drop(market);
    let heard = state.changes().listen().take_while(move |_| {
        let still = still.clone();
        async move { still.may(|who| who.market_role(id).is_some()).await }
    });
    let events = heard.flat_map(move |change| {
        let changed = Event::default().event("market_changed").data("{}");
        let events = match change {
            Ok(change) if change.market == id => {
                vec![Event::default().event(change.kind).data("{}"), changed]
            }
            Ok(_) => Vec::new(),
            Err(_lagged) => vec![changed],
        };
        stream::iter(events.into_iter().map(Ok))
    });
    answer(&state, &who, events.boxed())
}

/// Hello, the events, and an end when the hub stops. Counted as long as it is listened to.
fn answer(
    state: &AppState,
    who: &Who,
    events: impl Stream<Item = Told> + Send + 'static,
) -> Result<Response, Problem> {
    let counted = state.streams().open(&who.id())?;
    let hello = Event::default().event("connected").data("{}").retry(RETRY);
    let events = stream::once(async move { Ok(hello) }).chain(events).map(move |event: Told| {
        let _ = &counted;
        event
    });
    let stopping = state.clone();
    let events = events.take_until(Box::pin(async move { stopping.stopping().await }));
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Tells nginx and its like not to collect events before passing them on.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The credential of a listener, to be asked again and again.
#[derive(Clone)]
struct Asking(Arc<(AppState, Option<Credential>)>);

impl Asking {
    fn new(state: &AppState, headers: &HeaderMap, path: &str) -> Self {
        Self(Arc::new((state.clone(), viewer::credential(state, headers, path))))
    }

    async fn may(&self, allowed: impl FnOnce(&directory::Principal) -> bool) -> bool {
        let (state, credential) = &*self.0;
        let Some(credential) = credential else { return false };
        let asked = credential.principal(state).await;
        matches!(asked, Ok(Some(who)) if !lacks_second_step(state, &who) && allowed(&who))
    }
}

/// Every change twice: under its own name (`snapshot_imported`), and as `growth_changed` for whoever does not
/// care which. A listener too slow for its queue gets the second once, which makes it ask again.
fn of_growth(state: &AppState, still: Asking) -> impl Stream<Item = Told> + use<> {
    let heard =
        BroadcastStream::new(state.growth().events()).take_while(move |_| {
            let still = still.clone();
            async move {
                still.may(|who| who.hub_role().is_some_and(|role| HubRoles::READ_GROWTH.has(role))).await
            }
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
