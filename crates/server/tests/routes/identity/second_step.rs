use std::time::Duration;

use directory::KeyScope;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use kernel::HubRole;
use ring::hmac;
use server::{
    Config,
    testing::{Client, OPERATOR, TestHub},
};

use super::secret;

/// What an authenticator app shows for the key that a page shows.
fn app(key: &str, now: Timestamp) -> String {
    let letters: Vec<u8> = key.bytes().filter(|letter| *letter != b' ').collect();
    let value = |letter: &u8| match letter {
        b'A'..=b'Z' => u64::from(letter - b'A'),
        _ => u64::from(letter - b'2') + 26,
    };
    let bytes: Vec<u8> = letters
        .chunks(8)
        .flat_map(|chunk| {
            chunk.iter().fold(0_u64, |sum, letter| (sum << 5) | value(letter)).to_be_bytes()[3..].to_vec()
        })
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &(now.as_second() / 30).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

const PASSWORD: &str = "violet otter lamp";

/// Ana with a password and a second step: her browser, the key in her app, her recovery codes.
async fn ana(hub: &TestHub) -> (Client, String, Vec<String>) {
    let ana = hub.operator().await;
    let set = ana.post("/account/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(set.status, 303, "{}", set.text());
    assert_eq!(ana.post("/account/second-factor/begin", &[]).await.status, 303);
    let page = ana.get("/account/second-factor").await.text();
    assert!(page.contains("<svg class=\"qr\"") && page.contains("role=\"img\""), "{page}");
    let key =
        page.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("the key").to_owned();

    let wrong = ana.post("/account/second-factor/confirm", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains(&key), "the same key again");
    let right =
        ana.post("/account/second-factor/confirm", &[("code", &app(&key, hub.state().clock().now()))]).await;
    assert_eq!(right.status, 200, "{}", right.text());
    let codes: Vec<String> = secret(&right).lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), directory::RECOVERY_CODES);
    assert!(!ana.get("/account/second-factor").await.text().contains(&key), "the key is never shown again");
    (ana, key, codes)
}

