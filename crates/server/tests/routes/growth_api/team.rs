//! What the team does: policies, plans, outcomes, propositions, settings.

use axum::http::Method;
use growth::policy::FRAMEWORK_TOML;
use serde_json::json;

use super::{at, get, hub, problem, send};

#[tokio::test]
async fn a_policy_is_previewed_saved_and_activated() {
    let (_hub, ana) = hub().await;
    let policies = get(&ana, "/policies").await;
    assert!(policies.as_array().is_some_and(|all| all.iter().any(|one| one["active"] == true)));
    let toml = get(&ana, "/policies/framework/1").await["toml"].as_str().expect("a text").to_owned();
    assert_eq!(toml.trim(), FRAMEWORK_TOML.trim());
    problem(&ana.get_json(&at("/policies/framework/99")).await, 404);
    problem(&ana.get_json(&at("/policies/framework/x")).await, 400);

    let same = send(&ana, Method::POST, "/policies/preview", json!({ "toml": toml })).await.json();
    assert_eq!(same["movement"]["changed"], json!([]), "the same policy moves nobody");
    problem(&send(&ana, Method::POST, "/policies/preview", json!({ "toml": "x" })).await, 422);

    let saved = send(&ana, Method::POST, "/policies", json!({ "toml": toml, "note": "as it was" })).await;
    assert_eq!((saved.status, &saved.json()["version"]), (201, &json!(1)), "it says the same");
    problem(&send(&ana, Method::POST, "/policies", json!({ "toml": "[" })).await, 422);
    problem(&send(&ana, Method::POST, "/policies", json!({ "toml": "x\u{0}" })).await, 422);

    assert_eq!(send(&ana, Method::POST, "/policies/legacy/1/activate", json!(null)).await.status, 204);
    assert_eq!(get(&ana, "/policies/legacy/1").await["active"], true);
    problem(&send(&ana, Method::POST, "/policies/legacy/9/activate", json!(null)).await, 404);
}

