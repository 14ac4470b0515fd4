//! What a body may be, and what GoHighLevel says when it is something else.

use serde_json::Value;

use super::contract::{ByName, resolve};

/// What a value may be.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A text; one of these where there are any.
    Text(Vec<String>),
    /// A number, or a text that is one.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array(Box<Shape>),
    /// An object.
    Object(Members),
}

/// The members of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// Those that may be there.
    pub members: ByName,
    /// Those that must be there.
    pub required: Vec<String>,
    /// Whether others are welcome.
    pub open: bool,
}

/// References deeper than this are taken as they come.
const DEPTH_MAX: usize = 6;

impl Shape {
    /// Reads a schema.
    pub fn read(document: &Value, schema: &Value, depth: usize) -> Self {
        let schema = resolve(document, schema);
        if depth > DEPTH_MAX {
            return Self::Any;
        }
        for union in ["anyOf", "oneOf"] {
            if let Some(all) = schema[union].as_array() {
                return all
                    .iter()
                    .map(|one| Self::read(document, one, depth + 1))
                    .reduce(Self::or)
                    .unwrap_or(Self::Any);
            }
        }
        if let Some(one) = schema["allOf"].as_array().and_then(|all| all.first()) {
            return Self::read(document, one, depth + 1);
        }
        match schema["type"].as_str() {
            Some("string") => {
                let words = schema["enum"].as_array().into_iter().flatten();
                Self::Text(words.filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some("number" | "integer") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("array") => Self::Array(Box::new(Self::read(document, &schema["items"], depth + 1))),
            _ if schema["properties"].is_object() => {
                let members = schema["properties"].as_object().into_iter().flatten();
                let members = members
                    .map(|(name, schema)| (name.clone(), Self::read(document, schema, depth + 1)))
                    .collect();
                let required = schema["required"].as_array().into_iter().flatten();
                let required = required.filter_map(Value::as_str).map(str::to_owned).collect();
                Self::Object(Members { members, required, open: false })
            }
            // The body of a search is published as an object of nothing.
            Some("object") if depth == 0 => Self::Object(Members { open: true, ..Members::default() }),
            _ => Self::Any,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut one), Self::Object(two)) => {
                one.required.retain(|name| two.required.contains(name));
                for (name, shape) in two.members {
                    let shape = match one.members.remove(&name) {
                        Some(before) => before.or(shape),
                        None => shape,
                    };
                    one.members.insert(name, shape);
                }
                one.open |= two.open;
                Self::Object(one)
            }
            (Self::Text(mut one), Self::Text(two)) => {
                if one.is_empty() || two.is_empty() {
                    return Self::Text(Vec::new());
                }
                one.extend(two);
                Self::Text(one)
            }
            (Self::Array(one), Self::Array(two)) => Self::Array(Box::new(one.or(*two))),
            (Self::Number, Self::Number) => Self::Number,
            (Self::Boolean, Self::Boolean) => Self::Boolean,
            _ => Self::Any,
        }
    }

    /// What is wrong with `value`, in the words of GoHighLevel's validator.
    pub fn complaints(&self, value: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        self.look(value, "", "", &mut complaints);
        complaints
    }

    fn look(&self, value: &Value, within: &str, name: &str, complaints: &mut Vec<String>) {
        let mut complain = |what: &str| complaints.push(format!("{within}{name} {what}"));
        match self {
            _ if value.is_null() => {}
            Self::Any => {}
            Self::Text(words) => match value.as_str() {
                None => complain("must be a string"),
                Some(text) if !words.is_empty() && !words.iter().any(|word| word == text) => {
                    complain(&format!("must be one of the following values: {}", words.join(", ")));
                }
                Some(_) => {}
            },
            Self::Number => {
                let is_number =
                    value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok());
                if !is_number {
                    complain("must be a number conforming to the specified constraints");
                }
            }
            Self::Boolean => {
                if !value.is_boolean() && !matches!(value.as_str(), Some("true" | "false")) {
                    complain("must be a boolean value");
                }
            }
            Self::Array(item) => match value.as_array() {
                None => complain("must be an array"),
                Some(items) => {
                    for (at, value) in items.iter().enumerate() {
                        item.look(value, &format!("{within}{name}."), &at.to_string(), complaints);
                    }
                }
            },
            Self::Object(members) => {
                match value.as_object() {
                    None => complain("must be an object"),
                    Some(given) => {
                        let within = if name.is_empty() { String::new() } else { format!("{within}{name}.") };
                        for unknown in given.keys().filter(|name| !members.members.contains_key(*name)) {
                            if !members.open {
                                complaints.push(format!("{within}property {unknown} should not exist"));
                            }
                        }
                        for missing in members.required.iter().filter(|name| {
                            given.get(*name).is_none_or(|value| value.is_null() || value == "")
                        }) {
                            complaints.push(format!("{within}{missing} should not be empty"));
                        }
                        for (name, shape) in &members.members {
                            if let Some(value) = given.get(name) {
                                shape.look(value, &within, name, complaints);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::contract::{Contract, Found};

    fn complaints(method: &str, path: &str, body: &Value) -> Vec<String> {
        let Found::Operation(operation, _) = Contract::published().find(method, path, None) else {
            panic!("{method} {path} exists");
        };
        operation.body.as_ref().expect("it has a body").complaints(body)
    }

    #[test]
    fn what_is_published_is_taken() {
        let body = json!({ "locationId": "l", "firstName": "Ann", "email": null, "tags": ["a"],
            "customFields": [{ "key": "score", "field_value": "9" }, { "id": "x", "fieldValue": 9 }] });
        assert_eq!(complaints("POST", "/contacts/upsert", &body), Vec::<String>::new());
    }

    #[test]
    fn an_unknown_field_is_named() {
        let body = json!({ "gender": "x", "customFields": [{ "id": "x", "value": "9" }] });
        assert_eq!(
            complaints("PUT", "/contacts/c", &body),
            ["property gender should not exist", "customFields.0.property value should not exist"]
        );
    }

    #[test]
    fn a_missing_field_and_a_wrong_word_are_named() {
        let body = json!({ "pipelineId": "p", "locationId": "l", "status": "maybe", "contactId": "c" });
        assert_eq!(
            complaints("POST", "/opportunities/", &body),
            [
                "name should not be empty",
                "status must be one of the following values: open, won, lost, abandoned, all"
            ]
        );
    }

    #[test]
    fn a_search_of_contacts_needs_what_it_really_needs() {
        assert_eq!(
            complaints("POST", "/contacts/search", &json!({ "page": "one" })),
            [
                "locationId should not be empty",
                "pageLimit should not be empty",
                "page must be a number conforming to the specified constraints"
            ]
        );
    }
}
