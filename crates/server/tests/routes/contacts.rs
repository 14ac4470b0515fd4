//! The people of a market over pages and API: who sees whom, what is refused, what erasing leaves.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use kernel::{HubRole, MarketRole};
use serde_json::{Value, json};
use server::testing::{Answer, Client, TestHub};

use crate::people::person;

async fn named(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .header("idempotency-key", key);
    client.send(request, Body::from(body.to_string())).await
}

fn ana() -> Value {
    json!({"name": "Ana Díaz", "email": "ana@example.com", "phone": "(206) 555-0123", "address": "12 Elm Street"})
}

const CONTACTS: &str = "/api/v1/markets/alpha/contacts";

#[tokio::test]
async fn a_contact_is_added_once_per_name_of_the_request_found_and_changed_by_version() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let unnamed = owner.send_json(Method::POST, CONTACTS, &ana()).await;
    assert_eq!(unnamed.status, 400, "{}", unnamed.text());
    let made = named(&owner, CONTACTS, "one", &ana()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let contact = made.json();
    assert_eq!((contact["phone"].as_str(), contact["stage"].as_str()), (Some("+12065550123"), Some("new")));
    let place = format!("{CONTACTS}/{}", contact["id"].as_str().expect("an id"));
    assert_eq!(made.header("location"), place);
    let again = named(&owner, CONTACTS, "one", &ana()).await;
    assert_eq!((again.status, again.json()), (201, contact.clone()), "{}", again.text());
    assert_eq!(named(&owner, CONTACTS, "two", &ana()).await.status, 409, "the address is taken");

    for text in ["ANA@example.com", "+1 206 555 0123", "díaz"] {
        let found = owner
            .send_json(Method::POST, "/api/v1/markets/alpha/contact-search", &json!({"text": text}))
            .await;
        assert_eq!(found.json()["contacts"], json!([contact]), "{text}: {}", found.text());
    }
    let change = json!({"version": 1, "name": "Ana Costa", "email": "ana@example.com", "stage": "viewing"});
    let changed = owner.send_json(Method::PUT, &place, &change).await;
    assert_eq!(changed.json()["version"], 2, "{}", changed.text());
    assert_eq!(changed.json()["phone"], Value::Null, "left out is none");
    assert_eq!(owner.send_json(Method::PUT, &place, &change).await.status, 409, "the version is an old one");
    let stages = owner.get_json(&format!("{place}/stages")).await.json();
    assert_eq!((stages[0]["from"].as_str(), stages[0]["stage"].as_str()), (Some("new"), Some("viewing")));
}

#[tokio::test]
async fn everything_wrong_with_a_contact_is_said_at_once_and_never_repeated() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let wrong = json!({"name": "Ana\u{7}", "email": "canary-nobody", "phone": "12", "stage": "heaven"});
    let refused = named(&owner, CONTACTS, "one", &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let body = refused.json();
    let fields: Vec<&str> = body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    assert_eq!(fields, ["name", "email", "phone", "stage"]);
    assert!(!refused.text().contains("canary"), "{}", refused.text());
}

#[tokio::test]
async fn an_agent_reaches_their_own_contacts_and_learns_nothing_of_others() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let agent = person(&hub, None, &[(&market, MarketRole::Agent)]).await;
    let hers = named(&owner, CONTACTS, "one", &ana()).await.json();
    let other = format!("{CONTACTS}/{}", hers["id"].as_str().expect("an id"));
    let own = named(&agent, CONTACTS, "mine", &json!({"name": "Bob"})).await;
    assert_eq!(own.status, 201, "{}", own.text());
    assert!(own.json()["assignee"].is_string(), "an agent's contacts are their own");
    let listed = agent.get_json(CONTACTS).await.json();
    assert_eq!(listed["contacts"].as_array().map(Vec::len), Some(1));
    let missing = agent.get_json(&format!("{CONTACTS}/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await;
    for path in
        [other.clone(), format!("{other}/notes"), format!("{other}/messages"), format!("{other}/stages")]
    {
        let hidden = agent.get_json(&path).await;
        assert_eq!(hidden.status, 404, "{path}");
        assert_eq!(hidden.json()["detail"], missing.json()["detail"], "{path}");
    }
    let noted = named(&agent, &format!("{other}/notes"), "n", &json!({"body": "hello"})).await;
    assert_eq!(noted.status, 404);
    let assigned = json!({"version": 1});
    assert_eq!(agent.send_json(Method::PUT, &format!("{other}/assignee"), &assigned).await.status, 403);
    assert_eq!(agent.get("/m/alpha/contacts?format=csv").await.status, 403, "no files for agents");
    let page = agent.get("/m/alpha/contacts").await.text();
    assert!(page.contains("Bob") && !page.contains("Ana"), "{page}");
}

#[tokio::test]
async fn analysts_and_viewers_see_figures_and_never_a_person() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let made = named(&owner, CONTACTS, "one", &ana()).await.json();
    for role in [MarketRole::Analyst, MarketRole::Viewer] {
        let client = person(&hub, None, &[(&market, role)]).await;
        for path in [CONTACTS.to_owned(), format!("{CONTACTS}/{}", made["id"].as_str().expect("an id"))] {
            assert_eq!(client.get_json(&path).await.status, 403, "{role:?} {path}");
        }
        assert_eq!(client.get("/m/alpha/contacts").await.status, 403);
        let counts = client.get_json("/api/v1/markets/alpha/contact-counts").await;
        assert_eq!(counts.json()["contacts"], 1, "{}", counts.text());
        let page = client.get("/m/alpha/figures").await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("Díaz") && !page.text().contains("ana@"));
    }
}

