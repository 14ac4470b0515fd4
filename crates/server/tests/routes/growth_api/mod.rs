//! The growth API, as programs meet it.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use server::testing::{Answer, Client, TestHub};

use super::growth::base;

mod bases;
mod team;

/// The path of an endpoint.
fn at(path: &str) -> String {
    format!("/api/v1/growth{path}")
}

/// A hub with five clients, and somebody signed in.
async fn hub() -> (TestHub, Client) {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    base::import(&hub, base::AS_OF, &base::five()).await;
    (hub, ana)
}

async fn get(client: &Client, path: &str) -> Value {
    let answer = client.get_json(&at(path)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

async fn send(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    client.send_json(method, &at(path), &body).await
}

/// Sends a file as a program does.
async fn send_file(client: &Client, path: &str, media_type: &str, body: &str) -> Answer {
    let request =
        Request::post(at(path)).header("accept", "application/json").header("content-type", media_type);
    client.send(request, Body::from(body.to_owned())).await
}

/// Asserts that the answer is a problem with this status.
fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    body
}

#[tokio::test]
async fn nobody_is_let_in_without_a_session() {
    let hub = TestHub::embedded().await;
    let endpoints: Vec<(String, String)> = hub.app().access_table().keys().cloned().collect();
    let of_growth = endpoints.iter().filter(|(path, _)| path.starts_with("/api/v1/growth"));
    let mut called = 0;
    for (path, method) in of_growth {
        let path = path
            .replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .replace("{name}", "framework")
            .replace("{version}", "1")
            .replace("{format}", "text");
        let method: Method = method.parse().expect("a method");
        problem(&hub.anyone().send_json(method, &path, &json!({})).await, 401);
        called += 1;
    }
    assert!(called > 30, "{called}");
}

#[tokio::test]
async fn before_the_first_import_the_answer_says_what_to_do() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in [
        "/clients",
        "/opportunities/top",
        "/whitespace",
        "/projection",
        "/scenarios",
        "/indicators",
        "/movement",
    ] {
        let body = problem(&ana.get_json(&at(path)).await, 409);
        assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("mport")), "{path}: {body}");
    }
    assert_eq!(get(&ana, "/snapshots").await, json!([]));
    problem(&ana.get_json(&at("/plan")).await, 404);
    assert_eq!(get(&ana, "/actions").await, json!([]));
}

#[tokio::test]
async fn a_refusal_is_readable_by_those_who_take_compressed_answers() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let request = Request::get(at("/snapshots/first")).header("accept-encoding", "gzip");
    let answer = ana.send(request, Body::empty()).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (400, "gzip"));
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(&answer.body[..]);
    std::io::Read::read_to_string(&mut unpacked, &mut text).expect("gzip of text");
    assert!(text.contains("26 characters"), "{text}");
}