#[tokio::test]
async fn a_plan_is_made_and_its_actions_ticked_off() {
    let (_hub, ana) = hub().await;
    problem(&send(&ana, Method::POST, "/plan", json!({})).await, 422);
    let draft = json!({ "name": "Rui", "email": "rui@example.com", "weekly_hours": 30 });
    let rui = send(&ana, Method::POST, "/owners", draft.clone()).await;
    assert_eq!(rui.status, 201, "{}", rui.text());
    problem(&send(&ana, Method::POST, "/owners", draft).await, 409);
    let id = rui.json()["id"].as_str().expect("an id").to_owned();
    let more = json!({ "name": "Rui", "email": "rui@example.com", "weekly_hours": 40 });
    assert_eq!(send(&ana, Method::PUT, &format!("/owners/{id}"), more).await.json()["weekly_hours"], 40.0);
    let lazy = json!({ "name": "Rui", "email": "rui@example.com", "weekly_hours": 400 });
    problem(&send(&ana, Method::PUT, &format!("/owners/{id}"), lazy).await, 422);
    assert_eq!(get(&ana, "/owners").await.as_array().map(Vec::len), Some(1));

    let made =
        send(&ana, Method::POST, "/plan", json!({ "starts_on": "2026-01-19", "horizon_days": 90 })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let plan = get(&ana, "/plan").await;
    assert_eq!(plan["id"], made.json()["id"]);
    assert!(plan["bound"].as_f64() >= plan["expected_arr"].as_f64());
    let action = plan["actions"][0]["id"].as_str().expect("an action").to_owned();
    let path = format!("/actions/{action}");
    let done =
        send(&ana, Method::PATCH, &path, json!({ "status": "done", "note": "well received" })).await.json();
    assert_eq!((&done["status"], &done["done_on"]), (&json!("done"), &json!("2026-01-19")));
    let listed = get(&ana, "/actions?status=done").await;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    problem(&send(&ana, Method::PATCH, &path, json!({ "status": "finished" })).await, 422);
    problem(&send(&ana, Method::PATCH, "/actions/01ARZ3NDEKTSV4RRFFQ69G5FAV", json!({})).await, 404);
    problem(&ana.get_json(&at("/actions?status=finished")).await, 400);
    assert!(get(&ana, "/indicators?on=2026-01-20").await["leading"].to_string().contains("\"done\":1"));
    problem(&ana.get_json(&at("/indicators?on=soon")).await, 400);
}

#[tokio::test]
async fn an_outcome_is_recorded_listed_and_withdrawn() {
    let (_hub, ana) = hub().await;
    let win = json!({ "client_id": "c1", "occurred_on": "2026-01-19", "kind": "won", "arr": 30_000 });
    let recorded = send(&ana, Method::POST, "/outcomes", win).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    let recorded = recorded.json();
    assert!(recorded["arr"] == 30_000.0 && recorded["predicted_probability"].is_number(), "{recorded}");
    assert_eq!(get(&ana, "/outcomes?client_id=c1").await.as_array().map(Vec::len), Some(1));
    assert_eq!(get(&ana, "/outcomes?client_id=c2").await, json!([]));
    for (wrong, status) in [
        (json!({ "client_id": "c1", "occurred_on": "2026-01-19", "kind": "won" }), 422),
        (json!({ "client_id": "c1", "occurred_on": "2027-01-19", "kind": "lost" }), 422),
        (json!({ "client_id": "nobody", "occurred_on": "2026-01-19", "kind": "lost" }), 404),
        (json!({ "client_id": "c1", "occurred_on": "2026-01-19", "kind": "maybe" }), 422),
    ] {
        problem(&send(&ana, Method::POST, "/outcomes", wrong).await, status);
    }
    let path = format!("/outcomes/{}", recorded["id"].as_str().expect("an id"));
    assert_eq!(send(&ana, Method::DELETE, &path, json!(null)).await.status, 204);
    problem(&send(&ana, Method::DELETE, &path, json!(null)).await, 404);

    let report = get(&ana, "/backtest?window_days=90").await;
    assert_eq!(report["measures"], json!(null), "too few cases for measures");
    problem(&ana.get_json(&at("/backtest?threshold=2")).await, 400);
}

#[tokio::test]
async fn a_proposition_is_written_edited_exported_and_sent() {
    let (_hub, ana) = hub().await;
    let written = send(&ana, Method::POST, "/propositions", json!({ "client_id": "c1" })).await;
    assert_eq!(written.status, 201, "{}", written.text());
    let written = written.json();
    let path = format!("/propositions/{}", written["id"].as_str().expect("an id"));
    problem(&send(&ana, Method::POST, "/propositions", json!({ "client_id": "nobody" })).await, 404);
    assert_eq!(get(&ana, "/propositions?client_id=c1").await.as_array().map(Vec::len), Some(1));
    problem(&ana.get_json(&at("/propositions?client_id=")).await, 400);

    let mut sections = written["sections"].clone();
    sections[0]["title"] = json!("In short");
    let edit = json!({ "subject": "For you", "sections": sections });
    let edited = send(&ana, Method::PUT, &path, edit).await;
    assert_eq!(edited.status, 200, "{}", edited.text());
    let edited = edited.json();
    assert_eq!((&edited["version"], &edited["sections"][0]["title"]), (&json!(2), &json!("In short")));
    assert_eq!(get(&ana, &format!("{path}?version=1")).await["subject"], written["subject"]);
    problem(&ana.get_json(&at(&format!("{path}?version=9"))).await, 404);
    problem(
        &send(&ana, Method::PUT, &path, json!({ "sections": [{ "key": "x", "title": "", "blocks": [] }] }))
            .await,
        422,
    );

    let mail = ana.get_json(&at(&format!("{path}/export/text"))).await;
    assert!(mail.header("content-type").starts_with("text/plain") && mail.text().contains("For you"));
    let pdf = ana.get_json(&at(&format!("{path}/export/summary_pdf"))).await;
    assert!(pdf.header("content-disposition").contains(".pdf") && pdf.body.starts_with(b"%PDF"));
    problem(&ana.get_json(&at(&format!("{path}/export/docx"))).await, 404);

    let anew = send(&ana, Method::POST, &format!("{path}/regenerate"), json!(null)).await;
    assert_eq!((anew.status, &anew.json()["version"]), (200, &json!(3)));
    let sent =
        send(&ana, Method::POST, &format!("{path}/sent"), json!({ "to": "cto@example.com" })).await.json();
    assert_eq!((&sent["status"], &sent["sent_version"]), (&json!("sent"), &json!(3)));
    problem(&send(&ana, Method::PUT, &path, json!({ "subject": "Late" })).await, 409);
    problem(&send(&ana, Method::POST, "/propositions/01ARZ3NDEKTSV4RRFFQ69G5FAV/sent", json!({})).await, 404);
}

#[tokio::test]
async fn settings_are_kept_or_refused_with_the_reason() {
    let (_hub, ana) = hub().await;
    assert_eq!(get(&ana, "/settings").await["saved_at"], json!(null));
    let new = json!({ "currency": "USD", "goal_mrr": 400_000.5, "correlation": 0.1, "sender": { "operator": "Hub" } });
    let saved = send(&ana, Method::PUT, "/settings", new).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let settings = get(&ana, "/settings").await;
    assert_eq!((&settings["goal_mrr"], &settings["sender"]["operator"]), (&json!(400_000.5), &json!("Hub")));
    for wrong in [
        json!({ "currency": "USD", "goal_mrr": 0 }),
        json!({ "currency": "dollar", "goal_mrr": 1 }),
        json!({ "currency": "USD", "goal_mrr": 1, "correlation": 1 }),
        json!({ "goal_mrr": 1 }),
    ] {
        problem(&send(&ana, Method::PUT, "/settings", wrong).await, 422);
    }
}
