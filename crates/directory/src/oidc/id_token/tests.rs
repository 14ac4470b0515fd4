use std::sync::LazyLock;

use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://login.example.org";
const CLIENT: &str = "hub-1";
const NONCE: &str = "n-0S6_WzA2Mj";

/// A provider with one RSA and one P-256 key.
struct Provider {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
}

static PROVIDER: LazyLock<Provider> = LazyLock::new(|| {
    let chance = SystemRandom::new();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).expect("a key");
    Provider {
        rsa: RsaKeyPair::from_pkcs8(include_bytes!("rsa-for-tests.pk8")).expect("a key"),
        p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, p256.as_ref(), &chance)
            .expect("it reads"),
    }
});

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    fn set(&self) -> Value {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public_key());
        let point = self.p256.public_key().as_ref();
        json!({ "keys": [
            { "kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": encoded(n), "e": encoded(e) },
            { "kty": "EC", "kid": "e", "use": "sig", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) },
        ] })
    }

    fn keys(&self) -> Jwks {
        Jwks::parse(&self.set()).expect("a set")
    }

    /// A token with this header and these claims, signed by the key that `kid` names.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let chance = SystemRandom::new();
        let signature = if header["kid"] == "e" {
            self.p256.sign(&chance, message.as_bytes()).expect("signs").as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &chance, message.as_bytes(), &mut signature).expect("signs");
            signature
        };
        format!("{message}.{}", encoded(signature))
    }
}

fn now() -> Timestamp {
    "2026-01-19T09:00:00Z".parse().expect("an instant")
}

fn expected() -> Expected<'static> {
    Expected { issuer: ISSUER, client_id: CLIENT, nonce: NONCE, now: now() }
}

fn right() -> Value {
    let second = now().as_second();
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "248289761001", "nonce": NONCE, "iat": second - 2, "exp": second + 300,
        "email": "Ana@Example.com", "email_verified": true,
    })
}

fn es256() -> Value {
    json!({ "alg": "ES256", "kid": "e", "typ": "JWT" })
}

/// What becomes of the right claims with one of them changed; `null` takes it away.
fn with(name: &str, value: Value) -> Result<IdClaims, IdTokenError> {
    let mut claims = right();
    let all = claims.as_object_mut().expect("an object");
    if value.is_null() {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), value);
    }
    verify(&PROVIDER.token(&es256(), &claims), &PROVIDER.keys(), &expected())
}

fn with_header(header: Value) -> Result<IdClaims, IdTokenError> {
    verify(&PROVIDER.token(&header, &right()), &PROVIDER.keys(), &expected())
}

#[test]
fn a_right_token_vouches_by_either_algorithm() {
    let claims = IdClaims {
        issuer: ISSUER.into(),
        subject: "248289761001".into(),
        verified_email: Some("ana@example.com".parse().expect("an e-mail")),
        authenticated_at: None,
    };
    assert_eq!(with_header(es256()), Ok(claims.clone()));
    assert_eq!(with_header(json!({ "alg": "RS256", "kid": "r" })), Ok(claims.clone()));
    assert_eq!(with_header(json!({ "alg": "RS256" })), Ok(claims), "the only RSA key there is");
}

#[test]
fn no_token_widens_the_list_of_algorithms() {
    for alg in ["none", "None", "", "HS256", "HS512", "RS512", "PS256", "ES384", "EdDSA", "rs256"] {
        assert_eq!(with_header(json!({ "alg": alg, "kid": "r" })), Err(IdTokenError::Algorithm), "{alg}");
    }
    assert_eq!(with_header(json!({ "kid": "r" })), Err(IdTokenError::Algorithm));
    assert_eq!(with_header(json!({ "alg": ["RS256"], "kid": "r" })), Err(IdTokenError::Algorithm));

    // Without a signature, and with the provider's public key taken for a shared secret.
    let header = encoded(json!({ "alg": "none" }).to_string());
    let bare = format!("{header}.{}.", encoded(right().to_string()));
    assert_eq!(verify(&bare, &PROVIDER.keys(), &expected()), Err(IdTokenError::Algorithm));
    let message = format!(
        "{}.{}",
        encoded(json!({ "alg": "HS256", "kid": "r" }).to_string()),
        encoded(right().to_string())
    );
    let set = PROVIDER.set();
    let public = set["keys"][0]["n"].as_str().expect("a modulus");
    let shared = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public.as_bytes());
    let forged = format!("{message}.{}", encoded(ring::hmac::sign(&shared, message.as_bytes())));
    assert_eq!(verify(&forged, &PROVIDER.keys(), &expected()), Err(IdTokenError::Algorithm));
}

