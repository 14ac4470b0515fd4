//! What holds for every endpoint: names of requests, cursors, budgets, methods, numbers.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request},
};
use cluster::Policy;
use directory::KeyScope;
use kernel::{HubRole, MarketRole};
use serde_json::{Value, json};
use server::{
    Config,
    limits::Rates,
    testing::{Answer, Client, TestHub},
};

use super::{growth::base, people::person};

/// A POST to the growth API under a name.
async fn named(client: &Client, name: &str, path: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/api/v1/growth{path}"))
        .header("content-type", "application/json")
        .header("idempotency-key", name);
    client.send(request, Body::from(body.to_string())).await
}

fn owner(name: &str) -> Value {
    json!({ "name": name, "email": format!("{name}@example.com"), "weekly_hours": 10 })
}

async fn owners(client: &Client) -> usize {
    client.get_json("/api/v1/growth/owners").await.json().as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_request_that_is_sent_twice_happens_once_and_is_answered_alike() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let before = owners(&ana).await;
    let first = named(&ana, "one", "/owners", &owner("mara")).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = named(&ana, "one", "/owners", &owner("mara")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!((again.text(), again.header("content-type")), (first.text(), first.header("content-type")));
    assert_eq!(owners(&ana).await, before + 1);

    let other = named(&ana, "one", "/owners", &owner("noor")).await;
    assert_eq!(other.status, 422, "the name is taken by other content");
    assert_eq!(other.json()["errors"][0]["field"], "Idempotency-Key");
    assert_eq!(owners(&ana).await, before + 1);

    let ben = person(&hub, Some(HubRole::Growth), &[]).await;
    assert_eq!(named(&ben, "one", "/owners", &owner("noor")).await.status, 201, "somebody else's name");
    hub.advance(jiff::SignedDuration::from_hours(25));
    let cara = hub.operator().await;
    assert_eq!(named(&cara, "one", "/owners", &owner("olaf")).await.status, 201);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again_under_its_name() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let win = json!({ "client_id": "c1", "kind": "won", "occurred_on": "2026-01-10", "arr": 1000 });
    let early = named(&ana, "n", "/plan", &json!({})).await;
    assert_eq!(early.status, 409, "nothing is imported: {}", early.text());
    base::import(&hub, base::AS_OF, &base::five()).await;
    assert_eq!(named(&ana, "o", "/owners", &owner("mara")).await.status, 201);
    let later = named(&ana, "n", "/plan", &json!({})).await;
    assert_eq!((later.status, later.header("idempotency-replayed")), (201, ""), "{}", later.text());
    assert_eq!(named(&ana, "m", "/outcomes", &win).await.status, 201);
}

#[tokio::test]
async fn of_two_at_the_same_time_one_happens() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let before = owners(&ana).await;
    let body = owner("mara");
    let both = futures::future::join_all((0..8).map(|_| named(&ana, "same", "/owners", &body))).await;
    assert!(both.iter().all(|answer| matches!(answer.status, 201 | 409)), "{both:?}");
    assert!(both.iter().any(|answer| answer.status == 201));
    assert_eq!(owners(&ana).await, before + 1);
}

#[tokio::test]
async fn a_name_is_visible_and_short_and_comes_once() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for name in ["", "two words", &"x".repeat(256)] {
        assert_eq!(named(&ana, name, "/owners", &owner("mara")).await.status, 400, "{name}");
    }
    let request = Request::post("/api/v1/growth/owners")
        .header("content-type", "application/json")
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    assert_eq!(ana.send(request, Body::from(owner("mara").to_string())).await.status, 400);
}

