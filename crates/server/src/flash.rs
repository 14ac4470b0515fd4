//! A short message from one request to the page after the redirect.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    Config,
    design::{Address, Tone},
    viewer,
};

/// By http, and by https.
const COOKIE: (&str, &str) = ("ehub_flash", "__Host-ehub_flash");

/// Sends the browser to `target`, where `text` will be shown once.
pub fn redirect(target: &Address, tone: Tone, text: &str) -> Response {
    let mut response = Redirect::to(&target.href()).into_response();
    let value: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let cookie = viewer::set_cookie(COOKIE.0, &format!("{}.{value}", tone.class()), 30, true, false);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The message that the request before left.
pub fn read(config: &Config, headers: &HeaderMap) -> Option<(Tone, String)> {
    let (tone, text) = viewer::cookie(headers, config.cookie(COOKIE))?.split_once('.')?;
    let tone = Tone::ALL.iter().copied().find(|known| known.class() == tone)?;
    let text = form_urlencoded::parse(format!("t={text}").as_bytes()).next()?.1.into_owned();
    Some((tone, text))
}

/// The layer that takes the message away once a page has shown it.
pub async fn clear(State(config): State<Config>, request: Request, next: Next) -> Response {
    let shown =
        request.method() == Method::GET && viewer::cookie(request.headers(), config.cookie(COOKIE)).is_some();
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if shown
        && is_page
        && let Ok(cookie) = HeaderValue::from_str(&viewer::set_cookie(COOKIE.0, "", 0, true, false))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
