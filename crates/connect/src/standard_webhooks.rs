//! Standard Webhooks 1.0.0 (<https://www.standardwebhooks.com>): signing and verifying, as pure functions.
//!
//! ```
//! use connect::standard_webhooks::{Secret, TOLERANCE, sign, verify};
//!
//! let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
//! let sent_at = "2021-02-25T15:02:10Z".parse().unwrap();
//! let headers = sign(&[&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, br#"{"test": 2432232314}"#).unwrap();
//! assert_eq!(headers.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
//! assert!(verify(&[&secret], &headers, br#"{"test": 2432232314}"#, sent_at, TOLERANCE).is_ok());
//! ```

use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use ring::hmac;
use zeroize::Zeroizing;

/// How far sender's and receiver's clocks may be apart.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// When a delivery is tried again, counted from the attempt before; the first is at once.
pub const RETRY_SCHEDULE: [Duration; 10] = {
    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }
    [
        seconds(0),
        seconds(5),
        seconds(5 * 60),
        seconds(30 * 60),
        seconds(2 * 3600),
        seconds(5 * 3600),
        seconds(10 * 3600),
        seconds(14 * 3600),
        seconds(20 * 3600),
        seconds(24 * 3600),
    ]
};
/// Shortest and longest secret, in bytes.
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Signatures that a receiver looks at; a header with more is refused.
const SIGNATURES_MAX: usize = 16;
const PREFIX: &str = "whsec_";

/// A symmetric signing secret. Shows itself only by [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// The text is no signing secret. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret is `whsec_` and 24 to 64 bytes in base64")]
pub struct SecretError;

impl Secret {
    /// A secret of 32 bytes from a cryptographic source of chance.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(Zeroizing::new(entropy.to_vec()))
    }

    /// Reads `whsec_...`.
    ///
    /// # Errors
    /// When the prefix is missing, the rest is no base64, or the length is outside [`SECRET_BYTES`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| SecretError)?);
        if SECRET_BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(SecretError) }
    }

    /// The text to give to the receiver, once.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(self.0.as_slice())))
    }
}

/// The three headers of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `webhook-id`: the same for every attempt of a message.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970, of this attempt.
    pub timestamp: String,
    /// `webhook-signature`: one per secret, separated by spaces.
    pub signature: String,
}

/// A message that cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A full stop in the identifier would let two messages have the same signature.
    #[error("the identifier of a message is 1 to 255 visible characters without a full stop")]
    Id,
    /// Nobody could verify it.
    #[error("a message is signed with at least one secret")]
    NoSecret,
}

/// Signs `payload` with every secret: several while one replaces another.
///
/// # Errors
/// [`SignError`].
pub fn sign(secrets: &[&Secret], id: &str, sent_at: Timestamp, payload: &[u8]) -> Result<Headers, SignError> {
    if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.') {
        return Err(SignError::Id);
    }
    if secrets.is_empty() {
        return Err(SignError::NoSecret);
    }
    let timestamp = sent_at.as_second().to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| {
            let tag = hmac::sign(&key(secret), &signed(id, &timestamp, payload));
            format!("v1,{}", STANDARD.encode(tag.as_ref()))
        })
        .collect();
    Ok(Headers { id: id.to_owned(), timestamp, signature: signatures.join(" ") })
}

/// Why a message is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The timestamp is no number.
    #[error("webhook-timestamp is not a number of seconds")]
    Timestamp,
    /// Sent too long ago: perhaps recorded and replayed.
    #[error("the message is too old")]
    TooOld,
    /// Sent in the future.
    #[error("the message is from the future")]
    TooNew,
    /// No signature fits.
    #[error("no signature fits")]
    Signature,
}

/// Whether `payload` was signed with one of the secrets within `tolerance` of `now`. In constant time per
/// signature; signatures of other kinds (`v1a`) are passed over.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(
    secrets: &[&Secret],
    headers: &Headers,
    payload: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), VerifyError> {
    let canonical = headers.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let sent_at: i64 = headers.timestamp.parse().ok().filter(|_| canonical).ok_or(VerifyError::Timestamp)?;
    let (now, tolerance) = (now.as_second(), i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX));
    if sent_at < now.saturating_sub(tolerance) {
        return Err(VerifyError::TooOld);
    }
    if sent_at > now.saturating_add(tolerance) {
        return Err(VerifyError::TooNew);
    }
    let content = signed(&headers.id, &headers.timestamp, payload);
    let mut given = headers.signature.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    let fits = given.by_ref().take(SIGNATURES_MAX).any(|signature| {
        let Ok(tag) = STANDARD.decode(signature) else { return false };
        secrets.iter().any(|secret| hmac::verify(&key(secret), &content, &tag).is_ok())
    });
    if fits { Ok(()) } else { Err(VerifyError::Signature) }
}

fn key(secret: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &secret.0)
}

