//! How endpoints refuse: groups of documented answers, all of them problems; and what every endpoint may answer
//! because of where it is registered.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
        extensions::ExtensionsBuilder,
        path::{Operation, ParameterBuilder, ParameterIn},
        schema::Type,
        security::SecurityRequirement,
    },
};

use crate::access::{Access, Declared, Naming};

fn problem(why: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(why).content("application/problem+json", body).build()
}

fn problems(of: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    of.iter().map(|(status, why)| ((*status).to_owned(), RefOr::T(problem(why)))).collect()
}

const UNREADABLE: (&str, &str) = ("400", "The request cannot be understood.");
const NOBODY: (&str, &str) = ("401", "Nobody is signed in, or the API key opens nothing.");
const ELSEWHERE: (&str, &str) =
    ("403", "The caller's role may not do this, or the request comes from another site.");
const MISSING: (&str, &str) = ("404", "There is no such thing, or none for the caller.");
const CONFLICT: (&str, &str) = (
    "409",
    "The state of the hub does not allow it, or a request of the same name is at work: `detail` says what to do first.",
);
const TOO_LARGE: (&str, &str) = ("413", "The body is larger than the hub takes.");
const NOT_READ: (&str, &str) = ("415", "The body is of a type that is not read here.");
const WRONG: (&str, &str) =
    ("422", "Understood, but some values are wrong (`errors` names them), or another request had this name.");
const TOO_MANY: (&str, &str) =
    ("429", "The caller or the market sent too much; `Retry-After` says when to go on.");
const NOT_NOW: (&str, &str) = (
    "503",
    "The hub, its database or the market cannot be used right now; `Retry-After` says when to try again.",
);

/// Of endpoints that only tell.
pub struct Asking;

impl IntoResponses for Asking {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[UNREADABLE, NOBODY, MISSING, CONFLICT, WRONG])
    }
}

/// Of endpoints that take a body or change something.
pub struct Changing;

impl IntoResponses for Changing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[UNREADABLE, NOBODY, ELSEWHERE, MISSING, CONFLICT, TOO_LARGE, NOT_READ, WRONG])
    }
}

/// Completes an endpoint's description with what follows from its registration: who may call it, the refusals of
/// the guard, and the header that names a request.
pub fn declare(operation: &mut Operation, declared: &Declared, method: &str, path: &str) {
    let closed = declared.access != Access::Public;
    let mut refusals = vec![TOO_MANY, NOT_NOW];
    if closed {
        refusals.push(NOBODY);
    }
    if !matches!(declared.access, Access::Public | Access::SignedIn) || method != "GET" {
        refusals.push(ELSEWHERE);
    }
    if path.contains('{') {
        refusals.push(MISSING);
    }
    if method == "POST" && closed {
        refusals.extend([UNREADABLE, CONFLICT, TOO_LARGE, WRONG]);
        name_of_request(operation, declared.naming);
    }
    for (status, why) in refusals {
        let responses = &mut operation.responses.responses;
        if !responses.contains_key(status) {
            responses.insert(status.to_owned(), RefOr::T(problem(why)));
        }
    }
    for status in ["429", "503"] {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build();
            let header =
                HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait.")).build();
            response.headers.insert("Retry-After".to_owned(), header.into());
        }
    }
    let extensions = ExtensionsBuilder::new().add("x-ehub-access", declared.access.to_string()).build();
    operation.extensions.get_or_insert_default().merge(extensions);
    if declared.access == Access::Person {
        operation.security = Some(vec![SecurityRequirement::new("session", [] as [&str; 0])]);
    }
}

fn name_of_request(operation: &mut Operation, naming: Naming) {
    let name = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[!-~]{1,255}$")).build();
    let parameter = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(match naming {
            Naming::Required => Required::True,
            Naming::Optional => Required::False,
        })
        .description(Some(
            "A name for this request, best a random one. The same name with the same content within 24 hours is \
             the same request: it happens once, and its answer comes again with `Idempotency-Replayed: true`.",
        ))
        .schema(Some(name))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}
