//! Events of GoHighLevel at the door: what is taken, what is refused, and what is asked for again.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Request,
};
use futures::FutureExt;
use serde_json::{Value, json};
use server::{Config, limits::Rates, testing::Answer};

use super::office::{EVENTS, Office, signature};

#[tokio::test]
async fn a_signed_event_is_kept_before_it_is_answered_and_kept_once() {
    let office = Office::connected().await;
    let somebody = office.somebody();
    let before = office.waiting().await;
    let event = office.event("ContactUpdate", &somebody, "delivery-1");
    let answer = office.tell(&event).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0), "{}", answer.text());
    assert_eq!(office.waiting().await, before + 1);
    for _ in 0..3 {
        assert_eq!(office.tell(&event).await.status, 200, "a repeat is taken for good");
    }
    assert_eq!(office.waiting().await, before + 1, "and kept once");
    let other = office.event("ContactUpdate", &somebody, "delivery-2");
    assert_eq!(office.tell(&other).await.status, 200);
}

/// The vectors whose verdicts the official client library gave.
#[tokio::test]
async fn exactly_the_signatures_that_gohighlevels_own_library_takes_are_taken() {
    let office = Office::new().await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/ghl/signatures.json");
    let vectors: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("vectors")).expect("JSON");
    let cases = vectors["cases"].as_array().expect("cases");
    let (mut taken, mut refused) = (0, 0);
    for case in cases {
        let (name, body) = (case["name"].as_str().expect("a name"), case["body"].as_str().expect("a body"));
        let signature = case["signature"].as_str();
        let answer = office.send(EVENTS, body, signature).await;
        let expected = if case["valid"] == true { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        match expected {
            200 => taken += 1,
            _ => refused += 1,
        }
    }
    assert!(taken > 0 && refused > 5, "{taken} taken, {refused} refused");
}

