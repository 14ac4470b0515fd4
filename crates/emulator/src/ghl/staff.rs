//! People in the office: what happens in GoHighLevel without its API.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    answer::{Outcome, Refusal},
    call::Call,
    contract::{Contract, Found},
    gate::{Request, done, know},
    world::World,
};

/// What somebody in the office does at a screen: the same operation without token, limits and faults.
///
/// # Errors
/// As the operation's.
pub(super) fn call(world: &mut World, location: &str, request: &Request) -> Outcome {
    let found = Contract::published().find(&request.method, &request.path, None);
    let known = know(world, request, &found);
    let Some(operation) = known.operation else {
        return Err(Refusal::new(404, format!("Cannot {} {}", request.method, request.path)));
    };
    let acting = std::mem::replace(&mut world.acting, "staff");
    let outcome = done(world, operation, known.path, request, known.body, location.to_owned(), None);
    world.acting = acting;
    outcome
}

/// Runs something in the place of an operation, as somebody in the office.
///
/// # Errors
/// As what runs.
pub(super) fn act(
    world: &mut World,
    location: &str,
    request: &Request,
    run: impl FnOnce(&mut Call<'_>) -> Outcome,
) -> Outcome {
    let Found::Operation(operation, path) = Contract::published().find(&request.method, &request.path, None)
    else {
        return Err(Refusal::new(404, format!("Cannot {} {}", request.method, request.path)));
    };
    let acting = std::mem::replace(&mut world.acting, "staff");
    let outcome = run(&mut Call {
        world,
        operation,
        path,
        query: HashMap::new(),
        body: Value::Null,
        location: location.to_owned(),
        fault: None,
        base: request.base.clone(),
    });
    world.acting = acting;
    outcome
}
