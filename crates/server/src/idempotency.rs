//! Requests that may be sent twice and happen once: `Idempotency-Key` on a POST to the API.
//!
//! The name is claimed in the database in which the request takes effect (the market's, or the hub's), so that
//! claim, effect and answer live and die together; [`store::idempotency`] says how. The answer is kept for 24 hours
//! and given again to the same name, the same caller, the same route and the same content. It may hold personal
//! data, so it is sealed: with the key of the person it is about where the endpoint says so ([`About`]), else with
//! the key of the day, which is destroyed after the days that the market's policy says, two at least. An answer with a secret in it is not kept ([`Unkept`]).
//!
//! What is refused without having had any effect is not remembered: the same name may be tried again.

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::{PersonId, Ulid};
use ring::hmac;
use seal::{Cell, Key, KeyId};
use store::{
    Db,
    idempotency::{self, Claim, Intent, StoredAnswer},
};
use tracing::Instrument;

use crate::{
    access::{Declared, Naming},
    api::input,
    app::AppState,
    problem::Problem,
    viewer::{Entered, Who},
};

/// The header that names a request.
pub const NAME: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest name.
const NAME_LENGTH_MAX: usize = 255;
/// Largest answer that is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longer than any request takes: so long another node believes that a claim is being worked on.
const LEASE: std::time::Duration = std::time::Duration::from_secs(600);
/// What the key of fingerprints is derived for.
const FINGERPRINTS: &str = "server/request-fingerprints";
/// Headers that belong to the answer and not to its transport.
const KEPT_HEADERS: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::LOCATION, header::LINK, header::CONTENT_DISPOSITION];

/// Put into a response's extensions: the answer is about this person of the market. It becomes unreadable when
/// the person is erased.
#[derive(Clone, Copy, Debug)]
pub struct About(pub PersonId);

/// Put into a response's extensions: the answer shows a secret for the only time, or many persons of whom any may be
/// erased later, and is kept nowhere.
#[derive(Clone, Copy, Debug)]
pub struct Unkept;

/// Runs a POST, once per name.
pub async fn once(
    state: &AppState,
    declared: &Declared,
    pattern: &str,
    request: Request,
    next: Next,
) -> Response {
    match name(request.headers(), declared.naming) {
        Ok(None) => next.run(request).await,
        Ok(Some(name)) => named(state, declared, pattern, name, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        Err(problem) => problem.into_response(),
    }
}

fn name(headers: &HeaderMap, naming: Naming) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(NAME).iter();
    let wrong = |detail: &'static str| Problem::bad_request(detail).with_error("Idempotency-Key", detail);
    match (given.next(), given.next()) {
        (None, _) if naming == Naming::Required => Err(wrong(
            "Name this request with the header `Idempotency-Key`, best at random: it must not happen twice.",
        )),
        (None, _) => Ok(None),
        (Some(value), None) => {
            let plain = value.as_bytes();
            let fits = (1..=NAME_LENGTH_MAX).contains(&plain.len()) && plain.iter().all(u8::is_ascii_graphic);
            let text = value.to_str().ok().filter(|_| fits);
            text.map(|text| Some(text.to_owned())).ok_or_else(|| {
                wrong("An `Idempotency-Key` has 1 to 255 visible ASCII characters and no spaces.")
            })
        }
        (Some(_), Some(_)) => Err(wrong("Send one `Idempotency-Key`.")),
    }
}