#[tokio::test]
async fn a_list_is_walked_to_its_end_by_its_links() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    base::import(&hub, base::AS_OF, &base::five()).await;
    let mut next = Some("/api/v1/growth/clients?limit=2&q=c".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next.take() {
        let answer = ana.get_json(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let body = answer.json();
        let clients = body["clients"].as_array().expect("clients");
        assert!(!clients.is_empty() && clients.len() <= 2);
        seen.extend(clients.iter().map(|one| one["client_id"].as_str().expect("an id").to_owned()));
        let link = answer.header("link");
        assert_eq!(link.is_empty(), body["next_cursor"].is_null());
        next =
            link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).map(str::to_owned);
        if let Some(next) = &next {
            assert!(next.contains("limit=2") && next.contains("q=c"), "{next}");
        }
    }
    let whole = ana.get_json("/api/v1/growth/clients?q=c").await.json();
    let all: Vec<&str> = whole["clients"]
        .as_array()
        .expect("clients")
        .iter()
        .filter_map(|one| one["client_id"].as_str())
        .collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_cursor_is_good_for_whom_and_where_it_was_given() {
    let hub = TestHub::embedded().await;
    let (ana, ben) = (hub.operator().await, person(&hub, Some(HubRole::Auditor), &[]).await);
    base::import(&hub, base::AS_OF, &base::five()).await;
    let body = ana.get_json("/api/v1/growth/clients?limit=1").await.json();
    let cursor = body["next_cursor"].as_str().expect("more to come");
    let at = |path: &str, cursor: &str| format!("/api/v1/growth/{path}?limit=1&cursor={cursor}");
    assert_eq!(ana.get_json(&at("clients", cursor)).await.status, 200);
    assert_eq!(ben.get_json(&at("clients", cursor)).await.status, 400, "another caller");
    assert_eq!(ana.get_json(&at("snapshots", cursor)).await.status, 400, "another list");
    assert_eq!(ana.get_json(&at("clients", "AAAA")).await.status, 400, "invented");
    for limit in ["0", "501", "x", "-1"] {
        assert_eq!(
            ana.get_json(&format!("/api/v1/growth/clients?limit={limit}")).await.status,
            400,
            "{limit}"
        );
    }
}

fn slow() -> Rates {
    Rates { caller: Policy::new("caller", 3, Duration::from_secs(60)), ..Rates::default() }
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_go_on() {
    let hub = TestHub::with_config(Config { rates: slow(), ..Config::default() }).await;
    let (ana, ben) = (hub.operator().await, hub.operator().await);
    let first = ana.get_json("/api/v1/me").await;
    assert_eq!(first.header("ratelimit-policy"), "\"caller\";q=3;w=60");
    assert_eq!(first.header("ratelimit"), "\"caller\";r=2;t=20");
    ana.get_json("/api/v1/me").await;
    ana.get_json("/api/v1/me").await;
    let refused = ana.get_json("/api/v1/me").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "20"), "{}", refused.text());
    assert!(refused.header("ratelimit").starts_with("\"caller\";r=0"), "{:?}", refused.headers);
    assert_eq!(refused.json()["type"], "/api#problem-too-many-requests");
    assert_eq!(ben.get_json("/api/v1/me").await.status, 200, "somebody else goes on");
    hub.advance(jiff::SignedDuration::from_secs(20));
    assert_eq!(ana.get_json("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_markets_flood_is_its_own() {
    let hub = TestHub::embedded().await;
    let (alpha, beta) = (hub.market("alpha").await, hub.market("beta").await);
    hub.limit(&alpha, 60).await;
    let here = [
        person(&hub, None, &[(&alpha, MarketRole::Owner)]).await,
        person(&hub, None, &[(&alpha, MarketRole::Viewer)]).await,
    ];
    let there = person(&hub, None, &[(&beta, MarketRole::Owner)]).await;
    let mut statuses = Vec::new();
    for round in 0..12 {
        statuses.push(here[round % 2].get("/m/alpha").await.status);
    }
    assert_eq!(statuses, [[200; 10].as_slice(), &[429, 429]].concat(), "both members together");
    let answer = there.get("/m/beta").await;
    assert_eq!(answer.status, 200);
    let (told, shipped) =
        (answer.header("ratelimit-policy"), "\"person\";q=1000;w=10, \"market\";q=3000;w=10");
    assert!(told.ends_with(shipped), "{told}");
    let owner = &here[0];
    hub.advance(jiff::SignedDuration::from_secs(10));
    let page = owner.get("/m/alpha").await;
    assert!(page.header("ratelimit-policy").ends_with("\"market\";q=10;w=10"), "{:?}", page.headers);
    let mut policy = alpha.policy().await.expect("a policy");
    policy.rate_limit.market_requests_per_minute.value = 120;
    let (path, draft) = ("/api/v1/markets/alpha/policy", json!({ "text": policy.to_string(), "note": "" }));
    let saved = owner.send_json(Method::POST, path, &draft).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let page = owner.get("/m/alpha").await;
    assert!(page.header("ratelimit-policy").ends_with("\"market\";q=20;w=10"), "in force at once");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_does_not_lock_out_who_can_put_it_right() {
    let hub = TestHub::embedded().await;
    let alpha = hub.market("alpha").await;
    let owner = person(&hub, None, &[(&alpha, MarketRole::Owner)]).await;
    let good = alpha.policy().await.expect("a policy").to_string();
    let spoilt = store::Query::new("UPDATE market_policy SET text = ?").bind("name = 1");
    alpha.db().execute(spoilt).await.expect("spoilt");
    let page = owner.get("/m/alpha").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.header("ratelimit-policy").ends_with("\"market\";q=3000;w=10"), "the shipped limits hold");
    let page = owner.get("/m/alpha/policy").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("The policy in force cannot be read"), "{}", page.text());
    let saved = owner.post("/m/alpha/policy", &[("text", &good), ("note", "put right")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert!(!owner.get("/m/alpha/policy").await.text().contains("cannot be read"));
}

#[tokio::test]
async fn a_suspended_market_says_so_to_its_members_alone() {
    let hub = TestHub::embedded().await;
    let (alpha, beta) = (hub.market("alpha").await, hub.market("beta").await);
    let member = person(&hub, None, &[(&alpha, MarketRole::Owner)]).await;
    let stranger = person(&hub, None, &[(&beta, MarketRole::Owner)]).await;
    let name = "alpha".parse().expect("a name");
    hub.hub().markets.suspend(&name, "for a test", &hub.moment()).await.expect("suspended");
    let answer = member.get_json("/m/alpha").await;
    assert_eq!(answer.status, 503);
    assert!(!answer.header("retry-after").is_empty());
    assert!(
        answer.json()["detail"].as_str().is_some_and(|text| text.contains("suspended")),
        "{}",
        answer.text()
    );
    assert_eq!(stranger.get_json("/m/alpha").await.status, 404);
}

#[tokio::test]
async fn a_key_needs_no_cookie_and_no_origin_and_is_for_programs_only() {
    let hub = TestHub::embedded().await;
    let key = hub.key(KeyScope::Hub(HubRole::Growth)).await;
    let me = key.get_json("/api/v1/me").await.json();
    assert_eq!((me["kind"].as_str(), me["hub_role"].as_str()), (Some("key"), Some("growth")));
    let request = Request::post("/api/v1/growth/owners")
        .header("content-type", "application/json")
        .header("origin", "https://tool.example");
    assert_eq!(key.send(request, Body::from(owner("mara").to_string())).await.status, 201);
    let page = key.get_json("/growth").await;
    assert_eq!(page.status, 401, "pages are for people");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_with_those_that_are() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let mut told = 0;
    let table = hub.app().access_table();
    for (path, _) in table.keys() {
        let path = path.replace("{market}", "alpha").replace(['{', '}'], "");
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let declared = table.contains_key(&(path.clone(), method.to_string()));
            if declared || path.contains("assets") {
                continue;
            }
            let request = Request::builder().method(method.clone()).uri(&path);
            let answer = ana.send(request, Body::empty()).await;
            if answer.status == 405 {
                told += 1;
                assert!(!answer.header("allow").is_empty(), "{method} {path}");
            }
        }
    }
    assert!(told > 50, "{told}");
}

/// Every endpoint with a JSON body takes `53.0` where it takes `53`.
#[tokio::test]
async fn an_integer_may_be_written_with_a_fraction_of_nothing() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    base::import(&hub, base::AS_OF, &base::five()).await;
    let document = hub.anyone().get_json("/api/openapi.json").await.json();
    let mut members = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str() else { continue };
            if path.contains("{market}") {
                continue; // The same reader; what a market needs first differs.
            }
            let shape = &document.pointer(&reference[1..]).expect("a schema")["properties"];
            for (name, property) in shape.as_object().into_iter().flatten() {
                let types = &property["type"];
                let is_integer = types == "integer"
                    || types.as_array().is_some_and(|types| types.contains(&json!("integer")));
                if !is_integer {
                    continue;
                }
                let least = property["minimum"].as_f64().unwrap_or(1.0).max(1.0);
                let path = path.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV").replace("{name}", "framework");
                let send = async |number: String| {
                    let method: Method = method.to_uppercase().parse().expect("a method");
                    let request = Request::builder()
                        .method(method)
                        .uri(&path)
                        .header("content-type", "application/json");
                    let body = format!("{{\"{name}\":{number}}}");
                    let answer = ana.send(request, Body::from(body)).await;
                    let detail = (answer.status >= 400).then(|| answer.json()["detail"].clone());
                    (answer.status, detail)
                };
                let (whole, fraction) =
                    (send(format!("{least:.0}")).await, send(format!("{least:.1}")).await);
                assert_eq!(whole, fraction, "{method} {path}: {name}");
                assert!(
                    whole
                        .1
                        .as_ref()
                        .and_then(Value::as_str)
                        .is_none_or(|text| !text.contains("floating point")),
                    "{method} {path}: {name}: {whole:?}"
                );
                members += 1;
            }
        }
    }
    assert!(members >= 2, "{members} integers were tried");
}

