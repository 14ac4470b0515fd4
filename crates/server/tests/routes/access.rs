//! Who may call what: every route with every kind of caller, against what the route declares.

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{Method, Request},
};
use directory::KeyScope;
use kernel::{HubRole, MarketRole};
use server::{
    access::{Access, Declared},
    testing::{Answer, Client, TestHub},
};

/// Every route with who may call it. A new line here is a decision: read it before accepting.
#[tokio::test]
async fn every_route_declares_who_may_call_it() {
    let hub = TestHub::embedded().await;
    let mut listing = String::new();
    for ((path, method), declared) in hub.app().access_table() {
        let _ = writeln!(listing, "{method:<6} {path:<70} {}", declared.access);
    }
    insta::assert_snapshot!(listing);
}

use super::people::{disabled, expired, person};

/// Somebody who calls.
struct Caller {
    name: String,
    client: Client,
    /// What they are in the hub.
    hub: Option<HubRole>,
    /// What they are in the market `alpha`.
    market: Option<MarketRole>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Shows nothing, or something that opens nothing.
    Nobody,
    Person,
    Key,
}

/// What the declaration says must come of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Not refused: what the handler then says is its own business.
    LetIn,
    SignIn,
    Forbidden,
    NothingHere,
}

fn expected(declared: &Declared, path: &str, caller: &Caller) -> Expected {
    use Expected::{Forbidden, LetIn, NothingHere, SignIn};
    let of_programs = path.starts_with("/api/") || path == "/live" || path == "/metrics";
    let known = match caller.kind {
        Kind::Nobody => false,
        Kind::Person => true,
        Kind::Key => of_programs,
    };
    let in_hub = |roles: server::access::HubRoles| caller.hub.is_some_and(|role| roles.has(role));
    let in_market = |roles: server::access::MarketRoles| match caller.market {
        None => NothingHere,
        Some(role) if roles.has(role) => LetIn,
        Some(_) => Forbidden,
    };
    match declared.access {
        Access::Public => LetIn,
        // No caller of this test signs anything.
        Access::Signed => SignIn,
        // The callers of this test are on this machine.
        Access::Local(_) => LetIn,
        _ if !known => SignIn,
        Access::SignedIn => LetIn,
        Access::Person if caller.kind == Kind::Key => Forbidden,
        Access::Person => LetIn,
        Access::Hub(roles) if in_hub(roles) => LetIn,
        Access::Hub(_) => Forbidden,
        Access::Market(roles) => in_market(roles),
        Access::Either(roles, _) | Access::Record(roles, _) if in_hub(roles) => LetIn,
        Access::Either(_, roles) | Access::Record(_, roles) => in_market(roles),
    }
}

