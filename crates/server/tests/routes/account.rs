use server::testing::{OPERATOR, TestHub};

#[tokio::test]
async fn sessions_are_listed_and_can_be_ended() {
    let hub = TestHub::embedded().await;
    let (laptop, phone) = (hub.operator().await, hub.operator().await);
    let page = laptop.get("/account").await.text();
    assert!(page.contains("this browser") && page.contains("End the 1 other session"), "{page}");
    let end = page.split("action=\"/account/sessions/").nth(2).and_then(|rest| rest.split('"').next());
    let end = format!("/account/sessions/{}", end.expect("a form to end the other session"));
    let ended = laptop.post(&end, &[]).await;
    assert_eq!(ended.status, 303);
    assert_eq!(phone.get("/account").await.status, 303);
    let after = laptop.get("/account").await.text();
    assert!(after.contains("The session was ended."), "the message is shown");
    assert!(!laptop.get("/account").await.text().contains("The session was ended."), "once");
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let hub = TestHub::embedded().await;
    let (laptop, phone, tablet) = (hub.operator().await, hub.operator().await, hub.operator().await);
    laptop.post("/account/sessions/end-others", &[]).await;
    assert_eq!(phone.get_json("/api/v1/me").await.status, 401);
    assert_eq!(tablet.get_json("/api/v1/me").await.status, 401);
    assert_eq!(laptop.get_json("/api/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_current_one() {
    let hub = TestHub::embedded().await;
    let (ana, phone) = (hub.operator().await, hub.operator().await);
    let set = |current: &'static str, password: &'static str, again: &'static str| {
        let ana = ana.clone();
        async move {
            ana.post("/account/password", &[("current", current), ("password", password), ("again", again)])
                .await
        }
    };
    let differing = set("", "violet otter lamp", "another violet otter").await;
    assert!(differing.status == 422 && differing.text().contains("The two passwords differ."));
    let short = set("", "short", "short").await;
    assert_eq!(short.status, 422);
    assert!(short.text().contains("id=\"password-error\""), "{}", short.text());

    assert_eq!(set("", "violet otter lamp", "violet otter lamp").await.status, 303);
    assert_eq!(phone.get_json("/api/v1/me").await.status, 401, "other sessions end");

    let wrong = set("not this one at all", "amber heron kite", "amber heron kite").await;
    assert!(wrong.status == 422 && wrong.text().contains("This is not your current password."));
    assert_eq!(set("violet otter lamp", "amber heron kite", "amber heron kite").await.status, 303);
    let back = hub.anyone().post("/sign-in", &[("email", OPERATOR), ("password", "amber heron kite")]).await;
    assert_eq!(back.status, 303);
}
