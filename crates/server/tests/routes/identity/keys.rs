use axum::http::Method;
use directory::KeyScope;
use jiff::SignedDuration;
use kernel::{HubRole, MarketRole};
use serde_json::json;
use server::testing::TestHub;

use super::secret;

#[tokio::test]
async fn a_key_made_on_the_page_is_shown_once_and_works_until_it_is_revoked() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let made = ana.post("/keys", &[("name", "Nightly export"), ("role", "auditor"), ("days", "30")]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let key = secret(&made);
    let id = key.split('_').nth(1).expect("its identifier").to_owned();
    assert!(!ana.get("/keys").await.text().contains(&key), "never again");

    let program = hub.anyone().with_key(&key);
    let me = program.get_json("/api/v1/me").await.json();
    assert_eq!(
        (&me["kind"], &me["name"], &me["hub_role"]),
        (&json!("key"), &json!("Nightly export"), &json!("auditor"))
    );
    assert_eq!(program.get_json("/api/v1/users").await.status, 200);
    assert_eq!(
        program.send_json(Method::POST, "/api/v1/markets", &json!({})).await.status,
        403,
        "an auditor's role"
    );
    let page = ana.get("/keys").await.text();
    assert!(page.contains("Working") && page.contains("Ana Costa"), "{page}");

    assert_eq!(ana.post(&format!("/keys/{id}/revoke"), &[]).await.status, 303);
    assert_eq!(program.get_json("/api/v1/me").await.status, 401, "at once");
}

#[tokio::test]
async fn a_form_with_mistakes_says_which() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let wrong = ana.post("/keys", &[("name", " "), ("role", "auditor"), ("days", "30")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("id=\"name-error\""), "{}", wrong.text());
    let wrong = ana.post("/keys", &[("name", "x"), ("role", "owner"), ("days", "4000")]).await;
    assert!(
        wrong.status == 422
            && wrong.text().contains("id=\"role-error\"")
            && wrong.text().contains("id=\"days-error\"")
    );
    assert!(hub.hub().directory.keys(None).await.expect("lists").is_empty());
}

