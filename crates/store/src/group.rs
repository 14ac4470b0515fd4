//! Group commit: many small writes, one transaction, one flush to disk.
//!
//! A durable commit costs a flush of milliseconds, whatever it holds. Callers hand their item to [`GroupCommit::write`]
//! and wait; while one batch is being flushed the next one gathers. Nobody is told "done" before the flush that holds
//! their item has succeeded, and nobody waits for a timer: a lone caller commits at once.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
};

use tokio::sync::{mpsc, oneshot};

use crate::{Db, StoreError, Tx, idempotency::Intent};

/// Items in one transaction at most: what one flush may hold up.
const BATCH_MAX: usize = 512;

/// How a batch of items is written, in the caller's transaction.
pub trait Batch: Send + Sync + 'static {
    /// What is written.
    type Item: Clone + Send + Sync + 'static;
    /// What its writer learns.
    type Answer: Send + Sync + 'static;

    /// Writes all items; one answer per item, in their order. When it fails, nothing of the batch is kept and every item is
    /// tried in a transaction of its own, so that one bad item fails alone.
    fn write(
        &self,
        tx: &mut Tx,
        items: Vec<Self::Item>,
    ) -> impl Future<Output = Result<Vec<Self::Answer>, StoreError>> + Send;
}

/// Gathers items and writes them in batches. Cheap to clone.
pub struct GroupCommit<B: Batch>(Arc<Gatherer<B>>);

struct Gatherer<B: Batch> {
    db: Db,
    batch: Arc<B>,
    waiting: OnceLock<mpsc::UnboundedSender<Waiting<B>>>,
}

/// An item whose writer waits.
struct Waiting<B: Batch> {
    item: B::Item,
    /// The request that it belongs to.
    intent: Option<Intent>,
    tell: oneshot::Sender<Result<B::Answer, StoreError>>,
}

impl<B: Batch> Clone for GroupCommit<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B: Batch> GroupCommit<B> {
    /// A gatherer of its own for `db`. Its task starts with the first item and ends when the last clone is dropped.
    pub fn new(db: Db, batch: B) -> Self {
        Self(Arc::new(Gatherer { db, batch: Arc::new(batch), waiting: OnceLock::new() }))
    }

    /// Writes `item` and returns when it is durable. Dropping the future does not take the item back.
    ///
    /// # Errors
    /// What the database said of this item, or of the commit that it was part of.
    pub async fn write(&self, item: B::Item) -> Result<B::Answer, StoreError> {
        let intent = Intent::current().filter(|intent| intent.is_for(&self.0.db));
        let (tell, told) = oneshot::channel();
        let queue = self.0.waiting.get_or_init(|| {
            let (queue, arrivals) = mpsc::unbounded_channel();
            tokio::spawn(work(self.0.db.clone(), self.0.batch.clone(), arrivals));
            queue
        });
        let stopped = || StoreError::Unreachable("the writer of the batch has stopped".into());
        queue.send(Waiting { item, intent, tell }).map_err(|_| stopped())?;
        // The writer ends without a word only with its runtime, when nobody knows what it had committed.
        told.await.unwrap_or_else(|closed| Err(StoreError::CommitUnknown(Box::new(closed))))
    }
}

async fn work<B: Batch>(db: Db, batch: Arc<B>, mut arrivals: mpsc::UnboundedReceiver<Waiting<B>>) {
    let mut gathered = Vec::new();
    while arrivals.recv_many(&mut gathered, BATCH_MAX).await > 0 {
        write_all(&db, &*batch, std::mem::take(&mut gathered)).await;
    }
}

async fn write_all<B: Batch>(db: &Db, batch: &B, waiting: Vec<Waiting<B>>) {
    match write_once(db, batch, &waiting).await {
        Ok(answers) => {
            for (waiting, answer) in waiting.into_iter().zip(answers) {
                // A caller that has gone needs no answer; its item is durable all the same.
                let _ = waiting.tell.send(Ok(answer));
            }
        }
        Err(error) if waiting.len() == 1 || concerns_all(&error) => {
            let shared = Arc::new(error);
            for waiting in waiting {
                let _ = waiting.tell.send(Err(shared.clone().into()));
            }
        }
        Err(_) => {
            for waiting in waiting {
                let alone = std::slice::from_ref(&waiting);
                let answer = write_once(db, batch, alone).await;
                let answer =
                    answer.and_then(|answers| answers.into_iter().next().ok_or(StoreError::TxFailed));
                let _ = waiting.tell.send(answer);
            }
        }
    }
}

async fn write_once<B: Batch>(
    db: &Db,
    batch: &B,
    waiting: &[Waiting<B>],
) -> Result<Vec<B::Answer>, StoreError> {
    let mut tx = db.begin().await?;
    let items = waiting.iter().map(|waiting| waiting.item.clone()).collect();
    let answers = batch.write(&mut tx, items).await?;
    let mut markings = Vec::new();
    for intent in waiting.iter().filter_map(|waiting| waiting.intent.as_ref()) {
        markings.push(intent.mark(&mut tx).await?);
    }
    tx.commit_unmarked().await?;
    markings.into_iter().for_each(|marking| marking.done());
    Ok(answers)
}

/// Whether trying the items one by one would fail alike, or might write some of them twice.
fn concerns_all(error: &StoreError) -> bool {
    error.is_temporary()
        || error.is_fenced()
        || error.is_outcome_unknown()
        || matches!(error, StoreError::NoSpace(_))
}
