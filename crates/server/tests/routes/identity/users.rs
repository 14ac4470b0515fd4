use axum::http::Method;
use kernel::{HubRole, MarketRole};
use serde_json::json;
use server::testing::{OPERATOR, TestHub};

use super::secret;

#[tokio::test]
async fn an_operator_invites_by_a_link_that_is_shown_once() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let invited = ana
        .post("/people", &[("email", "Ben@Example.com"), ("name", "Ben Roe"), ("hub_role", "growth")])
        .await;
    assert_eq!(invited.status, 200, "{}", invited.text());
    let link = secret(&invited);
    let path = link.strip_prefix("http://127.0.0.1:8900").expect("an address of this hub");
    assert!(!ana.get("/people").await.text().contains(path));

    let ben = hub.anyone();
    assert_eq!(ben.post(path, &[]).await.status, 303);
    let me = ben.get_json("/api/v1/me").await.json();
    assert_eq!((&me["email"], &me["hub_role"]), (&json!("ben@example.com"), &json!("growth")));
    assert_eq!(ben.get("/people").await.status, 403, "the role does not run the hub");

    let twice = ana.post("/people", &[("email", "ben@example.com")]).await;
    assert!(twice.status == 422 && twice.text().contains("There is a user with this e-mail already."));
    let nobody = ana.post("/people", &[("email", "nobody"), ("hub_role", "king")]).await;
    assert!(
        nobody.status == 422
            && nobody.text().contains("id=\"email-error\"")
            && nobody.text().contains("id=\"hub_role-error\"")
    );
}

#[tokio::test]
async fn the_list_can_be_searched_filtered_and_taken_along() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    hub.user("ben@example.com", Some(HubRole::Growth)).await;
    hub.user("cleo@example.com", None).await;
    let filtered = ana.get("/people?role=growth").await.text();
    assert!(filtered.contains("ben@example.com") && !filtered.contains("cleo@example.com"));
    let file = ana.get("/people?format=csv").await;
    assert_eq!(file.text().lines().count(), 4, "{}", file.text());
    let auditor = hub.hub_user(HubRole::Auditor).await;
    let seen = auditor.get("/people").await;
    assert!(seen.status == 200 && !seen.text().contains("Invite somebody"), "auditors look");
    assert_eq!(auditor.post("/people", &[("email", "x@example.com")]).await.status, 403);
}

#[tokio::test]
async fn disabling_ends_everything_at_once_and_the_last_operator_stays() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let ben = hub.user("ben@example.com", Some(HubRole::Operator)).await;
    let inside = hub.sign_in(&ben).await;
    let key = secret(&inside.post("/keys", &[("name", "x"), ("role", "operator"), ("days", "7")]).await);
    let program = hub.anyone().with_key(&key);
    assert_eq!(program.get_json("/api/v1/me").await.status, 200);

    assert_eq!(ana.post(&format!("/people/{}/disable", ben.id), &[]).await.status, 303);
    assert_eq!(inside.get_json("/api/v1/me").await.status, 401);
    assert_eq!(program.get_json("/api/v1/me").await.status, 401, "he saw its secret");

    let me = ana.get_json("/api/v1/me").await.json()["id"].as_str().expect("an identifier").to_owned();
    for path in [format!("/people/{me}/disable"), format!("/api/v1/users/{me}/disable")] {
        let answer = ana.send_json(Method::POST, &path, &json!(null)).await;
        assert!(matches!(answer.status, 409 | 415), "{}", answer.text());
    }
    assert_eq!(ana.post(&format!("/people/{me}/disable"), &[]).await.status, 409);
    let demoted = ana.post(&format!("/people/{me}"), &[("name", "Ana"), ("hub_role", "auditor")]).await;
    assert_eq!(demoted.status, 409);
}

#[tokio::test]
async fn an_operator_ends_sessions_and_erases() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let ben = hub.user("ben@example.com", None).await;
    let inside = hub.sign_in(&ben).await;
    let ended = ana.post(&format!("/people/{}/sessions/end", ben.id), &[]).await;
    assert_eq!(ended.status, 303);
    assert_eq!(inside.get_json("/api/v1/me").await.status, 401);

    let unsure = ana.post(&format!("/people/{}/erase", ben.id), &[]).await;
    assert_eq!(unsure.status, 422);
    assert_eq!(ana.post(&format!("/people/{}/erase", ben.id), &[("sure", "true")]).await.status, 303);
    let page = ana.get("/people").await.text();
    assert!(page.contains("Erased user") && !page.contains("ben@example.com"), "{page}");
    assert_eq!(ana.post(&format!("/people/{}/enable", ben.id), &[]).await.status, 409);
}

#[tokio::test]
async fn the_api_does_the_same() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let made = ana
        .send_json(
            Method::POST,
            "/api/v1/users",
            &json!({ "email": "ben@example.com", "hub_role": "auditor" }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (id, link) = (made.json()["user"]["id"].clone(), made.json()["invitation"]["link"].clone());
    let path = format!("/api/v1/users/{}", id.as_str().expect("an identifier"));
    assert!(link.as_str().expect("a link").contains("/sign-in/link/"));
    let changed = ana.send_json(Method::PUT, &path, &json!({ "name": "Ben", "hub_role": null })).await;
    assert_eq!((changed.status, &changed.json()["hub_role"]), (200, &json!(null)), "{}", changed.text());
    for (action, field) in [("disable", "disabled_at"), ("erase", "erased_at")] {
        let answer = ana.send_json(Method::POST, &format!("{path}/{action}"), &json!(null)).await;
        assert!(answer.status == 200 && answer.json()[field].is_string(), "{action}: {}", answer.text());
    }
    let listed = ana.get_json("/api/v1/users?limit=1").await;
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1));
    assert!(listed.header("link").contains("rel=\"next\""));
    assert_eq!(ana.get_json("/api/v1/users/00000000000000000000000000").await.status, 404);
}

#[tokio::test]
async fn an_operator_makes_an_owner_and_both_trails_tell_of_it() {
    let hub = TestHub::embedded().await;
    let west = hub.market("west").await;
    let ana = hub.operator().await;
    let ben = hub.user("ben@example.com", None).await;
    let made = ana.post(&format!("/people/{}/owner", ben.id), &[("market", "west")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(hub.sign_in(&ben).await.get("/m/west/people").await.status, 200);
    for db in [&hub.hub().db, west.db()] {
        let filter = store::trail::Filter { action: Some("membership.".into()), ..Default::default() };
        let entries =
            store::trail::page(db, &filter, store::trail::Order::Newest, None, 10).await.expect("reads");
        let entry = entries.first().expect("an entry");
        assert_eq!(
            (entry.action.as_str(), entry.subject.as_str()),
            ("membership.granted", format!("user:{}", ben.id).as_str())
        );
        assert_eq!(entry.detail["role"], MarketRole::Owner.id());
        assert!(!format!("{entries:?}").contains(OPERATOR), "nobody by name");
    }
    assert_eq!(ana.get("/m/west/people").await.status, 404, "an operator is no member by that");
}
