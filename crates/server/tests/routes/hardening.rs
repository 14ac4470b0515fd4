//! What every answer has in common, however the hub is reached, and what it never believes.

use axum::{
    body::Body,
    http::{Method, Request},
};
use server::{Config, testing::TestHub};

/// Addresses of every kind: pages, the API, probes, assets, and nothing.
fn everywhere() -> Vec<String> {
    let places = server::nav::entries().map(|entry| entry.path.to_owned());
    let others = ["/sign-in", "/api", "/api/v1/me", "/api/openapi.json", "/healthz", "/metrics", "/no/such"];
    places.chain(others.map(str::to_owned)).chain([server::assets::url("app.js").to_owned()]).collect()
}

#[tokio::test]
async fn by_https_every_answer_asks_for_https_for_a_year() {
    let config = Config { public_url: "https://hub.example".to_owned(), ..Config::default() };
    let hub = TestHub::with_config(config).await;
    for path in everywhere() {
        let answer = hub.anyone().get(&path).await;
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000; includeSubDomains",
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn no_answer_lets_another_origin_read_it() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in everywhere() {
        for method in [Method::GET, Method::OPTIONS] {
            let request = Request::builder()
                .method(method.clone())
                .uri(&path)
                .header("origin", "https://evil.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            let answer = ana.send(request, Body::empty()).await;
            let allowed: Vec<_> =
                answer.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).collect();
            assert!(allowed.is_empty(), "{method} {path} answers {allowed:?}");
        }
    }
}

#[tokio::test]
async fn every_answer_names_its_type_and_texts_their_charset() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in everywhere() {
        let answer = ana.get(&path).await;
        if answer.body.is_empty() {
            continue;
        }
        let media_type = answer.header("content-type");
        assert!(media_type.contains('/'), "{path} does not say what it is");
        if media_type.starts_with("text/") {
            assert!(media_type.contains("charset=utf-8"), "{path}: {media_type}");
        }
    }
}

#[tokio::test]
async fn forwarded_headers_are_not_believed() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let forged = |request: axum::http::request::Builder| {
        request
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.example;proto=https")
    };
    let request = forged(Request::post("/sign-out")).header("origin", "https://evil.example");
    assert_eq!(ana.send(request, Body::empty()).await.status, 403, "the origin stays another's");

    let visitor = hub.anyone();
    let mut last = 0;
    for attempt in 0..=directory::FAILURES_PER_ADDRESS_MAX {
        let request = Request::post("/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", format!("203.0.113.{attempt}"))
            .header("x-real-ip", format!("203.0.113.{attempt}"));
        let form = format!("email=nobody{attempt}%40example.com&password=no");
        last = visitor.send(request, Body::from(form)).await.status;
    }
    assert_eq!(last, 429, "one caller stays one caller, whatever it claims");
}

#[tokio::test]
async fn password_fields_help_password_managers() {
    let hub = TestHub::embedded().await;
    let pages = [
        (hub.anyone().get("/sign-in").await.text(), "current-password"),
        (hub.operator().await.get("/account").await.text(), "new-password"),
    ];
    for (page, purpose) in pages {
        assert!(page.contains(&format!("autocomplete=\"{purpose}\"")), "{page}");
        let fields: Vec<&str> = page
            .split("<input")
            .filter_map(|rest| rest.split('>').next())
            .filter(|tag| tag.contains("name=\"password\""))
            .collect();
        assert!(!fields.is_empty(), "{page}");
        for field in fields {
            assert!(field.contains("type=\"password\""), "{field}");
            assert!(!field.contains("onpaste") && !field.contains("autocomplete=\"off\""), "{field}");
        }
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let old = ana.cookie("ehub_session").expect("signed in");
    assert_eq!(ana.post(&hub.operator_link().await, &[]).await.status, 303);
    assert_ne!(ana.cookie("ehub_session").as_deref(), Some(old.as_str()), "the token is a new one");
    let request = Request::get("/api/v1/me").header("cookie", format!("ehub_session={old}"));
    assert_eq!(hub.anyone().send(request, Body::empty()).await.status, 401);
}

#[tokio::test]
async fn every_page_has_the_way_out() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in server::nav::entries().map(|entry| entry.path) {
        let page = ana.get(path).await;
        assert!(page.text().contains("action=\"/sign-out\""), "{path}");
    }
}

#[tokio::test]
async fn signing_out_clears_what_the_browser_kept() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let answer = ana.post("/sign-out", &[]).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
}

#[tokio::test]
async fn nothing_of_the_checkout_is_served() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in [
        "/.git/config",
        "/.git/HEAD",
        "/.svn/entries",
        "/Cargo.toml",
        "/crates/server/src/lib.rs",
        "/assets/",
        "/assets",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/hub.sqlite",
        "/keys/hub.key",
    ] {
        let answer = ana.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn trace_and_invented_methods_are_refused() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in ["/", "/account", "/api/v1/me", "/healthz"] {
        for method in ["TRACE", "CONNECT", "TRACK", "DEBUG"] {
            let method = Method::from_bytes(method.as_bytes()).expect("a token");
            let request =
                Request::builder().method(method.clone()).uri(path).header("x-secret", "canary-4711");
            let answer = ana.send(request, Body::empty()).await;
            assert!(matches!(answer.status, 403..=405), "{method} {path}: {}", answer.status);
            assert!(!answer.text().contains("canary-4711"), "{method} {path} repeats the request");
        }
    }
}

/// The description is what requests are read by: each body is a type whose members are counted.
#[tokio::test]
async fn members_that_nobody_declared_are_refused() {
    let hub = TestHub::embedded().await;
    let document = hub.anyone().get_json("/api/openapi.json").await.json();
    let resolve = |schema: &serde_json::Value| match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).cloned().unwrap_or_default(),
        None => schema.clone(),
    };
    let mut bodies = 0;
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in verbs.as_object().expect("verbs") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            let schema = resolve(schema);
            if schema["properties"].is_object() {
                bodies += 1;
                assert_eq!(schema["additionalProperties"], false, "{verb} {path} takes any member");
            }
        }
    }
    assert!(bodies >= 5, "{bodies} bodies were looked at");
}

#[tokio::test]
async fn a_parameter_that_comes_twice_is_refused() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in ["/api/v1/growth/clients?limit=1&limit=2", "/api/v1/growth/outcomes?limit=1&limit=2"] {
        let answer = ana.get_json(path).await;
        assert!(matches!(answer.status, 400 | 422), "{path}: {} {}", answer.status, answer.text());
    }
}
