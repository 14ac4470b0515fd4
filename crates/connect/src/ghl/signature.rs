//! Whether a webhook is GoHighLevel's: Ed25519 over the exact bytes of its body.
//!
//! ```
//! use connect::ghl::signature::{Keys, Rejection};
//!
//! let keys = Keys::shipped();
//! let now = "2026-11-21T12:00:00Z".parse().unwrap();
//! assert_eq!(keys.verify(Some("N/A"), b"{}", now), Err(Rejection::Malformed));
//! assert_eq!(keys.verify(None, b"{}", now), Err(Rejection::Missing));
//! ```
//!
//! A body that was parsed and written again has other bytes, and no signature. A missing header is a rejection:
//! whoever lets unsigned bodies pass has an open endpoint.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;

const SHIPPED: &str = include_str!("../../../../data/ghl/signing-keys.toml");
/// What precedes the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const SIGNATURE_BYTES: usize = 64;
/// So many bytes in base64.
const SIGNATURE_CHARS: usize = SIGNATURE_BYTES.div_ceil(3) * 4;

/// Why a webhook is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No signature came with it.
    #[error("the webhook is not signed")]
    Missing,
    /// What came is no signature: `N/A`, or not 64 bytes in base64.
    #[error("the webhook's signature is none")]
    Malformed,
    /// No key that is valid now made it: forged, changed on its way, or the keys have changed.
    #[error("the webhook's signature is of no known key")]
    Wrong,
}

/// A list of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The text is not of the form of `data/ghl/signing-keys.toml`.
    #[error("the list of signing keys cannot be read: {0}")]
    Form(String),
    /// A key is none.
    #[error("the signing key `{0}` is not an Ed25519 key in base64 (SubjectPublicKeyInfo, PEM or 32 bytes)")]
    Key(String),
    /// A key's validity ends before it begins.
    #[error("the signing key `{0}` is valid until before it is valid")]
    Validity(String),
    /// There is no key at all.
    #[error("the list of signing keys is empty")]
    Empty,
}

/// The keys by which webhooks may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<SigningKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct SigningKey {
    name: String,
    public: [u8; 32],
    from: Option<Timestamp>,
    /// The end of the last day, exclusive.
    until: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    public: String,
    from: Option<Date>,
    until: Option<Date>,
    #[serde(rename = "source")]
    _source: Option<String>,
}

impl Keys {
    /// HighLevel's published keys.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped list is held by a test")
    }

    /// A list of the form of `data/ghl/signing-keys.toml`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let document: Document = toml::from_str(text).map_err(|error| KeysError::Form(error.to_string()))?;
        let keys: Vec<_> = document.key.into_iter().map(SigningKey::read).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(KeysError::Empty) } else { Ok(Self(keys)) }
    }

    /// One key for all times: SubjectPublicKeyInfo as PEM or base64, or the 32 bytes in base64.
    ///
    /// # Errors
    /// When it is none.
    pub fn one(name: &str, public: &str) -> Result<Self, KeysError> {
        let entry = Entry {
            name: name.to_owned(),
            public: public.to_owned(),
            from: None,
            until: None,
            _source: None,
        };
        Ok(Self(vec![SigningKey::read(entry)?]))
    }

    /// Also these keys, tried after the present ones.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether `body` is signed by one of the keys that are valid `now`. Gives the name of the key.
    ///
    /// # Errors
    /// Why it is not to be taken.
    pub fn verify(&self, signature: Option<&str>, body: &[u8], now: Timestamp) -> Result<&str, Rejection> {
        let signature = form(signature)?;
        let valid = self.0.iter().filter(|key| key.is_valid(now));
        let signer = valid
            .into_iter()
            .find(|key| UnparsedPublicKey::new(&ED25519, &key.public).verify(body, &signature).is_ok());
        signer.map(|key| key.name.as_str()).ok_or(Rejection::Wrong)
    }
}

/// The bytes of a signature in a header, whoever made it: what is none is refused before anything is read or done.
///
/// # Errors
/// [`Rejection::Missing`] and [`Rejection::Malformed`].
pub fn form(header: Option<&str>) -> Result<[u8; SIGNATURE_BYTES], Rejection> {
    let text = header.map(str::trim).filter(|text| !text.is_empty()).ok_or(Rejection::Missing)?;
    if text.len() != SIGNATURE_CHARS {
        return Err(Rejection::Malformed);
    }
    let bytes = STANDARD.decode(text).map_err(|_| Rejection::Malformed)?;
    bytes.try_into().map_err(|_| Rejection::Malformed)
}

