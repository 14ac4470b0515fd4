//! What browsers are told to refuse, and what the hub refuses from browsers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::AppState, problem::Problem, viewer};

/// The content security policy of every answer: nothing but our own files, no inline script, no inline
/// style, no framing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 9] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The layer that adds the headers, and keeps what is personal out of shared caches.
pub async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    harden(response.headers_mut(), state.config().is_https());
    response
}

/// Adds what every answer carries and this one lacks.
pub fn harden(headers: &mut HeaderMap, by_https: bool) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    if by_https {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
}

/// The layer that makes every cookie of a hub reached by https secure and bound to this host alone.
pub async fn cookies(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if state.config().is_https() && response.headers().contains_key(header::SET_COOKIE) {
        let lines: Vec<HeaderValue> =
            response.headers().get_all(header::SET_COOKIE).iter().map(secured).collect();
        response.headers_mut().remove(header::SET_COOKIE);
        for line in lines {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    response
}

fn secured(line: &HeaderValue) -> HeaderValue {
    let Ok(text) = line.to_str() else { return line.clone() };
    let prefix = if text.starts_with("__Host-") { "" } else { "__Host-" };
    let secure = if text.contains("; Secure") { "" } else { "; Secure" };
    HeaderValue::from_str(&format!("{prefix}{text}{secure}")).unwrap_or_else(|_| line.clone())
}

/// The layer that refuses changes which another site makes a browser send. Cookies are `SameSite=Lax`
/// as well; this closes what that leaves open (same-site neighbours, old browsers).
///
/// Callers that are no browsers send neither `Sec-Fetch-Site` nor `Origin` and pass; so does an API key, which no
/// browser adds by itself.
pub async fn same_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let by_key = request.uri().path().starts_with("/api/") && viewer::bearer(request.headers()).is_some();
    if safe || by_key || comes_from_us(request.headers(), &state.config().origin()) {
        next.run(request).await
    } else {
        Problem::forbidden(
            "This change came from another site, so the hub did not make it. Use the hub's own pages.",
        )
        .into_response()
    }
}

fn comes_from_us(headers: &HeaderMap, public_origin: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    // Behind a proxy the public origin counts; reached directly, the host that was called.
    let called = text(header::HOST).unwrap_or_default();
    origin == public_origin
        || origin
            .strip_prefix("http://")
            .or(origin.strip_prefix("https://"))
            .is_some_and(|host| host == called)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect();
        comes_from_us(&headers, "https://hub.example")
    }

    #[test]
    fn by_https_every_cookie_is_bound_to_the_host() {
        for (line, secured_line) in [
            ("ehub_flash=a; Path=/", "__Host-ehub_flash=a; Path=/; Secure"),
            ("__Host-ehub_session=a; Path=/; Secure", "__Host-ehub_session=a; Path=/; Secure"),
        ] {
            assert_eq!(secured(&HeaderValue::from_static(line)), secured_line);
        }
    }

    #[test]
    fn changes_are_taken_from_our_own_pages_and_from_programs_only() {
        assert!(allowed(&[]));
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "https://hub.example")]));
        assert!(allowed(&[("origin", "http://127.0.0.1:8900"), ("host", "127.0.0.1:8900")]));

        assert!(!allowed(&[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[("sec-fetch-site", "same-site"), ("origin", "https://hub.example")]));
        assert!(!allowed(&[("origin", "https://evil.example"), ("host", "hub.example")]));
        assert!(!allowed(&[("origin", "null"), ("host", "null")]));
    }
}
