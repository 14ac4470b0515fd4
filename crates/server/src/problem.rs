//! What went wrong, said once: RFC 9457 `application/problem+json` for programs, a page for people.
//!
//! Handlers return `Result<_, Problem>`; every error of a domain becomes a [`Problem`] by a `From` in
//! `problem/domains.rs`, and every refusal of the framework (bad path, bad form, too large, too
//! slow) is turned into one by [`present`], which also knows the request's id and whether a browser asks.

mod domains;
mod present;

use std::{borrow::Cow, time::Duration};

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

pub use present::present;

/// One wrong input within a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Row of the file, where the input was a file; the first data row is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Where in the body it stands, as a JSON pointer (RFC 6901) in a fragment: `#/of/0/share`. Absent where the
    /// input was no JSON body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "#/arr")]
    pub pointer: Option<String>,
    /// Name of the field, column or header.
    pub field: String,
    /// The value as received; absent where it was absent, or is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

/// The kinds of problems. Each has a stable identifier, documented at `/api#problem-{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The request cannot be understood.
    BadRequest,
    /// Nobody is signed in.
    SignInRequired,
    /// The signed-in user has to set the second step of signing in up first.
    SecondFactorRequired,
    /// The signed-in user may not do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The thing exists, the verb does not.
    MethodNotAllowed,
    /// The state has moved on.
    Conflict,
    /// More bytes than the hub takes.
    TooLarge,
    /// A content type the hub does not read.
    UnsupportedMediaType,
    /// Understood, but some values are wrong; `errors` names them.
    Invalid,
    /// Too many attempts.
    TooManyRequests,
    /// Took longer than the hub allows.
    Timeout,
    /// Not now: starting, stopping, or the database is away.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl Kind {
    /// Every kind, for the reference page.
    pub const ALL: &'static [Self] = &[
        Self::BadRequest,
        Self::SignInRequired,
        Self::SecondFactorRequired,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::TooManyRequests,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Stable identifier.
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// The HTTP status it is answered with.
    pub fn status(self) -> StatusCode {
        self.entry().1
    }

    /// Short title, the same for every occurrence.
    pub fn title(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadRequest => ("bad-request", StatusCode::BAD_REQUEST, "The request cannot be understood"),
            Self::SignInRequired => ("sign-in-required", StatusCode::UNAUTHORIZED, "Sign in first"),
            Self::SecondFactorRequired => {
                ("second-factor-required", StatusCode::FORBIDDEN, "Set two-step sign-in up first")
            }
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "Changed in the meantime"),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "Format not supported")
            }
            Self::Invalid => ("invalid", StatusCode::UNPROCESSABLE_ENTITY, "Some values are wrong"),
            Self::TooManyRequests => {
                ("too-many-requests", StatusCode::TOO_MANY_REQUESTS, "Too many attempts")
            }
            Self::Timeout => ("timeout", StatusCode::GATEWAY_TIMEOUT, "Took too long"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available right now"),
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something broke on our side"),
        }
    }

    fn of_status(status: StatusCode) -> Self {
        Self::ALL.iter().copied().find(|kind| kind.status() == status).unwrap_or_else(|| match status {
            StatusCode::REQUEST_TIMEOUT => Self::Timeout,
            status if status.is_server_error() => Self::Internal,
            _ => Self::BadRequest,
        })
    }
}

/// Something that kept a request from its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldProblem>,
    headers: Box<HeaderMap>,
}

/// A problem as it is sent (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Identifies the kind; its documentation.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// Short title, the same for every occurrence of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what can be done.
    pub detail: String,
    /// The request's id, as in the `X-Request-Id` header and the hub's log.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The wrong inputs, where the request had some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)+) => {
        $($(#[$doc])* pub fn $name(detail: impl Into<Cow<'static, str>>) -> Self {
            Self::new(Kind::$kind, detail)
        })+
    };
}

impl Problem {
    /// A problem of `kind`; `detail` says what happened and what can be done.
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), headers: Box::default() }
    }

    constructors! {
        /// 400: the request cannot be understood.
        bad_request => BadRequest;
        /// 403: the user may not do this.
        forbidden => Forbidden;
        /// 404: there is no such thing.
        not_found => NotFound;
        /// 409: the state has moved on.
        conflict => Conflict;
        /// 413: more bytes than the hub takes.
        too_large => TooLarge;
        /// 422: some values are wrong; add them with [`with_error`](Self::with_error).
        invalid => Invalid;
        /// 429: too many attempts.
        too_many_requests => TooManyRequests;
        /// 503: not now.
        unavailable => Unavailable;
    }

    /// 401.
    pub fn sign_in_required() -> Self {
        Self::new(Kind::SignInRequired, "This needs a signed-in user. Sign in and repeat the request.")
    }

    /// 500 for an error that the user can do nothing about. The error goes to the log, never to the user.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain = format!("{chain}: {cause}");
            source = cause.source();
        }
        tracing::error!(error = %chain, "request failed: {chain}");
        Self::new(
            Kind::Internal,
            "The hub could not finish this request. The log has the reason under the request's id.",
        )
    }

    /// The same problem with one wrong input more: a member of the body, a field of the form, a header.
    #[must_use]
    pub fn with_error(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        self.errors.push(FieldProblem { row: None, pointer: None, field, value: None, message });
        self
    }

    /// The same problem with one wrong input more, at `pointer` (RFC 6901, `/of/0/share`) of a JSON body.
    #[must_use]
    pub fn with_pointer(mut self, pointer: &str, message: impl Into<String>) -> Self {
        let field = pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
        let pointer = Some(format!("#{pointer}"));
        self.errors.push(FieldProblem { row: None, pointer, field, value: None, message: message.into() });
        self
    }

    /// The same problem, with the pointers of errors that name a member of a JSON body only.
    #[must_use]
    pub(crate) fn pointed(mut self) -> Self {
        for error in self.errors.iter_mut().filter(|error| error.row.is_none() && error.pointer.is_none()) {
            if !error.field.is_empty() && !error.field.contains('-') {
                error.pointer = Some(format!("#/{}", error.field.replace('.', "/")));
            }
        }
        self
    }

    /// The same problem; the same request may work after `wait`.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = crate::limits::whole_seconds(wait).max(1);
        self.headers.insert(header::RETRY_AFTER, seconds.into());
        self
    }

    /// The same problem with more headers to its answer.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Headers of its answer beside those that every problem has.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The same problem with these wrong inputs.
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = FieldProblem>) -> Self {
        self.errors.extend(errors);
        self
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// What happened this time and what can be done.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The wrong inputs.
    pub fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// The problem as it is sent in answer to the request `request_id`.
    pub fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            type_uri: format!("/api#problem-{}", self.kind.id()),
            title: self.kind.title().to_owned(),
            status: self.status().as_u16(),
            detail: self.detail.clone().into_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }

    fn json(&self, request_id: &str) -> Response {
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let mut response =
            (self.status(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        response.headers_mut().extend((*self.headers).clone());
        if self.kind == Kind::SignInRequired {
            // RFC 9110: a 401 says how to show who one is.
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<kernel::Rejection> for FieldProblem {
    fn from(rejection: kernel::Rejection) -> Self {
        Self {
            row: (rejection.row > 0).then_some(rejection.row),
            pointer: None,
            field: rejection.field,
            value: Some(rejection.value),
            message: rejection.message,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.json("");
        response.extensions_mut().insert(self);
        response
    }
}
