//! Where a list goes on: opaque to its reader, and good for nothing but going on.
//!
//! A cursor is the place as the endpoint wrote it, sealed with a key of the hub and bound to the route, the market
//! and the caller that it was given to. Read by anybody else, at another address or changed in one bit, it is
//! refused (400). It does not show what it holds (a sort key may be a person's name) and does not grow old.
//!
//! An endpoint takes [`Paging<T>`], where `T` is its place, and answers with [`Paging::page`], which also writes
//! `Link: <..>; rel="next"`.

use std::marker::PhantomData;

use axum::{
    Json,
    extract::{FromRef, FromRequestParts, MatchedPath},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Ulid;
use seal::{Cell, Key, KeyId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    app::AppState,
    design::Address,
    problem::Problem,
    viewer::{Entered, Who},
};

/// Items per answer when the request does not say.
pub const LIMIT: usize = 100;
/// Most items per answer.
pub const LIMIT_MAX: usize = 500;
/// Longest cursor that is looked at, in letters.
const LETTERS_MAX: usize = 2_000;

/// The query parameters of every list, for its description.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PagingParams {
    /// Items per answer, at most 500; 100 when left out.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// `next_cursor` of the answer before, or its `Link`; the beginning when left out or empty. It works for the caller and the address that it was
    /// given to.
    #[param(pattern = "^[A-Za-z0-9_-]{0,2000}$")]
    pub cursor: Option<String>,
}

/// What seals cursors. Every node of a hub has the same.
#[derive(Clone)]
pub struct CursorKey(std::sync::Arc<Key>);

impl CursorKey {
    /// The key.
    pub fn new(key: Key) -> Self {
        Self(std::sync::Arc::new(key))
    }
}

/// Which page of a list of places `T` is asked for.
pub struct Paging<T> {
    /// Items to answer with, 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// The place after which to go on; `None`: the beginning.
    pub after: Option<T>,
    key: CursorKey,
    nonce: [u8; 24],
    bound: Bound,
    address: Address,
    place: PhantomData<fn(T)>,
}

/// What a cursor is bound to.
#[derive(Clone, Debug)]
struct Bound {
    market: String,
    route: String,
    caller: String,
}

impl Bound {
    fn cell(&self) -> Cell<'_> {
        Cell { market: &self.market, table: "cursor", row: &self.caller, column: &self.route }
    }
}

/// The key has one life, as long as the hub's own.
fn key_id() -> KeyId {
    KeyId::new(Ulid::from_parts(0, 1))
}

impl CursorKey {
    /// `None` only for a place of many gigabytes.
    fn write(&self, bound: &Bound, place: &[u8], nonce: [u8; 24]) -> Option<String> {
        let sealed = seal::seal(&self.0, key_id(), &bound.cell(), place, nonce).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed.as_bytes()))
    }

    fn read(&self, bound: &Bound, text: &str) -> Option<Vec<u8>> {
        if text.len() > LETTERS_MAX {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        seal::open(&self.0, key_id(), &bound.cell(), &sealed).ok().map(|plain| plain.to_vec())
    }
}

impl<T: Serialize> Paging<T> {
    /// The cursor that goes on after `place`.
    fn cursor(&self, place: &T) -> Option<String> {
        let plain = serde_json::to_vec(place).ok()?;
        self.key.write(&self.bound, &plain, self.nonce)
    }

