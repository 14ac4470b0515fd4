//! Signing in at an OpenID provider: a real one on this machine, which can be told to lie.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Form, Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connect::EgressPolicy;
use jiff::SignedDuration;
use kernel::HubRole;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use server::{
    ClientSecret, Config, OidcConfig,
    testing::{Answer, Client, TestHub},
};

/// A provider that signs what it is told to.
#[derive(Clone)]
struct Provider(Arc<Inner>);

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    /// What a code is worth: the challenge it was asked for with, and the claims.
    codes: Mutex<HashMap<String, (String, Value)>>,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("its address"));
        let chance = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &chance)
            .expect("reads");
        let provider = Self(Arc::new(Inner { issuer, key, codes: Mutex::default() }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", routing::get(metadata))
            .route("/jwks", routing::get(keys))
            .route("/token", routing::post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// A hub whose people may sign in here.
    async fn hub(&self) -> TestHub {
        let oidc = OidcConfig {
            issuer: self.0.issuer.clone(),
            client_id: "hub-1".into(),
            client_secret: Some(ClientSecret::new("s3cret & more")),
            label: "Example Login".into(),
        };
        let site = self.0.issuer.trim_start_matches("http://").parse().expect("a site");
        let config = Config { oidc: Some(oidc), ..Config::default() };
        TestHub::tuned(config, |hub| hub.egress = EgressPolicy::public().trusting([site])).await
    }

    /// What the provider says of Ben after `asked`, unless it is told otherwise.
    fn claims(&self, asked: &HashMap<String, String>) -> Value {
        let second = server::testing::START.parse::<jiff::Timestamp>().expect("an instant").as_second();
        json!({
            "iss": self.0.issuer, "aud": "hub-1", "sub": "ben-7", "nonce": asked["nonce"],
            "iat": second, "exp": second + 600, "email": "ben@example.com", "email_verified": true,
        })
    }

    /// Somebody signs in here: the code to come back with.
    fn code(&self, asked: &HashMap<String, String>, claims: Value) -> String {
        let mut codes = self.0.codes.lock().expect("codes");
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), (asked["code_challenge"].clone(), claims));
        code
    }
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.0.issuer;
    Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["ES256"], "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let point = provider.0.key.public_key().as_ref();
    Json(
        json!({ "keys": [{ "kty": "EC", "kid": "k1", "use": "sig", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) }] }),
    )
}

async fn token(
    State(provider): State<Provider>,
    headers: axum::http::HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> axum::response::Response {
    let refused = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    // "hub-1" and "s3cret & more", each form-encoded before they are joined.
    let expected = base64::engine::general_purpose::STANDARD.encode("hub-1:s3cret+%26+more");
    if headers.get("authorization").and_then(|value| value.to_str().ok())
        != Some(&format!("Basic {expected}"))
    {
        return refused("invalid_client");
    }
    let Some((challenge, claims)) = provider.0.codes.lock().expect("codes").remove(&form["code"]) else {
        return refused("invalid_grant");
    };
    let proof = encoded(digest(&SHA256, form["code_verifier"].as_bytes()));
    if proof != challenge || form["redirect_uri"] != "http://127.0.0.1:8900/sign-in/oidc/callback" {
        return refused("invalid_grant");
    }
    let message = format!("{}.{}", encoded(r#"{"alg":"ES256","kid":"k1"}"#), encoded(claims.to_string()));
    let signature = provider.0.key.sign(&SystemRandom::new(), message.as_bytes()).expect("signs");
    let id_token = format!("{message}.{}", encoded(signature));
    Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token })).into_response()
}

