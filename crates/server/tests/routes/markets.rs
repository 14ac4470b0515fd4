//! Running markets: pages and API of opening, watching, backing up, restoring, moving, taking out, deleting.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use kernel::{HubRole, MarketRole};
use serde_json::json;
use server::{
    Config,
    testing::{Answer, Client, TestHub},
};

/// A hub that keeps backups in a folder of its own.
async fn hub() -> (TestHub, tempfile::TempDir) {
    let backups = tempfile::tempdir().expect("a folder");
    let config = Config { backups: Some(backups.path().to_owned()), ..Config::default() };
    (TestHub::with_config(config).await, backups)
}

async fn post(client: &Client, path: &str, key: &str, body: &serde_json::Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .header("idempotency-key", format!("\"{key}\""));
    client.send(request, Body::from(body.to_string())).await
}

fn alpha() -> serde_json::Value {
    json!({"name": "alpha", "region": "us-wa", "currency": "USD", "locale": "en-US", "time_zone": "America/Los_Angeles"})
}

#[tokio::test]
async fn a_market_is_opened_over_the_api_and_told_to_those_who_may_know() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    let made = post(&operator, "/api/v1/markets", "one", &alpha()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["state"], "active");
    let again = post(&operator, "/api/v1/markets", "one", &alpha()).await;
    assert_eq!(again.json()["id"], made.json()["id"], "the same request is the same market");
    let taken = post(&operator, "/api/v1/markets", "two", &alpha()).await;
    assert_eq!(taken.status, 409);

    let market = hub.hub().markets.enter(&"alpha".parse().expect("a name")).await.expect("open");
    let agent = hub.member(&market, MarketRole::Agent).await;
    assert_eq!(agent.get_json("/api/v1/markets").await.json().as_array().map(Vec::len), Some(1));
    assert_eq!(agent.get_json("/api/v1/markets/alpha").await.json()["role"], "agent");
    let growth = hub.hub_user(HubRole::Growth).await;
    assert_eq!(growth.get_json("/api/v1/markets").await.json(), json!([]));
    let (hidden, missing) =
        (growth.get_json("/api/v1/markets/alpha").await, growth.get_json("/api/v1/markets/nowhere").await);
    assert_eq!((hidden.status, missing.status), (404, 404));
    assert_eq!(hidden.json()["detail"], missing.json()["detail"], "hidden and missing say the same");
}