#[tokio::test]
async fn what_is_not_signed_or_no_event_is_refused_for_good() {
    let office = Office::connected().await;
    let before = office.waiting().await;
    let event = office.event("ContactUpdate", "c", "delivery-1");
    let unsigned = office.send(EVENTS, &event, None).await;
    assert_eq!(unsigned.status, 401);
    let endless = futures::stream::pending::<Result<String, std::io::Error>>();
    let waits = office.hub.anyone().send(Request::post(EVENTS), Body::from_stream(endless)).await;
    assert_eq!(waits.status, 401, "nobody waits for a body that nobody signed");
    let broken = futures::stream::iter([Err::<String, _>(std::io::Error::other("broken off"))]);
    let signed = Request::post(EVENTS).header("x-ghl-signature", signature(event.as_bytes()));
    let broken = office.hub.anyone().send(signed, Body::from_stream(broken)).await;
    assert_eq!(broken.status, 429, "what broke off was not kept, and may come again");
    assert_eq!(unsigned.header("content-type"), "application/problem+json");
    let others = signature(b"something else");
    assert_eq!(office.send(EVENTS, &event, Some(&others)).await.status, 401);
    for body in ["", "[]", "\"text\"", "{\"type\":", "null"] {
        assert_eq!(office.tell(body).await.status, 400, "{body}");
    }
    let large = format!("{{\"type\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(office.tell(&large).await.status, 413);
    assert_eq!(office.waiting().await, before, "nothing of it is kept");
}

#[tokio::test]
async fn what_cannot_be_kept_is_asked_for_again_and_never_answered_as_a_fault_of_ours() {
    let office = Office::connected().await;
    let event = |number: u32| office.event("ContactUpdate", "c", &format!("delivery-{number}"));
    assert_eq!(office.tell(&event(1)).await.status, 200);

    office.hub.hub().close().await;
    let answer = office.tell(&event(2)).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
}

#[tokio::test]
async fn more_than_can_be_taken_in_at_once_is_asked_for_again() {
    let rates = Rates { receiving: 1, ..Rates::default() };
    let office = Office::with(Config { rates, ..Config::default() }).await;
    let owner = office.member(kernel::MarketRole::Owner).await;
    assert_eq!(office.connect(&owner).await.status, 200);
    let event = |number: u32| office.event("ContactUpdate", "c", &format!("delivery-{number}"));
    assert_eq!(office.tell(&event(1)).await.status, 200);
    // Somebody else is writing in the market: the only place is held by an event that waits to be kept.
    let writing = office.market.db().begin().await.expect("begun");
    let (first, second) = (event(2), event(3));
    let told = async {
        let held = office.tell(&first);
        tokio::pin!(held);
        loop {
            tokio::select! {
                biased;
                answer = &mut held => panic!("kept past a transaction: {}", answer.status),
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
            if office.tell(&second).await.status == 429 {
                break;
            }
        }
        drop(writing);
        held.await.status
    };
    assert_eq!(told.await, 200);
    assert_eq!(office.tell(&second).await.status, 200, "places come back");
}

/// A request whose body never comes, signed as well as anybody can who has no key.
fn dawdling(office: &Office) -> impl Future<Output = Answer> + use<> {
    let hub = office.hub.anyone();
    let signed = Request::post(EVENTS).header("x-ghl-signature", signature(b"anything"));
    let endless = futures::stream::pending::<Result<String, std::io::Error>>();
    async move { hub.send(signed, Body::from_stream(endless)).await }
}

#[tokio::test]
async fn strangers_who_never_finish_a_body_keep_nobody_out() {
    let rates = Rates { receiving: 8, ..Rates::default() };
    let office = Office::with(Config { rates, ..Config::default() }).await;
    let event = office.event("ContactUpdate", "c", "delivery-1");
    let mut strangers: Vec<_> = (0..8).map(|_| Box::pin(dawdling(&office))).collect();
    for stranger in &mut strangers {
        assert!(stranger.as_mut().now_or_never().is_none(), "all places are taken");
    }
    assert_eq!(office.tell(&event).await.status, 200, "and there is one more");
    let first = strangers.remove(0).now_or_never().expect("who came first had to go");
    assert_eq!(first.status, 429);
    for stranger in &mut strangers {
        assert!(stranger.as_mut().now_or_never().is_none(), "the others may go on");
    }
}

#[tokio::test]
async fn nobody_waits_long_for_a_body() {
    let office = Office::new().await;
    let started = std::time::Instant::now();
    assert_eq!(dawdling(&office).await.status, 429);
    let took = started.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(5)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn what_its_head_gives_away_is_refused_before_its_body() {
    let office = Office::new().await;
    let endless = || Body::from_stream(futures::stream::pending::<Result<String, std::io::Error>>());
    for none in ["N/A", "c2lnbmVk", &"A".repeat(88), &signature(b"{}")[1..]] {
        let request = Request::post(EVENTS).header("x-ghl-signature", none);
        let answer = office.hub.anyone().send(request, endless()).now_or_never();
        assert_eq!(answer.map(|answer| answer.status), Some(401), "{none}");
    }
    let request = Request::post(EVENTS).header("x-ghl-signature", signature(b"{}"));
    let large = Body::new(Announced(2 * 1024 * 1024));
    let answer = office.hub.anyone().send(request, large).now_or_never();
    assert_eq!(answer.map(|answer| answer.status), Some(413));
}

/// A body of so many bytes, none of which comes.
struct Announced(u64);

impl HttpBody for Announced {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0)
    }
}

#[tokio::test]
async fn nothing_that_browsers_send_along_matters_at_this_door() {
    let office = Office::connected().await;
    let event = office.event("ContactUpdate", "c", "delivery-1");
    let request = Request::post(EVENTS)
        .header("origin", "https://elsewhere.example")
        .header("sec-fetch-site", "cross-site")
        .header("cookie", "ehub_session=nobody")
        .header("x-ghl-signature", signature(event.as_bytes()));
    let answer = office.hub.anyone().send(request, Body::from(event.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("set-cookie").is_empty());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(office.hub.anyone().get(EVENTS).await.status, 405, "nobody reads here");
}

#[tokio::test]
async fn an_event_that_does_not_say_what_it_is_is_what_its_address_says() {
    let office = Office::connected().await;
    let body = json!({ "locationId": office.location, "id": "T", "contactId": office.somebody(),
        "webhookId": "delivery-9" })
    .to_string();
    let path = format!("{EVENTS}/TaskCreate");
    let before = office.waiting().await;
    assert_eq!(office.send(&path, &body, Some(&signature(body.as_bytes()))).await.status, 200);
    assert_eq!(office.waiting().await, before + 1);
}

#[tokio::test]
async fn an_event_of_nobodys_location_is_answered_and_forgotten() {
    let office = Office::connected().await;
    let event = json!({ "type": "ContactUpdate", "locationId": "another", "id": "c", "webhookId": "w" });
    let before = office.waiting().await;
    assert_eq!(office.tell(&event.to_string()).await.status, 200);
    assert_eq!(office.waiting().await, before);
}

#[tokio::test]
async fn what_arrives_is_counted_and_not_logged_by_name() {
    let office = Office::connected().await;
    let event = office.event("ContactUpdate", "c-counted", "delivery-counted");
    office.tell(&event).await;
    let text = office.hub.anyone().get("/metrics").await.text();
    assert!(text.contains("ehub_webhooks_received_total{source=\"gohighlevel\",outcome=\"kept\"}"), "{text}");
    assert!(
        text.contains("http_requests_total{method=\"POST\",route=\"/webhooks/ghl\",status=\"200\"}"),
        "{text}"
    );
    assert!(!text.contains("counted\""), "no identifier is a label");
}
