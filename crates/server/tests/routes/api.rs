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
            let declared = hub.app().access_table()[&(path.clone(), method.to_uppercase())];
            let closed = declared.access != Access::Public;
            let responses = operation["responses"].as_object().expect("responses");
            assert_eq!(
                responses.contains_key("401"),
                closed,
                "{method} {path}: 401 belongs to closed endpoints"
            );
            let own = !closed || declared.access == Access::Person;
            assert_eq!(
                operation["security"].is_array(),
                own,
                "{method} {path}: who differs from the rest says so"
            );
            for (status, why) in [("429", "budgets"), ("503", "closed markets")] {
                assert!(responses.contains_key(status), "{method} {path} may answer {status}: {why}");
            }
            let named = operation["parameters"].as_array().is_some_and(|parameters| {
                parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key")
            });
            assert_eq!(named, closed && method == "post", "{method} {path}: requests that can be named");
            if path.contains("{market}") {
                assert!(responses.contains_key("404"), "{method} {path}: a market may not be there");
            }
            assert_eq!(operation["x-ehub-access"], declared.access.to_string(), "{method} {path}");
        }
    }
    let served: BTreeSet<_> =
        hub.app().access_table().keys().filter(|(path, _)| path.starts_with("/api/")).cloned().collect();
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
    let page = hub.operator().await.get("/api").await.text();
    for (path, _) in hub.app().access_table().keys().filter(|(path, _)| path.starts_with("/api/")) {
        assert!(page.contains(path), "{path}");
    }
    for kind in server::problem::Kind::ALL {
        assert!(page.contains(&format!("id=\"problem-{}\"", kind.id())), "{kind:?}");
    }
}

#[tokio::test]
async fn the_session_is_enough_to_know_who_one_is() {
    let hub = TestHub::embedded().await;
    let me = hub.operator().await.get_json("/api/v1/me").await.json();
    assert_eq!(me["email"], server::testing::OPERATOR);
    assert_eq!((me["kind"].as_str(), me["hub_role"].as_str()), (Some("user"), Some("operator")));
    assert_eq!(me["expires_at"], "2026-02-18T09:00:00Z");
}
