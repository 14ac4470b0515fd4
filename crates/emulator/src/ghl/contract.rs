//! GoHighLevel's published contract, as far as a server needs it: which operations there are, which version and scope
//! each wants, and which fields it takes.
//!
//! Read from `data/ghl/merged-v2.json.gz`, so that nothing here restates it; [`amend`] says where observed behaviour
//! is known to differ from what is published.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Read,
    sync::OnceLock,
};

use serde_json::Value;

use super::shape::{Members, Shape};

const DOCUMENT: &[u8] = include_bytes!("../../../../data/ghl/merged-v2.json.gz");

/// Operations that version `v3` has under another name, or no longer.
const GONE_IN_V3: [&str; 5] = [
    "GET /contacts/",
    "GET /users/",
    "GET /oauth/installedLocations",
    "POST /oauth/locationToken",
    "DELETE /contacts/{contactId}/campaigns/removeAll",
];
/// The names that version `v3` has instead.
const RENAMED_IN_V3: [(&str, &str, &str); 3] = [
    ("GET", "/oauth/installed-locations", "GET /oauth/installedLocations"),
    ("POST", "/oauth/location-token", "POST /oauth/locationToken"),
    (
        "DELETE",
        "/contacts/{contactId}/campaigns/remove-all",
        "DELETE /contacts/{contactId}/campaigns/removeAll",
    ),
];
/// The version that the official client sends with everything; it is taken everywhere.
const EVERYWHERE: &str = "2023-02-21";
/// Versions that exist at all.
const PUBLISHED: [&str; 4] = ["2021-07-28", "2021-04-15", EVERYWHERE, "v3"];

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    /// `POST /contacts/upsert`: method and path template of version 2.
    pub key: String,
    /// The version that it is published under; `None` where no header is wanted.
    pub version: Option<String>,
    /// Which tokens may call it.
    pub access: Access,
    /// The fields of its body.
    pub body: Option<Shape>,
    /// Its query parameters.
    pub query: Vec<Parameter>,
    /// The status with which it refuses what is not well formed: 422 where that is declared, 400 elsewhere.
    pub unprocessable: u16,
}

/// Which tokens may call an operation.
#[derive(Debug, Default)]
pub(super) struct Access {
    /// Scopes that a location's token needs one of; `None` when it may not call.
    pub location: Option<Vec<String>>,
    /// Scopes that an agency's token needs one of; `None` when it may not call.
    pub agency: Option<Vec<String>>,
}

/// A query parameter.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it may be.
    pub shape: Shape,
}

/// How a path was understood.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// The operation and the values of the parameters in its path.
    Operation(&'a Operation, HashMap<String, String>),
    /// A path that would exist in other capitals: answered with 401, as the real gateway does.
    MisCased,
    /// A name of version 3 under another version, or the other way round.
    OtherVersion,
    /// Nothing.
    Unknown,
}

/// All operations.
#[derive(Debug)]
pub(super) struct Contract {
    operations: Vec<Operation>,
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    method: String,
    segments: Vec<Segment>,
    operation: usize,
    v3: Option<bool>,
}

#[derive(Debug)]
enum Segment {
    Name(String),
    Parameter(String),
}

