use axum::http::Method;
use kernel::MarketRole;
use serde_json::json;
use server::testing::TestHub;

use super::secret;

#[tokio::test]
async fn an_owner_adds_people_and_changes_what_they_are() {
    let hub = TestHub::embedded().await;
    let west = hub.market("west").await;
    let owner = hub.member(&west, MarketRole::Owner).await;
    hub.user("ben@example.com", None).await;
    let known = owner.post("/m/west/people", &[("email", "ben@example.com"), ("role", "agent")]).await;
    assert_eq!((known.status, known.header("location")), (303, "/m/west/people"), "{}", known.text());

    let new = owner
        .post("/m/west/people", &[("email", "cleo@example.com"), ("name", "Cleo"), ("role", "viewer")])
        .await;
    assert_eq!(new.status, 200, "{}", new.text());
    let link = secret(&new);
    let cleo = hub.anyone();
    let path = link.strip_prefix("http://127.0.0.1:8900").expect("an address of this hub");
    assert_eq!(cleo.post(path, &[]).await.status, 303);
    let me = cleo.get_json("/api/v1/me").await.json();
    assert_eq!(
        (&me["hub_role"], &me["markets"]),
        (&json!(null), &json!([{ "market": "west", "role": "viewer" }]))
    );
    assert_eq!(cleo.get("/m/west/people").await.status, 403);

    let id = me["id"].as_str().expect("an identifier");
    let promoted = owner.post(&format!("/m/west/people/{id}"), &[("role", "manager")]).await;
    assert_eq!(promoted.status, 303, "{}", promoted.text());
    // A manager brings in others, but no owner, and does not raise themselves.
    let add = async |role: &str| {
        cleo.post("/m/west/people", &[("email", "dan@example.com"), ("role", role)]).await.status
    };
    assert_eq!((add("owner").await, add("agent").await), (403, 200));
    assert_eq!(cleo.post(&format!("/m/west/people/{id}"), &[("role", "owner")]).await.status, 403);
    let theirs = owner.get_json("/api/v1/me").await.json()["id"].as_str().expect("an identifier").to_owned();
    for path in [format!("/m/west/people/{theirs}"), format!("/m/west/people/{theirs}/remove")] {
        assert_eq!(cleo.post(&path, &[("role", "viewer")]).await.status, 403, "an owner is above a manager");
    }
    let path = format!("/api/v1/markets/west/members/{id}");
    assert_eq!(cleo.send_json(Method::PUT, &path, &json!({ "role": "owner" })).await.status, 403);
    assert_eq!(owner.post(&format!("/m/west/people/{id}/remove"), &[]).await.status, 303);
    assert_eq!(cleo.get("/m/west/people").await.status, 404);
}

#[tokio::test]
async fn a_market_keeps_an_owner_and_manages_only_its_own_people() {
    let hub = TestHub::embedded().await;
    let (west, east) = (hub.market("west").await, hub.market("east").await);
    let owner = hub.member(&west, MarketRole::Owner).await;
    hub.member(&east, MarketRole::Agent).await;
    let mine = owner.get_json("/api/v1/me").await.json()["id"].as_str().expect("an identifier").to_owned();
    let answer = owner.post(&format!("/m/west/people/{mine}"), &[("role", "agent")]).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    let answer =
        owner.send_json(Method::DELETE, &format!("/api/v1/markets/west/members/{mine}"), &json!(null)).await;
    assert_eq!(answer.status, 409, "{}", answer.text());

    let stranger = hub.user("agent@east.example", None).await.id;
    let body = json!({ "role": "owner" });
    let (theirs, nobodys) = (
        owner.send_json(Method::PUT, &format!("/api/v1/markets/west/members/{stranger}"), &body).await,
        owner.send_json(Method::PUT, "/api/v1/markets/west/members/00000000000000000000000000", &body).await,
    );
    assert_eq!((theirs.status, nobodys.status), (404, 404));
    assert_eq!(theirs.json()["detail"], nobodys.json()["detail"], "whether others exist is not told");
    let listed = owner.get_json("/api/v1/markets/west/members").await;
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1), "{}", listed.text());
}

#[tokio::test]
async fn the_api_adds_with_a_link_for_who_is_new() {
    let hub = TestHub::embedded().await;
    let west = hub.market("west").await;
    let owner = hub.member(&west, MarketRole::Owner).await;
    let add = async |email: &str| {
        owner
            .send_json(
                Method::POST,
                "/api/v1/markets/west/members",
                &json!({ "email": email, "role": "agent" }),
            )
            .await
    };
    let new = add("cleo@example.com").await;
    assert_eq!(new.status, 201, "{}", new.text());
    assert!(new.json()["invitation"]["link"].is_string());
    let known = add("cleo@example.com").await;
    assert_eq!(
        (known.status, &known.json()["invitation"]),
        (201, &json!(null)),
        "no way into somebody else's account"
    );
    assert_eq!(add("nobody").await.status, 422);
}
