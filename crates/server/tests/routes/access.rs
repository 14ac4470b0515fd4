use std::fmt::Write as _;

use server::{access::Access, testing::TestHub};

/// Every route with who may call it. A new line here is a decision: read it before accepting.
#[tokio::test]
async fn every_route_declares_who_may_call_it() {
    let hub = TestHub::embedded().await;
    let mut listing = String::new();
    for ((path, method), access) in hub.app().access_table() {
        let _ = writeln!(listing, "{:<9} {method:<6} {path}", format!("{access:?}"));
    }
    insta::assert_snapshot!(listing);
}

/// A path pattern with its placeholders filled in.
fn filled(pattern: &str) -> String {
    pattern
        .split('/')
        .map(|part| if part.starts_with('{') { "01ARZ3NDEKTSV4RRFFQ69G5FAV" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn whoever_has_not_signed_in_gets_nothing_but_the_way_to_sign_in() {
    let hub = TestHub::embedded().await;
    let visitor = hub.anyone();
    let mut closed = 0;
    for ((pattern, method), access) in hub.app().access_table() {
        if *access == Access::Public {
            continue;
        }
        closed += 1;
        let path = filled(pattern);
        let answer = if method == "GET" {
            visitor.get(&path).await
        } else if path.starts_with("/api/") {
            let method = method.parse().expect("a method");
            visitor.send_json(method, &path, &serde_json::json!({})).await
        } else {
            visitor.post(&path, &[]).await
        };
        if path.starts_with("/api/") {
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        } else {
            assert_eq!(answer.status, 303, "{method} {path}: {}", answer.text());
            assert!(answer.header("location").starts_with("/sign-in?next="), "{method} {path}");
        }
    }
    assert!(closed > 5, "the table knows the closed routes");
}

/// The guard closes what the table does not know; only one file may therefore build routes.
#[test]
fn routes_are_registered_in_one_place_only() {
    fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                visit(&entry, found);
            } else if entry.file_name().is_none_or(|name| name != "access.rs") {
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
async fn every_place_of_the_navigation_answers() {
    let hub = TestHub::embedded().await;
    let ana = hub.owner().await;
    for path in server::nav::entries().map(|entry| entry.path).chain([server::nav::HOME]) {
        let page = ana.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("</html>"), "{path}");
    }
}