/// What a redirect to the provider asks for.
fn asked(answer: &Answer) -> HashMap<String, String> {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let query = answer.header("location").split_once('?').expect("a query").1.to_owned();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn back(browser: &Client, asked: &HashMap<String, String>, code: &str) -> Answer {
    browser.get(&format!("/sign-in/oidc/callback?code={code}&state={}", asked["state"])).await
}

#[tokio::test]
async fn who_was_invited_signs_in_at_the_provider() {
    let provider = Provider::start().await;
    let hub = provider.hub().await;
    hub.user("ben@example.com", Some(HubRole::Growth)).await;
    let browser = hub.anyone();
    assert!(browser.get("/sign-in").await.text().contains("Sign in with Example Login"));
    let sent = browser.get("/sign-in/oidc?next=/growth/plan").await;
    let asked = asked(&sent);
    assert!(sent.header("location").starts_with(&format!("{}/authorize?", provider.0.issuer)));
    assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!(asked["redirect_uri"], "http://127.0.0.1:8900/sign-in/oidc/callback");

    let code = provider.code(&asked, provider.claims(&asked));
    let answer = back(&browser, &asked, &code).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/growth/plan"), "{}", answer.text());
    assert_eq!(browser.get_json("/api/v1/me").await.json()["email"], "ben@example.com");
    let again = back(&browser, &asked, &code).await;
    assert_eq!(again.status, 422, "a request comes back once");
}

#[tokio::test]
async fn a_token_that_says_anything_wrong_lets_nobody_in() {
    let provider = Provider::start().await;
    let hub = provider.hub().await;
    hub.user("ben@example.com", Some(HubRole::Growth)).await;
    let second = server::testing::START.parse::<jiff::Timestamp>().expect("an instant").as_second();
    for (name, value) in [
        ("iss", json!("https://login.evil.example")),
        ("aud", json!("another-client")),
        ("azp", json!("another-client")),
        ("nonce", json!("another-nonce")),
        ("nonce", json!(null)),
        ("exp", json!(second - 3600)),
        ("iat", json!(second - 3600)),
        ("sub", json!("")),
        ("email_verified", json!(false)),
        ("email", json!("nobody@example.com")),
    ] {
        let browser = hub.anyone();
        let asked = asked(&browser.get("/sign-in/oidc").await);
        let mut claims = provider.claims(&asked);
        claims[name] = value.clone();
        let answer = back(&browser, &asked, &provider.code(&asked, claims)).await;
        assert_eq!(answer.status, 422, "{name}: {value}");
        assert!(browser.cookie("ehub_session").is_none(), "{name}: {value}");
        assert_eq!(browser.get_json("/api/v1/me").await.status, 401);
    }
    assert_eq!(hub.hub().directory.users().await.expect("lists").len(), 1, "nobody was added");
}

#[tokio::test]
async fn only_the_browser_that_was_sent_comes_back() {
    let provider = Provider::start().await;
    let hub = provider.hub().await;
    hub.user("ben@example.com", Some(HubRole::Growth)).await;
    let (victim, mallory) = (hub.anyone(), hub.anyone());
    let theirs = asked(&mallory.get("/sign-in/oidc").await);
    let code = provider.code(&theirs, provider.claims(&theirs));
    // Mallory's answer, put into somebody else's browser: with and without a request of its own.
    assert_eq!(back(&victim, &theirs, &code).await.status, 422);
    asked(&victim.get("/sign-in/oidc").await);
    assert_eq!(back(&victim, &theirs, &code).await.status, 422);

    // A stolen code is worth nothing with another request's verifier.
    let own = asked(&mallory.get("/sign-in/oidc").await);
    let stolen = provider.code(&theirs, provider.claims(&own));
    assert_eq!(back(&mallory, &own, &stolen).await.status, 422);

    let slow = asked(&victim.get("/sign-in/oidc").await);
    let code = provider.code(&slow, provider.claims(&slow));
    hub.advance(directory::OIDC_REQUEST_LIFETIME + SignedDuration::from_secs(1));
    assert_eq!(back(&victim, &slow, &code).await.status, 422, "too late");
    let foreign = asked(&victim.get("/sign-in/oidc").await);
    let path =
        format!("/sign-in/oidc/callback?code=x&state={}&iss=https%3A%2F%2Fevil.example", foreign["state"]);
    assert_eq!(victim.get(&path).await.status, 422, "another provider's answer");
}

#[tokio::test]
async fn cancelling_at_the_provider_says_so() {
    let provider = Provider::start().await;
    let hub = provider.hub().await;
    let browser = hub.anyone();
    let asked = asked(&browser.get("/sign-in/oidc").await);
    let path = format!("/sign-in/oidc/callback?error=access_denied&state={}", asked["state"]);
    let answer = browser.get(&path).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("You may have cancelled") && !answer.text().contains("access_denied"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn an_identity_is_linked_by_whoever_is_signed_in_and_proves_them_later() {
    let provider = Provider::start().await;
    let hub = provider.hub().await;
    let ana = hub.operator().await;
    let link = asked(&ana.get("/account/identity/link").await);
    assert_eq!((link["prompt"].as_str(), link["max_age"].as_str()), ("login", "0"));
    let mut claims = provider.claims(&link);
    (claims["sub"], claims["email"]) = (json!("ana-3"), json!("private@example.net"));
    let linked = back(&ana, &link, &provider.code(&link, claims)).await;
    assert_eq!((linked.status, linked.header("location")), (303, "/account"), "{}", linked.text());

    hub.advance(directory::PROOF_LIFETIME + SignedDuration::from_secs(1));
    assert!(ana.get("/account/confirm?next=/keys").await.text().contains("Confirm with Example Login"));
    let now = hub.state().clock().now().as_second();
    for (authenticated_at, status) in [(now - 3600, 422), (now, 303)] {
        let proof = asked(&ana.get("/account/confirm/provider?next=/keys").await);
        let mut claims = provider.claims(&proof);
        claims["sub"] = json!("ana-3");
        (claims["iat"], claims["exp"], claims["auth_time"]) =
            (json!(now), json!(now + 600), json!(authenticated_at));
        let answer = back(&ana, &proof, &provider.code(&proof, claims)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let made = ana.post("/keys", &[("name", "x"), ("role", "auditor"), ("days", "7")]).await;
    assert_eq!(made.status, 200, "proven again");
    assert_eq!(ana.post("/account/identity/unlink", &[]).await.status, 303);

    let other = hub.anyone();
    let asked = asked(&other.get("/sign-in/oidc").await);
    let mut claims = provider.claims(&asked);
    (claims["iat"], claims["exp"], claims["sub"]) = (json!(now), json!(now + 600), json!("ana-3"));
    assert_eq!(
        back(&other, &asked, &provider.code(&asked, claims)).await.status,
        422,
        "unlinked, and not invited"
    );
}

#[tokio::test]
async fn a_hub_without_a_provider_has_no_such_door() {
    let hub = TestHub::embedded().await;
    let browser = hub.anyone();
    assert!(!browser.get("/sign-in").await.text().contains("Sign in with"));
    assert_eq!(browser.get("/sign-in/oidc").await.status, 404);
    assert_eq!(browser.get("/sign-in/oidc/callback?code=x&state=y").await.status, 404);
}
