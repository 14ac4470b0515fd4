//! Figures over many markets: `/api/v1/analytics..`, for the hub's operators and auditors. They tell of markets together
//! and of no single one. One endpoint per file; what they send is in [`shape`].

mod answer;
mod budget;
mod budget_set;
mod release;
mod release_create;
mod releases;
pub mod shape;

use contacts::analytics::Question;
use utoipa_axum::routes;

use crate::{
    access::{Access, HubRoles, Routes},
    problem::Problem,
};

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Hub(HubRoles::READ_ANALYTICS);
    let spend = Access::Hub(HubRoles::SPEND_PRIVACY);
    routes
        .api(read, routes!(answer::answer))
        .api(read, routes!(budget::budget))
        .api(spend, routes!(budget_set::set))
        .api(read, routes!(releases::list))
        .api_named(spend, routes!(release_create::create))
        .api(read, routes!(release::show))
}

/// The question of these words.
///
/// # Errors
/// 422 that names the word that is none.
pub fn question(measure: &str, by: &str) -> Result<Question, Problem> {
    let mut problem = Problem::invalid("The question is not understood.");
    let (measure, by) = (measure.parse(), by.parse());
    for (field, error) in [("measure", measure.as_ref().err()), ("by", by.as_ref().err())] {
        if let Some(known) = error {
            let known: &String = known;
            problem = problem.with_error(field, format!("is {known}"));
        }
    }
    match (measure, by) {
        (Ok(measure), Ok(by)) => Ok(Question { measure, by }),
        _ => Err(problem),
    }
}