impl SigningKey {
    fn read(entry: Entry) -> Result<Self, KeysError> {
        let refuse = || KeysError::Key(entry.name.clone());
        let text: String =
            entry.public.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let bytes = STANDARD.decode(text).map_err(|_| refuse())?;
        let raw = bytes.strip_prefix(&SPKI_PREFIX).unwrap_or(&bytes);
        let public = raw.try_into().map_err(|_| refuse())?;
        let midnight = |date: Date| {
            date.to_zoned(TimeZone::UTC)
                .map(|zoned| zoned.timestamp())
                .map_err(|_| KeysError::Validity(entry.name.clone()))
        };
        let from = entry.from.map(midnight).transpose()?;
        let until = match entry.until {
            Some(date) => {
                Some(midnight(date.tomorrow().map_err(|_| KeysError::Validity(entry.name.clone()))?)?)
            }
            None => None,
        };
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(KeysError::Validity(entry.name));
        }
        Ok(Self { name: entry.name, public, from, until })
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        public_key_pem: String,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        body: String,
        signature: String,
        valid: bool,
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn pair() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
    }

    fn keys_of(pair: &Ed25519KeyPair) -> Keys {
        Keys::one("test", &STANDARD.encode(pair.public_key())).unwrap()
    }

    #[test]
    fn every_verdict_is_that_of_the_official_sdk() {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../../../data/ghl/signatures.json")).unwrap();
        assert_eq!(vectors.cases.len(), 18);
        let keys = Keys::one("vectors", &vectors.public_key_pem).unwrap();
        for case in vectors.cases {
            let verdict = keys.verify(Some(&case.signature), case.body.as_bytes(), now());
            assert_eq!(verdict.is_ok(), case.valid, "{}: {verdict:?}", case.name);
        }
    }

    #[test]
    fn the_shipped_key_is_the_published_one_and_did_not_sign_the_vectors() {
        let keys = Keys::shipped();
        assert_eq!(keys.0.len(), 1);
        let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(keys.0[0].public);
        assert_eq!(raw, "i2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg");
        let signature = STANDARD.encode(pair().sign(b"{}"));
        assert_eq!(keys.verify(Some(&signature), b"{}", now()), Err(Rejection::Wrong));
    }

    #[test]
    fn what_is_no_signature_is_said_to_be_none() {
        let keys = keys_of(&pair());
        let long = STANDARD.encode([0; 256]);
        for (header, expected) in [
            (None, Rejection::Missing),
            (Some(""), Rejection::Missing),
            (Some("  "), Rejection::Missing),
            (Some("N/A"), Rejection::Malformed),
            (Some("not base64!"), Rejection::Malformed),
            (Some("AAAA"), Rejection::Malformed),
            (Some(&long), Rejection::Malformed),
        ] {
            assert_eq!(form(header), Err(expected), "{header:?}");
            assert_eq!(keys.verify(header, b"{}", now()), Err(expected), "{header:?}");
        }
    }

    #[test]
    fn a_key_counts_on_its_days_only_and_the_next_one_is_tried() {
        let (old, new) = (pair(), Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap());
        let text = format!(
            "[[key]]\nname = \"old\"\npublic = \"{}\"\nuntil = \"2026-11-20\"\n\
             [[key]]\nname = \"new\"\npublic = \"{}\"\nfrom = \"2026-11-20\"\n",
            STANDARD.encode(old.public_key()),
            STANDARD.encode(new.public_key())
        );
        let keys = Keys::parse(&text).unwrap();
        let check = |pair: &Ed25519KeyPair, at: &str| {
            let signature = STANDARD.encode(pair.sign(b"x"));
            keys.verify(Some(&signature), b"x", at.parse().unwrap()).map(str::to_owned)
        };
        assert_eq!(check(&old, "2026-11-19T00:00:00Z"), Ok("old".to_owned()));
        assert_eq!(check(&new, "2026-11-19T00:00:00Z"), Err(Rejection::Wrong));
        assert_eq!(
            check(&old, "2026-11-20T23:59:59Z"),
            Ok("old".to_owned()),
            "both on the day of the change"
        );
        assert_eq!(check(&new, "2026-11-20T23:59:59Z"), Ok("new".to_owned()));
        assert_eq!(check(&old, "2026-11-21T00:00:00Z"), Err(Rejection::Wrong));
    }

    #[test]
    fn lists_that_hold_no_keys_are_refused() {
        for (text, expected) in [
            ("", KeysError::Empty),
            ("[[key]]\nname = \"a\"\npublic = \"AAAA\"", KeysError::Key("a".to_owned())),
            ("[[key]]\nname = \"a\"\npublic = \"?\"", KeysError::Key("a".to_owned())),
        ] {
            assert_eq!(Keys::parse(text), Err(expected), "{text}");
        }
        assert!(matches!(Keys::parse("[[key]]\nnome = 1"), Err(KeysError::Form(_))));
        let turned = format!(
            "[[key]]\nname = \"a\"\npublic = \"{}\"\nfrom = \"2026-02-01\"\nuntil = \"2026-01-01\"",
            STANDARD.encode(pair().public_key())
        );
        assert_eq!(Keys::parse(&turned), Err(KeysError::Validity("a".to_owned())));
    }

    proptest! {
        #[test]
        fn a_change_of_any_byte_is_seen(body in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0_u32..8) {
            let pair = pair();
            let keys = keys_of(&pair);
            let signature = STANDARD.encode(pair.sign(&body));
            prop_assert!(keys.verify(Some(&signature), &body, now()).is_ok());
            let mut changed = body.clone();
            let index = at.index(changed.len());
            changed[index] ^= 1_u8 << bit;
            prop_assert_eq!(keys.verify(Some(&signature), &changed, now()), Err(Rejection::Wrong));
        }

        #[test]
        fn no_header_makes_it_panic(header in ".*") {
            let verdict = Keys::shipped().verify(Some(&header), b"body", now()).is_err();
            prop_assert!(verdict);
        }
    }
}
