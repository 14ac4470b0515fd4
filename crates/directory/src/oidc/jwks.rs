use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

/// Keys in a set that are looked at; providers publish a handful.
const KEYS_MAX: usize = 100;

/// The text is no set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider's answer is no JSON Web Key Set")]
pub struct JwksError;

/// The algorithms that are believed. Nothing in a token can widen this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The public keys of a provider that can be used here: RSA for RS256, P-256 for ES256. Others are left out.
#[derive(Clone, Debug)]
pub struct Jwks(Vec<Jwk>);

#[derive(Clone, Debug)]
pub(crate) struct Jwk {
    id: Option<String>,
    public: PublicKey,
}

#[derive(Clone, Debug)]
enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
}

impl Jwks {
    /// The usable keys of a set (RFC 7517). Keys of other kinds, for other uses or without their members are left
    /// out, as the standard says.
    ///
    /// # Errors
    /// When it is no object with an array `keys`.
    pub fn parse(set: &Value) -> Result<Self, JwksError> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(JwksError)?;
        Ok(Self(keys.iter().take(KEYS_MAX).filter_map(Jwk::parse).collect()))
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none can be used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key that a token names, or the only one that fits when it names none.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Jwk> {
        let mut fitting = self.0.iter().filter(|key| key.fits(algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

impl Jwk {
    fn parse(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let (public, algorithm) = match text("kty")? {
            "RSA" => (PublicKey::Rsa { n: unsigned(bytes("n")?), e: unsigned(bytes("e")?) }, "RS256"),
            "EC" if text("crv") == Some("P-256") => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                (PublicKey::P256([vec![4], x, y].concat()), "ES256")
            }
            _ => return None,
        };
        if text("alg").is_some_and(|named| named != algorithm) {
            return None;
        }
        Some(Self { id: text("kid").map(str::to_owned), public })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (&self.public, algorithm),
            (PublicKey::Rsa { .. }, Algorithm::Rs256) | (PublicKey::P256(_), Algorithm::Es256)
        )
    }

    /// Whether `signature` is this key's over `message`. RSA keys below 2048 bits sign nothing.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            PublicKey::Rsa { n, e } => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            PublicKey::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

/// A number without the leading zeros that some providers write.
fn unsigned(bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}
