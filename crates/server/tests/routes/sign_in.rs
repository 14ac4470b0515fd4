use jiff::SignedDuration;
use server::{
    Config,
    testing::{Client, OPERATOR, TestHub},
};

async fn who(client: &Client) -> Option<String> {
    let answer = client.get_json("/api/v1/me").await;
    (answer.status == 200).then(|| answer.json()["email"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_link_shows_a_button_and_pressing_it_signs_in_once() {
    let hub = TestHub::embedded().await;
    let (ana, link) = (hub.anyone(), hub.operator_link().await);

    for _scanner in 0..3 {
        let page = hub.anyone().get(&link).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Ana Costa"), "{}", page.text());
    }
    let answer = ana.post(&link, &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert_eq!(who(&ana).await.as_deref(), Some(OPERATOR));

    let mallory = hub.anyone();
    let again = mallory.post(&link, &[]).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("no longer works"));
    assert_eq!(mallory.get(&link).await.status, 422);
    assert_eq!(who(&mallory).await, None);
}

#[tokio::test]
async fn a_link_grows_old() {
    let hub = TestHub::embedded().await;
    let link = hub.operator_link().await;
    hub.advance(directory::LINK_LIFETIME + SignedDuration::from_secs(1));
    assert_eq!(hub.anyone().post(&link, &[]).await.status, 422);
}

#[tokio::test]
async fn with_a_password_one_comes_back_to_the_page_one_wanted() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let password = "correct horse battery";
    let set = ana.post("/account/password", &[("password", password), ("again", password)]).await;
    assert_eq!((set.status, set.header("location")), (303, "/account"), "{}", set.text());

    let visitor = hub.anyone();
    let refused = visitor.get("/account?x=1").await;
    assert_eq!((refused.status, refused.header("location")), (303, "/sign-in?next=%2Faccount%3Fx%3D1"));
    let form = visitor.get(refused.header("location")).await;
    assert!(form.text().contains("value=\"/account?x=1\""), "{}", form.text());

    let wrong = visitor
        .post(
            "/sign-in",
            &[("email", OPERATOR), ("password", "wrong horse battery"), ("next", "/account?x=1")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    let text = wrong.text();
    assert!(text.contains("The e-mail or the password is wrong.") && text.contains("value=\"/account?x=1\""));
    assert!(!text.contains("wrong horse"), "a password is never sent back");

    let right = visitor
        .post("/sign-in", &[("email", OPERATOR), ("password", password), ("next", "/account?x=1")])
        .await;
    assert_eq!((right.status, right.header("location")), (303, "/account?x=1"));
    assert_eq!(who(&visitor).await.as_deref(), Some(OPERATOR));
}

#[tokio::test]
async fn signing_in_never_leads_to_another_site() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for elsewhere in ["//evil.example", "https://evil.example", "/%5Cevil.example"] {
        let answer = ana.get(&format!("/sign-in?next={elsewhere}")).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{elsewhere}");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let hub = TestHub::embedded().await;
    hub.operator_link().await;
    let visitor = hub.anyone();
    let mut last = 0;
    for _ in 0..=directory::FAILURES_PER_EMAIL_MAX {
        last = visitor.post("/sign-in", &[("email", OPERATOR), ("password", "no")]).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let copy = hub.anyone();
    let token = cookie_of(&ana).await;
    let out = ana.post("/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
    assert_eq!(who(&ana).await, None);
    let request = axum::http::Request::get("/api/v1/me").header("cookie", format!("ehub_session={token}"));
    assert_eq!(copy.send(request, axum::body::Body::empty()).await.status, 401);
}

/// The token, as somebody who copied the cookie has it.
async fn cookie_of(client: &Client) -> String {
    client.cookie("ehub_session").expect("signed in")
}

#[tokio::test]
async fn an_unused_session_ends() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    hub.advance(directory::SESSION_IDLE_MAX - SignedDuration::from_secs(1));
    assert!(who(&ana).await.is_some(), "used in time");
    hub.advance(directory::SESSION_IDLE_MAX + SignedDuration::from_secs(1));
    assert!(who(&ana).await.is_none());
}

#[tokio::test]
async fn by_https_the_cookie_is_secure_and_bound_to_the_host() {
    let config = Config { public_url: "https://hub.example".to_owned(), ..Config::default() };
    let hub = TestHub::with_config(config).await;
    let answer = hub.anyone().post(&hub.operator_link().await, &[]).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-ehub_session=") && cookie.contains("; Secure"), "{cookie}");
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}
