//! Events on their way here, and what is done about them.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use emulator::ghl::{Clock, Delivery, State as Stands};
use gohighlevel::{GoHighLevel, Received, Worked, heal::Progress};
use serde_json::json;
use tokio::net::TcpListener;

use super::World;

#[derive(Clone)]
struct Ear {
    bridge: GoHighLevel,
    clock: Clock,
}

/// Hears an event as a server does.
async fn hear(
    State(ear): State<Ear>,
    hint: Option<Path<String>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers.get("x-ghl-signature").and_then(|value| value.to_str().ok());
    let hint = hint.as_ref().map(|Path(hint)| hint.as_str());
    match ear.bridge.receive(signature, &body, hint, ear.clock.now()).await {
        Ok(Received::Refused(_)) => StatusCode::UNAUTHORIZED,
        Ok(Received::Unreadable) => StatusCode::BAD_REQUEST,
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

impl World {
    /// From now on events come to this hub.
    pub async fn listen(&mut self) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhooks/ghl", socket.local_addr().unwrap());
        let router = Router::new()
            .route("/webhooks/ghl", post(hear))
            .route("/webhooks/ghl/{hint}", post(hear))
            .with_state(Ear { bridge: self.bridge.clone(), clock: self.clock.clone() });
        self.ear = Some(tokio::spawn(async move {
            let _ = axum::serve(socket, router.into_make_service()).await;
        }));
        self.emulated.admin("POST", "webhooks", &json!({ "url": url }));
    }

    /// From now on events go nowhere.
    pub fn deafen(&self) {
        self.emulated.admin("POST", "webhooks", &json!({}));
    }

    /// Waits until every event has arrived, or is lost, or will come only when the world moves on.
    pub async fn delivered(&self) -> Vec<Delivery> {
        let begun = Instant::now();
        loop {
            let all = self.emulated.deliveries();
            let is_due = |it: &Delivery| match it.state {
                Stands::Sending => true,
                Stands::Waiting => it.attempts.is_empty() && it.fault != Some(27),
                Stands::Delivered | Stands::Lost | Stands::Withheld => false,
            };
            if !all.iter().any(is_due) {
                return all;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "events are still on their way");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Works off what has arrived; what was done.
    pub async fn work(&self) -> Worked {
        let mut all = Worked::default();
        for _ in 0..100 {
            let worked = self.bridge.work(&self.market, self.now(), 100).await.unwrap();
            all.done += worked.done;
            all.failed += worked.failed;
            all.dead += worked.dead;
            all.touched.extend(worked.touched);
            all.next = worked.next;
            if !worked.more {
                break;
            }
        }
        all.touched.sort_unstable();
        all.touched.dedup();
        all
    }

    /// Waits for the events and works everything off; what was done.
    pub async fn settled(&self) -> Worked {
        self.delivered().await;
        self.work().await
    }

    /// Tends until there is nothing to do now.
    pub async fn tend(&self) {
        for _ in 0..200 {
            let now = self.now();
            let next = self.bridge.tend(&self.market, now).await.unwrap();
            if next.is_none_or(|next| next > now) {
                return;
            }
        }
        panic!("there is no end to it");
    }

    /// Fills until everything is here.
    pub async fn fill(&self) -> Progress {
        for _ in 0..200 {
            let progress = self.bridge.backfill(&self.market, self.now()).await.unwrap();
            if progress.is_done() {
                return progress;
            }
        }
        panic!("there is no end to it");
    }
}
