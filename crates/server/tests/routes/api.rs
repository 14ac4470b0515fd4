use std::collections::BTreeSet;

use server::{access::Access, testing::TestHub};

#[tokio::test]
async fn the_description_is_openapi_31_and_complete() {
    let hub = TestHub::embedded().await;
    let answer = hub.anyone().get_json("/api/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));

    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            described.insert((path.clone(), method.to_uppercase()));
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            let closed = hub.app().access_table()[&(path.clone(), method.to_uppercase())] != Access::Public;
            let responses = operation["responses"].as_object().expect("responses");
            assert_eq!(
                responses.contains_key("401"),
                closed,
                "{method} {path}: 401 belongs to closed endpoints"
            );
            assert_eq!(operation["security"].is_array(), !closed, "{method} {path}: open endpoints say so");
        }
    }
    let served: BTreeSet<_> =
        hub.app().access_table().keys().filter(|(path, _)| path.starts_with("/api/v1/")).cloned().collect();
    assert_eq!(described, served, "every endpoint is described, every description is served");
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| match value.as_str() {
                Some(text) if key == "$ref" => found.push(text.to_owned()),
                _ => references(value, found),
            }),
            serde_json::Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let hub = TestHub::embedded().await;
    let document = hub.anyone().get_json("/api/openapi.json").await.json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn the_reference_page_names_every_endpoint_and_every_problem() {
    let hub = TestHub::embedded().await;
    let page = hub.owner().await.get("/api").await.text();
    for (path, _) in hub.app().access_table().keys().filter(|(path, _)| path.starts_with("/api/v1/")) {
        assert!(page.contains(path), "{path}");
    }
    for kind in server::problem::Kind::ALL {
        assert!(page.contains(&format!("id=\"problem-{}\"", kind.id())), "{kind:?}");
    }
}

#[tokio::test]
async fn the_session_is_enough_to_know_who_one_is() {
    let hub = TestHub::embedded().await;
    let me = hub.owner().await.get_json("/api/v1/me").await.json();
    assert_eq!(me["email"], server::testing::OWNER);
    assert_eq!(me["role"], "owner");
    assert_eq!(me["session_expires_at"], "2026-02-18T09:00:00Z");
}
