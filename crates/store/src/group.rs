//! Group commit: many small writes, one transaction, one flush to disk.
//!
//! A durable commit costs a flush of milliseconds, whatever it holds. Callers hand their item to [`GroupCommit::write`]
//! and wait; while one batch is being flushed the next one gathers. Nobody is told "done" before the flush that holds
//! their item has succeeded, and nobody waits for a timer: a lone caller commits at once.

use std::{future::Future, sync::Arc};

use crate::{Db, StoreError, Tx};

/// How a batch of items is written, in the caller's transaction.
pub trait Batch: Send + Sync + 'static {
    /// What is written.
    type Item: Send + Clone + 'static;
    /// What its writer learns.
    type Answer: Send + 'static;

    /// Writes all items; one answer per item, in their order. When it fails, nothing of the batch is kept and every item is
    /// tried in a transaction of its own, so that one bad item fails alone.
    fn write(
        &self,
        tx: &mut Tx,
        items: Vec<Self::Item>,
    ) -> impl Future<Output = Result<Vec<Self::Answer>, StoreError>> + Send;
}

/// Gathers items and writes them in batches. Cheap to clone.
pub struct GroupCommit<B: Batch> {
    _batch: Arc<B>,
}

impl<B: Batch> Clone for GroupCommit<B> {
    fn clone(&self) -> Self {
        Self { _batch: self._batch.clone() }
    }
}

impl<B: Batch> GroupCommit<B> {
    /// A gatherer of its own for `db`. Its task starts with the first item and ends when the last clone is dropped.
    pub fn new(db: Db, batch: B) -> Self {
        let _ = db;
        Self { _batch: Arc::new(batch) }
    }

    /// Writes `item` and returns when it is durable. Dropping the future does not take the item back.
    ///
    /// # Errors
    /// What the database said of this item, or of the commit that it was part of.
    pub async fn write(&self, item: B::Item) -> Result<B::Answer, StoreError> {
        let _ = item;
        unimplemented!()
    }
}
