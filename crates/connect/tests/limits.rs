//! No server can keep the client waiting, fill its memory, or make it insist.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use connect::{Body, ConnectError, Limits, Options, Request, Retry, Stage};
use hyper::Method;
use support::{Server, answer, client, client_trusting, trusting};

const SHORT: Limits =
    Limits { headers: Duration::from_millis(300), total: Duration::from_millis(600), body: Body::Read(1000) };

fn drip(pieces: &[&str], pause: Duration) -> Vec<(Duration, Vec<u8>)> {
    pieces.iter().map(|piece| (pause, piece.as_bytes().to_vec())).collect()
}

async fn ask(server: &Server, limits: Limits) -> Result<connect::Response, ConnectError> {
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    client.send(&Request::get(&server.url("/")).unwrap().limits(limits)).await
}

#[tokio::test]
async fn headers_that_drip_run_out_of_time() {
    let server = Server::behaving(|_| async {
        drip(&["HTTP/1.1 200 OK\r\n", "a: b\r\n", "c: d\r\n", "e: f\r\n", "\r\n"], Duration::from_millis(200))
    })
    .await;
    let outcome = ask(&server, SHORT).await;
    assert!(matches!(outcome, Err(ConnectError::Timeout { stage: Stage::Headers, .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_body_that_drips_runs_out_of_time() {
    let started = Instant::now();
    let server = Server::behaving(|_| async {
        let mut pieces = drip(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"], Duration::ZERO);
        pieces.extend(drip(&["x"; 100], Duration::from_millis(50)));
        pieces
    })
    .await;
    let outcome = ask(&server, SHORT).await;
    assert!(matches!(outcome, Err(ConnectError::Timeout { stage: Stage::Body, .. })), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_body_that_is_not_wanted_is_not_waited_for() {
    let server = Server::behaving(|_| async {
        let mut pieces = drip(&["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"], Duration::ZERO);
        pieces.extend(drip(&["x"; 100], Duration::from_millis(50)));
        pieces
    })
    .await;
    let response = ask(&server, Limits { body: Body::Ignore, ..SHORT }).await.unwrap();
    assert_eq!((response.status.as_u16(), response.body.len()), (200, 0));
    assert!(response.elapsed < Duration::from_millis(500));
}

#[tokio::test]
async fn a_long_answer_is_refused_announced_or_not() {
    let announced = Server::answering(|_| answer(200, "", &"x".repeat(1001))).await;
    let chunked = Server::behaving(|_| async {
        let mut pieces = vec!["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned()];
        pieces.extend(vec![format!("1f4\r\n{}\r\n", "x".repeat(500)); 3]);
        pieces.push("0\r\n\r\n".to_owned());
        pieces.into_iter().map(|piece| (Duration::ZERO, piece.into_bytes())).collect()
    })
    .await;
    for server in [&announced, &chunked] {
        let outcome = ask(server, SHORT).await;
        assert!(matches!(outcome, Err(ConnectError::TooLarge { bytes_max: 1000, .. })), "{outcome:?}");
    }
    let fitting = Server::answering(|_| answer(200, "", &"x".repeat(1000))).await;
    assert_eq!(ask(&fitting, SHORT).await.unwrap().body.len(), 1000);
}

#[tokio::test]
async fn endless_headers_and_broken_answers_are_errors() {
    for text in [
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200)),
        format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(200_000)),
        "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort".to_owned(),
        String::new(),
    ] {
        let shown: String = text.chars().take(30).collect();
        let server = Server::answering(move |_| text.clone()).await;
        let outcome = ask(&server, SHORT).await;
        assert!(matches!(outcome, Err(ConnectError::Protocol { .. })), "{shown}: {outcome:?}");
    }
}

fn turns(statuses: &'static [u16], headers: &'static str) -> (impl Fn(&str) -> String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let behave = move |_: &str| {
        let turn = counted.fetch_add(1, Ordering::SeqCst).min(statuses.len() - 1);
        answer(statuses[turn], headers, "")
    };
    (behave, count)
}

#[tokio::test]
async fn a_failing_get_is_repeated_until_it_works() {
    let (behave, count) = turns(&[500, 502, 200], "");
    let server = Server::answering(behave).await;
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    let request = Request::get(&server.url("/")).unwrap().retry(Retry::few());
    let response = client.send(&request).await.unwrap();
    assert_eq!((response.status.as_u16(), response.attempts, count.load(Ordering::SeqCst)), (200, 3, 3));
}

#[tokio::test]
async fn a_post_is_sent_once_unless_the_receiver_knows_duplicates() {
    for (repeatable, expected) in [(false, 1), (true, 3)] {
        let (behave, count) = turns(&[500], "");
        let server = Server::answering(behave).await;
        let client = client_trusting(&[format!("localhost:{}", server.port)]);
        let request = Request::post(&server.url("/"), "text/plain", "x").unwrap().retry(Retry::few());
        let request = if repeatable { request.repeatable() } else { request };
        assert_eq!(client.send(&request).await.unwrap().status.as_u16(), 500);
        assert_eq!(count.load(Ordering::SeqCst), expected);
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it_and_other_lanes_go_on() {
    let (behave, count) = turns(&[429, 200], "retry-after: 3600\r\n");
    let server = Server::answering(behave).await;
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    let request = |lane: &str| Request::get(&server.url("/")).unwrap().retry(Retry::few()).lane(lane);
    assert_eq!(client.send(&request("a")).await.unwrap().status.as_u16(), 429, "an hour is not waited for");
    let outcome = client.send(&request("a")).await;
    assert!(
        matches!(&outcome, Err(ConnectError::Paused { retry_after, .. }) if retry_after.as_secs() > 3500),
        "{outcome:?}"
    );
    assert_eq!(count.load(Ordering::SeqCst), 1, "nothing was sent");
    assert_eq!(client.send(&request("b")).await.unwrap().status.as_u16(), 200);
}

#[tokio::test]
async fn whoever_keeps_failing_is_left_alone() {
    let server = Server::answering(|_| answer(500, "", "")).await;
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    let request = Request::get(&server.url("/")).unwrap();
    for _ in 0..5 {
        assert_eq!(client.send(&request).await.unwrap().status.as_u16(), 500);
    }
    assert!(matches!(client.send(&request).await, Err(ConnectError::BreakerOpen { .. })));
    assert_eq!(server.connections(), 5);
    let other = Request::get(&server.url("/")).unwrap().lane("another account");
    assert_eq!(client.send(&other).await.unwrap().status.as_u16(), 500, "its failures are its own");
}

#[tokio::test]
async fn requests_of_one_lane_wait_for_their_turn() {
    let server =
        Server::behaving(|_| async { vec![(Duration::from_millis(400), answer(200, "", "").into_bytes())] })
            .await;
    let site = trusting(&[format!("localhost:{}", server.port)]);
    let client = client(site, Options { in_flight_max: 1, ..Options::default() });
    let request = Request::get(&server.url("/")).unwrap().limits(Limits { headers: SHORT.total, ..SHORT });
    let (one, other) = tokio::join!(client.send(&request), client.send(&request));
    let outcomes = [one, other];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(ConnectError::Timeout { .. }))));
}

#[tokio::test]
async fn what_is_sent_is_what_was_asked_for_and_compression_is_declined() {
    let server = Server::answering(|_| answer(204, "", "")).await;
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    let request = Request::new(Method::PUT, &server.url("/a%20b?c=d")).unwrap().bearer("token").unwrap();
    client.send(&request).await.unwrap();
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("PUT /a%20b?c=d HTTP/1.1\r\n"), "{sent}");
    let lower = sent.to_ascii_lowercase();
    for header in
        ["accept-encoding: identity\r\n", "authorization: bearer token\r\n", "user-agent: enterprisehub/"]
    {
        assert!(lower.contains(header), "{header} in {sent}");
    }
}

#[test]
fn headers_cannot_be_smuggled_and_nothing_secret_is_shown() {
    let request = || Request::get("https://example.com/hooks/T0/secret-path?token=secret-query").unwrap();
    for (name, value) in
        [("a", "b\r\nc: d"), ("a b", "c"), ("host", "other"), ("Content-Length", "5"), ("a\n", "b")]
    {
        assert!(request().header(name, value).is_err(), "{name:?}: {value:?}");
    }
    let shown = format!(
        "{:?} {:?}",
        request().bearer("secret-token").unwrap(),
        request().bearer("secret\n").unwrap_err()
    );
    assert!(!shown.contains("secret"), "{shown}");
}