async fn first_step(hub: &TestHub) -> Client {
    let browser = hub.anyone();
    let answer =
        browser.post("/sign-in", &[("email", OPERATOR), ("password", PASSWORD), ("next", "/account")]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in/code?next=%2Faccount"));
    assert_eq!(browser.get_json("/api/v1/me").await.status, 401, "not inside yet");
    browser
}

#[tokio::test]
async fn after_the_password_comes_the_code_and_each_code_works_once() {
    let hub = TestHub::embedded().await;
    let (_, key, _) = ana(&hub).await;
    hub.advance(SignedDuration::from_secs(60));
    let now = hub.state().clock().now();

    let browser = first_step(&hub).await;
    let form = browser.get("/sign-in/code?next=%2Faccount").await;
    assert!(form.text().contains("autocomplete=\"one-time-code\""), "{}", form.text());
    assert_eq!(browser.post("/sign-in/code", &[("code", "123456")]).await.status, 422);
    let inside = browser.post("/sign-in/code", &[("code", &app(&key, now)), ("next", "/account")]).await;
    assert_eq!((inside.status, inside.header("location")), (303, "/account"), "{}", inside.text());
    assert_eq!(browser.get_json("/api/v1/me").await.status, 200);

    let other = first_step(&hub).await;
    assert_eq!(other.post("/sign-in/code", &[("code", &app(&key, now))]).await.status, 422, "used");
}

#[tokio::test]
async fn a_link_asks_for_the_code_too_and_a_recovery_code_stands_in_once() {
    let hub = TestHub::embedded().await;
    let (_, _, codes) = ana(&hub).await;
    for (code, status) in [(&codes[0], 303), (&codes[0], 422), (&codes[1], 303)] {
        let browser = hub.anyone();
        let answer = browser.post(&hub.operator_link().await, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/sign-in/code?next=%2F"));
        assert_eq!(browser.post("/sign-in/code", &[("code", code)]).await.status, status);
    }
}

#[tokio::test]
async fn where_a_second_step_is_required_nothing_but_the_account_opens_without() {
    let hub = TestHub::with_config(Config { second_factor_required: true, ..Config::default() }).await;
    let browser = hub.anyone();
    assert_eq!(browser.post(&hub.operator_link().await, &[]).await.status, 303, "the first step lets in");
    for path in ["/", "/growth", "/markets", "/people", "/search?q=a"] {
        let answer = browser.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account/second-factor"), "{path}");
    }
    let refused = browser.get_json("/api/v1/growth/owners").await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["type"], "/api#problem-second-factor-required");
    let mut told = browser.open("/live").await.into_body().into_data_stream();
    hub.state()
        .growth()
        .save_settings(growth::settings::Settings::default(), &hub.moment())
        .await
        .expect("saved");
    let mut heard = String::new();
    while let Ok(Some(part)) = tokio::time::timeout(Duration::from_millis(300), told.next()).await {
        heard.push_str(&String::from_utf8_lossy(&part.expect("readable")));
    }
    assert!(heard.contains("event: connected") && !heard.contains("growth"), "{heard}");
    let page = browser.get("/account/second-factor").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("asks everybody for two-step sign-in"), "{}", page.text());
    let (ana, _, _) = ana(&hub).await;
    assert_eq!(ana.get_json("/api/v1/growth/owners").await.status, 200, "with it, everything opens");
    let key = hub.key(KeyScope::Hub(HubRole::Growth)).await;
    assert_eq!(key.get_json("/api/v1/growth/owners").await.status, 200, "programs have no second step");
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_the_step_does_not_wait_for_ever() {
    let hub = TestHub::embedded().await;
    let (_, key, _) = ana(&hub).await;
    let browser = first_step(&hub).await;
    let mut statuses = Vec::new();
    for _ in 0..=directory::FAILURES_PER_CODE_MAX {
        statuses.push(browser.post("/sign-in/code", &[("code", "000000")]).await.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
    hub.advance(directory::THROTTLE_WINDOW + SignedDuration::from_secs(1));
    let late = browser.post("/sign-in/code", &[("code", &app(&key, hub.state().clock().now()))]).await;
    assert_eq!(late.status, 422);
    assert!(late.text().contains("This took too long"), "{}", late.text());
}

#[tokio::test]
async fn what_matters_is_asked_for_again_when_the_last_proof_is_old() {
    let hub = TestHub::embedded().await;
    let (ana, key, _) = ana(&hub).await;
    hub.advance(directory::PROOF_LIFETIME + SignedDuration::from_secs(1));
    for path in [
        "/account/second-factor/remove",
        "/account/second-factor/recovery-codes",
        "/account/sessions/end-others",
        "/keys",
        "/people",
    ] {
        let asked = ana.post(path, &[("name", "x"), ("role", "auditor"), ("days", "30")]).await;
        assert_eq!(asked.status, 303, "{path}: {}", asked.text());
        assert!(asked.header("location").starts_with("/account/confirm?next=%2F"), "{path}");
    }
    let page = ana.get("/account/confirm?next=/keys").await.text();
    assert!(page.contains("name=\"password\"") && page.contains("name=\"code\""), "{page}");
    let now = hub.state().clock().now();
    let code = app(&key, now);
    let prove = |password: &'static str, code: String| {
        let ana = ana.clone();
        async move {
            ana.post("/account/confirm", &[("password", password), ("code", &code), ("next", "/keys")]).await
        }
    };
    assert_eq!(prove("not this one at all", code.clone()).await.status, 422);
    assert_eq!(prove(PASSWORD, "000000".to_owned()).await.status, 422);
    let proven = prove(PASSWORD, code).await;
    assert_eq!((proven.status, proven.header("location")), (303, "/keys"), "{}", proven.text());
    assert_eq!(ana.post("/account/second-factor/remove", &[]).await.header("location"), "/account");
    let account = ana.get("/account").await.text();
    assert!(account.contains("Two-step sign-in is off."), "{account}");
}

#[tokio::test]
async fn who_came_by_link_and_has_nothing_to_show_is_told_what_to_do() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    hub.advance(directory::PROOF_LIFETIME + SignedDuration::from_secs(1));
    let page = ana.get("/account/confirm").await.text();
    assert!(page.contains("Sign out and in again with a new link"), "{page}");
    assert!(!page.contains("name=\"password\""));
}
