use serde_json::Value;

use crate::ghl::{recorded, wire::Fields};

/// Longest message that is kept of an answer.
const MESSAGE_CHARS_MAX: usize = 300;

/// What the body of a refusal says. GoHighLevel has no form for them; this finds what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Whether it is JSON; nothing at all is, too.
    pub is_json: bool,
    /// Everything it says, in lower case: messages, codes, descriptions.
    pub text: String,
    /// The first message as it came, personal values masked, shortened.
    pub message: Option<String>,
    /// Their trace.
    pub trace_id: Option<String>,
    /// The identifier of what exists already.
    pub existing_id: Option<String>,
    /// What went wrong of many: identifiers or messages.
    pub failed_parts: Vec<String>,
    /// Items of many that went wrong.
    pub error_count: u64,
    /// Whether it says that it was not done although its status does not.
    pub is_denied: bool,
}

impl ErrorBody {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Self {
        let body = body.trim_ascii();
        if body.is_empty() {
            return Self { is_json: true, ..Self::default() };
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::of(&value),
            Err(_) => {
                let text = String::from_utf8_lossy(&body[..body.len().min(2000)]).to_lowercase();
                Self { text, ..Self::default() }
            }
        }
    }

    fn of(value: &Value) -> Self {
        let fields = Fields::of(value);
        let mut says = Vec::new();
        for name in
            ["message", "msg", "error", "error_description", "canonicalCode", "code", "errorCode", "name"]
        {
            match fields.get(name) {
                Some(Value::Object(_)) => {
                    let inner = fields.object(name);
                    says.extend(
                        ["message", "code", "description"].iter().filter_map(|name| inner.text(name)),
                    );
                }
                Some(Value::Array(_)) => says.extend(fields.texts(name)),
                Some(_) => says.extend(fields.text(name)),
                None => {}
            }
        }
        let message =
            says.first().map(|text| recorded::mask_text(text).chars().take(MESSAGE_CHARS_MAX).collect());
        let meta = fields.object("meta");
        let existing_id = fields
            .first_text(&["conversationId", "contactId", "opportunityId", "id"])
            .or_else(|| meta.first_text(&["contactId", "opportunityId", "conversationId", "id"]))
            .or_else(|| fields.object("contact").text("id"))
            .or_else(|| fields.object("data").first_text(&["id", "contactId"]));
        let failed_parts = fields
            .each("responses")
            .iter()
            .filter(|item| item.get("error").is_some() || item.text("type").as_deref() == Some("error"))
            .filter_map(|item| item.first_text(&["contactId", "id"]))
            .collect();
        let is_denied =
            ["succeded", "succeeded", "success"].iter().any(|name| fields.flag(name) == Some(false));
        Self {
            is_json: true,
            text: says.join("\n").to_lowercase(),
            message,
            trace_id: fields.first_text(&["traceId", "trace_id"]),
            existing_id,
            failed_parts,
            error_count: fields.count("errorCount").unwrap_or(0),
            is_denied,
        }
    }

    /// Whether it says one of these, given in lower case.
    pub(super) fn says(&self, any: &[&str]) -> bool {
        any.iter().any(|part| self.text.contains(part))
    }

    /// The member that `property X should not exist` names.
    pub(super) fn unknown_property(&self) -> Option<String> {
        // From the text as it came: names have upper case letters, and masking leaves names alone.
        let message = self.message.as_deref()?;
        let lower = message.to_ascii_lowercase();
        let after = lower.find("property ")? + "property ".len();
        let until = lower[after..].find(" should not exist")? + after;
        let name = message.get(after..until)?.trim().trim_matches(['\'', '"', '`']);
        (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
    }

    /// The member that a validator begins its message with: `phone must be a valid phone number`.
    pub(super) fn named_member(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        let first = message.split_whitespace().next()?.trim_matches(['\'', '"', '`', ':', ',']);
        let rest = message.split_once(char::is_whitespace)?.1.to_lowercase();
        let is_validator = ["must ", "should ", "is ", "has "].iter().any(|verb| rest.starts_with(verb));
        let is_name = first.chars().all(|letter| letter.is_ascii_alphanumeric() || "._".contains(letter))
            && first.starts_with(|letter: char| letter.is_ascii_lowercase());
        if is_validator && is_name && !first.is_empty() {
            return Some(first.to_owned());
        }
        ["phone", "email"].iter().find(|name| self.text.contains(**name)).map(|name| (*name).to_owned())
    }
}