async fn named(
    state: &AppState,
    declared: &Declared,
    pattern: &str,
    name: String,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let bytes_max = declared.body_bytes_max.unwrap_or(state.config().body_bytes_max);
    let body = to_bytes(body, bytes_max)
        .await
        .map_err(|_| Problem::too_large("The body broke off, or is larger than the hub takes."))?;
    let entered = parts.extensions.get::<Entered>().cloned();
    let who = parts.extensions.get::<Who>().ok_or_else(Problem::sign_in_required)?;
    let market = entered.as_ref().map(|entered| entered.market.id().to_string());
    let claimed = idempotency::Request {
        scope: format!("{} POST {pattern} {}", market.as_deref().unwrap_or("hub"), who.id()),
        key: name,
        fingerprint: fingerprint(
            &state.markets().derive_key(FINGERPRINTS),
            &parts.uri,
            &parts.headers,
            &body,
        ),
        boot: state.boot(),
        claim: Ulid::from_parts(
            state.clock().now().as_millisecond().unsigned_abs(),
            state.entropy().number(),
        ),
        lease_for: LEASE,
    };
    let vault = Vault { state: state.clone(), entered };
    let intent = match idempotency::claim(vault.db(), &claimed, state.clock().now()).await? {
        Claim::Fresh(intent) => intent,
        Claim::Done(answer) => return vault.replay(answer).await,
        Claim::InFlight => {
            return Err(Problem::conflict(
                "A request of this name is at work. Wait for its answer, or ask again in a moment.",
            )
            .retry_after(std::time::Duration::from_secs(1)));
        }
        Claim::Mismatch => {
            return Err(Problem::invalid("Another request had this name. A new request needs a new one.")
                .with_error("Idempotency-Key", "was used for other content"));
        }
        Claim::EffectWithoutAnswer => {
            return Err(Problem::conflict(
                "The request of this name has taken effect, but its answer is not kept. Look at what it made; do not send it under a new name.",
            ));
        }
    };
    let request = Request::from_parts(parts, Body::from(body));
    // On a task of its own: what was begun is ended and its answer kept, also when the caller hangs up.
    let (safe, begun) = (vault.clone(), intent.clone());
    let work = async move {
        let response = intent.clone().scope(next.run(request)).await;
        vault.keep(&intent, claimed.claim, response).await
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(answer) => answer,
        Err(error) => {
            // A handler that fell over: its name is free again unless it did something before.
            safe.give_back(&begun, claimed.claim).await?;
            Err(Problem::internal(&error))
        }
    }
}

/// Of everything that makes the request what it is. The boundary of a form counts as well: who repeats an upload
/// repeats its bytes.
///
/// Keyed: a backup holds fingerprints, and nobody without the keyring may try out which telephone number makes one.
fn fingerprint(key: &Key, uri: &axum::http::Uri, headers: &HeaderMap, body: &[u8]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.expose()));
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    for part in [uri.path().as_bytes(), uri.query().unwrap_or_default().as_bytes(), media_type, body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(context.sign().as_ref());
    fingerprint
}

/// Where claims and answers of a request are kept, and what seals them.
#[derive(Clone)]
struct Vault {
    state: AppState,
    entered: Option<Entered>,
}

impl Vault {
    fn db(&self) -> &Db {
        self.entered.as_ref().map_or(self.state.db(), |entered| entered.market.db())
    }

