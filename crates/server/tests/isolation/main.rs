//! Two markets with the same identifiers in both, and everything of one asked for by the other.
//!
//! `world` plants them, `crawl` finds every address and every identifier of the first, and the tests here ask for
//! each of them as the second market's owner, with its key, and as nobody: by pages, by the API, through exports,
//! search, events, queues and caches. What comes back must be word for word what a market that does not exist
//! answers, and never hold a word of the first.

mod crawl;
mod lead;
mod world;

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request},
};
use kernel::HubRole;
use server::{
    access::Access,
    testing::{Answer, Client},
};

use self::{
    crawl::{Found, crawl, filled, params},
    world::{ALPHA, BETA, World},
};

/// An identifier that nothing has.
const NOTHING: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// The whole of an answer as text, what is packed in it unpacked.
fn whole(answer: &Answer) -> String {
    let mut text = format!("{:?}\n{}", answer.headers, answer.text());
    if answer.body.starts_with(b"PK") {
        let mut archive =
            zip::ZipArchive::new(std::io::Cursor::new(&answer.body[..])).expect("a zip archive");
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).expect("a file");
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).expect("unpacks");
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    text
}

/// Nothing in `answer` is of the first market.
fn holds_nothing_of_alpha(answer: &Answer, what: &str) {
    let text = whole(answer).to_lowercase();
    for word in world::words_of(ALPHA) {
        assert!(!text.contains(&word), "{what} holds `{word}`: {text}");
    }
}

/// A refusal, without what differs between any two answers.
fn words(answer: &Answer) -> (u16, String, String) {
    let media = answer.header("content-type").to_owned();
    let request = answer.header("x-request-id");
    let text = answer.text().replace(request, "ID");
    // A message that the request before left is shown once, on whatever page comes next.
    let text = match (text.find("id=\"toasts\""), text.find("<template id=\"toast-template\"")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &text[..start], &text[end..]),
        _ => text,
    };
    (answer.status, media, text)
}

async fn send(client: &Client, method: &str, path: &str, name: &str) -> Answer {
    let method: Method = method.parse().expect("a method");
    let is_page = !path.starts_with("/api/");
    let accept = if is_page { "text/html" } else { "application/json" };
    let mut request = Request::builder().method(method.clone()).uri(path).header("accept", accept);
    let mut body = Body::empty();
    if method != Method::GET {
        let media = if is_page { "application/x-www-form-urlencoded" } else { "application/json" };
        request = request.header("content-type", media).header("sec-fetch-site", "same-origin");
        if method == Method::POST {
            request = request.header("idempotency-key", name);
        }
        body = Body::from(if is_page { "" } else { "{}" });
    }
    client.begin(request, body).await
}