impl Contract {
    /// The contract, read once per process.
    pub fn published() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(DOCUMENT)
                .read_to_end(&mut text)
                .expect("the shipped description unpacks: a test reads it");
            let document: Value =
                serde_json::from_slice(&text).expect("the shipped description is JSON: a test reads it");
            Self::read(&document)
        })
    }

    fn read(document: &Value) -> Self {
        let mut contract = Self { operations: Vec::new(), routes: Vec::new() };
        let paths = document["paths"].as_object().into_iter().flatten();
        for (path, item) in paths {
            for (method, described) in item.as_object().into_iter().flatten() {
                if method != "parameters" {
                    contract.add(document, &method.to_uppercase(), path, described);
                }
            }
        }
        for (method, path, of) in RENAMED_IN_V3 {
            if let Some(at) = contract.operations.iter().position(|operation| operation.key == of) {
                contract.routes.push(Route::new(method, path, at, Some(true)));
            }
        }
        // What is named goes before what is a parameter (`/contacts/search` before `/contacts/{contactId}`).
        contract.routes.sort_by_key(|route| {
            route.segments.iter().map(|part| matches!(part, Segment::Parameter(_))).collect::<Vec<bool>>()
        });
        contract
    }

    fn add(&mut self, document: &Value, method: &str, path: &str, described: &Value) {
        let key = format!("{method} {path}");
        let mut operation = Operation {
            version: None,
            access: access(described),
            body: None,
            query: Vec::new(),
            unprocessable: if described["responses"]["422"].is_object() { 422 } else { 400 },
            key: key.clone(),
        };
        for parameter in described["parameters"].as_array().into_iter().flatten() {
            let parameter = resolve(document, parameter);
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let schema = resolve(document, &parameter["schema"]);
            match parameter["in"].as_str() {
                Some("header") if name == "Version" => {
                    operation.version = schema["enum"][0].as_str().map(str::to_owned);
                }
                Some("query") => operation.query.push(Parameter {
                    name,
                    required: parameter["required"] == true,
                    shape: Shape::read(document, schema, 0),
                }),
                _ => {}
            }
        }
        let content = &resolve(document, &described["requestBody"])["content"];
        if let Some((_, media)) = content.as_object().and_then(|content| content.iter().next()) {
            operation.body = Some(Shape::read(document, &media["schema"], 0));
        }
        amend(&mut operation);
        let v3 = GONE_IN_V3.contains(&key.as_str()).then_some(false);
        self.routes.push(Route::new(method, path, self.operations.len(), v3));
        self.operations.push(operation);
    }

    /// The operation of a request.
    pub fn find(&self, method: &str, path: &str, version: Option<&str>) -> Found<'_> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut other_version = false;
        for route in self.routes.iter().filter(|route| route.method == method) {
            if let Some(values) = route.values(&parts, false) {
                if route.v3.is_some_and(|wants_v3| wants_v3 != (version == Some("v3"))) {
                    other_version = true;
                    continue;
                }
                return Found::Operation(&self.operations[route.operation], values);
            }
        }
        if other_version {
            Found::OtherVersion
        } else if self.routes.iter().any(|route| route.values(&parts, true).is_some()) {
            Found::MisCased
        } else {
            Found::Unknown
        }
    }

    /// Every scope that some operation wants.
    pub fn scopes(&self) -> BTreeSet<String> {
        let sides = self.operations.iter().flat_map(|one| [&one.access.location, &one.access.agency]);
        sides.flatten().flatten().cloned().collect()
    }

    /// All of them.
    #[cfg(test)]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The keys of all operations.
    #[cfg(test)]
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.key.as_str())
    }
}

impl Operation {
    /// Whether this value of the version header will do; `None` when GoHighLevel knows no such version at all.
    pub fn takes_version(&self, version: &str) -> Option<bool> {
        if !PUBLISHED.contains(&version) {
            return None;
        }
        let own = self.version.as_deref();
        Some(own.is_none() || own == Some(version) || version == EVERYWHERE || version == "v3")
    }

    /// Whether it only reads.
    pub fn reads(&self) -> bool {
        let search = self.key.ends_with("/search") || self.key.ends_with("/filter-by-email");
        self.key.starts_with("GET ") || (self.key.starts_with("POST ") && search)
    }
}

impl Route {
    fn new(method: &str, path: &str, operation: usize, v3: Option<bool>) -> Self {
        let segments = path.trim_start_matches('/').split('/').map(|part| {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Name(part.to_owned()),
            }
        });
        Self { method: method.to_owned(), segments: segments.collect(), operation, v3 }
    }

    fn values(&self, parts: &[&str], any_case: bool) -> Option<HashMap<String, String>> {
        // `/contacts` and `/contacts/` are the same to GoHighLevel.
        let trailing =
            |segments: &[Segment]| matches!(segments.last(), Some(Segment::Name(last)) if last.is_empty());
        let segments = if trailing(&self.segments) {
            &self.segments[..self.segments.len() - 1]
        } else {
            &self.segments[..]
        };
        let parts = if parts.last() == Some(&"") { &parts[..parts.len() - 1] } else { parts };
        if segments.len() != parts.len() {
            return None;
        }
        let mut values = HashMap::new();
        for (segment, part) in segments.iter().zip(parts) {
            match segment {
                Segment::Name(name) if name == part || (any_case && name.eq_ignore_ascii_case(part)) => {}
                Segment::Name(_) => return None,
                Segment::Parameter(name) => {
                    values.insert(name.clone(), (*part).to_owned());
                }
            }
        }
        Some(values)
    }
}

/// What a reference leads to.
pub(super) fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    // References of references exist; circles of them do not.
    while let Some(pointer) = value["$ref"].as_str().and_then(|text| text.strip_prefix('#')) {
        value = document.pointer(pointer).unwrap_or(&Value::Null);
    }
    value
}

