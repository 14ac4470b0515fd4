//! Group commit: durable for every caller, one flush for many, errors for the one who caused them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use kernel::Ulid;
use store::{
    Db, Migration, MigrationSet, Query, Schema, StoreError, Tx,
    group::{Batch, GroupCommit},
    inbox::{self, Arrival, Inbox, Received},
    queue::Payload,
    testing::on_both_markets,
};

const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "lines",
        migrations: &[Migration {
            version: 1,
            name: "lines",
            sql: "CREATE TABLE line (id BIGINT PRIMARY KEY, batch BIGINT NOT NULL);",
        }],
    },
    tables: &[],
};

#[derive(Default)]
struct Lines(Arc<AtomicUsize>);

impl Batch for Lines {
    type Item = i64;
    type Answer = usize;

    async fn write(&self, tx: &mut Tx, items: Vec<i64>) -> Result<Vec<usize>, StoreError> {
        let batch = self.0.fetch_add(1, Ordering::Relaxed);
        let rows = items.iter().map(|id| [(*id).into(), batch.into()]).collect();
        tx.insert_all("INSERT INTO line (id, batch) VALUES", rows).await?;
        Ok(items.iter().map(|_| batch).collect())
    }
}

async fn count(db: &Db, question: &'static str) -> i64 {
    db.one(Query::new(question)).await.expect("counts").int("n").expect("a number")
}

#[tokio::test]
async fn many_writers_share_a_transaction_and_each_is_told_when_it_is_durable() {
    on_both_markets(&[&SCHEMA], async |db| {
        let lines = GroupCommit::new(db.clone(), Lines::default());
        let writers: Vec<_> = (0..300)
            .map(|id| {
                let (lines, db) = (lines.clone(), db.clone());
                tokio::spawn(async move {
                    lines.write(id).await.expect("is durable");
                    let query = Query::new("SELECT COUNT(*) AS n FROM line WHERE id = ?").bind(id);
                    db.one(query).await.expect("counts").int("n").expect("a number")
                })
            })
            .collect();
        for writer in writers {
            assert_eq!(writer.await.expect("no panic"), 1, "told before it was there");
        }
        let batches = count(&db, "SELECT COUNT(DISTINCT batch) AS n FROM line").await;
        assert!(batches <= 60, "{batches} transactions for 300 writers");
    })
    .await;
}

#[tokio::test]
async fn one_bad_item_fails_alone() {
    on_both_markets(&[&SCHEMA], async |db| {
        db.execute(Query::new("INSERT INTO line (id, batch) VALUES (7, -1)")).await.expect("writes");
        let lines = GroupCommit::new(db.clone(), Lines::default());
        let writers: Vec<_> = (0..20)
            .map(|id| {
                let lines = lines.clone();
                tokio::spawn(async move { lines.write(id).await })
            })
            .collect();
        for (id, writer) in writers.into_iter().enumerate() {
            let wrote = writer.await.expect("no panic");
            assert_eq!(wrote.is_err_and(|error| error.is_unique_violation()), id == 7, "writer {id}");
        }
        assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM line").await, 20);
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_gives_up_disturbs_nobody() {
    on_both_markets(&[&SCHEMA], async |db| {
        let lines = GroupCommit::new(db.clone(), Lines::default());
        let blocking = db.begin().await.expect("begins");
        let impatient = tokio::time::timeout(Duration::from_millis(50), lines.write(1)).await;
        let patient = tokio::spawn({
            let lines = lines.clone();
            async move { lines.write(2).await }
        });
        blocking.rollback().await.expect("rolls back");
        patient.await.expect("no panic").expect("is durable");
        // PostgreSQL has more than one writer, so there the impatient one may have been served at once.
        let _ = impatient;
        assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM line WHERE id = 2").await, 1);
    })
    .await;
}

#[tokio::test]
async fn everybody_is_told_of_a_fence() {
    on_both_markets(&[&SCHEMA], async |db| {
        let lines = GroupCommit::new(db.clone(), Lines::default());
        db.fence("moving").await.expect("fences");
        let writers: Vec<_> = (0..9)
            .map(|id| {
                let lines = lines.clone();
                tokio::spawn(async move { lines.write(id).await })
            })
            .collect();
        for writer in writers {
            assert!(writer.await.expect("no panic").is_err_and(|error| error.is_fenced()));
        }
        db.unfence().await.expect("unfences");
        lines.write(1).await.expect("goes on");
    })
    .await;
}

#[tokio::test]
async fn the_same_event_from_many_senders_at_once_is_new_exactly_once() {
    on_both_markets(&[&inbox::SCHEMA], async |db| {
        let inbox = Inbox::new(db.clone());
        let senders: Vec<_> = (0..64_u64)
            .map(|number| {
                let inbox = inbox.clone();
                tokio::spawn(async move {
                    let arrival = Arrival {
                        id: Ulid::from_parts(number, 7),
                        source: "s".into(),
                        dedupe_key: (number % 4).to_string(),
                        kind: "k".into(),
                        payload: Payload { bytes: vec![1], person: None },
                        received_at: Timestamp::UNIX_EPOCH,
                    };
                    inbox.receive(arrival).await.expect("is durable")
                })
            })
            .collect();
        let mut new = 0;
        for sender in senders {
            new += usize::from(sender.await.expect("no panic") == Received::New);
        }
        assert_eq!((new, count(&db, "SELECT COUNT(*) AS n FROM inbox").await), (4, 4));
    })
    .await;
}