#[tokio::test]
async fn what_is_wrong_in_a_body_is_pointed_at() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let answer = ana.send_json(Method::POST, "/api/v1/growth/plan", &json!({ "horizon_days": -1 })).await;
    assert_eq!(answer.status, 422);
    let body = answer.json();
    assert_eq!(body["errors"][0]["pointer"], "#/horizon_days", "{body}");
    assert!(body["request_id"].as_str().is_some_and(|id| id.len() == 26));
    let win = json!({ "client_id": "c1", "kind": "won", "occurred_on": "2199-01-01", "arr": 1 });
    base::import(&hub, base::AS_OF, &base::five()).await;
    let answer = ana.send_json(Method::POST, "/api/v1/growth/outcomes", &win).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "#/occurred_on", "{}", answer.text());
}

#[tokio::test]
async fn measurements_are_for_this_machine_and_for_those_who_watch_the_hub() {
    let hub = TestHub::embedded().await;
    let passed_on = || Request::get("/metrics").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(hub.anyone().get("/metrics").await.status, 200, "this machine");
    let json = passed_on().header("accept", "application/json");
    assert_eq!(hub.anyone().send(json, Body::empty()).await.status, 401, "through a proxy");
    let auditor = hub.key(KeyScope::Hub(HubRole::Auditor)).await;
    assert_eq!(auditor.send(passed_on(), Body::empty()).await.status, 200);
    let growth = hub.key(KeyScope::Hub(HubRole::Growth)).await;
    assert_eq!(growth.send(passed_on(), Body::empty()).await.status, 403);
}

