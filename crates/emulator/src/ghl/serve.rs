//! The emulator on a socket, and its webhooks on their way out.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::sync::Semaphore;

use super::{
    Shared, admin,
    answer::Answer,
    delivery::{self, Sending},
    gate::{self, Reply, Request},
};

/// The largest body that is read.
const BODY_MAX: usize = 10 * 1024 * 1024;
/// Webhooks under way at once.
const SENDING_MAX: usize = 16;
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// All addresses.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(move |request: axum::extract::Request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await }
    })
}

async fn respond(shared: &Shared, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "application/json", "{\"statusCode\":413}".to_owned());
    };
    let head = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        bearer: head("authorization").and_then(|text| text.strip_prefix("Bearer ")).map(str::to_owned),
        version: head("version").map(str::to_owned),
        form: head("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")),
        body: body.to_vec(),
        base: shared.base.clone(),
    };
    let reply = shared.reply(&request);
    match reply {
        Reply::Answer(answer) => written(&answer),
        Reply::Html(status, page) => {
            text(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), "text/html", page)
        }
        Reply::Hang(duration) => {
            tokio::time::sleep(duration).await;
            text(StatusCode::GATEWAY_TIMEOUT, "text/plain", "upstream request timeout".to_owned())
        }
        Reply::Redirect(to) => {
            let mut response = text(StatusCode::FOUND, "text/plain", String::new());
            if let Ok(to) = HeaderValue::from_str(&to) {
                response.headers_mut().insert(header::LOCATION, to);
            }
            response
        }
        Reply::Cut(answer) => {
            let (_, half) = answer.half();
            let parts = [Ok(Bytes::from(half)), Err(std::io::Error::other("cut"))];
            let mut response = written(&answer);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::from_stream(futures::stream::iter(parts));
            response
        }
    }
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn written(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text(status, "application/json; charset=utf-8", answer.body.to_string());
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    response
}

impl Shared {
    /// Answers a request, the emulator's own addresses included.
    pub(super) fn reply(&self, request: &Request) -> Reply {
        if request.path.starts_with(admin::PREFIX) {
            let answer = admin::answer(self, request);
            self.wake.notify_one();
            return Reply::Answer(answer);
        }
        let mut world = self.world();
        let reply = gate::reply(&mut world, self.quotas, request);
        if !world.events.is_empty() {
            delivery::dispatch(&mut world, &mut self.deliveries());
            self.wake.notify_one();
        }
        reply
    }
}

/// Sends what is due, for ever.
pub(super) async fn deliver(shared: Arc<Shared>) {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let slots = Arc::new(Semaphore::new(SENDING_MAX));
    loop {
        let (due, next) = {
            let mut deliveries = shared.deliveries();
            (deliveries.take_due(shared.clock.now()), deliveries.next_due())
        };
        for sending in due {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            let (client, shared) = (client.clone(), Arc::clone(&shared));
            tokio::spawn(async move {
                let status = attempt(&client, &sending).await;
                shared.deliveries().ended(sending.at, status, shared.clock.now());
                shared.wake.notify_one();
                drop(slot);
            });
        }
        match next {
            None => shared.wake.notified().await,
            Some(when) => tokio::select! {
                () = shared.wake.notified() => {}
                () = shared.clock.sleep_until(when) => {}
            },
        }
    }
}

async fn attempt(client: &Client<HttpConnector, Full<Bytes>>, sending: &Sending) -> Option<u16> {
    let mut request = hyper::Request::post(&sending.url)
        .header("content-type", "application/json")
        .header("user-agent", "emulated-ghl-webhooks");
    if let Some(signature) = &sending.signature {
        request = request.header("x-ghl-signature", signature);
    }
    let request = request.body(Full::new(Bytes::from(sending.body.clone()))).ok()?;
    let response = tokio::time::timeout(PATIENCE, client.request(request)).await.ok()?.ok()?;
    let status = response.status().as_u16();
    // Read to its end, so that the connection serves again.
    let _ = tokio::time::timeout(PATIENCE, http_body_util::BodyExt::collect(response.into_body())).await;
    Some(status)
}