/// Every address of the first market: the ones that were found, and every route with its identifiers filled in.
fn addresses(world: &World, found: &Found) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        found.addresses.iter().map(|path| ("GET".to_owned(), path.clone())).collect();
    let planted = world.planted();
    let some: Vec<String> = found.ids.iter().filter(|id| !planted.contains(id)).take(10).cloned().collect();
    for ((pattern, method), _) in world.routes_of_markets() {
        for id in planted.iter().chain(&some).map(String::as_str).chain([NOTHING]) {
            let path = filled(&pattern, ALPHA, id);
            all.push((method.clone(), path));
            if params(&pattern) == 0 {
                break;
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

#[tokio::test]
async fn a_market_answers_strangers_as_one_that_does_not_exist() {
    let world = World::new().await;
    let found = crawl(&world).await;
    let before = world.all_of(ALPHA).await;
    let addresses = addresses(&world, &found);
    assert!(addresses.len() > 40, "{} addresses are asked for", addresses.len());
    let strangers = [
        ("the other owner", world.owner(BETA).await),
        ("the other market's key", world.key(BETA).await),
        ("client expansion", world.hub.hub_user(HubRole::Growth).await),
    ];
    for (method, path) in &addresses {
        for (who, client) in &strangers {
            if *who == "the other market's key" && !path.starts_with("/api/") {
                continue;
            }
            let what = format!("{method} {path} by {who}");
            let here = send(client, method, path, "a-strangers-name").await;
            let nowhere = path.replacen(&format!("/{ALPHA}"), "/no-such-market", 1);
            let nowhere = send(client, method, &nowhere, "a-strangers-name").await;
            holds_nothing_of_alpha(&here, &what);
            let (mut one, mut other) = (words(&here), words(&nowhere));
            // The address itself is shown in some pages (the theme's form leads back to it).
            one.2 = one.2.replace(ALPHA, "MARKET");
            other.2 = other.2.replace("no-such-market", "MARKET");
            assert_eq!(one, other, "{what}");
            assert!(matches!(here.status, 403 | 404), "{what}: {}", here.status);
        }
        let nobody = send(&world.hub.anyone(), method, path, "nobodys-name").await;
        assert!(matches!(nobody.status, 401 | 303), "{method} {path} by nobody: {}", nobody.status);
        holds_nothing_of_alpha(&nobody, &format!("{method} {path} by nobody"));
    }
    assert_eq!(world.all_of(ALPHA).await, before, "and nothing was changed");
}

#[tokio::test]
async fn identifiers_of_one_market_mean_nothing_in_another() {
    let world = World::new().await;
    let found = crawl(&world).await;
    let (owner, key) = (world.owner(BETA).await, world.key(BETA).await);
    let before = world.all_of(ALPHA).await;
    let mut asked = 0;
    for ((pattern, method), declared) in world.routes_of_markets() {
        if params(&pattern) == 0 || !matches!(declared.access, Access::Market(_)) {
            continue;
        }
        let missing = send(&owner, &method, &filled(&pattern, BETA, NOTHING), "a-missing-one").await;
        for id in world.only_in_alpha(&found) {
            let path = filled(&pattern, BETA, &id);
            for (who, client) in [("the owner", &owner), ("the key", &key)] {
                if who == "the key" && !path.starts_with("/api/") {
                    continue;
                }
                let what = format!("{method} {path} by {who} of the other market");
                let answer = send(client, &method, &path, &format!("name-{asked}")).await;
                holds_nothing_of_alpha(&answer, &what);
                let mut got = words(&answer);
                got.2 = got.2.replace(&id, NOTHING);
                assert_eq!(got, words(&missing), "{what}");
                asked += 1;
            }
        }
    }
    assert!(asked > 20, "{asked} identifiers were asked for");
    assert_eq!(world.all_of(ALPHA).await, before, "and nothing was changed");
}

#[tokio::test]
async fn the_same_identifier_is_in_each_market_what_it_is_there() {
    let world = World::tuned(|hub| hub.open_max = 1).await;
    let (alpha, beta) = (world.owner(ALPHA).await, world.owner(BETA).await);
    let shared = world.shared[0];
    for round in 0..20 {
        // With one database open at a time, every turn closes what the turn before had opened.
        for (market, client) in [(ALPHA, &alpha), (BETA, &beta)] {
            let other = if market == ALPHA { BETA } else { ALPHA };
            for path in [
                format!("/api/v1/markets/{market}/contacts/{shared}"),
                format!("/m/{market}/contacts/{shared}"),
            ] {
                let answer = client.get(&path).await;
                assert_eq!(answer.status, 200, "round {round}: {path}: {}", answer.text());
                let text = whole(&answer).to_lowercase();
                assert!(text.contains(&world::canary(market)), "{path} shows its own: {text}");
                assert!(!text.contains(&world::canary(other)), "{path} shows the other's: {text}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_of_another_market_is_found_or_taken_out() {
    let world = World::new().await;
    let beta = world.owner(BETA).await;
    let found = crawl(&world).await;
    for word in world::words_of(ALPHA) {
        let query = form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>();
        for path in [
            format!("/search?q={query}"),
            format!("/m/{BETA}/contacts?q={query}"),
            format!("/api/v1/markets/{BETA}/contacts?q={query}"),
            format!("/api/v1/markets/{BETA}/contacts?email={query}"),
        ] {
            let answer = beta.get(&path).await;
            // The question itself comes back in the field of the search.
            let text = answer.text().to_lowercase().replace(&word, "");
            for other in world::words_of(ALPHA).iter().filter(|other| !word.contains(other.as_str())) {
                assert!(!text.contains(other), "{path} finds `{other}`");
            }
        }
    }
    let exports: Vec<&String> =
        found.addresses.iter().filter(|path| path.contains("export") || path.contains("format=")).collect();
    assert!(!exports.is_empty(), "there are exports: {:?}", found.addresses);
    for path in exports {
        let own = path.replacen(&format!("/{ALPHA}"), &format!("/{BETA}"), 1);
        let answer = beta.get(&own).await;
        assert!(matches!(answer.status, 200 | 404), "{own}: {}", answer.status);
        holds_nothing_of_alpha(&answer, &own);
    }
}

#[tokio::test]
async fn events_of_one_market_are_heard_in_no_other() {
    let world = World::new().await;
    let beta = world.owner(BETA).await;
    let stream = beta.open(&format!("/m/{BETA}/live")).await;
    assert_eq!(stream.status(), 200);
    assert_eq!(beta.open(&format!("/m/{ALPHA}/live")).await.status(), 404);
    let (alpha, own) = (world.market(ALPHA).await.id(), world.market(BETA).await.id());
    for _ in 0..10 {
        world.hub.state().tell(alpha, "alpha_changed");
    }
    world.hub.state().tell(own, "beta_changed");
    // The stream ends with the membership, so that all of it can be read.
    let heard = tokio::time::timeout(Duration::from_millis(300), to_bytes(stream.into_body(), 65_536));
    let ended = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.leave(BETA).await;
        world.hub.state().tell(own, "beta_changed_again");
    };
    let (heard, ()) = tokio::join!(heard, ended);
    let heard = heard.expect("the stream ends with the membership").expect("readable");
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(heard.contains("event: beta_changed\n"), "{heard}");
    assert!(!heard.contains("alpha_changed") && !heard.contains("beta_changed_again"), "{heard}");
}

#[tokio::test]
async fn names_and_cursors_of_one_market_are_worth_nothing_in_another() {
    let world = World::new().await;
    let both = world.member_of_both().await;
    let create = async |market: &str, name: &str| {
        let request = Request::post(format!("/api/v1/markets/{market}/contacts"))
            .header("content-type", "application/json")
            .header("idempotency-key", "the-same-name");
        let body = serde_json::json!({ "name": name }).to_string();
        both.send(request, Body::from(body)).await
    };
    let here = create(ALPHA, "Somebody Alpha").await;
    let there = create(BETA, "Somebody Beta").await;
    assert_eq!((here.status, there.status), (201, 201), "{} {}", here.text(), there.text());
    assert_eq!(there.header("idempotency-replayed"), "", "a name is a name in one market");
    assert_eq!(create(ALPHA, "Somebody Alpha").await.header("idempotency-replayed"), "true");

    let first = both.get_json(&format!("/api/v1/markets/{ALPHA}/contacts?limit=1")).await;
    let cursor = first.json()["next_cursor"].as_str().expect("more contacts").to_owned();
    let with = |market: &str| format!("/api/v1/markets/{market}/contacts?limit=1&cursor={cursor}");
    assert_eq!(both.get_json(&with(ALPHA)).await.status, 200);
    assert_eq!(both.get_json(&with(BETA)).await.status, 400, "the same person, another market");
}

#[tokio::test]
async fn queues_of_one_market_tell_nobody_elses_endpoints() {
    let world = World::new().await;
    let (alpha, beta) = (world.market(ALPHA).await, world.market(BETA).await);
    let (webhooks, now) = (&world.hub.hub().webhooks, world.hub.moment().now);
    let before = webhooks.counts(&beta).await.expect("counted");
    let relayed = webhooks.relay(&alpha, now).await.expect("relayed");
    assert!(relayed.relayed > 0 && relayed.deliveries > 0, "{relayed:?}");
    assert_eq!(webhooks.counts(&beta).await.expect("counted"), before, "the other market's log is untouched");
    let theirs = webhooks.relay(&beta, now).await.expect("relayed");
    assert!(theirs.deliveries > 0);
    let endpoints = webhooks.endpoints(&beta).await.expect("endpoints");
    for endpoint in &endpoints {
        assert!(endpoint.url.contains(&format!("hook{BETA}")), "{}", endpoint.url);
    }
}

#[tokio::test]
async fn files_of_one_market_hold_nothing_of_another_and_nothing_readable_of_their_own() {
    let world = World::new().await;
    world.market(ALPHA).await.db().ping().await.expect("answers");
    let mut read = 0;
    for entry in std::fs::read_dir(world.hub.folder().join("markets")).expect("the folder of markets") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file").to_ascii_lowercase();
        for word in world::words_of_people(ALPHA).into_iter().chain(world::words_of_people(BETA)) {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{} holds `{word}`", path.display());
        }
        read += 1;
    }
    assert!(read >= 2, "{read} files");
}