fn access(described: &Value) -> Access {
    let mut access = Access::default();
    let Some(requirements) = described["security"].as_array() else {
        // Where nothing is said, any location's token will do.
        access.location = Some(Vec::new());
        return access;
    };
    for (scheme, scopes) in requirements.iter().filter_map(Value::as_object).flatten() {
        let scopes: Vec<String> =
            scopes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let side = if scheme.starts_with("Agency") { &mut access.agency } else { &mut access.location };
        side.get_or_insert_default().extend(scopes);
    }
    access
}

/// Where GoHighLevel is known to take something else than it publishes (`data/ghl/known-spec-defects.json`).
fn amend(operation: &mut Operation) {
    if operation.key == "POST /contacts/search" {
        operation.unprocessable = 422;
    }
    let Some(Shape::Object(members)) = &mut operation.body else { return };
    match operation.key.as_str() {
        "POST /contacts/search" => {
            for name in ["locationId", "query"] {
                members.insert(name, Shape::Text(Vec::new()));
            }
            for name in ["pageLimit", "page"] {
                members.insert(name, Shape::Number);
            }
            for name in ["filters", "sort", "searchAfter"] {
                members.insert(name, Shape::Array(Box::new(Shape::Any)));
            }
            members.required = vec!["locationId".to_owned(), "pageLimit".to_owned()];
            members.open = false;
        }
        "POST /conversations/messages" => {
            members.required.retain(|name| !matches!(name.as_str(), "subType" | "status"));
        }
        "POST /opportunities/upsert" => {
            members.required.retain(|name| {
                !matches!(name.as_str(), "followers" | "isRemoveAllFollowers" | "followersActionType")
            });
            members.insert("contactId", Shape::Text(Vec::new()));
            members.insert("customFields", Shape::Array(Box::new(Shape::Any)));
        }
        "POST /opportunities/search" => {
            members.required = vec!["locationId".to_owned()];
            members.insert("filters", Shape::Array(Box::new(Shape::Any)));
            members.insert("sort", Shape::Array(Box::new(Shape::Any)));
        }
        _ => {}
    }
    // Custom fields are named by id or by key, and take their value under both spellings.
    if let Some(Shape::Array(item)) = members.members.get_mut("customFields")
        && let Shape::Object(item) = &mut **item
    {
        item.required.clear();
        item.insert("field_value", Shape::Any);
        item.insert("fieldValue", Shape::Any);
    }
}

impl Members {
    fn insert(&mut self, name: &str, shape: Shape) {
        self.members.insert(name.to_owned(), shape);
    }
}

/// Members by name.
pub(super) type ByName = BTreeMap<String, Shape>;

#[cfg(test)]
mod tests {
    use super::{Contract, Found};

    fn key(method: &str, path: &str, version: Option<&str>) -> String {
        match Contract::published().find(method, path, version) {
            Found::Operation(operation, _) => operation.key.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_published_operations_are_read() {
        assert_eq!(Contract::published().keys().count(), 212);
        assert_eq!(key("POST", "/contacts/upsert", None), "POST /contacts/upsert");
        assert_eq!(key("GET", "/contacts/abc", None), "GET /contacts/{contactId}");
        assert_eq!(key("POST", "/contacts", None), "POST /contacts/");
        assert_eq!(key("GET", "/contacts/search/duplicate", None), "GET /contacts/search/duplicate");
    }

    #[test]
    fn a_path_in_other_capitals_is_noticed() {
        assert_eq!(key("GET", "/locations/l/customfields", None), "MisCased");
        assert_eq!(key("GET", "/nowhere", None), "Unknown");
    }

    #[test]
    fn names_of_one_version_are_not_there_in_the_other() {
        assert_eq!(key("POST", "/oauth/location-token", Some("v3")), "POST /oauth/locationToken");
        assert_eq!(key("POST", "/oauth/location-token", Some("2021-07-28")), "OtherVersion");
        assert_eq!(key("GET", "/oauth/installedLocations", Some("v3")), "OtherVersion");
    }

    #[test]
    fn each_operation_has_its_version_and_its_scopes() {
        let Found::Operation(calendars, _) = Contract::published().find("GET", "/calendars/", None) else {
            panic!("there are calendars");
        };
        assert_eq!(calendars.takes_version("2021-04-15"), Some(true));
        assert_eq!(calendars.takes_version("2021-07-28"), Some(false));
        assert_eq!(calendars.takes_version("2020-01-01"), None);
        assert_eq!(calendars.access.location.as_deref(), Some(&["calendars.readonly".to_owned()][..]));
        assert!(calendars.access.agency.is_none());
    }
}