#[tokio::test]
async fn a_person_is_erased_on_the_page_with_a_receipt_and_does_not_come_back() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let made = named(&owner, CONTACTS, "one", &ana()).await.json();
    let id = made["id"].as_str().expect("an id").to_owned();
    let page = format!("/m/alpha/contacts/{id}");
    assert_eq!(owner.post(&format!("{page}/notes"), &[("body", "likes gardens")]).await.status, 303);
    let said = [("direction", "in"), ("channel", "call"), ("message", "Is it free?")];
    assert_eq!(owner.post(&format!("{page}/messages"), &said).await.status, 303);
    let shown = owner.get(&page).await.text();
    for text in ["Ana Díaz", "likes gardens", "Is it free?", "12 Elm Street"] {
        assert!(shown.contains(text), "{text}");
    }
    let unsure = owner.post(&format!("{page}/erase"), &[("reason", "request")]).await;
    assert_eq!(unsure.status, 422, "only who says so erases");
    assert_eq!(owner.get(&page).await.status, 200);
    let erased = owner.post(&format!("{page}/erase"), &[("reason", "request"), ("sure", "true")]).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    assert!(
        erased.text().contains("Receipt") && erased.text().contains(&id) && !erased.text().contains("Díaz")
    );
    assert_eq!(owner.get(&page).await.status, 404);

    let receipt =
        named(&owner, &format!("{CONTACTS}/{id}/erase"), "again", &json!({"reason": "mistake"})).await;
    assert_eq!((receipt.status, receipt.json()["reason"].as_str()), (200, Some("request")));
    let back = named(&owner, CONTACTS, "back", &json!({"email": "Ana@Example.com"})).await;
    assert_eq!(back.status, 409, "{}", back.text());
    // The first answer was about her, and is gone with her.
    let replayed = named(&owner, CONTACTS, "one", &ana()).await;
    assert!(!replayed.text().contains("Díaz"), "{}", replayed.text());
    let again = owner.post("/m/alpha/contacts", &[("name", "Ana"), ("email", "ana@example.com")]).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("suppression list"));
}

#[tokio::test]
async fn a_file_of_people_is_imported_and_its_bad_rows_are_named() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let send = async |query: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/api/v1/markets/alpha/contact-imports{query}"))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "text/csv")
            .header("sec-fetch-site", "same-origin");
        owner.send(request, Body::from("name,email\nAna,ana@example.com\nBob,bob@\n")).await
    };
    let tried = send("?dry_run=true").await;
    assert_eq!((tried.status, tried.json()["accepted"].as_u64()), (200, Some(1)), "{}", tried.text());
    let report = send("").await.json();
    assert_eq!((report["rows"].as_u64(), report["accepted"].as_u64()), (Some(2), Some(1)));
    assert_eq!(
        (report["rejected"][0]["row"].as_u64(), report["rejected"][0]["field"].as_str()),
        (Some(2), Some("email"))
    );
    let listed = owner.get("/m/alpha/contacts").await.text();
    assert!(listed.contains("Ana") && !listed.contains("Bob"));
    let csv = owner.get("/m/alpha/contacts?format=csv").await;
    assert!(csv.text().contains("ana@example.com"), "{}", csv.text());
}