#[tokio::test]
async fn keys_of_a_market_are_its_owners_business_and_open_that_market_alone() {
    let hub = TestHub::embedded().await;
    let (west, east) = (hub.market("west").await, hub.market("east").await);
    let owner = hub.member(&west, MarketRole::Owner).await;
    let draft = json!({ "name": "Feed", "role": "analyst", "days": 7 });
    let made = owner.send_json(Method::POST, "/api/v1/markets/west/keys", &draft).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (key, id) = (made.json()["secret"].clone(), made.json()["key"]["id"].clone());
    let key = key.as_str().expect("a secret");
    assert!(made.json()["key"].get("secret").is_none());

    let program = hub.anyone().with_key(key);
    let me = program.get_json("/api/v1/me").await.json();
    assert_eq!(me["markets"], json!([{ "market": "west", "role": "analyst" }]));
    assert_eq!(me["hub_role"], json!(null));
    assert_eq!(program.get_json("/api/v1/users").await.status, 403);
    let (elsewhere, nowhere) = (
        program.get_json("/api/v1/markets/east/keys").await,
        program.get_json("/api/v1/markets/nowhere/keys").await,
    );
    assert_eq!((elsewhere.status, nowhere.status), (404, 404));

    for (client, status) in [
        (hub.member(&west, MarketRole::Manager).await, 403),
        (hub.member(&east, MarketRole::Owner).await, 404),
        (hub.operator().await, 404),
        (hub.anyone(), 401),
    ] {
        assert_eq!(client.get_json("/api/v1/markets/west/keys").await.status, status);
        assert_eq!(client.send_json(Method::POST, "/api/v1/markets/west/keys", &draft).await.status, status);
    }
    // The other market's owner cannot revoke it by its identifier.
    let stranger = hub.member(&east, MarketRole::Owner).await;
    let path = format!("/api/v1/markets/east/keys/{}", id.as_str().expect("an identifier"));
    assert_eq!(stranger.send_json(Method::DELETE, &path, &json!(null)).await.status, 404);
    assert_eq!(
        stranger.post(&format!("/m/east/keys/{}/revoke", id.as_str().expect("one")), &[]).await.status,
        404
    );
    assert_eq!(program.get_json("/api/v1/me").await.status, 200, "it still works");
    let path = path.replace("east", "west");
    let revoked = owner.send_json(Method::DELETE, &path, &json!(null)).await;
    assert_eq!((revoked.status, &revoked.json()["state"]), (200, &json!("revoked")));
    assert_eq!(program.get_json("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn no_key_makes_a_key_invites_anybody_or_gives_a_role() {
    let hub = TestHub::embedded().await;
    let west = hub.market("west").await;
    let ben = hub.user("ben@example.com", None).await;
    let operator = hub.key(KeyScope::Hub(HubRole::Operator)).await;
    let owner = hub.key(KeyScope::Market(west.id(), MarketRole::Owner)).await;
    for (program, method, path, body) in [
        (&operator, Method::POST, "/api/v1/keys".to_owned(), json!({ "name": "x", "role": "operator" })),
        (&operator, Method::POST, "/api/v1/users".to_owned(), json!({ "email": "x@example.com" })),
        (
            &operator,
            Method::PUT,
            format!("/api/v1/users/{}", ben.id),
            json!({ "name": "Ben", "hub_role": "operator" }),
        ),
        (&operator, Method::POST, format!("/api/v1/users/{}/sign-in-link", ben.id), json!(null)),
        (&operator, Method::POST, format!("/api/v1/users/{}/remove-second-factor", ben.id), json!(null)),
        (
            &owner,
            Method::POST,
            "/api/v1/markets/west/keys".to_owned(),
            json!({ "name": "x", "role": "owner" }),
        ),
        (
            &owner,
            Method::POST,
            "/api/v1/markets/west/members".to_owned(),
            json!({ "email": "ben@example.com", "role": "owner" }),
        ),
    ] {
        let answer = program.send_json(method, &path, &body).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        assert!(answer.text().contains("API key"), "{path}: {}", answer.text());
    }
    // Taking away works: a directory of employees may be kept elsewhere.
    let path = format!("/api/v1/users/{}/disable", ben.id);
    assert_eq!(operator.send_json(Method::POST, &path, &json!(null)).await.status, 200);
}

#[tokio::test]
async fn a_key_without_a_fair_end_or_a_name_is_refused_with_the_field() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for (body, field) in [
        (json!({ "name": "x", "role": "auditor", "days": 0 }), "days"),
        (json!({ "name": "x", "role": "auditor", "days": 367 }), "days"),
        (json!({ "name": " ", "role": "auditor" }), "name"),
        (json!({ "name": "x".repeat(81), "role": "auditor" }), "name"),
    ] {
        let answer = ana.send_json(Method::POST, "/api/v1/keys", &body).await;
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            answer.text()
        );
    }
    let longest = json!({ "name": "x", "role": "auditor", "days": 366.0 });
    assert_eq!(ana.send_json(Method::POST, "/api/v1/keys", &longest).await.status, 201);
}

#[tokio::test]
async fn an_old_sign_in_makes_no_keys_over_the_api_either() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    hub.advance(directory::PROOF_LIFETIME + SignedDuration::from_secs(1));
    let answer =
        ana.send_json(Method::POST, "/api/v1/keys", &json!({ "name": "x", "role": "auditor" })).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("/account/confirm"), "{}", answer.text());
}

#[tokio::test]
async fn the_answer_with_a_secret_is_kept_nowhere() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let send = async || {
        let request = axum::http::Request::post("/api/v1/keys")
            .header("content-type", "application/json")
            .header("idempotency-key", "make-one");
        ana.send(request, axum::body::Body::from(r#"{"name":"x","role":"auditor"}"#)).await
    };
    let made = send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    let again = send().await;
    assert_eq!(again.status, 409, "it happened, and is not told twice: {}", again.text());
    assert_eq!(hub.hub().directory.keys(None).await.expect("lists").len(), 1);
}
