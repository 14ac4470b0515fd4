use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use super::{Kind, Problem};
use crate::{
    app::AppState,
    design::{Address, error_page},
    observe::RequestId,
    pages::account::SECOND_FACTOR,
    viewer::Viewer,
};

/// The layer that gives every failed answer its final form: problem+json with the request's id under
/// `/api` and for programs, a page or a toast for browsers, and the way to the sign-in page where
/// somebody has to sign in first.
pub async fn present(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let accepts_html = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let by_htmx = request.headers().contains_key("hx-request");
    let for_people = (accepts_html || by_htmx) && !path.starts_with("/api/");
    let is_get = request.method() == axum::http::Method::GET;
    let address = Address::of(request.uri());
    let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let headers = request.headers().clone();
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"application/json"));

    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    let (problem, allow, response) = understand(response).await;
    let Some(problem) = problem else { return response };

    let mut presented = if !for_people {
        let told = if is_json { problem.clone().pointed() } else { problem.clone() };
        told.json(request_id.as_str())
    } else if problem.kind() == Kind::SignInRequired {
        // Only reading can be taken up again after signing in.
        let next = if is_get { address.href() } else { "/".to_owned() };
        sent_to(Address::at("/sign-in").with("next", &next).href(), by_htmx)
    } else if problem.kind() == Kind::SecondFactorRequired {
        sent_to(SECOND_FACTOR.to_owned(), by_htmx)
    } else if by_htmx {
        let toast = crate::design::toast(crate::design::Tone::Bad, problem.detail());
        let mut response = (problem.status(), toast).into_response();
        for (name, value) in
            [("hx-retarget", "#toasts"), ("hx-reswap", "beforeend"), ("hx-reselect", ".toast")]
        {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        let viewer = Viewer::resolve(&state, &headers, address).await;
        (problem.status(), error_page(&viewer, &problem, request_id.as_str())).into_response()
    };
    for (name, value) in problem.headers() {
        presented.headers_mut().insert(name, value.clone());
    }
    if let Some(allow) = allow {
        presented.headers_mut().insert(header::ALLOW, allow);
    }
    presented
}

/// The browser goes there instead.
fn sent_to(target: String, by_htmx: bool) -> Response {
    if by_htmx {
        (StatusCode::OK, [("hx-redirect", target)]).into_response()
    } else {
        Redirect::to(&target).into_response()
    }
}

/// The problem behind a failed response: its own, or one made of the framework's plain words. `None`
/// when the response is already a page of its own (a form with its errors).
async fn understand(response: Response) -> (Option<Problem>, Option<HeaderValue>, Response) {
    let allow = response.headers().get(header::ALLOW).cloned();
    if let Some(problem) = response.extensions().get::<Problem>() {
        return (Some(problem.clone()), allow, response);
    }
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    if !plain {
        return (None, allow, response);
    }
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    let kind = Kind::of_status(parts.status);
    let problem = match kind {
        Kind::Internal => Problem::new(kind, "The hub could not finish this request."),
        Kind::NotFound if text.is_empty() => Problem::new(kind, "There is nothing at this address."),
        Kind::MethodNotAllowed => Problem::new(kind, "This address does not take that method."),
        Kind::Timeout => {
            Problem::new(kind, "The hub stopped working on this request because it took too long.")
        }
        _ if text.is_empty() => Problem::new(kind, kind.title()),
        _ => Problem::new(kind, text),
    };
    (Some(problem), allow, Response::from_parts(parts, Body::empty()))
}