    /// The answer: `body` makes it of the cursor of the next page (`None`: this was the last), which also goes
    /// into the `Link` header.
    pub fn page<B: Serialize>(&self, next: Option<&T>, body: impl FnOnce(Option<String>) -> B) -> Response {
        let cursor = next.and_then(|place| self.cursor(place));
        let link = cursor.as_ref().and_then(|cursor| {
            let href = self.address.with("cursor", cursor).href();
            HeaderValue::from_str(&format!("<{href}>; rel=\"next\"")).ok()
        });
        let mut response = Json(body(cursor)).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// A place in a list of things that have identifiers and may come and go.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Seen {
    last: Ulid,
    before: usize,
}

impl Paging<Seen> {
    /// A page of `items`, as the bare list; where to go on is in the `Link` header alone. It goes on after the item
    /// that was the last one seen, or at the same distance when that one is gone.
    pub fn list<T, B: Serialize>(
        &self,
        items: &[T],
        id: impl Fn(&T) -> Ulid,
        show: impl Fn(&T) -> B,
    ) -> Response {
        let start = self.after.map_or(0, |seen| {
            items.iter().position(|item| id(item) == seen.last).map_or(seen.before, |at| at + 1)
        });
        let page: Vec<&T> = items.iter().skip(start).take(self.limit).collect();
        let end = start + page.len();
        let next = page.last().filter(|_| end < items.len()).map(|item| Seen { last: id(item), before: end });
        self.page(next.as_ref(), |_| page.iter().map(|item| show(item)).collect::<Vec<B>>())
    }
}

impl<T, S> FromRequestParts<S> for Paging<T>
where
    T: DeserializeOwned,
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let state = AppState::from_ref(state);
        let address = Address::of(&parts.uri);
        let limit = match address.get("limit") {
            None => LIMIT,
            Some(text) => {
                text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(|| {
                    Problem::bad_request(format!("`limit` is a whole number from 1 to {LIMIT_MAX}."))
                })?
            }
        };
        let who = parts.extensions.get::<Who>().ok_or_else(Problem::sign_in_required)?;
        let market = parts.extensions.get::<Entered>().map(|entered| entered.market.id().to_string());
        let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let bound = Bound {
            market: market.unwrap_or_else(|| "hub".to_owned()),
            route: route.unwrap_or_default(),
            caller: who.id(),
        };
        let key = state.cursor_key().clone();
        let after = match address.get("cursor") {
            None => None,
            Some(text) => {
                let refused = || {
                    Problem::bad_request(
                        "The cursor is not one that this address gave you. Begin without a cursor.",
                    )
                };
                let plain = key.read(&bound, text).ok_or_else(refused)?;
                Some(serde_json::from_slice(&plain).map_err(|_| refused())?)
            }
        };
        let nonce = state.entropy().bytes();
        Ok(Self { limit, after, key, nonce, bound, address, place: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(market: &str, route: &str, caller: &str) -> Bound {
        Bound { market: market.to_owned(), route: route.to_owned(), caller: caller.to_owned() }
    }

    #[test]
    fn a_cursor_works_for_whom_and_where_it_was_given_and_shows_nothing() {
        let key = CursorKey::new(Key::from_bytes([7; 32]));
        let home = bound("m1", "/contacts", "user:1");
        let text = key.write(&home, b"\"Ana Costa\"", [1; 24]).expect("sealed");
        assert_eq!(key.read(&home, &text).as_deref(), Some(&b"\"Ana Costa\""[..]));
        let seen = URL_SAFE_NO_PAD.decode(&text).expect("base64");
        assert!(!seen.windows(3).any(|window| window == b"Ana"), "the place cannot be read");
        for other in [
            bound("m2", "/contacts", "user:1"),
            bound("m1", "/notes", "user:1"),
            bound("m1", "/contacts", "user:2"),
        ] {
            assert_eq!(key.read(&other, &text), None, "{other:?}");
        }
        assert_eq!(CursorKey::new(Key::from_bytes([8; 32])).read(&home, &text), None, "another hub");
    }

    #[test]
    fn a_changed_cursor_is_none() {
        let key = CursorKey::new(Key::from_bytes([7; 32]));
        let home = bound("m1", "/contacts", "user:1");
        let text = key.write(&home, b"[1]", [1; 24]).expect("sealed");
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("letters");
            // The last letter of base64 may carry bits of no byte; then nothing was changed.
            let same = URL_SAFE_NO_PAD.decode(&changed).ok() == URL_SAFE_NO_PAD.decode(&text).ok();
            assert!(same || key.read(&home, &changed).is_none(), "letter {at}");
        }
        assert_eq!(key.read(&home, &"A".repeat(LETTERS_MAX + 1)), None);
    }
}
