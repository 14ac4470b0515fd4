use axum::{body::Body, http::Request};
use server::{security::CONTENT_SECURITY_POLICY, testing::TestHub};

async fn pages(hub: &TestHub) -> Vec<(String, server::testing::Answer)> {
    let ana = hub.operator().await;
    let mut paths: Vec<String> = server::nav::entries().map(|entry| entry.path.to_owned()).collect();
    paths.extend(
        ["/design?tab=forms", "/design?tab=states", "/design?tab=foundations", "/design?client=sample-01"]
            .map(str::to_owned),
    );
    paths.extend(
        ["/search?q=style", "/nothing/here", "/healthz", "/metrics", "/api/v1/me"].map(str::to_owned),
    );
    let mut answers = Vec::new();
    for path in paths {
        let answer = ana.get(&path).await;
        answers.push((path, answer));
    }
    let link = hub.operator_link().await;
    for path in ["/sign-in", "/sign-in/link/none", &link] {
        answers.push((path.to_owned(), hub.anyone().get(path).await));
    }
    answers
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_its_timing() {
    let hub = TestHub::embedded().await;
    for (path, answer) in pages(&hub).await {
        assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "private, no-store", "{path}");
        assert!(answer.header("server-timing").starts_with("app;dur="), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 26, "{path}");
    }
}

#[tokio::test]
async fn no_page_has_what_the_content_security_policy_refuses() {
    let hub = TestHub::embedded().await;
    let mut pages_seen = 0;
    for (path, answer) in pages(&hub).await {
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        pages_seen += 1;
        let text = answer.text();
        for forbidden in [
            " style=\"",
            "<style",
            " onclick=",
            " onload=",
            "hx-on",
            "javascript:",
            "hx-vals=\"js:",
            "http://cdn",
            "https://cdn",
        ] {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
        for script in text.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            let external = tag.contains("src=\"/assets/");
            let data = tag.contains("type=\"application/json\"");
            assert!(external || data, "{path} has an inline script: {tag}");
        }
    }
    assert!(pages_seen >= 10);
}

#[tokio::test]
async fn assets_are_cached_forever_and_answer_to_their_present_address_only() {
    let hub = TestHub::embedded().await;
    let visitor = hub.anyone();
    for name in [
        "app.css",
        "app.js",
        "chart.js",
        "htmx.js",
        "htmx-sse.js",
        "echarts.js",
        "icon.svg",
        "inter-latin.woff2",
    ] {
        let url = server::assets::url(name);
        let plain = visitor.get(url).await;
        assert_eq!(plain.status, 200, "{name}");
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable", "{name}");
        let packed =
            visitor.send(Request::get(url).header("accept-encoding", "br, gzip"), Body::empty()).await;
        let is_font = name.ends_with("woff2");
        assert_eq!(packed.header("content-encoding"), if is_font { "" } else { "gzip" }, "{name}");
        assert!(is_font || packed.body.len() < plain.body.len(), "{name}");
    }
    assert_eq!(visitor.get("/assets/0000000000000000/app.css").await.status, 404);
}

#[tokio::test]
async fn changes_sent_by_another_site_are_refused() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = Request::post("/sign-out").header(name, value);
        assert_eq!(ana.send(request, Body::empty()).await.status, 403, "{name}: {value}");
    }
    assert_eq!(ana.get_json("/api/v1/me").await.status, 200, "still signed in");
    let request = Request::post("/sign-out").header("origin", "http://127.0.0.1:8900");
    assert_eq!(ana.send(request, Body::empty()).await.status, 303);
}

#[tokio::test]
async fn appearance_is_kept_in_the_browser() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    assert!(!ana.get("/account").await.text().contains("data-theme"));
    let saved = ana.post("/preferences", &[("theme", "dark"), ("back", "/account")]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/account"));
    assert!(ana.get("/account").await.text().contains("data-theme=\"dark\""));
    ana.post("/preferences", &[("theme", "system"), ("back", "//evil.example")]).await;
    assert!(!ana.get("/account").await.text().contains("data-theme"));
}
