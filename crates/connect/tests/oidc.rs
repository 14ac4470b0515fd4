//! A provider is believed only about itself, and asked no more than needed.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod support;

use std::sync::{Arc, Mutex};

use connect::oidc::{ClientAuthentication, CodeExchange, MetadataError, OidcError, Provider};
use serde_json::json;
use support::{Server, answer, client_trusting};

type Routes = Arc<Mutex<Vec<(&'static str, u16, String)>>>;

/// A provider whose answers can be changed while it runs. `{port}` in an answer becomes its port.
async fn provider(routes: &Routes) -> (Server, Provider) {
    let (port, routes) = (Arc::new(Mutex::new(0)), routes.clone());
    let known = port.clone();
    let server = Server::answering(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let port = known.lock().unwrap().to_string();
        match routes.lock().unwrap().iter().find(|(route, _, _)| *route == path) {
            Some((_, status, body)) => answer(*status, "", &body.replace("{port}", &port)),
            None => answer(404, "", ""),
        }
    })
    .await;
    *port.lock().unwrap() = server.port;
    let client = client_trusting(&[format!("localhost:{}", server.port)]);
    let provider = Provider::new(client, &format!("http://localhost:{}", server.port)).unwrap();
    (server, provider)
}

fn discovery() -> (&'static str, u16, String) {
    let document = json!({
        "issuer": "http://localhost:{port}",
        "authorization_endpoint": "http://localhost:{port}/authorize",
        "token_endpoint": "http://localhost:{port}/token",
        "jwks_uri": "http://localhost:{port}/keys",
        "code_challenge_methods_supported": ["S256"],
    });
    ("/.well-known/openid-configuration", 200, document.to_string())
}

fn keys(kid: &str) -> (&'static str, u16, String) {
    ("/keys", 200, json!({"keys": [{"kty": "RSA", "kid": kid, "n": "AQ", "e": "AQAB"}]}).to_string())
}

fn routes(routes: Vec<(&'static str, u16, String)>) -> Routes {
    Arc::new(Mutex::new(routes))
}

fn asked(server: &Server, path: &str) -> usize {
    server.requests().iter().filter(|request| request.split(' ').nth(1) == Some(path)).count()
}

const EXCHANGE: CodeExchange<'_> = CodeExchange {
    code: "the code",
    redirect_uri: "https://hub.example.com/callback",
    code_verifier: "verifier",
    client_id: "hub one",
    authentication: ClientAuthentication::Basic("s:cret"),
};

#[tokio::test]
async fn metadata_and_keys_are_asked_for_once() {
    let (server, provider) = provider(&routes(vec![discovery(), keys("a")])).await;
    for _ in 0..3 {
        assert!(provider.keys(Some("a")).await.unwrap().has("a"));
    }
    let paths = [asked(&server, "/.well-known/openid-configuration"), asked(&server, "/keys")];
    assert_eq!(paths, [1, 1]);
}

#[tokio::test]
async fn invented_key_names_do_not_make_us_ask_again_and_again() {
    let (server, provider) = provider(&routes(vec![discovery(), keys("a")])).await;
    for name in 0..20 {
        assert!(!provider.keys(Some(&format!("invented {name}"))).await.unwrap().has("invented"));
    }
    assert_eq!(asked(&server, "/keys"), 1);
}

#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    let (path, status, document) = discovery();
    let other = document.replacen("http://localhost:{port}", "http://localhost:{port}/other", 1);
    let (_server, provider) = provider(&routes(vec![(path, status, other)])).await;
    let outcome = provider.metadata().await;
    assert!(matches!(outcome, Err(OidcError::Metadata(MetadataError::OtherIssuer))), "{outcome:?}");
}

#[tokio::test]
async fn endpoints_that_lead_elsewhere_in_our_network_are_refused_when_asked() {
    let (path, status, document) = discovery();
    let inside = document.replace("http://localhost:{port}/keys", "https://127.0.0.1:1/keys");
    let (_server, provider) = provider(&routes(vec![(path, status, inside)])).await;
    assert!(matches!(provider.keys(None).await, Err(OidcError::Connect(_))));
}

#[tokio::test]
async fn oversized_documents_and_other_statuses_are_refused() {
    let (path, _, document) = discovery();
    let (_big, big) =
        provider(&routes(vec![(path, 200, format!("{document}{}", " ".repeat(300_000)))])).await;
    assert!(matches!(big.metadata().await, Err(OidcError::Connect(_))));
    let (_missing, missing) = provider(&routes(vec![])).await;
    assert!(matches!(missing.metadata().await, Err(OidcError::Status { status: 404, .. })));
}

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier_and_the_secret_in_the_header() {
    let token = (
        "/token",
        200,
        json!({"id_token": "a.b.c", "access_token": "d", "token_type": "Bearer"}).to_string(),
    );
    let (server, provider) = provider(&routes(vec![discovery(), token])).await;
    let tokens = provider.exchange(&EXCHANGE).await.unwrap();
    assert_eq!(tokens.id_token, "a.b.c");
    assert_eq!(format!("{tokens:?}{EXCHANGE:?}"), "Tokens(..)CodeExchange(hub one)");
    let sent = server.requests().pop().unwrap();
    // base64 of `hub+one:s%3Acret`
    assert!(sent.contains("authorization: Basic aHViK29uZTpzJTNBY3JldA==\r\n"), "{sent}");
    let body = sent.split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(
        body,
        "grant_type=authorization_code&code=the+code&redirect_uri=https%3A%2F%2Fhub.example.com%2Fcallback&code_verifier=verifier"
    );
}

#[tokio::test]
async fn a_refused_code_is_not_tried_again_and_the_reason_is_cleaned() {
    let refusal =
        ("/token", 400, json!({"error": "invalid_grant<script>", "error_description": "x"}).to_string());
    let (server, provider) = provider(&routes(vec![discovery(), refusal])).await;
    let outcome = provider.exchange(&EXCHANGE).await;
    assert!(
        matches!(&outcome, Err(OidcError::Refused { code }) if code == "invalid_grantscript"),
        "{outcome:?}"
    );
    assert_eq!(asked(&server, "/token"), 1);
}

#[test]
fn an_issuer_must_be_public_and_https() {
    let client = client_trusting(&[]);
    for issuer in ["http://login.example.com", "https://127.0.0.1", "https://login.example.com/?a=b", "login"]
    {
        assert!(Provider::new(client.clone(), issuer).is_err(), "{issuer}");
    }
    assert!(Provider::new(client, "https://login.example.com/realms/a").is_ok());
}
