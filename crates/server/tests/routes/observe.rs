use axum::{body::Body, http::Request};
use server::testing::TestHub;

#[tokio::test]
async fn metrics_count_requests_by_route_and_hold_no_secrets() {
    let hub = TestHub::embedded().await;
    let link = hub.operator_link().await;
    hub.anyone().get(&link).await;
    let text = hub.anyone().get("/metrics").await.text();
    assert!(
        text.contains("http_requests_total{method=\"GET\",route=\"/sign-in/link/{token}\",status=\"200\"}"),
        "{text}"
    );
    assert!(text.contains("http_request_duration_seconds_bucket"), "{text}");
    assert!(text.contains("ehub_build_info{version="), "{text}");
    let token = link.rsplit('/').next().expect("a token");
    assert!(!text.contains(token), "a token is no label");
}

#[tokio::test]
async fn a_living_hub_with_a_database_is_ready() {
    let hub = TestHub::embedded().await;
    assert_eq!(hub.anyone().get("/healthz").await.text(), "ok\n");
    assert_eq!(hub.anyone().get("/readyz").await.text(), "ready\n");
}

#[tokio::test]
async fn invented_methods_add_no_series_of_their_own() {
    let hub = TestHub::embedded().await;
    for method in ["SERIES1", "SERIES2", "PROPFIND"] {
        let answer =
            hub.anyone().send(Request::builder().method(method).uri("/healthz"), Body::empty()).await;
        assert_eq!(answer.status, 405, "{method}");
    }
    let text = hub.anyone().get("/metrics").await.text();
    assert!(!text.contains("SERIES") && !text.contains("PROPFIND"), "{text}");
    assert!(text.contains("method=\"other\",route=\"/healthz\",status=\"405\"} "), "{text}");
}
