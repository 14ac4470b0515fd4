use std::{fmt, marker::PhantomData};

use serde_json::Value;

use super::{Op, Version};

/// What a request carries. Its `Debug` shows the kind: contents name people.
#[derive(Clone, Default, PartialEq)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// Names and values, as forms are sent: what the token endpoints take.
    Form(Vec<(String, String)>),
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "Body::Empty",
            Self::Json(_) => "Body::Json(..)",
            Self::Form(_) => "Body::Form(..)",
        })
    }
}

/// One request to be, without token and host. Its `Debug` shows the operation: paths and bodies name people.
#[derive(Clone, PartialEq)]
pub struct Ask {
    /// The operation.
    pub op: Op,
    /// What fills the names in its path, in their order.
    pub path: Vec<String>,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl fmt::Debug for Ask {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ask({})", self.op.key())
    }
}

impl Ask {
    /// The operation with what fills its path.
    pub fn new(op: Op, path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { op, path, query: Vec::new(), body: Body::Empty }
    }

    /// Path and query as they are sent under `version`; none when the operation does not exist there.
    pub fn target(&self, version: Option<Version>) -> Option<String> {
        let operation = self.op.operation();
        let twin = match version {
            Some(Version::V3) => Some(operation.twin.as_ref()?),
            _ => None,
        };
        let template = twin.map_or(&operation.path, |twin| &twin.path);
        let mut target = String::with_capacity(template.len() + 64);
        let mut parts = self.path.iter();
        for (index, piece) in template.split('/').enumerate() {
            if index > 0 {
                target.push('/');
            }
            match piece.strip_prefix('{') {
                // Left unfilled, it is a segment that no path has; filled with slashes, still one segment.
                Some(_) => target.push_str(&segment(parts.next().map_or("", String::as_str))),
                None => target.push_str(piece),
            }
        }
        if !self.query.is_empty() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &self.query {
                let name = twin.and_then(|twin| twin.query.get(name)).unwrap_or(name);
                query.append_pair(name, value);
            }
            target.push('?');
            target.push_str(&query.finish());
        }
        Some(target)
    }

    /// Takes a member out of a JSON body, wherever on its first level or in its lists of objects it is.
    /// Says whether it was there.
    pub fn strip(&mut self, member: &str) -> bool {
        let Body::Json(Value::Object(object)) = &mut self.body else { return false };
        if object.shift_remove(member).is_some() {
            return true;
        }
        let (parent, child) = member.rsplit_once('.').unwrap_or(("", member));
        // Validators name members of list items as `customFields.0.key`.
        let parent = parent.split('.').next().unwrap_or_default();
        match object.get_mut(parent) {
            Some(Value::Object(inner)) => inner.shift_remove(child).is_some(),
            Some(Value::Array(items)) => {
                let mut found = false;
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    found |= item.shift_remove(child).is_some();
                }
                found
            }
            _ => false,
        }
    }
}

/// One segment of a path: everything that could end or split it is escaped.
fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            // A lone dot is a path of its own for whoever normalises paths.
            b'.' if text != "." && text != ".." => out.push('.'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// An [`Ask`] that knows what its answer says.
pub struct Call<T> {
    /// What is asked.
    pub ask: Ask,
    answer: PhantomData<fn() -> T>,
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self { ask: self.ask.clone(), answer: PhantomData }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Call({})", self.ask.op.key())
    }
}

impl<T> Call<T> {
    /// The operation with what fills its path.
    pub fn new(op: Op, path: &[&str]) -> Self {
        Self { ask: Ask::new(op, path), answer: PhantomData }
    }

    /// With a parameter in the query.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.ask.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a parameter in the query, if there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.ask.body = Body::Json(body);
        self
    }

    /// With a form as body.
    #[must_use]
    pub fn form(mut self, body: Vec<(String, String)>) -> Self {
        self.ask.body = Body::Form(body);
        self
    }
}

/// An answer of which only the status matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl super::FromWire for Nothing {
    fn read(_: &super::Fields<'_>) -> Option<Self> {
        Some(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_filled_in_order_and_a_query_encoded() {
        let call = Call::<Nothing>::new(Op::TaskUpdate, &["c1", "t/2"]).with("a b", "+1 555");
        assert_eq!(
            call.ask.target(call.ask.op.operation().version).unwrap(),
            "/contacts/c1/tasks/t%2F2?a+b=%2B1+555"
        );
    }

    #[test]
    fn under_v3_paths_and_parameters_are_spelled_as_there() {
        let call =
            Call::<Nothing>::new(Op::OpportunitySearch, &[]).with("location_id", "L").with("status", "open");
        assert_eq!(call.ask.target(None).unwrap(), "/opportunities/search?location_id=L&status=open");
        assert_eq!(
            call.ask.target(Some(Version::V3)).unwrap(),
            "/opportunities/search?locationId=L&status=open"
        );
        let mint = Ask::new(Op::OauthLocationToken, &[]);
        assert_eq!(mint.target(Some(Version::V3)).unwrap(), "/oauth/location-token");
        assert_eq!(Ask::new(Op::UserList, &[]).target(Some(Version::V3)), None);
    }

    #[test]
    fn a_member_is_taken_out_wherever_the_refusal_names_it() {
        let mut ask = Ask::new(Op::ContactUpdate, &["c"]);
        ask.body = Body::Json(json!({"gender": "x", "name": "n", "customFields": [{"id": "1", "key": "k"}]}));
        assert!(ask.strip("gender") && ask.strip("customFields.0.key") && !ask.strip("absent"));
        assert_eq!(ask.body, Body::Json(json!({"name": "n", "customFields": [{"id": "1"}]})));
    }

    proptest! {
        #[test]
        fn no_identifier_leads_out_of_its_segment(id in ".*") {
            let target = Ask::new(Op::ContactGet, &[&id]).target(None).unwrap();
            let url = url::Url::parse(super::super::BASE).unwrap().join(&target).unwrap();
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 2);
            prop_assert_eq!(segments[0], "contacts");
            prop_assert_eq!((url.query(), url.fragment()), (None, None));
        }
    }
}
