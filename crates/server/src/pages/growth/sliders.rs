//! Forms of sliders send every position; the address keeps only those that say something.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};

use crate::design::Address;

/// Which element asked, as htmx says it: tag and identifier.
const SOURCE: &str = "hx-source";
/// What the address bar should show instead of what was asked.
const REPLACE: HeaderName = HeaderName::from_static("hx-replace-url");

/// When the form called `form` asked, the address bar shows `address`.
pub fn shown(mut response: Response, headers: &HeaderMap, form: &str, address: &Address) -> Response {
    let asked = headers.get(SOURCE).and_then(|source| source.to_str().ok());
    if asked.is_some_and(|source| source.ends_with(&format!("#{form}")))
        && let Ok(address) = HeaderValue::from_str(&address.href())
    {
        response.headers_mut().insert(REPLACE, address);
    }
    response
}
