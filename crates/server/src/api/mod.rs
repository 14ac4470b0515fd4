//! The HTTP API under `/api/v1`: one endpoint per file, described where it is written, served as
//! OpenAPI 3.1 at `/api/openapi.json`.
//!
//! To add an endpoint: a file with the handler under `#[utoipa::path]` (tag, every response, `Problem` as the
//! body of failures), and its line in [`routes()`] with who may call it.

pub mod analytics;
pub mod audit;
pub mod contacts;
mod document;
pub mod gohighlevel;
pub mod growth;
pub mod input;
mod json;
pub mod leads;
pub mod markets;
mod me;
mod people;
pub mod refusals;
pub mod webhooks;

use utoipa::OpenApi;
use utoipa_axum::routes;

use crate::{
    Config,
    access::{Access, Routes},
    problem::{FieldProblem, ProblemBody},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "EnterpriseHub",
        description = "Everything that the pages can do, for programs. Requests carry an API key or the session cookie; \
                       failures are `application/problem+json` (RFC 9457); numbers are unrounded; dates are ISO 8601.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody, FieldProblem)),
    modifiers(&Security),
    tags(
        (name = "audit", description = "Who did what, in chains that show when they were tampered with."),
        (name = "analytics", description = "Figures over many markets, of which none tells of a single one."),
        (name = "contacts", description = "The people of a market."),
        (name = "gohighlevel", description = "A market's connection to GoHighLevel: how it fares, what failed."),
        (name = "hub", description = "The hub itself: who you are, what the API offers."),
        (name = "leads", description = "Who is worth a call now and why, who makes it, and what may be sent."),
        (name = "markets", description = "The markets of the hub: opening, watching, keeping and moving them."),
        (name = "people", description = "Who may come in: users, people of a market, API keys."),
        (name = "webhooks", description = "What a market tells other systems, signed by Standard Webhooks 1.0."),
        (name = "growth", description = "Client expansion: snapshots, assessments, opportunities, revenue, plans, propositions.")
    )
)]
struct Frame;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        };
        let scheme = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "ehub_session",
            "The cookie of a signed-in session (`__Host-ehub_session` where the hub is reached by https).",
        )));
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("ehub_<id>_<secret>")
            .description(Some("An API key of the hub or of one market: `Authorization: Bearer ehub_..`."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", scheme);
        components.add_security_scheme("key", SecurityScheme::Http(key));
        document.security =
            Some(["key", "session"].map(|name| SecurityRequirement::new(name, [] as [&str; 0])).to_vec());
    }
}

/// The description before any endpoint.
pub fn frame() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    frame.info.version = env!("CARGO_PKG_VERSION").to_owned();
    frame
}

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let routes =
        routes.api(Access::Public, routes!(document::openapi)).api(Access::SignedIn, routes!(me::me));
    let routes = webhooks::routes(people::routes(routes));
    let routes = analytics::routes(contacts::routes(routes, config));
    let routes = gohighlevel::routes(leads::routes(routes));
    audit::routes(markets::routes(growth::routes(routes, config)))
}