#[tokio::test]
async fn live_connections_are_counted_per_caller() {
    let rates = Rates { streams_per_caller: 2, ..Rates::default() };
    let hub = TestHub::with_config(Config { rates, ..Config::default() }).await;
    let ana = hub.operator().await;
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(ana.open("/live").await);
    }
    assert!(open.iter().all(|answer| answer.status() == 200));
    assert_eq!(ana.open("/live").await.status(), 429);
    open.clear();
    assert_eq!(ana.open("/live").await.status(), 200, "closed ones no longer count");
}

#[tokio::test]
async fn by_https_every_cookie_is_bound_to_the_host() {
    let config = Config { public_url: "https://hub.example".to_owned(), ..Config::default() };
    let hub = TestHub::with_config(config).await;
    let ana = hub.operator().await;
    let answer = ana.post("/preferences", &[("theme", "dark"), ("back", "/account")]).await;
    assert!(answer.header("set-cookie").starts_with("__Host-ehub_theme=dark;"), "{:?}", answer.headers);
    assert!(ana.get("/account").await.text().contains("data-theme=\"dark\""));
    let saved = ana.post("/views", &[("page", "/design"), ("query", ""), ("name", "Best")]).await;
    let flash = saved.header("set-cookie");
    assert!(flash.starts_with("__Host-ehub_flash=") && flash.contains("; Secure"), "{flash}");
}