/// A path pattern with its placeholders filled in.
fn filled(pattern: &str, market: &str) -> String {
    pattern
        .split('/')
        .map(|part| match part {
            "{market}" => market,
            part if part.starts_with('{') => "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn call(client: &Client, method: &str, path: &str) -> Answer {
    let method: Method = method.parse().expect("a method");
    let is_page = !path.starts_with("/api/");
    let media = if is_page { "application/x-www-form-urlencoded" } else { "application/json" };
    let body = if is_page { "" } else { "{}" };
    let mut request = Request::builder()
        .method(method.clone())
        .uri(path)
        .header("accept", "application/json")
        .header("idempotency-key", "matrix-of-roles");
    if method != Method::GET {
        request = request.header("content-type", media).header("sec-fetch-site", "same-origin");
    }
    let body = if method == Method::GET { Body::empty() } else { Body::from(body) };
    client.begin(request, body).await
}

/// What came back, as the declaration speaks of it. What an endpoint says of itself (no plan was made yet) is not
/// the guard's word.
fn came(answer: &Answer) -> Expected {
    let of_guard = || answer.json()["detail"] == server::access::NOTHING_HERE;
    match answer.status {
        401 => Expected::SignIn,
        403 => Expected::Forbidden,
        404 if of_guard() => Expected::NothingHere,
        _ => Expected::LetIn,
    }
}

async fn everybody(hub: &TestHub) -> Vec<Caller> {
    let alpha = hub.market("alpha").await;
    let beta = hub.market("beta").await;
    let mut callers = Vec::new();
    let mut add = |name: &str, client, hub, market, kind| {
        callers.push(Caller { name: name.to_owned(), client, hub, market, kind });
    };
    add("nobody", hub.anyone(), None, None, Kind::Nobody);
    add("a disabled operator", disabled(hub).await, None, None, Kind::Nobody);
    add(
        "an unknown key",
        hub.anyone().with_key("ehub_01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789abcdef0123456789abcdef"),
        None,
        None,
        Kind::Nobody,
    );
    add("an expired key", expired(hub).await, None, None, Kind::Nobody);
    add("somebody without a role", person(hub, None, &[]).await, None, None, Kind::Person);
    for role in HubRole::ALL {
        add(role.label(), person(hub, Some(*role), &[]).await, Some(*role), None, Kind::Person);
        let key = hub.key(KeyScope::Hub(*role)).await;
        add(&format!("a key as {}", role.label()), key, Some(*role), None, Kind::Key);
    }
    for role in MarketRole::ALL {
        let member = person(hub, None, &[(&alpha, *role)]).await;
        add(role.label(), member, None, Some(*role), Kind::Person);
        let key = hub.key(KeyScope::Market(alpha.id(), *role)).await;
        add(&format!("a key as {}", role.label()), key, None, Some(*role), Kind::Key);
        let stranger = person(hub, None, &[(&beta, *role)]).await;
        add(&format!("{} of another market", role.label()), stranger, None, None, Kind::Person);
        let key = hub.key(KeyScope::Market(beta.id(), *role)).await;
        add(&format!("a key as {} of another market", role.label()), key, None, None, Kind::Key);
    }
    callers
}

#[tokio::test]
async fn every_route_lets_in_whom_it_declares_and_nobody_else() {
    let hub = TestHub::embedded().await;
    let callers = everybody(&hub).await;
    let mut wrong = Vec::new();
    let mut calls = 0;
    for ((pattern, method), declared) in hub.app().access_table() {
        // Ending a session ends the test's own.
        if pattern == "/sign-out" || pattern.contains("sessions") {
            continue;
        }
        let path = filled(pattern, "alpha");
        for caller in &callers {
            let answer = call(&caller.client, method, &path).await;
            let (want, got) = (expected(declared, &path, caller), came(&answer));
            calls += 1;
            // Who was let in may find that the object is not there, or may be refused by a rule of its own; a list
            // without an object in its path is always there.
            let fits = match want {
                Expected::LetIn => {
                    got != Expected::SignIn
                        && (pattern.matches('{').count() > usize::from(pattern.contains("{market}"))
                            || method != "GET"
                            || !matches!(got, Expected::NothingHere | Expected::Forbidden)
                            || declared.access == Access::Public)
                }
                want => got == want,
            };
            if !fits {
                wrong.push(format!(
                    "{method} {path} by {}: {want:?} expected, {}",
                    caller.name, answer.status
                ));
            }
        }
    }
    assert!(calls > 2_000, "{calls} calls were made");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_market_of_others_answers_as_one_that_does_not_exist() {
    let hub = TestHub::embedded().await;
    let (_alpha, beta) = (hub.market("alpha").await, hub.market("beta").await);
    let stranger = person(&hub, Some(HubRole::Auditor), &[(&beta, MarketRole::Owner)]).await;
    let mut compared = 0;
    for ((pattern, method), declared) in hub.app().access_table() {
        if !matches!(declared.access, Access::Market(_)) {
            continue;
        }
        let body = async |market: &str| {
            let answer = call(&stranger, method, &filled(pattern, market)).await;
            assert_eq!(answer.status, 404, "{method} {pattern} in {market}");
            let mut body = answer.json();
            body["request_id"] = serde_json::Value::Null;
            (body, answer.header("content-type").to_owned())
        };
        assert_eq!(body("alpha").await, body("no-such-market").await, "{method} {pattern}");
        compared += 1;
    }
    assert!(compared > 0);
}

#[tokio::test]
async fn whoever_has_not_signed_in_is_shown_the_way_to_sign_in() {
    let hub = TestHub::embedded().await;
    for path in ["/growth", "/account?x=1"] {
        let answer = hub.anyone().get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/sign-in?next="), "{path}");
    }
    let answer = hub.anyone().get_json("/api/v1/me").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
}

/// The guard closes what the table does not know; only one file may therefore build routes.
#[test]
fn routes_are_registered_in_one_place_only() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                visit(&entry, found);
            } else if !entry.ends_with("access/routes.rs") {
                let text = std::fs::read_to_string(&entry).expect("a source file");
                if text.contains("Router::new()") || text.contains(".route(") || text.contains(".nest(") {
                    found.push(entry.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, Vec::<String>::new(), "use access::Routes");
}

#[tokio::test]
async fn every_place_of_the_navigation_answers_those_whom_it_is_offered_to() {
    let hub = TestHub::embedded().await;
    let alpha = hub.market("alpha").await;
    let name = "alpha".parse().expect("a name");
    let ana = person(&hub, Some(HubRole::Operator), &[(&alpha, MarketRole::Owner)]).await;
    for path in
        server::nav::entries().map(|entry| entry.href(Some(&name))).chain([server::nav::HOME.to_owned()])
    {
        let page = ana.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("</html>"), "{path}");
    }
}

#[tokio::test]
async fn nobody_is_offered_a_place_that_refuses_them() {
    let hub = TestHub::embedded().await;
    let alpha = hub.market("alpha").await;
    for caller in [
        person(&hub, None, &[(&alpha, MarketRole::Viewer)]).await,
        person(&hub, None, &[(&alpha, MarketRole::Agent)]).await,
        person(&hub, Some(HubRole::Auditor), &[]).await,
        person(&hub, Some(HubRole::Growth), &[(&alpha, MarketRole::Analyst)]).await,
    ] {
        let mut seen = 0;
        for start in ["/account", "/m/alpha"] {
            let page = caller.get(start).await.text();
            for link in page.split("class=\"nav-link\" href=\"").skip(1) {
                let path = link.split('"').next().expect("an address");
                // The start page leads on to where the caller may go.
                let expected = if path == "/" { 303 } else { 200 };
                assert_eq!(caller.get(path).await.status, expected, "{path} is offered at {start}");
                seen += 1;
            }
        }
        assert!(seen > 0);
    }
}