fn signed(id: &str, timestamp: &str, payload: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", payload].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VECTORS: &str = include_str!("../../../data/std/standard_webhooks.json");

    fn vectors() -> serde_json::Value {
        serde_json::from_str(VECTORS).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_published_signatures_come_out() {
        let vectors = vectors();
        for vector in vectors["vectors"].as_array().unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            let sent_at = at(vector["ts"].as_i64().unwrap());
            let secret = Secret::parse(text("secret")).unwrap();
            let headers = sign(&[&secret], text("id"), sent_at, text("payload").as_bytes()).unwrap();
            assert_eq!(headers.signature, text("sig"));
            assert_eq!(verify(&[&secret], &headers, text("payload").as_bytes(), sent_at, TOLERANCE), Ok(()));
        }
    }

    #[test]
    fn the_retry_schedule_is_the_published_one() {
        let vectors = vectors();
        let seconds: Vec<u64> = vectors["retry_schedule_s"]
            .as_array()
            .unwrap()
            .iter()
            .map(|wait| wait.as_u64().unwrap())
            .collect();
        assert_eq!(RETRY_SCHEDULE.map(|wait| wait.as_secs()).to_vec(), seconds);
    }

    #[test]
    fn old_and_early_messages_are_told_apart_from_false_ones() {
        let secret = Secret::from_entropy([7; 32]);
        let headers = sign(&[&secret], "msg_1", at(10_000), b"{}").unwrap();
        let verify_at = |second| verify(&[&secret], &headers, b"{}", at(second), TOLERANCE);
        assert_eq!(verify_at(10_300), Ok(()));
        assert_eq!(verify_at(9_700), Ok(()));
        assert_eq!(verify_at(10_301), Err(VerifyError::TooOld));
        assert_eq!(verify_at(9_699), Err(VerifyError::TooNew));
        for timestamp in ["", "+10000", "1e4", "10000.0", "-1"] {
            let headers = Headers { timestamp: timestamp.into(), ..headers.clone() };
            assert_eq!(
                verify(&[&secret], &headers, b"{}", at(10_000), TOLERANCE),
                Err(VerifyError::Timestamp),
                "{timestamp:?}"
            );
        }
    }

    #[test]
    fn during_a_rotation_either_secret_verifies() {
        let (old, new) = (Secret::from_entropy([1; 32]), Secret::from_entropy([2; 32]));
        let headers = sign(&[&new, &old], "msg_1", at(10_000), b"{}").unwrap();
        for receiver in [&old, &new] {
            assert_eq!(verify(&[receiver], &headers, b"{}", at(10_000), TOLERANCE), Ok(()));
        }
        let stranger = Secret::from_entropy([3; 32]);
        assert_eq!(verify(&[&stranger], &headers, b"{}", at(10_000), TOLERANCE), Err(VerifyError::Signature));
    }

    #[test]
    fn identifiers_that_could_be_read_in_two_ways_are_not_signed() {
        let secret = Secret::from_entropy([1; 32]);
        for id in ["", "a.b", "a b", "ä", "a\nb", &"a".repeat(256)] {
            assert_eq!(sign(&[&secret], id, at(0), b"").unwrap_err(), SignError::Id, "{id:?}");
        }
        assert_eq!(sign(&[], "a", at(0), b"").unwrap_err(), SignError::NoSecret);
    }

    #[test]
    fn secrets_outside_the_standard_are_refused_and_never_shown() {
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_YWJj", "whsec_!!!!"] {
            assert_eq!(Secret::parse(text), Err(SecretError), "{text}");
        }
        assert!(Secret::parse(&format!("whsec_{}", STANDARD.encode([0; 65]))).is_err());
        assert_eq!(format!("{:?}", Secret::from_entropy([1; 32])), "Secret(..)");
    }

    proptest! {
        #[test]
        fn a_secret_reads_back(entropy: [u8; 32]) {
            let secret = Secret::from_entropy(entropy);
            prop_assert_eq!(Secret::parse(&secret.expose()), Ok(secret));
        }

        #[test]
        fn one_changed_bit_of_anything_signed_is_noticed(
            entropy: [u8; 32], payload in prop::collection::vec(any::<u8>(), 1..100), position: usize, bit in 0_u8..8
        ) {
            let secret = Secret::from_entropy(entropy);
            let headers = sign(&[&secret], "msg_1", at(10_000), &payload).unwrap();
            let mut changed = payload.clone();
            let position = position % changed.len();
            changed[position] ^= 1 << bit;
            prop_assert!(verify(&[&secret], &headers, &changed, at(10_000), TOLERANCE).is_err());
            let other = Headers { id: "msg_2".into(), ..headers.clone() };
            prop_assert!(verify(&[&secret], &other, &payload, at(10_000), TOLERANCE).is_err());
            let later = Headers { timestamp: "10001".into(), ..headers };
            prop_assert!(verify(&[&secret], &later, &payload, at(10_000), TOLERANCE).is_err());
        }

        #[test]
        fn no_header_makes_verifying_panic(id: String, timestamp: String, signature: String, payload: Vec<u8>) {
            let secret = Secret::from_entropy([1; 32]);
            let headers = Headers { id, timestamp, signature };
            prop_assert!(verify(&[&secret], &headers, &payload, at(0), TOLERANCE).is_err());
        }
    }
}