#[tokio::test]
async fn everything_wrong_with_a_new_market_is_said_at_once() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    let wrong = json!({"name": "../etc", "region": "moon", "currency": "gold", "locale": "??", "time_zone": "Mars/Olympus", "verticals": ["residential", "castles"]});
    let refused = post(&operator, "/api/v1/markets", "one", &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let body = refused.json();
    let named: Vec<&str> = body["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    assert_eq!(named, ["name", "region", "currency", "locale", "time_zone", "verticals/1"]);
    let page = operator.post("/markets", &[("name", "../etc"), ("region", "moon")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Some things have to change"));
    assert!(operator.get_json("/api/v1/markets").await.json().as_array().expect("a list").is_empty());
}

#[tokio::test]
async fn a_market_goes_back_to_a_backup_and_keeps_its_audit_chain() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    hub.market("alpha").await;
    let backup = post(&operator, "/api/v1/markets/alpha/backups", "b", &json!({})).await;
    assert_eq!(backup.status, 201, "{}", backup.text());
    assert!(std::path::Path::new(backup.json()["path"].as_str().expect("a path")).is_dir());
    let before = operator.get_json("/api/v1/markets/alpha/health").await.json();
    let chosen = json!({"backup_id": backup.json()["id"]});
    let restored = post(&operator, "/api/v1/markets/alpha/restore", "r", &chosen).await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert_eq!(restored.json()["generation"], 2);
    let after = operator.get_json("/api/v1/markets/alpha/health").await.json();
    assert!(after["audit_entries"].as_u64() > before["audit_entries"].as_u64(), "{before} {after}");
    let unknown = json!({"backup_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    assert_eq!(post(&operator, "/api/v1/markets/alpha/restore", "u", &unknown).await.status, 404);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_changes_nothing() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    hub.market("alpha").await;
    let backup = post(&operator, "/api/v1/markets/alpha/backups", "b", &json!({})).await.json();
    let folder = std::path::PathBuf::from(backup["path"].as_str().expect("a path"));
    for entry in std::fs::read_dir(&folder).expect("the backup").flatten() {
        if entry.file_name() != "manifest.json" {
            let mut bytes = std::fs::read(entry.path()).expect("the image");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(entry.path(), bytes).expect("written");
        }
    }
    let refused =
        post(&operator, "/api/v1/markets/alpha/restore", "r", &json!({"backup_id": backup["id"]})).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let record = operator.get_json("/api/v1/markets/alpha").await.json();
    assert_eq!((record["generation"].as_u64(), record["state"].as_str()), (Some(1), Some("active")));
}

#[tokio::test]
async fn a_suspended_market_is_closed_to_its_people_and_open_to_operators() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    assert_eq!(owner.get("/m/alpha").await.status, 200);
    let done = operator.post("/markets/alpha/suspend", &[("reason", "the invoice is open")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let closed = owner.get("/m/alpha").await;
    assert_eq!(closed.status, 503);
    assert!(!closed.header("retry-after").is_empty());
    for path in ["/markets/alpha", "/markets/alpha/backups", "/markets/alpha/life-cycle"] {
        let page = operator.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("the invoice is open"), "{path}");
    }
    assert_eq!(operator.post("/markets/alpha/resume", &[]).await.status, 303);
    assert_eq!(owner.get("/m/alpha").await.status, 200);
}

#[tokio::test]
async fn a_market_taken_out_has_every_table_and_no_key() {
    let (hub, _backups) = hub().await;
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let file = owner.post("/m/alpha/export", &[]).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/zip"));
    assert_eq!(file.header("content-length"), file.body.len().to_string());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file.body.to_vec())).expect("an archive");
    let names: Vec<String> =
        archive.file_names().map(|name| name.expect("a readable name").into_owned()).collect();
    let manifest = names.iter().find(|name| name.ends_with("/manifest.json")).expect("a manifest");
    let manifest = std::io::read_to_string(archive.by_name(manifest).expect("the manifest")).expect("text");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    for table in manifest["tables"].as_array().expect("tables") {
        let file = table["file"].as_str().expect("a file");
        assert!(names.iter().any(|name| name.ends_with(file)), "{file}");
    }
    let manager = hub.member(&market, MarketRole::Manager).await;
    assert_eq!(manager.post("/m/alpha/export", &[]).await.status, 403);
}

#[tokio::test]
async fn deleting_asks_for_the_name_and_leaves_a_way_back() {
    let (hub, _backups) = hub().await;
    let operator = hub.hub_user(HubRole::Operator).await;
    hub.market("alpha").await;
    let slip = operator.post("/markets/alpha/delete", &[("confirm", "alhpa")]).await;
    assert_eq!(slip.status, 303);
    assert_eq!(operator.get_json("/api/v1/markets/alpha").await.json()["state"], "active");
    assert_eq!(operator.post("/markets/alpha/delete", &[("confirm", "alpha")]).await.status, 303);
    let record = operator.get_json("/api/v1/markets/alpha").await.json();
    assert_eq!(record["state"], "deleting");
    assert!(record["delete_after"].is_string());
    assert_eq!(operator.post("/markets/alpha/resume", &[]).await.status, 303);
    assert_eq!(operator.get_json("/api/v1/markets/alpha").await.json()["state"], "active");
}

#[tokio::test]
async fn a_policy_is_checked_versioned_and_in_force_at_once() {
    let (hub, _backups) = hub().await;
    let market = hub.market("alpha").await;
    let manager = hub.member(&market, MarketRole::Manager).await;
    let versions = manager.get_json("/api/v1/markets/alpha/policy").await.json();
    let text = versions[0]["text"].as_str().expect("a text").to_owned();
    let refused = manager.post("/m/alpha/policy", &[("text", "nonsense"), ("note", "slip")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("nonsense"), "what was typed is not lost");
    let saved =
        manager.post("/m/alpha/policy", &[("text", &text), ("note", "reviewed with the owner")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let versions = manager.get_json("/api/v1/markets/alpha/policy").await.json();
    assert_eq!(
        (versions[0]["version"].as_u64(), versions[0]["note"].as_str()),
        (Some(2), Some("reviewed with the owner"))
    );
    assert!(manager.get("/m/alpha/policy").await.text().contains("reviewed with the owner"));
}

#[tokio::test]
async fn the_list_of_markets_can_be_filtered_and_exported() {
    let (hub, _backups) = hub().await;
    for name in ["alpha", "beta", "coast"] {
        hub.market(name).await;
    }
    let auditor = hub.hub_user(HubRole::Auditor).await;
    let page = auditor.get("/markets?q=coa").await.text();
    assert!(page.contains("/markets/coast") && !page.contains("/markets/beta"));
    assert!(!page.contains("/markets/new"), "an auditor opens none");
    let file = auditor.get("/markets?format=csv&per=25").await;
    assert!(file.header("content-type").starts_with("text/csv"));
    for name in ["alpha", "beta", "coast"] {
        assert!(file.text().contains(name), "an export has every row");
    }
    let growth = hub.hub_user(HubRole::Growth).await;
    assert!(growth.get("/markets").await.text().contains("You have no role in a market"));
}