    /// Keeps what the work came to, or gives the name back.
    async fn keep(&self, intent: &Intent, claim: Ulid, response: Response) -> Result<Response, Problem> {
        let failed = response.status().is_client_error() || response.status().is_server_error();
        // An archive that is written while it is sent is not collected to be kept.
        let size = response.body().size_hint().upper();
        let too_large = size.is_none_or(|size| size > ANSWER_BYTES_MAX as u64);
        let unkept = too_large || response.extensions().get::<Unkept>().is_some();
        let refused = failed && !intent.has_taken_effect();
        if refused || unkept || response.status().is_server_error() {
            // What took effect keeps its claim, without an answer, and is not repeated.
            self.give_back(intent, claim).await?;
            return Ok(response);
        }
        let about = response.extensions().get::<About>().copied();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|error| Problem::internal(&error))?;
        let kept = |name: &HeaderName| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        };
        let Some(body_sealed) = self.seal(claim, about, &body).await? else {
            return Ok(Response::from_parts(parts, Body::from(body)));
        };
        let answer = StoredAnswer {
            claim,
            status: parts.status.as_u16(),
            headers: KEPT_HEADERS.iter().filter_map(kept).collect(),
            body_sealed,
        };
        if let Err(error) = idempotency::answer(self.db(), &answer, self.state.clock().now()).await {
            // It has happened; that its answer is not kept is told to whoever asks again.
            tracing::error!(%error, "the answer of a request by name could not be kept: {error}");
        }
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    /// Frees the name of a request that did nothing.
    async fn give_back(&self, intent: &Intent, claim: Ulid) -> Result<(), Problem> {
        match intent.has_taken_effect() {
            true => idempotency::forgo_answer(self.db(), claim, self.state.clock().now()).await?,
            false => idempotency::release(self.db(), claim).await?,
        }
        Ok(())
    }

    async fn replay(&self, answer: StoredAnswer) -> Result<Response, Problem> {
        let body = self.open(answer.claim, &answer.body_sealed).await?.ok_or_else(|| {
            Problem::conflict("The request of this name has taken effect; its answer was about a person who was erased since.")
        })?;
        let mut response =
            (StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK), body).into_response();
        for (name, value) in answer.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    /// `None`: the answer is about a person who was erased meanwhile, and is kept for nobody.
    async fn seal(&self, claim: Ulid, about: Option<About>, body: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        let row = claim.to_string();
        let Some(Entered { market, .. }) = &self.entered else {
            let cell = Cell { market: "hub", table: TABLE, row: &row, column: COLUMN };
            let nonce = self.state.entropy().bytes();
            let sealed = seal::seal(self.state.answers_key(), hub_key_id(), &cell, body, nonce);
            return Ok(Some(sealed.map_err(|error| Problem::internal(&error))?.into_bytes()));
        };
        let now = self.state.clock().now();
        let key = match about {
            Some(About(person)) => match market.person_key(person).await? {
                Some(key) => key,
                None => return Ok(None),
            },
            None => market.day_key(input::today(now), &self.state.moment()).await?,
        };
        Ok(Some(market.seal(&key, TABLE, &row, COLUMN, body)?))
    }

    /// `None`: the key is destroyed.
    async fn open(&self, claim: Ulid, sealed: &[u8]) -> Result<Option<Bytes>, Problem> {
        let row = claim.to_string();
        let broken = |error: seal::SealError| Problem::internal(&error);
        let Some(Entered { market, .. }) = &self.entered else {
            let cell = Cell { market: "hub", table: TABLE, row: &row, column: COLUMN };
            let plain = seal::open(self.state.answers_key(), hub_key_id(), &cell, sealed).map_err(broken)?;
            return Ok(Some(Bytes::copy_from_slice(&plain)));
        };
        let Some(key) = market.key_named(seal::key_id_of(sealed).map_err(broken)?).await? else {
            return Ok(None);
        };
        Ok(Some(Bytes::copy_from_slice(&market.unseal(&key, TABLE, &row, COLUMN, sealed)?)))
    }
}

/// Where a sealed answer belongs, as `store::idempotency::SCHEMA` has it.
const TABLE: &str = "idempotency";
const COLUMN: &str = "body_sealed";

/// The hub's key for answers is derived, and has one life as long as the hub's.
fn hub_key_id() -> KeyId {
    KeyId::new(Ulid::from_parts(0, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_visible() {
        let of = |text: &'static str| {
            let headers = HeaderMap::from_iter([(NAME, HeaderValue::from_static(text))]);
            name(&headers, Naming::Optional).ok().flatten()
        };
        assert_eq!(
            of("8e03978e-40d5-43dd-bc93-6894a57f9324").as_deref(),
            Some("8e03978e-40d5-43dd-bc93-6894a57f9324")
        );
        assert_eq!(of("\"quoted\"").as_deref(), Some("\"quoted\""));
        assert_eq!((of(""), of("two words")), (None, None));
        assert!(name(&HeaderMap::new(), Naming::Required).is_err());
        assert!(name(&HeaderMap::new(), Naming::Optional).is_ok_and(|name| name.is_none()));
    }

    #[test]
    fn what_makes_another_request_makes_another_fingerprint() {
        let print = |uri: &str, media: &'static str, body: &str| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media))]);
            fingerprint(
                &Key::from_bytes([7; 32]),
                &uri.parse().expect("an address"),
                &headers,
                body.as_bytes(),
            )
        };
        let one = print("/a?b", "text/csv", "x");
        assert_eq!(one, print("/a?b", "text/csv", "x"));
        for other in [
            print("/a?c", "text/csv", "x"),
            print("/ab", "text/csv", "x"),
            print("/a?b", "text/csv", "y"),
            print("/a?b", "text/csvx", ""),
        ] {
            assert_ne!(one, other);
        }
    }
}
