//! Word of what changed, so that other parts and other nodes forget what they kept.

use std::time::Duration;

use boxed::boxed;
use futures::StreamExt as _;
use tokio::sync::broadcast;

use crate::{Away, link::Link};

/// Messages that a slow listener may be behind; then it is told to forget everything.
const BACKLOG: usize = 1024;
/// How long a broken subscription rests before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// What to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// What is kept of one thing.
    Of {
        /// The kind of thing: `market`, `session`.
        topic: String,
        /// Its identifier; nothing personal.
        key: String,
    },
    /// Everything: messages were missed.
    Everything,
}

/// Where changes are announced and heard. Cheap to clone.
///
/// Delivery is at most once: whoever keeps something also limits how long. After a broken connection listeners
/// hear [`Invalidation::Everything`].
#[derive(Clone, Debug)]
pub struct Invalidations {
    heard: broadcast::Sender<Invalidation>,
    shared: Option<(Link, String)>,
}

/// Hears what is announced from its making on.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<Invalidation>);

#[boxed]
impl Invalidations {
    /// Announcements within this process.
    pub fn in_process() -> Self {
        Self { heard: broadcast::channel(BACKLOG).0, shared: None }
    }

    /// Announcements between nodes; `node` names this one. Starts the task that listens to Redis; it ends when
    /// the last clone is gone.
    pub(crate) fn shared(link: Link, node: &str) -> Self {
        let all =
            Self { heard: broadcast::channel(BACKLOG).0, shared: Some((link.clone(), node.to_owned())) };
        tokio::spawn(relay(link, node.to_owned(), all.heard.downgrade()));
        all
    }

    /// Tells everybody that what is kept of `key` is no longer true. This process hears it at once.
    ///
    /// # Errors
    /// [`Away`] when other nodes could not be told; they will hear [`Invalidation::Everything`] when Redis was
    /// away for them as well.
    pub async fn announce(&self, topic: &str, key: &str) -> Result<(), Away> {
        // Nobody listening is no mistake.
        let _ = self.heard.send(Invalidation::Of { topic: topic.to_owned(), key: key.to_owned() });
        let Some((link, node)) = &self.shared else { return Ok(()) };
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(link.key(CHANNEL)).arg(format!("{node}\n{topic}\n{key}"));
        link.command::<i64>(&publish).await.map(|_| ())
    }

    /// A listener for what is announced from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.heard.subscribe())
    }
}

#[boxed]
impl Listener {
    /// The next thing to forget; `None` when nothing more can come.
    pub async fn next(&mut self) -> Option<Invalidation> {
        match self.0.recv().await {
            Ok(invalidation) => Some(invalidation),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Invalidation::Everything),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

const CHANNEL: &str = "invalidations";

async fn relay(link: Link, node: String, heard: broadcast::WeakSender<Invalidation>) {
    let mut first = true;
    loop {
        if let Ok(mut subscription) = link.client().get_async_pubsub().await
            && subscription.subscribe(link.key(CHANNEL)).await.is_ok()
        {
            if !std::mem::take(&mut first) {
                let Some(heard) = heard.upgrade() else { return };
                let _ = heard.send(Invalidation::Everything);
            }
            let mut messages = subscription.into_on_message();
            loop {
                let message = tokio::time::timeout(PAUSE, messages.next()).await;
                let Some(heard) = heard.upgrade() else { return };
                match message {
                    // Nothing was said; is anybody still listening?
                    Err(_) => {}
                    Ok(None) => break,
                    Ok(Some(message)) => {
                        let text: String = message.get_payload().unwrap_or_default();
                        if let Some(invalidation) = read(&text, &node) {
                            let _ = heard.send(invalidation);
                        }
                    }
                }
            }
        }
        first = false;
        tokio::time::sleep(PAUSE).await;
        if heard.strong_count() == 0 {
            return;
        }
    }
}

/// What another node said; `None` for what this node said itself, and for what is not ours.
fn read(text: &str, node: &str) -> Option<Invalidation> {
    let mut parts = text.splitn(3, '\n');
    let (sender, topic, key) = (parts.next()?, parts.next()?, parts.next()?);
    (sender != node).then(|| Invalidation::Of { topic: topic.to_owned(), key: key.to_owned() })
}