#[tokio::test]
async fn nobody_is_in_an_address_and_searching_finds_by_form() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    named(&owner, CONTACTS, "one", &ana()).await;
    let found = owner.post("/m/alpha/contacts/search", &[("text", "206-555-0123")]).await;
    assert_eq!(found.status, 200);
    assert!(found.text().contains("Ana Díaz"));
    let nobody = owner.post("/m/alpha/contacts/search", &[("text", "carl@example.com")]).await;
    assert!(nobody.text().contains("Nobody"));
    let list = owner.get("/m/alpha/contacts").await.text();
    assert!(!list.contains("q="), "the list offers no search in its address");
}

#[tokio::test]
async fn figures_over_markets_are_for_operators_and_auditors_and_noise_is_paid_for() {
    let hub = TestHub::embedded().await;
    for number in 0..6 {
        let market = hub.market(&format!("m{number}")).await;
        let owner = person(&hub, None, &[(&market, MarketRole::Owner)]).await;
        for key in ["a", "b", "c"] {
            let path = format!("/api/v1/markets/m{number}/contacts");
            named(&owner, &path, key, &json!({"name": key})).await;
        }
    }
    let operator = hub.hub_user(HubRole::Operator).await;
    let auditor = hub.hub_user(HubRole::Auditor).await;
    let growth = hub.hub_user(HubRole::Growth).await;
    let question = "/api/v1/analytics?measure=stages&by=region";
    let answer = operator.get_json(question).await;
    assert_eq!(answer.json()["all"]["figures"][0]["value"], 18, "{}", answer.text());
    assert_eq!(auditor.get_json(question).await.status, 200);
    assert_eq!(growth.get_json(question).await.status, 403);
    let wrong = operator.get_json("/api/v1/analytics?measure=love&by=region").await;
    assert_eq!((wrong.status, wrong.json()["errors"][0]["field"].as_str()), (422, Some("measure")));

    let releases = "/api/v1/analytics/releases";
    let wanted = json!({"measure": "stages", "by": "region", "epsilon": "0.25", "clamp": 10});
    assert_eq!(named(&auditor, releases, "r", &wanted).await.status, 403, "auditors look and do not spend");
    let told = named(&operator, releases, "r", &wanted).await;
    assert_eq!(told.status, 201, "{}", told.text());
    let again = named(&operator, releases, "r", &wanted).await;
    assert_eq!(again.json()["id"], told.json()["id"], "the same request is paid for once");
    assert_eq!(operator.get_json("/api/v1/analytics/budget").await.json()["spent"], "0.25");
    let too_much = json!({"measure": "stages", "by": "region", "epsilon": "100"});
    assert_eq!(named(&operator, releases, "x", &too_much).await.status, 409);
    let page =
        operator.get(&format!("/analytics?release={}", told.json()["id"].as_str().expect("an id"))).await;
    assert!(page.text().contains("Figures with noise") && page.text().contains("±"), "{}", page.text());
    assert_eq!(operator.get("/analytics?measure=new&by=vertical").await.status, 200);
    assert_eq!(growth.get("/analytics").await.status, 403);
}

#[tokio::test]
async fn no_answer_repeated_by_name_shows_a_person_who_was_erased_since() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let made = named(&owner, CONTACTS, "one", &ana()).await;
    let place = format!("{CONTACTS}/{}", made.json()["id"].as_str().expect("an id"));
    let search = json!({"text": "ana@example.com"});
    let asked = named(&owner, "/api/v1/markets/alpha/contact-search", "look", &search).await;
    assert!(asked.text().contains("Ana"), "{}", asked.text());
    let refused = owner
        .send(
            Request::post("/api/v1/markets/alpha/contact-imports")
                .header(header::CONTENT_TYPE, "text/csv")
                .header("sec-fetch-site", "same-origin")
                .header("idempotency-key", "file"),
            Body::from("name,email\nAgain,ana@example.com\n"),
        )
        .await;
    assert!(refused.text().contains("ana@example.com"), "{}", refused.text());
    let erased = named(&owner, &format!("{place}/erase"), "gone", &json!({"reason": "request"})).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    for (path, key, body) in
        [("/api/v1/markets/alpha/contact-search", "look", search), (CONTACTS, "one", ana())]
    {
        let again = named(&owner, path, key, &body).await;
        assert!(!again.text().contains("Ana") && !again.text().contains("ana@"), "{}", again.text());
    }
    let again = owner
        .send(
            Request::post("/api/v1/markets/alpha/contact-imports")
                .header(header::CONTENT_TYPE, "text/csv")
                .header("sec-fetch-site", "same-origin")
                .header("idempotency-key", "file"),
            Body::from("name,email\nAgain,ana@example.com\n"),
        )
        .await;
    assert!(!again.text().contains("has this e-mail"), "{}", again.text());
}
