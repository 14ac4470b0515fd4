//! Who may call what. Every route declares it where it is registered; a route that does not is closed.
//!
//! [`Routes`] is the only way into the server's router: each registration names its [`Access`]. The guard
//! looks the matched route up in the table that the registrations wrote and answers 401 or 403 before the
//! handler runs. A matched route without an entry is answered with 500, never with content.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    handler::Handler,
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{self, MethodFilter, MethodRouter},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::{
    app::AppState,
    problem::Problem,
    viewer::{self, SignedIn},
};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anyone, signed in or not.
    Public,
    /// Any signed-in user of the hub.
    SignedIn,
    /// The hub's owner only.
    Owner,
}

/// What [`Routes`] knows of each route: `(path pattern, method) -> access`.
pub type AccessTable = BTreeMap<(String, String), Access>;

/// Collects routes together with who may call them.
pub struct Routes {
    router: Router<AppState>,
    api: OpenApiRouter<AppState>,
    table: AccessTable,
}

impl Routes {
    /// No routes yet; `document` is the frame of the OpenAPI description.
    pub fn new(document: utoipa::openapi::OpenApi) -> Self {
        Self { router: Router::new(), api: OpenApiRouter::with_openapi(document), table: AccessTable::new() }
    }

    /// `GET path` (and `HEAD`).
    #[must_use]
    pub fn get<H, T>(self, access: Access, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(access, MethodFilter::GET, Method::GET, path, handler)
    }

    /// `POST path`.
    #[must_use]
    pub fn post<H, T>(self, access: Access, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(access, MethodFilter::POST, Method::POST, path, handler)
    }

    /// `POST path` with a body of up to `bytes`, for uploads.
    #[must_use]
    pub fn upload<H, T>(mut self, access: Access, path: &str, bytes: usize, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.declare(access, Method::POST.as_str(), path);
        let route = routing::post(handler).layer(axum::extract::DefaultBodyLimit::max(bytes));
        self.router = self.router.route(path, route);
        self
    }

    fn on<H, T>(
        mut self,
        access: Access,
        filter: MethodFilter,
        method: Method,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.declare(access, method.as_str(), path);
        self.router = self.router.route(path, MethodRouter::new().on(filter, handler));
        self
    }

    /// The documented endpoints of `routes!(..)`, all with the same access.
    #[must_use]
    pub fn api(mut self, access: Access, routes: UtoipaMethodRouter<AppState>) -> Self {
        for (path, item) in &routes.1.paths {
            let operations = [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("DELETE", &item.delete),
                ("PATCH", &item.patch),
                ("HEAD", &item.head),
                ("OPTIONS", &item.options),
                ("TRACE", &item.trace),
            ];
            for (method, operation) in operations {
                if operation.is_some() {
                    self.declare(access, method, path);
                }
            }
        }
        self.api = self.api.routes(routes);
        self
    }

    /// As [`Routes::api`], with bodies of up to `bytes`, for endpoints that take files.
    #[must_use]
    pub fn api_upload(
        self,
        access: Access,
        bytes: usize,
        (schemas, paths, methods): UtoipaMethodRouter<AppState>,
    ) -> Self {
        self.api(access, (schemas, paths, methods.layer(axum::extract::DefaultBodyLimit::max(bytes))))
    }

    fn declare(&mut self, access: Access, method: &str, path: &str) {
        self.table.insert((path.to_owned(), method.to_owned()), access);
    }

    /// The router, the table of the guard, and the OpenAPI description.
    pub fn finish(self) -> (Router<AppState>, AccessTable, utoipa::openapi::OpenApi) {
        let (api, document) = self.api.split_for_parts();
        (self.router.merge(api), self.table, document)
    }
}

/// The layer that asks the table. Signed-in callers travel on as a [`SignedIn`] extension.
pub async fn guard(
    State((state, table)): State<(AppState, Arc<AccessTable>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        return next.run(request).await; // No route: the fallback's 404.
    };
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let access = match table.get(&(path.as_str().to_owned(), method.as_str().to_owned())) {
        Some(access) => *access,
        None if table
            .range((path.as_str().to_owned(), String::new())..)
            .next()
            .is_some_and(|(key, _)| key.0 == path.as_str()) =>
        {
            return next.run(request).await; // The path is declared, this method is not: the router's 405.
        }
        None => {
            tracing::error!(path = path.as_str(), "a route without declared access was called");
            return Problem::new(crate::problem::Kind::Internal, "This address is closed.").into_response();
        }
    };
    if access == Access::Public {
        return next.run(request).await;
    }
    match viewer::signed_in(&state, request.headers()).await {
        Ok(Some(signed_in)) => {
            if access == Access::Owner && !signed_in.is_owner() {
                return Problem::forbidden("Only the hub's owner may do this.").into_response();
            }
            request.extensions_mut().insert::<SignedIn>(signed_in);
            next.run(request).await
        }
        Ok(None) => Problem::sign_in_required().into_response(),
        Err(problem) => problem.into_response(),
    }
}
