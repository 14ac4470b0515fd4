//! Tokens: the consent, the exchange, the rotation, who may what.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::Office;

fn client(office: &Office) -> (String, String) {
    let connection = office.emulator.connection();
    let text = |name: &str| connection[name].as_str().unwrap_or_default().to_owned();
    (text("clientId"), text("clientSecret"))
}

async fn refresh(office: &Office, token: &str) -> crate::world::Answer {
    let (id, secret) = client(office);
    let fields = [
        ("client_id", &*id),
        ("client_secret", &*secret),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    office.form("/oauth/token", &[], &fields).await
}

#[tokio::test]
async fn a_consent_leads_back_with_a_code_that_gives_tokens() {
    let office = Office::open().await;
    let (id, secret) = client(&office);
    let address = format!(
        "/oauth/chooselocation?response_type=code&client_id={id}&redirect_uri=http%3A%2F%2Fapp.test%2Fback&state=s1&scope=contacts.readonly"
    );
    let page = office.send("GET", &address, &[], Value::Null).await;
    assert!(page.text.contains(&office.location), "{}", page.text);
    let chosen = office.send("GET", &format!("{address}&choose={}", office.location), &[], Value::Null).await;
    let back = chosen.header("location").expect("a redirect").to_owned();
    assert!(back.starts_with("http://app.test/back?code=") && back.ends_with("&state=s1"), "{back}");
    let code = back.split(['=', '&']).nth(1).expect("a code").to_owned();
    let fields = [
        ("client_id", &*id),
        ("client_secret", &*secret),
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "http://app.test/back"),
    ];
    let granted = office.form("/oauth/token", &[], &fields).await;
    assert_eq!(granted.status, 200, "{}", granted.text);
    assert_eq!(granted.body["expires_in"], 86_399);
    assert_eq!(
        (&granted.body["userType"], &granted.body["scope"]),
        (&json!("Location"), &json!("contacts.readonly"))
    );
    let again = office.form("/oauth/token", &[], &fields).await;
    assert_eq!((again.status, &again.body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_refresh_token_works_once_and_again_within_half_a_minute() {
    let office = Office::open().await;
    let (_, token) = office.tokens(&json!({}));
    let first = refresh(&office, &token).await;
    office.emulator.advance(Duration::from_secs(30));
    let same = refresh(&office, &token).await;
    assert_eq!(first.body["refresh_token"], same.body["refresh_token"]);
    office.emulator.advance(Duration::from_secs(1));
    let late = refresh(&office, &token).await;
    assert_eq!((late.status, &late.body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn version_three_speaks_in_camel_case() {
    let office = Office::open().await;
    let (id, secret) = client(&office);
    let (_, token) = office.tokens(&json!({}));
    let fields = [
        ("clientId", &*id),
        ("clientSecret", &*secret),
        ("grantType", "refresh_token"),
        ("refreshToken", &*token),
    ];
    let granted = office.form("/oauth/token", &[], &fields).await;
    assert!(
        granted.body["accessToken"].is_string() && granted.body["expiresIn"] == 86_399,
        "{}",
        granted.text
    );
}

#[tokio::test]
async fn an_agency_mints_tokens_for_its_locations() {
    let office = Office::open().await;
    let (agency, _) = office.tokens(&json!({ "company": true }));
    let company = office.emulator.connection()["companyId"].as_str().expect("a company").to_owned();
    let bearer = format!("Bearer {agency}");
    let headers = [("authorization", &*bearer), ("version", "2021-07-28")];
    let fields = [("companyId", &*company), ("locationId", &*office.location)];
    let minted = office.form("/oauth/locationToken", &headers, &fields).await;
    assert_eq!(minted.status, 200, "{}", minted.text);
    assert_eq!(minted.body["locationId"], *office.location);
    let listed = format!("/oauth/installedLocations?companyId={company}&appId=a&isInstalled=true");
    let installed = office.send("GET", &listed, &headers, Value::Null).await;
    assert_eq!(installed.body["locations"][0]["_id"], *office.location);
    // What belongs to a location is not an agency's.
    let path = format!("/contacts/?locationId={}", office.location);
    assert_eq!(office.send("GET", &path, &headers, Value::Null).await.status, 401);
}

#[tokio::test]
async fn each_kind_of_401_and_403_says_what_the_real_one_says() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    let (narrow, _) = office.tokens(&json!({ "scopes": ["calendars.readonly"] }));
    let (good, narrow) = (format!("Bearer {}", office.token), format!("Bearer {narrow}"));
    let version = ("version", "2021-07-28");
    for (headers, path, status, message) in [
        (vec![version], &*path, 401, "Authorization header not found"),
        (vec![("authorization", "Bearer no"), version], &path, 401, "Invalid JWT"),
        (vec![("authorization", "Bearer pit-no"), version], &path, 401, "Invalid Private Integration token"),
        (vec![("authorization", &*good)], &path, 401, "version header was not found."),
        (vec![("authorization", &good), ("version", "2020-01-01")], &path, 401, "version header is invalid"),
        (
            vec![("authorization", &good), ("version", "2021-04-15")],
            &path,
            400,
            "Endpoint GET /contacts/ not available in API version 2021-04-15",
        ),
        (
            vec![("authorization", &narrow), version],
            &path,
            401,
            "The token is not authorized for this scope.",
        ),
        (
            vec![("authorization", &good), version],
            "/contacts/?locationId=another",
            403,
            "The token does not have access to this location.",
        ),
        (vec![("authorization", &good), version], "/users/search", 401, "E01 - Unauthorized request"),
        (vec![("authorization", &good), version], "/Contacts/", 401, "Unauthorized"),
        (vec![("authorization", &good), version], "/companies/c", 403, "Forbidden resource"),
    ] {
        let answer = office.send("GET", path, &headers, Value::Null).await;
        assert_eq!((answer.status, &answer.body["message"]), (status, &json!(message)), "{path} {headers:?}");
        assert!(answer.body["traceId"].is_string());
    }
}

#[tokio::test]
async fn a_suspended_location_refreshes_nothing() {
    let office = Office::open().await;
    let (_, token) = office.tokens(&json!({}));
    let body = json!({ "locationId": office.location });
    office.emulator.admin("POST", "suspend", &body);
    let refused = refresh(&office, &token).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!("Location is not active")));
    office.emulator.admin("POST", "resume", &body);
    assert_eq!(refresh(&office, &token).await.status, 200);
}

#[tokio::test]
async fn a_token_ends_after_a_day() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
    office.emulator.advance(Duration::from_secs(86_399));
    let late = office.call("GET", &path, Value::Null).await;
    assert_eq!((late.status, &late.body["message"]), (401, &json!("Invalid JWT")));
}

#[tokio::test]
async fn limits_are_told_in_headers_and_kept() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    let first = office.call("GET", &path, Value::Null).await;
    assert_eq!(first.header("x-ratelimit-max"), Some("100"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("99"));
    assert_eq!(first.header("x-ratelimit-interval-milliseconds"), Some("10000"));
    assert_eq!(first.header("x-ratelimit-limit-daily"), Some("200000"));
    assert_eq!(first.header("x-ratelimit-daily-reset"), Some("86400000"));
    for _ in 0..99 {
        assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
    }
    let refused = office.call("GET", &path, Value::Null).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    assert_eq!(refused.body["message"], "Too Many Requests");
    office.emulator.advance(Duration::from_secs(10));
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
}

#[tokio::test]
async fn an_agency_sees_all_locations_and_a_location_itself() {
    let office = Office::with(emulator::ghl::Options { locations: 3, ..Default::default() }).await;
    let (agency, _) = office.tokens(&json!({ "company": true }));
    for (token, count) in [(agency, 3), (office.token.clone(), 1)] {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("version", "2021-07-28")];
        let seen = office.send("GET", "/locations/search", &headers, Value::Null).await;
        assert_eq!(seen.body["locations"].as_array().map(Vec::len), Some(count), "{}", seen.text);
    }
}
