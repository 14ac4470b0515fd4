//! When an ID token is believed (OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725). Pure: token, keys and time
//! are arguments.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::jwks::{Algorithm, Jwks};
use crate::{Email, secret};

/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Longest subject: the standard's limit.
const SUBJECT_BYTES_MAX: usize = 255;
/// How far the provider's clock may be off.
pub const CLOCK_LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Oldest token that is believed: it is fetched right after it was made.
pub const TOKEN_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider's issuer address, exactly.
    pub issuer: &'a str,
    /// The hub's client identifier at the provider.
    pub client_id: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The instant.
    pub now: Timestamp,
}

/// Whom a token vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdClaims {
    /// The provider.
    pub issuer: String,
    /// What the provider calls them.
    pub subject: String,
    /// Their e-mail address, only if the provider has verified it.
    pub verified_email: Option<Email>,
    /// When they last showed the provider who they are, if it says so.
    pub authenticated_at: Option<Timestamp>,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is no signed token of three parts.
    #[error("the ID token is malformed")]
    Malformed,
    /// It names an algorithm that is not believed: only RS256 and ES256 are.
    #[error("the ID token is signed by an algorithm that is not accepted")]
    Algorithm,
    /// It demands an extension.
    #[error("the ID token demands an extension that is not supported")]
    Critical,
    /// It names no key of the provider that fits.
    #[error("the ID token names a key that the provider does not publish")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("the ID token is meant for another client")]
    Audience,
    /// It is over.
    #[error("the ID token has expired")]
    Expired,
    /// It is of the future, or too old, or does not say when it was made.
    #[error("the ID token was not made just now")]
    NotNow,
    /// It answers another request.
    #[error("the ID token answers another request")]
    Nonce,
    /// It does not say for whom it vouches.
    #[error("the ID token has no subject")]
    Subject,
}

/// Whom `token` vouches for, if everything it must say is right and the provider signed it.
///
/// # Errors
/// The first rule that the token breaks. The signature is checked before any claim.
pub fn verify(token: &str, keys: &Jwks, expected: &Expected<'_>) -> Result<IdClaims, IdTokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(IdTokenError::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(IdTokenError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(IdTokenError::Malformed)?;
    let header = object(header)?;
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::from_name);
    let algorithm = algorithm.ok_or(IdTokenError::Algorithm)?;
    if header.contains_key("crit") {
        return Err(IdTokenError::Critical);
    }
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.as_str()),
        Some(_) => return Err(IdTokenError::UnknownKey),
    };
    // Only the provider's own set is asked: keys or addresses of keys in the header (jwk, jku, x5u) are ignored.
    let key = keys.find(key_id, algorithm).ok_or(IdTokenError::UnknownKey)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| IdTokenError::Malformed)?;
    if !key.signed(message.as_bytes(), &signature) {
        return Err(IdTokenError::Signature);
    }
    claims(&object(payload)?, expected)
}

/// The name of the key that a token claims to be signed by: unjudged, to know which keys to ask the provider for.
pub fn key_id(token: &str) -> Option<String> {
    let header = token.split('.').next().filter(|header| header.len() <= TOKEN_BYTES_MAX)?;
    object(header).ok()?.get("kid")?.as_str().map(str::to_owned)
}

fn claims(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<IdClaims, IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(IdTokenError::Issuer);
    }
    for_us(claims, expected.client_id)?;
    let instant =
        |name: &str| claims.get(name).map(|value| seconds(value).ok_or(IdTokenError::NotNow)).transpose();
    let (now, leeway) = (expected.now.as_second(), CLOCK_LEEWAY.as_secs());
    let expires = instant("exp")?.ok_or(IdTokenError::Expired)?;
    if expires.saturating_add(leeway) <= now {
        return Err(IdTokenError::Expired);
    }
    let made = instant("iat")?.ok_or(IdTokenError::NotNow)?;
    let valid_from = instant("nbf")?.unwrap_or(made);
    let oldest = now.saturating_sub(TOKEN_AGE_MAX.as_secs() + leeway);
    if made < oldest || made.max(valid_from) > now.saturating_add(leeway) {
        return Err(IdTokenError::NotNow);
    }
    let nonce = text("nonce").ok_or(IdTokenError::Nonce)?;
    if !secret::same(nonce.as_bytes(), expected.nonce.as_bytes()) {
        return Err(IdTokenError::Nonce);
    }
    let subject = text("sub")
        .filter(|subject| (1..=SUBJECT_BYTES_MAX).contains(&subject.len()) && !subject.contains('\0'));
    let subject = subject.ok_or(IdTokenError::Subject)?;
    let is_verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        Some(Value::String(verified)) => verified == "true", // As some providers write it.
        _ => false,
    };
    let email = text("email").filter(|_| is_verified).and_then(|email| email.parse().ok());
    let authenticated_at = instant("auth_time")?.and_then(|second| Timestamp::from_second(second).ok());
    Ok(IdClaims {
        issuer: expected.issuer.to_owned(),
        subject: subject.to_owned(),
        verified_email: email,
        authenticated_at: authenticated_at.filter(|at| at.as_second() <= now.saturating_add(leeway)),
    })
}

/// Whether the hub is meant, alone or, with others, as the authorised party.
fn for_us(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => {
            all.iter().map(|one| one.as_str().ok_or(IdTokenError::Audience)).collect::<Result<_, _>>()?
        }
        _ => return Err(IdTokenError::Audience),
    };
    let party = match claims.get("azp") {
        None => None,
        Some(party) => Some(party.as_str().ok_or(IdTokenError::Audience)?),
    };
    let alone = audience.iter().all(|one| *one == client_id);
    let named = party.map_or(alone, |party| party == client_id);
    if audience.contains(&client_id) && named { Ok(()) } else { Err(IdTokenError::Audience) }
}

/// Whole seconds since 1970 of a JSON number, which may have a fraction.
fn seconds(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    let whole = number.as_i64();
    // Beyond 2^53 a fraction would be lost, and so would the century.
    whole.or_else(|| number.as_f64().filter(|second| second.abs() < 9e15).map(|second| second.floor() as i64))
}

fn object(part: &str) -> Result<Map<String, Value>, IdTokenError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| IdTokenError::Malformed)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(IdTokenError::Malformed),
    }
}

#[cfg(test)]
mod tests;
