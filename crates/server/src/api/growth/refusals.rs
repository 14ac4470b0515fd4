//! How endpoints refuse: groups of documented answers, all of them problems.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};

fn problems(of: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let body = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    of.iter()
        .map(|(status, why)| {
            let response =
                ResponseBuilder::new().description(*why).content("application/problem+json", body()).build();
            ((*status).to_owned(), RefOr::T(response))
        })
        .collect()
}

const UNREADABLE: (&str, &str) = ("400", "The request cannot be understood.");
const NOBODY: (&str, &str) = ("401", "Nobody is signed in.");
const ELSEWHERE: (&str, &str) =
    ("403", "The signed-in user may not do this, or the request comes from another site.");
const MISSING: (&str, &str) = ("404", "There is no such thing.");
const CONFLICT: (&str, &str) =
    ("409", "The state of the hub does not allow it: `detail` says what to do first.");
const TOO_LARGE: (&str, &str) = ("413", "The body is larger than the hub takes.");
const NOT_READ: (&str, &str) = ("415", "The body is of a type that is not read here.");
const WRONG: (&str, &str) = ("422", "Understood, but some values are wrong; `errors` names them.");

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
