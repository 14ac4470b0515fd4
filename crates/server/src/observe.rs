//! What the hub tells its operators: a line per request, numbers per route, a name for each request.
//!
//! Neither log nor metric holds personal data: paths are logged as their patterns
//! (`/sign-in/link/{token}`), query strings not at all.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Instrument;

use crate::app::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const DURATION: &str = "http_request_duration_seconds";

/// The name of a request, in the `X-Request-Id` header, in problems and in the log.
#[derive(Clone, Debug, Default)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The caller's own name for the request if it is short and plain, else a new one.
    fn of(request: &Request, state: &AppState) -> Self {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        });
        Self(given.map_or_else(
            || {
                let millis = state.clock().now().as_millisecond().unsigned_abs();
                kernel::Ulid::from_parts(millis, state.entropy().number()).to_string().into()
            },
            Into::into,
        ))
    }
}

/// The outermost layer: names the request, measures it, logs it.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(&request, &state);
    let method = method_label(request.method());
    let route: Arc<str> =
        request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).into();
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = id.as_str(), method, route = &*route);

    let mut response = next.run(request).instrument(span.clone()).await;

    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    metrics::histogram!(DURATION, "method" => method, "route" => route.to_string())
        .record(elapsed.as_secs_f64());
    metrics::counter!("http_requests_total", "method" => method, "route" => route.to_string(), "status" => status.to_string())
        .increment(1);
    span.in_scope(|| {
        let duration_ms = elapsed.as_secs_f64() * 1e3;
        if status == 503 {
            // Closed, moving, full or starting: said on purpose, and what caused it is logged where it happened.
            tracing::warn!(status, duration_ms, "{method} {route} answered {status}");
        } else if status >= 500 {
            tracing::error!(status, duration_ms, "{method} {route} answered {status}");
        } else if !route.starts_with("/assets/") && !matches!(&*route, "/healthz" | "/readyz" | "/metrics") {
            tracing::info!(status, duration_ms, "{method} {route} answered {status}");
        }
    });
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("app;dur={:.2}", elapsed.as_secs_f64() * 1e3)) {
        headers.insert("server-timing", value);
    }
    response
}

/// Measures a message of another system. It gets no line: there are thousands in a second, and each says the same.
pub fn received(route: &'static str, status: StatusCode, elapsed: Duration) {
    let status = match status.as_u16() {
        200 => "200",
        400 => "400",
        401 => "401",
        413 => "413",
        429 => "429",
        _ => "other",
    };
    metrics::histogram!(DURATION, "method" => "POST", "route" => route).record(elapsed.as_secs_f64());
    metrics::counter!("http_requests_total", "method" => "POST", "route" => route, "status" => status)
        .increment(1);
}

/// The method as a label. Callers may invent methods; each would be a series of its own, kept for ever.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &buckets)
                .ok()?;
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Another recorder of the same process keeps its place; then `/metrics` has our gauges only.
            metrics::set_global_recorder(recorder).ok()?;
            metrics::describe_histogram!(
                DURATION,
                metrics::Unit::Seconds,
                "Time to answer a request, by route."
            );
            metrics::describe_counter!("http_requests_total", "Requests answered, by route and status.");
            metrics::describe_gauge!("process_resident_memory_bytes", metrics::Unit::Bytes, "Memory in use.");
            metrics::describe_gauge!(
                "process_uptime_seconds",
                metrics::Unit::Seconds,
                "Time since the start."
            );
            metrics::describe_gauge!("ehub_build_info", "1, with the version that runs.");
            Some(handle)
        })
        .as_ref()
}

/// Starts recording; called once when a hub is built, harmless when repeated.
pub fn start() {
    recorder();
}

/// `GET /metrics`, for Prometheus.
pub async fn metrics(State(state): State<AppState>) -> Response {
    metrics::gauge!("ehub_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics::gauge!("process_uptime_seconds").set(state.uptime().as_secs_f64());
    if let Some(bytes) = resident_memory_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Folds recorded samples into their histograms now and then, so that an unscraped hub does not grow.
pub async fn upkeep() {
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        if let Some(handle) = recorder() {
            handle.run_upkeep();
        }
    }
}

/// Linux only; elsewhere the figure is left out rather than invented.
fn resident_memory_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}
