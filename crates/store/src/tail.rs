//! What a transaction tells at its end: entries of the trail and messages of the outbox.
//!
//! Both are numbered without gaps or in the order of the changes, so their writers must go one at a time. Were that turn
//! taken in the middle of a transaction, two that take it before and after other locks would wait for each other for
//! ever; so they are kept until the commit, which takes the turns last, in one order, and holds them for a few statements.

use audit::{Entry, NewEntry};
use jiff::Timestamp;

use crate::{Query, StoreError, Tx, Value, outbox::Message, trail};

/// What is still to be written.
#[derive(Default)]
pub(crate) struct Tail {
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) messages: Vec<(Message, Timestamp)>,
}

impl Tail {
    /// Writes everything, each in the order in which it was told.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        if !self.entries.is_empty() {
            append(tx, self.entries).await?;
        }
        if !self.messages.is_empty() {
            enqueue(tx, self.messages).await?;
        }
        Ok(())
    }
}

async fn append(tx: &mut Tx, new: Vec<NewEntry>) -> Result<(), StoreError> {
    tx.one_at_a_time(trail::TURN).await?;
    let mut last = trail::last(&mut *tx).await?;
    let mut rows = Vec::with_capacity(new.len());
    for new in new {
        let entry = audit::chain::append(last.as_ref(), new);
        rows.push(trail::row(&entry)?);
        last = Some::<Entry>(entry);
    }
    tx.insert_all(trail::INSERT, rows).await.map(|_| ())
}

async fn enqueue(tx: &mut Tx, messages: Vec<(Message, Timestamp)>) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO outbox (id, seq, topic, ordering_key, person_id, payload_sealed, created_at, \
                          state, run_at, attempts) VALUES";
    tx.one_at_a_time("outbox.seq").await?;
    let last = tx.one(Query::new("SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox")).await?.int("seq")?;
    let rows = messages.into_iter().zip(last + 1..).map(|((message, now), seq)| {
        [
            Value::from(message.id),
            seq.into(),
            message.topic.into(),
            message.ordering_key.into(),
            message.payload.person.into(),
            message.payload.bytes.into(),
            now.into(),
            "waiting".into(),
            now.into(),
            0_i64.into(),
        ]
    });
    tx.insert_all(INSERT, rows.collect()).await.map(|_| ())
}
