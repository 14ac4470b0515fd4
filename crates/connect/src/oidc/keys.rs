use serde::{Deserialize, Serialize};

/// Keys of one provider that are read; more are a mistake or an attack.
pub(super) const KEYS_MAX: usize = 64;

/// One public key (RFC 7517), unjudged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// The family: `RSA`, `EC`, `OKP`.
    pub kty: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Its use: `sig` or nothing for signatures.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Its algorithm, if it has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// RSA: the modulus, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA: the exponent, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Elliptic: the curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// Elliptic: the first coordinate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Elliptic: the second coordinate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

/// The public keys of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, in the provider's order.
    pub keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl JwkSet {
    /// Reads a key set. Keys of unknown shape are left out (RFC 7517, 5); also those that are not for signatures
    /// and, in case of a grave mistake of the provider, private ones.
    pub(super) fn read(document: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(document).ok()?;
        if document.keys.len() > KEYS_MAX {
            return None;
        }
        let keys = document.keys.into_iter().filter(|key| key.get("d").is_none() && key.get("k").is_none());
        let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Some(Self {
            keys: keys.filter(|key| key.usage.as_deref().is_none_or(|usage| usage == "sig")).collect(),
        })
    }

    /// Whether a key of this name is among them.
    pub fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_private_and_encryption_keys_are_left_out() {
        let document = br#"{"keys":[
            {"kty":"RSA","kid":"a","use":"sig","n":"AQ","e":"AQAB","x5c":["..."]},
            {"kty":"RSA","kid":"b","use":"enc","n":"AQ","e":"AQAB"},
            {"kty":"RSA","kid":"c","n":"AQ","e":"AQAB","d":"AQ"},
            {"kty":"oct","kid":"d","k":"AQ"},
            {"kty":7},
            {"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}
        ]}"#;
        let set = JwkSet::read(document).unwrap();
        assert_eq!(set.keys.len(), 2);
        assert!(set.has("a") && !set.has("b") && !set.has("c") && !set.has("d"));
    }

    #[test]
    fn endless_sets_and_other_documents_are_refused() {
        let many = serde_json::json!({"keys": vec![serde_json::json!({"kty": "RSA"}); KEYS_MAX + 1]});
        assert_eq!(JwkSet::read(many.to_string().as_bytes()), None);
        for document in ["", "[]", "{}", r#"{"keys":{}}"#] {
            assert_eq!(JwkSet::read(document.as_bytes()), None, "{document}");
        }
    }
}