#[test]
fn only_a_key_of_the_provider_that_fits_the_algorithm_is_asked() {
    assert_eq!(with_header(json!({ "alg": "ES256", "kid": "other" })), Err(IdTokenError::UnknownKey));
    assert_eq!(with_header(json!({ "alg": "ES256", "kid": 5 })), Err(IdTokenError::UnknownKey));
    assert_eq!(
        with_header(json!({ "alg": "RS256", "kid": "e" })),
        Err(IdTokenError::UnknownKey),
        "an EC key"
    );
    assert_eq!(
        with_header(json!({ "alg": "ES256", "kid": "r" })),
        Err(IdTokenError::UnknownKey),
        "an RSA key"
    );

    // The key of somebody else, brought along in the header.
    let chance = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &chance).expect("a key");
    let stranger =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &chance).expect("reads");
    let point = stranger.public_key().as_ref();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) });
    let header = json!({ "alg": "ES256", "kid": "e", "jwk": jwk, "jku": "https://evil.example/keys" });
    let message = format!("{}.{}", encoded(header.to_string()), encoded(right().to_string()));
    let signature = stranger.sign(&chance, message.as_bytes()).expect("signs");
    let token = format!("{message}.{}", encoded(signature));
    assert_eq!(verify(&token, &PROVIDER.keys(), &expected()), Err(IdTokenError::Signature));
}

#[test]
fn keys_of_other_kinds_curves_and_uses_are_left_out() {
    let set = PROVIDER.set();
    let (rsa, ec) = (&set["keys"][0], &set["keys"][1]);
    let changed = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        key[name] = value;
        Jwks::parse(&json!({ "keys": [key] })).expect("a set").len()
    };
    assert_eq!(changed(ec, "use", json!("sig")), 1);
    for (key, name, value) in [
        (ec, "crv", json!("P-384")),
        (ec, "crv", json!("secp256k1")),
        (ec, "alg", json!("ES384")),
        (ec, "x", json!("AAAA")),
        (ec, "use", json!("enc")),
        (rsa, "use", json!("enc")),
        (rsa, "alg", json!("RS512")),
        (rsa, "alg", json!("RSA-OAEP")),
        (rsa, "n", json!("not base64!")),
        (rsa, "kty", json!("oct")),
    ] {
        assert_eq!(changed(key, name, value.clone()), 0, "{name}: {value}");
    }
    assert!(Jwks::parse(&json!([])).is_err());
    assert!(Jwks::parse(&json!({ "keys": [] })).expect("an empty set").is_empty());

    let mut two = set.clone();
    let mut second = ec.clone();
    second["kid"] = json!("e2");
    two["keys"].as_array_mut().expect("an array").push(second);
    let two = Jwks::parse(&two).expect("a set");
    let nameless = PROVIDER.token(&json!({ "alg": "RS256" }), &right());
    assert!(verify(&nameless, &two, &expected()).is_ok(), "one RSA key fits");
    assert!(two.find(None, Algorithm::Es256).is_none(), "two EC keys fit: which one is not guessed");
}

#[test]
fn an_rsa_key_below_2048_bits_signs_nothing() {
    let small = json!({ "keys": [{ "kty": "RSA", "kid": "r", "n": encoded([0xC5; 128]), "e": "AQAB" }] });
    let keys = Jwks::parse(&small).expect("a set");
    let token = PROVIDER.token(&json!({ "alg": "RS256", "kid": "r" }), &right());
    assert_eq!(verify(&token, &keys, &expected()), Err(IdTokenError::Signature));
}

#[test]
fn another_issuer_is_refused_however_alike() {
    for issuer in [
        json!("https://login.example.org/"),
        json!("https://LOGIN.example.org"),
        json!([ISSUER]),
        json!(null),
    ] {
        assert_eq!(with("iss", issuer.clone()), Err(IdTokenError::Issuer), "{issuer}");
    }
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    for audience in [
        json!("hub-2"),
        json!(["hub-2"]),
        json!([]),
        json!([5]),
        json!(7),
        json!(null),
        json!([CLIENT, "hub-2"]),
    ] {
        assert_eq!(with("aud", audience.clone()), Err(IdTokenError::Audience), "{audience}");
    }
    assert!(with("aud", json!([CLIENT])).is_ok());
    assert!(with("azp", json!(CLIENT)).is_ok());
    for party in [json!("hub-2"), json!(1)] {
        assert_eq!(with("azp", party), Err(IdTokenError::Audience));
    }
    let mut both = right();
    both["aud"] = json!(["hub-2", CLIENT]);
    both["azp"] = json!(CLIENT);
    assert!(
        verify(&PROVIDER.token(&es256(), &both), &PROVIDER.keys(), &expected()).is_ok(),
        "the authorised party"
    );
}

