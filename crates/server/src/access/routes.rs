use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{self, MethodFilter, MethodRouter},
};
use utoipa::openapi::path::Operation;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::{Access, AccessTable, Declared, Naming};
use crate::{api::refusals, app::AppState};

/// Collects routes together with who may call them.
pub struct Routes {
    router: Router<AppState>,
    receivers: Router<AppState>,
    api: OpenApiRouter<AppState>,
    table: AccessTable,
}

/// What all registrations together are.
pub struct Laid {
    /// Pages and endpoints.
    pub router: Router<AppState>,
    /// What other systems send to ([`Access::Signed`]): layered on its own.
    pub receivers: Router<AppState>,
    /// Who may call what, for the guard.
    pub table: AccessTable,
    /// The description of the endpoints.
    pub document: utoipa::openapi::OpenApi,
}

impl Routes {
    /// No routes yet; `document` is the frame of the OpenAPI description.
    pub fn new(document: utoipa::openapi::OpenApi) -> Self {
        Self {
            router: Router::new(),
            receivers: Router::new(),
            api: OpenApiRouter::with_openapi(document),
            table: AccessTable::new(),
        }
    }

    /// `GET path` (and `HEAD`).
    #[must_use]
    pub fn get<H, T>(self, access: Access, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(Declared::new(access), MethodFilter::GET, Method::GET, path, handler)
    }

    /// `GET path`, whose answer goes on for as long as the caller listens.
    #[must_use]
    pub fn events<H, T>(self, access: Access, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let declared = Declared { lasting: true, ..Declared::new(access) };
        self.on(declared, MethodFilter::GET, Method::GET, path, handler)
    }

    /// `POST path`.
    #[must_use]
    pub fn post<H, T>(self, access: Access, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(Declared::new(access), MethodFilter::POST, Method::POST, path, handler)
    }

    /// `POST path` with a body of up to `bytes`, for uploads.
    #[must_use]
    pub fn upload<H, T>(mut self, access: Access, path: &str, bytes: usize, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let declared = Declared { body_bytes_max: Some(bytes), ..Declared::new(access) };
        self.declare(declared, Method::POST.as_str(), path);
        let route = routing::post(handler).layer(axum::extract::DefaultBodyLimit::max(bytes));
        self.router = self.router.route(path, route);
        self
    }

    /// `POST path` of another system that signs what it sends. Neither the guard nor any other layer of pages and
    /// endpoints is in its way; the handler bounds bodies and numbers of requests itself.
    #[must_use]
    pub fn receiver<H, T>(mut self, path: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.declare(Declared::new(Access::Signed), Method::POST.as_str(), path);
        self.receivers = self.receivers.route(path, routing::post(handler));
        self
    }

    fn on<H, T>(
        mut self,
        declared: Declared,
        filter: MethodFilter,
        method: Method,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.declare(declared, method.as_str(), path);
        self.router = self.router.route(path, MethodRouter::new().on(filter, handler));
        self
    }

    /// The documented endpoints of `routes!(..)`, all with the same access.
    #[must_use]
    pub fn api(self, access: Access, routes: UtoipaMethodRouter<AppState>) -> Self {
        self.documented(Declared::new(access), routes)
    }

    /// As [`Routes::api`], with bodies of up to `bytes`, for endpoints that take files.
    #[must_use]
    pub fn api_upload(
        self,
        access: Access,
        bytes: usize,
        (schemas, paths, methods): UtoipaMethodRouter<AppState>,
    ) -> Self {
        let declared = Declared { body_bytes_max: Some(bytes), ..Declared::new(access) };
        self.documented(
            declared,
            (schemas, paths, methods.layer(axum::extract::DefaultBodyLimit::max(bytes))),
        )
    }

    /// As [`Routes::api`], for endpoints of which nobody may be unsure whether they happened: every `POST` must
    /// carry an `Idempotency-Key`.
    #[must_use]
    pub fn api_named(self, access: Access, routes: UtoipaMethodRouter<AppState>) -> Self {
        self.documented(Declared { naming: Naming::Required, ..Declared::new(access) }, routes)
    }

    fn documented(mut self, declared: Declared, mut routes: UtoipaMethodRouter<AppState>) -> Self {
        for (path, item) in &mut routes.1.paths {
            let operations: [(&str, &mut Option<Operation>); 8] = [
                ("GET", &mut item.get),
                ("PUT", &mut item.put),
                ("POST", &mut item.post),
                ("DELETE", &mut item.delete),
                ("PATCH", &mut item.patch),
                ("HEAD", &mut item.head),
                ("OPTIONS", &mut item.options),
                ("TRACE", &mut item.trace),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    // Only a POST is ever repeated by name.
                    let naming = if method == "POST" { declared.naming } else { Naming::Optional };
                    let declared = Declared { naming, ..declared };
                    refusals::declare(operation, &declared, method, path);
                    self.declare(declared, method, path);
                }
            }
        }
        self.api = self.api.routes(routes);
        self
    }

    fn declare(&mut self, declared: Declared, method: &str, path: &str) {
        let of_market =
            matches!(declared.access, Access::Market(_) | Access::Either(..) | Access::Record(..));
        assert!(
            !of_market || path.contains("{market}"),
            "{method} {path} is for the roles of a market and names none: the path needs {{market}}"
        );
        self.table.insert((path.to_owned(), method.to_owned()), declared);
    }

    /// Everything that was registered.
    pub fn finish(self) -> Laid {
        let (api, document) = self.api.split_for_parts();
        Laid { router: self.router.merge(api), receivers: self.receivers, table: self.table, document }
    }
}
