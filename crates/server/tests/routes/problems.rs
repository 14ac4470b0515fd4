use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use server::testing::TestHub;
use tower::ServiceExt;

#[tokio::test]
async fn programs_get_problems_with_the_requests_id() {
    let hub = TestHub::embedded().await;
    let request = Request::get("/api/v1/nothing").header("x-request-id", "my-request.1");
    let answer = hub.anyone().send(request, Body::empty()).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        answer.json(),
        json!({
            "type": "/api#problem-not-found",
            "title": "Not found",
            "status": 404,
            "detail": "There is nothing at this address.",
            "request_id": "my-request.1",
        })
    );
}

#[tokio::test]
async fn a_request_id_that_could_break_a_log_is_replaced() {
    let hub = TestHub::embedded().await;
    let request = Request::get("/healthz").header("x-request-id", "two words");
    let answer = hub.anyone().send(request, Body::empty()).await;
    assert_eq!(answer.header("x-request-id").len(), 26);
}

#[tokio::test]
async fn people_get_a_page_and_htmx_gets_a_toast() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let page = ana.get("/nothing/here").await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("Go to the start page") && page.text().contains("</html>"));

    let request = Request::get("/nothing/here").header("hx-request", "true").header("accept", "text/html");
    let toast = ana.send(request, Body::empty()).await;
    assert_eq!((toast.status, toast.header("hx-retarget")), (404, "#toasts"));
    assert!(toast.text().contains("There is nothing at this address."));
    assert!(!toast.text().contains("</html>"));

    let request = Request::get("/account").header("hx-request", "true").header("accept", "text/html");
    let redirect = hub.anyone().send(request, Body::empty()).await;
    assert_eq!((redirect.status, redirect.header("hx-redirect")), (200, "/sign-in?next=%2Faccount"));
}

#[tokio::test]
async fn wrong_methods_forms_and_sizes_are_told_apart() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let answer = ana.send_json(Method::DELETE, "/api/v1/me", &json!({})).await;
    assert_eq!(
        (answer.status, answer.json()["type"].as_str()),
        (405, Some("/api#problem-method-not-allowed"))
    );
    assert!(answer.header("allow").contains("GET"), "{:?}", answer.headers);

    let request = Request::post("/views").header("accept", "application/json");
    let answer = ana.send(request, Body::empty()).await;
    assert_eq!(
        (answer.status, answer.json()["type"].as_str()),
        (415, Some("/api#problem-unsupported-media-type"))
    );

    let form = ("content-type", "application/x-www-form-urlencoded");
    let request = Request::post("/views").header(form.0, form.1);
    let answer = ana.send(request, Body::from("name=x")).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.json()["detail"].as_str().is_some_and(|detail| detail.contains("page")),
        "{}",
        answer.text()
    );

    let request = Request::post("/views").header(form.0, form.1);
    let answer = ana.send(request, Body::from(vec![b'a'; 2 * 1024 * 1024])).await;
    assert_eq!(answer.status, 413);

    let answer = ana.post("/account/sessions/not-an-id/end", &[]).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_so_without_how() {
    let hub = TestHub::embedded().await;
    let app = hub.app();
    hub.state().hub().close().await;
    for (path, status) in [
        ("/readyz", 503),
        ("/growth", 503),
        ("/api/v1/growth/clients", 503),
        ("/sign-in", 200),
        ("/healthz", 200),
    ] {
        let request = Request::get(path).header("cookie", "ehub_session=x").header("accept", "text/html");
        let answer =
            app.router().oneshot(request.body(Body::empty()).expect("a request")).await.expect("answers");
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&body).to_lowercase();
        for leak in ["sqlite", "pool", "select", "hub.db"] {
            assert!(!text.contains(leak), "{path} says `{leak}`: {text}");
        }
    }
}