#[test]
fn only_a_token_of_just_now_is_believed() {
    let second = now().as_second();
    for (expires, believed) in
        [(second + 1, true), (second - 59, true), (second - 60, false), (0, false), (i64::MIN, false)]
    {
        assert_eq!(with("exp", json!(expires)).is_ok(), believed, "exp {expires}");
    }
    for (made, believed) in [
        (second + 60, true),
        (second + 61, false),
        (second - 660, true),
        (second - 661, false),
        (i64::MAX, false),
    ] {
        assert_eq!(with("iat", json!(made)).is_ok(), believed, "iat {made}");
    }
    assert_eq!(with("nbf", json!(second + 61)), Err(IdTokenError::NotNow));
    assert_eq!(with("exp", json!(null)), Err(IdTokenError::Expired));
    assert_eq!(with("iat", json!(null)), Err(IdTokenError::NotNow));
    assert_eq!(with("exp", json!("soon")), Err(IdTokenError::NotNow));
    assert!(with("exp", json!(second as f64 + 10.5)).is_ok(), "fractions are numbers, too");
    assert!(with("exp", json!(1e300)).is_err());
}

#[test]
fn the_answer_to_another_request_is_refused() {
    for nonce in [json!("n-0S6_WzA2Mk"), json!(""), json!(null), json!([NONCE])] {
        assert_eq!(with("nonce", nonce), Err(IdTokenError::Nonce));
    }
}

#[test]
fn a_token_vouches_for_one_subject_and_only_for_a_verified_e_mail() {
    for subject in [json!(""), json!(null), json!(5), json!("x".repeat(256)), json!("a\u{0}b")] {
        assert_eq!(with("sub", subject), Err(IdTokenError::Subject));
    }
    let email = |name: &str, value: Value| with(name, value).expect("believed").verified_email;
    assert!(email("email_verified", json!("true")).is_some());
    for verified in [json!(false), json!(null), json!("yes"), json!(1)] {
        assert_eq!(email("email_verified", verified), None);
    }
    assert_eq!(email("email", json!("no address")), None);
    assert_eq!(email("email", json!(null)), None);
}

#[test]
fn when_somebody_signed_in_at_the_provider_is_told_if_it_is_possible() {
    let second = now().as_second();
    let at = |value: Value| {
        with("auth_time", value).map(|claims| claims.authenticated_at.map(|at| at.as_second()))
    };
    assert_eq!(at(json!(second - 30)), Ok(Some(second - 30)));
    assert_eq!(at(json!(second + 3600)), Ok(None), "of the future");
    assert_eq!(at(json!(null)), Ok(None));
    assert_eq!(at(json!("now")), Err(IdTokenError::NotNow));
}

#[test]
fn extensions_that_a_token_demands_are_refused() {
    let header = json!({ "alg": "ES256", "kid": "e", "crit": ["exp"], "exp": 1 });
    assert_eq!(with_header(header), Err(IdTokenError::Critical));
}

#[test]
fn texts_that_are_no_token_are_refused() {
    let token = PROVIDER.token(&es256(), &right());
    let long = format!("{token}{}", "A".repeat(TOKEN_BYTES_MAX));
    for text in
        ["", ".", "..", "a.b.c", "a.b", "....", long.as_str(), &format!("{token}."), &format!("{token}=")]
    {
        assert!(verify(text, &PROVIDER.keys(), &expected()).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_token_changed_anywhere_is_refused(at: prop::sample::Index, letter in "[A-Za-z0-9_.-]") {
        let mut token = PROVIDER.token(&es256(), &right());
        let at = at.index(token.len());
        prop_assume!(token[at..=at] != letter);
        token.replace_range(at..=at, &letter);
        prop_assert!(verify(&token, &PROVIDER.keys(), &expected()).is_err());
    }

    #[test]
    fn any_text_is_looked_at_without_harm(text in "\\PC{0,200}", header in "\\PC{0,40}", claims in "\\PC{0,40}") {
        let keys = PROVIDER.keys();
        let shaped = format!("{}.{}.{}", encoded(&header), encoded(&claims), encoded(&text));
        prop_assert!(verify(&text, &keys, &expected()).is_err());
        prop_assert!(verify(&shaped, &keys, &expected()).is_err());
    }
}
