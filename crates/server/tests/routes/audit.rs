//! The audit chains of the hub and of markets, as people and programs meet them.

use audit::{Expected, checkpoint::Verifier, export, tree};
use axum::http::Method;
use jiff::SignedDuration;
use kernel::{HubRole, MarketRole};
use serde_json::{Value, json};
use server::testing::{Client, TestHub};
use store::{Query, trail};

async fn get(client: &Client, path: &str) -> Value {
    let answer = client.get_json(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

async fn verify(client: &Client, path: &str) -> Value {
    let answer = client.send_json(Method::POST, &format!("{path}/verify"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn market_with_entries(hub: &TestHub) -> (markets::Market, Client) {
    let market = hub.market("alpha").await;
    let owner = hub.member(&market, MarketRole::Owner).await;
    let mut tx = market.db().begin().await.expect("begins");
    for number in 0..5 {
        let at = hub.moment();
        let new = audit::NewEntry::new(at.at(), &at.actor, "contact.created", &format!("contact:{number}"));
        trail::append(&mut tx, new);
    }
    tx.commit().await.expect("committed");
    (market, owner)
}

#[tokio::test]
async fn what_is_changed_in_the_hub_is_in_its_chain_by_identifier() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let saved = ana
        .post(
            "/growth/settings/owner",
            &[("name", "Ben"), ("email", "ben@example.com"), ("weekly_hours", "20")],
        )
        .await;
    assert!(saved.status < 500, "{}", saved.text());
    let user = hub.user("ana@example.com", None).await;
    let found = get(&ana, "/api/v1/audit?limit=500").await;
    let entries = found["entries"].as_array().expect("entries");
    assert!(!entries.is_empty());
    let text = found.to_string();
    for personal in ["ana@example.com", "ben@example.com"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    let added = format!("user:{}", user.id);
    assert!(entries.iter().any(|entry| entry["subject"] == added), "{text}");
    // The page knows the names.
    let page = ana.get("/audit").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Verify now"), "{}", page.text());
}

#[tokio::test]
async fn entries_are_found_and_paged_in_both_directions() {
    let hub = TestHub::embedded().await;
    let (_market, owner) = market_with_entries(&hub).await;
    let path = "/api/v1/markets/alpha/audit";
    let all = get(&owner, &format!("{path}?order=oldest&limit=500")).await;
    let all = all["entries"].as_array().expect("entries").clone();
    assert!(all.iter().enumerate().all(|(at, entry)| entry["seq"] == at));
    let contacts = get(&owner, &format!("{path}?action=contact.&limit=500")).await;
    assert_eq!(contacts["entries"].as_array().map(Vec::len), Some(5));
    let one = get(&owner, &format!("{path}?q=CONTACT:3")).await;
    assert_eq!(one["entries"][0]["subject"], "contact:3");
    assert_eq!(get(&owner, &format!("{path}?until=2026-01-01T00:00:00Z")).await["entries"], json!([]));

    for order in ["newest", "oldest"] {
        let mut seen = Vec::new();
        let mut next = format!("{path}?order={order}&limit=2");
        loop {
            let page = get(&owner, &next).await;
            seen.extend(
                page["entries"].as_array().expect("entries").iter().map(|entry| entry["seq"].clone()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("{path}?order={order}&limit=2&cursor={cursor}");
        }
        if order == "newest" {
            seen.reverse();
        }
        assert_eq!(seen, all.iter().map(|entry| entry["seq"].clone()).collect::<Vec<_>>(), "{order}");
    }
    let first = get(&owner, &format!("{path}?limit=2")).await;
    let cursor = first["next_cursor"].as_str().expect("there are more");
    let turned = owner.get_json(&format!("{path}?order=oldest&limit=2&cursor={cursor}")).await;
    assert_eq!(turned.status, 400, "{}", turned.text());
    for wrong in ["order=sideways", "from=yesterday", &format!("q={}", "x".repeat(201))] {
        let refused = owner.get_json(&format!("{path}?{wrong}")).await;
        assert!(matches!(refused.status, 400 | 422), "{wrong}: {}", refused.status);
    }
}

#[tokio::test]
async fn a_verification_names_the_first_changed_entry_and_stays_in_the_chain() {
    let hub = TestHub::embedded().await;
    let (market, owner) = market_with_entries(&hub).await;
    let path = "/api/v1/markets/alpha/audit";
    let sound = verify(&owner, path).await;
    assert_eq!((&sound["sound"], &sound["reason"]), (&json!(true), &json!(null)), "{sound}");
    let last = &get(&owner, path).await["entries"][0];
    assert_eq!(
        (&last["action"], &last["detail"]["entries"]),
        (&json!("audit.verified"), &json!(sound["entries"].to_string()))
    );

    let contact = get(&owner, &format!("{path}?q=contact:2")).await["entries"][0]["seq"].clone();
    let change = Query::new("UPDATE audit_entry SET subject = 'contact:9' WHERE subject = 'contact:2'");
    market.db().execute(change).await.expect("changed behind the hub's back");
    let broken = verify(&owner, path).await;
    assert_eq!((&broken["sound"], &broken["first_wrong_entry"]), (&json!(false), &contact), "{broken}");
    let page = owner.get("/m/alpha/audit").await.text();
    assert!(page.contains("This chain is not whole"), "{page}");
    assert!(page.contains(&format!("entry {contact} was changed")), "{page}");
    let refused = owner.get_json(&format!("{path}/export")).await;
    assert_eq!(refused.status, 409, "a broken chain is not exported: {}", refused.text());
}

#[tokio::test]
async fn a_chain_that_cannot_be_read_is_still_shown_as_such_and_verified() {
    let hub = TestHub::embedded().await;
    let (market, owner) = market_with_entries(&hub).await;
    market.checkpoint(&hub.moment()).await.expect("signed");
    let path = "/api/v1/markets/alpha/audit";
    let contact = get(&owner, &format!("{path}?q=contact:3")).await["entries"][0]["seq"].clone();
    for change in [
        "UPDATE audit_checkpoint SET note = 'nothing'",
        "UPDATE audit_entry SET detail = 'no object' WHERE subject = 'contact:3'",
    ] {
        market.db().execute(Query::new(change)).await.expect("changed behind the hub's back");
    }
    let page = owner.get(&format!("/m/alpha/audit?entry={contact}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("Entries cannot be read"), "{}", page.text());
    assert_eq!(owner.get_json(path).await.status, 409);
    let broken = verify(&owner, path).await;
    assert_eq!((&broken["sound"], &broken["first_wrong_entry"]), (&json!(false), &contact), "{broken}");
}

#[tokio::test]
async fn the_page_verifies_by_its_button_and_says_what_it_found() {
    let hub = TestHub::embedded().await;
    let (_market, owner) = market_with_entries(&hub).await;
    let before = owner.get("/m/alpha/audit").await.text();
    assert!(before.contains("Never"), "{before}");
    let verified = owner.post("/m/alpha/audit/verify", &[]).await;
    assert_eq!(
        (verified.status, verified.header("location")),
        (303, "/m/alpha/audit"),
        "{}",
        verified.text()
    );
    let after = owner.get("/m/alpha/audit").await.text();
    assert!(after.contains("Nothing was changed, removed or moved"), "{after}");
    assert!(after.contains("Whole"), "{after}");
    let entry = owner.get("/m/alpha/audit?entry=0").await.text();
    assert!(entry.contains("Content fits its hash"), "{entry}");
    assert!(owner.get("/m/alpha/audit?entry=999").await.text().contains("no such entry"));
}

#[tokio::test]
async fn an_export_verifies_elsewhere_and_holds_every_entry() {
    let hub = TestHub::embedded().await;
    let (_market, owner) = market_with_entries(&hub).await;
    for path in ["/api/v1/markets/alpha/audit/export", "/m/alpha/audit/export"] {
        let file = owner.get(path).await;
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, "application/x-ndjson"),
            "{}",
            file.text()
        );
        assert!(file.header("content-disposition").contains("audit-alpha.ndjson"));
        let told = get(&owner, "/api/v1/markets/alpha/audit/checkpoints").await;
        let key: Verifier = told["key"].as_str().and_then(|key| key.parse().ok()).expect("a public key");
        let expected = Expected { key: Some(key), kept: Vec::new() };
        let verified = export::verify_bytes(&file.body, &expected).expect("sound");
        assert_eq!(verified.entries, verified.signed_entries, "signed to the end");
        assert!(verified.entries >= 5);
    }
    let all = owner.get("/m/alpha/audit?format=csv&per=25").await;
    let shown = get(&owner, "/api/v1/markets/alpha/audit?limit=500").await;
    let count = shown["entries"].as_array().map(Vec::len).unwrap_or_default();
    assert_eq!(all.header("x-row-count"), count.to_string());
}

#[tokio::test]
async fn proofs_lead_to_the_root_that_the_checkpoint_signs() {
    let hub = TestHub::embedded().await;
    let (market, owner) = market_with_entries(&hub).await;
    let path = "/api/v1/markets/alpha/audit";
    assert_eq!(owner.get_json(&format!("{path}/0/proof")).await.status, 409, "nothing is signed yet");
    market.checkpoint(&hub.moment()).await.expect("signed");
    let earlier = get(&owner, &format!("{path}/checkpoints")).await["checkpoints"][0].clone();
    verify(&owner, path).await;
    verify(&owner, path).await;
    hub.advance(SignedDuration::from_hours(1));
    market.checkpoint(&hub.moment()).await.expect("signed");

    let hash = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).expect("a hash");
    let hashes = |value: &Value| value.as_array().expect("hashes").iter().map(hash).collect::<Vec<_>>();
    let key = market.audit_signer().expect("a key").verifier();
    let proof = get(&owner, &format!("{path}/2/proof")).await;
    let note = proof["checkpoint"].as_str().expect("a note");
    let signed = key.verify(note).expect("signed by the market");
    assert!(tree::is_included(&hash(&proof["leaf"]), 2, signed.size, &hashes(&proof["path"]), &signed.root));
    assert!(!tree::is_included(&hash(&proof["leaf"]), 3, signed.size, &hashes(&proof["path"]), &signed.root));

    let size = earlier["size"].as_u64().expect("a number");
    let grown = get(&owner, &format!("{path}/consistency?from={size}")).await;
    let path_up = hashes(&grown["path"]);
    assert!(tree::is_consistent(size, &hash(&earlier["root"]), signed.size, &signed.root, &path_up));
    assert!(!tree::is_consistent(size, &signed.root, signed.size, &signed.root, &path_up));

    for (wrong, status) in [("consistency?from=0", 422), ("consistency?from=9999", 422), ("9999/proof", 404)]
    {
        let refused = owner.get_json(&format!("{path}/{wrong}")).await;
        assert_eq!(refused.status, status, "{wrong}: {}", refused.text());
    }
}

#[tokio::test]
async fn a_markets_chain_is_for_its_own_people_and_the_hubs_for_operators_and_auditors() {
    let hub = TestHub::embedded().await;
    let (market, _) = market_with_entries(&hub).await;
    let other = hub.market("beta").await;
    for role in MarketRole::ALL {
        let may = matches!(role, MarketRole::Owner | MarketRole::Manager | MarketRole::Analyst);
        let member = hub.member(&market, *role).await;
        for path in ["/api/v1/markets/alpha/audit", "/m/alpha/audit", "/m/alpha/audit/export"] {
            let status = member.get_json(path).await.status;
            assert_eq!(status == 200, may, "{role:?} {path}: {status}");
        }
        let stranger = hub.member(&other, *role).await;
        assert_eq!(stranger.get_json("/api/v1/markets/alpha/audit").await.status, 404);
        assert_eq!(member.get_json("/api/v1/audit").await.status, 403, "{role:?}");
    }
    for role in HubRole::ALL {
        let user = hub.hub_user(*role).await;
        let may = matches!(role, HubRole::Operator | HubRole::Auditor);
        assert_eq!(user.get_json("/api/v1/audit").await.status == 200, may, "{role:?}");
        assert_eq!(user.get("/audit").await.status == 200, may, "{role:?}");
        assert_eq!(user.get_json("/api/v1/markets/alpha/audit").await.status, 404, "{role:?}");
    }
}

#[tokio::test]
async fn the_days_that_are_looked_at_narrow_the_table() {
    let hub = TestHub::embedded().await;
    let (_market, owner) = market_with_entries(&hub).await;
    let count = async |query: &str| {
        let file = owner.get(&format!("/m/alpha/audit?format=csv{query}")).await;
        file.header("x-row-count").parse::<usize>().expect("a count")
    };
    let all = count("").await;
    assert!(all >= 5);
    assert_eq!(count("&from=2026-01-19&to=2026-01-19").await, all);
    assert_eq!(count("&to=2026-01-18").await, 0);
    assert_eq!(count("&from=2026-01-20").await, 0);
    assert_eq!(count("&area=contact").await, 5);
    let page = owner.get("/m/alpha/audit?from=tomorrow").await.text();
    assert!(page.contains("This is no date"), "{page}");
}
