//! What GoHighLevel answers, and how it refuses: with the odd bodies that it really has.

use serde_json::{Map, Value, json};

/// An answer before it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
    /// Headers beyond content type and the limits'.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body, headers: Vec::new() }
    }

    /// 201 with this body.
    pub fn created(body: Value) -> Self {
        Self { status: 201, ..Self::ok(body) }
    }
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The body, without its trace id.
    pub body: Value,
}

/// What an operation comes to.
pub(super) type Outcome = Result<Answer, Refusal>;

impl Refusal {
    /// A refusal with the usual two members.
    pub fn new(status: u16, message: impl Into<Value>) -> Self {
        Self { status, body: json!({ "statusCode": status, "message": message.into() }) }
    }

    fn named(status: u16, message: impl Into<Value>, error: &str) -> Self {
        Self { status, body: json!({ "statusCode": status, "message": message.into(), "error": error }) }
    }

    /// With a further member.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(members) = &mut self.body {
            members.insert(name.to_owned(), value);
        }
        self
    }

    /// 400.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::named(400, message.into(), "Bad Request")
    }

    /// 422 with what is wrong, one sentence each.
    pub fn unprocessable(sentences: Vec<String>) -> Self {
        Self::named(422, sentences, "Unprocessable Entity")
    }

    /// The same with another status: not every operation declares 422.
    pub fn under(mut self, status: u16) -> Self {
        self.status = status;
        let error = if status == 422 { "Unprocessable Entity" } else { "Bad Request" };
        if status != 422
            && let Some(sentences) = self.body["message"].as_array()
        {
            // A list is declared under 422 only.
            let joined: Vec<&str> = sentences.iter().filter_map(Value::as_str).collect();
            self.body["message"] = Value::from(joined.join(", "));
        }
        self.with("statusCode", Value::from(status)).with("error", Value::from(error))
    }

    /// 401: the token is unknown or has expired.
    pub fn invalid_jwt() -> Self {
        Self::new(401, "Invalid JWT")
    }

    /// 401: a Private Integration Token that is not.
    pub fn invalid_pit() -> Self {
        Self::new(401, "Invalid Private Integration token")
    }

    /// 401: scope.
    pub fn not_this_scope() -> Self {
        Self::new(401, "The token is not authorized for this scope.")
    }

    /// 401: an agency's token where a location's is wanted.
    pub fn auth_class() -> Self {
        Self::new(
            401,
            "This authClass type is not allowed to access this scope. Please reach out to the Platform team to get it added.",
        )
    }

    /// 403: a location's token where an agency's is wanted.
    pub fn forbidden_resource() -> Self {
        Self::named(403, "Forbidden resource", "Forbidden")
    }

    /// 403: another location's token.
    pub fn other_location() -> Self {
        Self::new(403, "The token does not have access to this location.")
    }

    /// 400: the version header names one that this endpoint does not have.
    pub fn version(method: &str, path: &str, version: &str) -> Self {
        Self::bad(format!("Endpoint {method} {path} not available in API version {version}"))
    }

    /// 429, without Retry-After, as it is.
    pub fn too_many() -> Self {
        Self::new(429, "Too Many Requests")
    }

    /// 400 with the contact's id: GoHighLevel does not answer 404 here.
    pub fn no_contact(id: &str) -> Self {
        Self::bad(format!("Contact with id {id} not found"))
    }

    /// 404.
    pub fn missing(what: &str, id: &str) -> Self {
        Self::named(404, format!("{what} with id {id} not found"), "Not Found")
    }

    /// The errors of OAuth's own endpoint.
    pub fn grant(error: &str, description: &str) -> Self {
        Self { status: 400, body: json!({ "error": error, "error_description": description }) }
    }

    /// The answer, with its trace id.
    pub fn answer(self, trace: &str) -> Answer {
        let mut body = self.body;
        if let Value::Object(members) = &mut body {
            members.insert("traceId".to_owned(), Value::from(trace));
        }
        Answer { status: self.status, body, headers: Vec::new() }
    }
}

/// The object in `value`; an empty one when it is none.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// `value` without members that are null: GoHighLevel leaves out what it does not know.
pub(super) fn without_nulls(value: Value) -> Value {
    Value::Object(object(value).into_iter().filter(|(_, value)| !value.is_null()).collect())
}
