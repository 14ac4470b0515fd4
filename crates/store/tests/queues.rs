//! Inbox, outbox and jobs: once each, in order, by one worker at a time.

use std::{collections::HashSet, time::Duration};

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Db, Schema, StoreError,
    inbox::{self, Arrival, Inbox, Received},
    jobs::{self, NewJob},
    outbox::{self, Message},
    queue::{Backoff, Failed, Payload, Worker},
    testing::on_both_markets,
};

const ALL: &[&Schema] = &[&inbox::SCHEMA, &outbox::SCHEMA, &jobs::SCHEMA];
const PATIENCE: Backoff =
    Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(60), attempts_max: 3 };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a valid instant")
}

fn id(number: u64) -> Ulid {
    Ulid::from_parts(1_800_000_000_000 + number, u128::from(number))
}

fn worker(owner: &str) -> Worker {
    Worker { owner: owner.to_owned(), lease_for: Duration::from_secs(30) }
}

fn payload(text: &str) -> Payload {
    Payload { bytes: text.as_bytes().to_vec(), person: Some(PersonId::from(id(999))) }
}

fn arrival(number: u64, key: &str) -> Arrival {
    Arrival {
        id: id(number),
        source: "webhook".into(),
        dedupe_key: key.into(),
        kind: "contact.updated".into(),
        payload: payload(key),
        received_at: at(number as i64),
    }
}

fn new_job(number: u64, share: &str) -> NewJob {
    NewJob {
        id: id(number),
        kind: "import".into(),
        share: share.into(),
        unique_key: None,
        payload: payload(share),
        run_at: at(0),
        every: None,
    }
}

async fn add(db: &Db, job: NewJob) -> bool {
    let mut tx = db.begin().await.expect("begins");
    let added = jobs::enqueue(&mut tx, job, at(0)).await.expect("enqueues");
    tx.commit().await.expect("commits");
    added
}

async fn finish(db: &Db, lease: &store::queue::Lease, now: Timestamp) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    jobs::complete(&mut tx, lease, now).await?;
    tx.commit().await
}

#[tokio::test]
async fn what_arrives_twice_is_kept_once() {
    on_both_markets(ALL, async |db| {
        let inbox = Inbox::new(db.clone());
        assert_eq!(inbox.receive(arrival(1, "a")).await.expect("kept"), Received::New);
        assert_eq!(inbox.receive(arrival(2, "a")).await.expect("known"), Received::Duplicate);
        let mut other = arrival(3, "a");
        other.source = "import".into();
        assert_eq!(inbox.receive(other).await.expect("kept"), Received::New);
        let mut tx = db.begin().await.expect("begins");
        let together = vec![arrival(4, "b"), arrival(5, "b"), arrival(6, "a")];
        assert_eq!(
            inbox::append(&mut tx, together).await.expect("appends"),
            [Received::New, Received::Duplicate, Received::Duplicate]
        );
        tx.commit().await.expect("commits");
        assert_eq!(inbox.depth(at(100)).await.expect("counts").waiting, 3);
    })
    .await;
}

#[tokio::test]
async fn an_arrival_is_worked_off_once_and_its_payload_dropped() {
    on_both_markets(ALL, async |db| {
        let inbox = Inbox::new(db.clone());
        for number in 1..=3 {
            inbox.receive(arrival(number, &number.to_string())).await.expect("kept");
        }
        let items = inbox.lease(&worker("w"), at(10), 2).await.expect("leases");
        assert_eq!(items.iter().map(|item| item.dedupe_key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((&items[0].payload, items[0].received_at), (&payload("1"), at(1)));
        let mut tx = db.begin().await.expect("begins");
        inbox::complete(&mut tx, &items[0].lease, at(11)).await.expect("completes");
        tx.commit().await.expect("commits");
        let rest = inbox.lease(&worker("v"), at(12), 9).await.expect("leases");
        assert_eq!(rest.iter().map(|item| item.dedupe_key.as_str()).collect::<Vec<_>>(), ["3"]);
        let row = db
            .one(store::Query::new("SELECT payload_sealed, state FROM inbox WHERE dedupe_key = ?").bind("1"))
            .await
            .expect("remains");
        assert_eq!(row.bytes_or_null("payload_sealed").expect("bytes"), None);
        assert_eq!(inbox.receive(arrival(9, "1")).await.expect("known"), Received::Duplicate);
        assert_eq!(inbox::prune(&db, at(60)).await.expect("prunes"), 1);
        assert_eq!(inbox.receive(arrival(9, "1")).await.expect("forgotten"), Received::New);
    })
    .await;
}

#[tokio::test]
async fn a_failed_arrival_comes_back_later_and_is_dead_after_its_last_attempt() {
    on_both_markets(ALL, async |db| {
        let inbox = Inbox::new(db.clone());
        inbox.receive(arrival(1, "a")).await.expect("kept");
        let mut now = at(5);
        for attempt in 1..=3 {
            let items = inbox.lease(&worker("w"), now, 5).await.expect("leases");
            assert_eq!(items[0].lease.attempt, attempt);
            match inbox.fail(&items[0].lease, "no route", &PATIENCE, now, u64::MAX).await.expect("fails") {
                Failed::Again(again) => {
                    assert!(again > now && attempt < 3);
                    let early = inbox.lease(&worker("w"), now, 5).await.expect("leases");
                    assert_eq!(early.len(), 0, "it came back at once");
                    now = again;
                }
                Failed::Dead => assert_eq!(attempt, 3),
            }
        }
        let depth = inbox.depth(now).await.expect("counts");
        assert_eq!((depth.dead, depth.waiting), (1, 0));
        let mut tx = db.begin().await.expect("begins");
        assert!(inbox::revive(&mut tx, id(1), now).await.expect("revives"));
        tx.commit().await.expect("commits");
        let items = inbox.lease(&worker("w"), now, 5).await.expect("leases");
        assert_eq!((items.len(), items[0].lease.attempt), (1, 1));
        assert_eq!(items[0].payload, payload("a"), "a dead item keeps its payload");
    })
    .await;
}

#[tokio::test]
async fn messages_of_one_subject_go_out_one_after_the_other() {
    on_both_markets(ALL, async |db| {
        let message = |number, key: &str| Message {
            id: id(number),
            topic: "contact.updated".into(),
            ordering_key: key.into(),
            payload: payload(key),
        };
        let mut tx = db.begin().await.expect("begins");
        for (number, key) in [(9, "ana"), (2, "ana"), (3, "bo"), (1, "ana")] {
            outbox::enqueue(&mut tx, message(number, key), at(0));
        }
        tx.commit().await.expect("commits");
        let keys = |items: &[outbox::Item]| items.iter().map(|item| item.seq).collect::<Vec<_>>();
        let first = outbox::lease(&db, &worker("w"), at(1), 9).await.expect("leases");
        assert_eq!(keys(&first), [1, 3]);
        assert_eq!(keys(&outbox::lease(&db, &worker("v"), at(1), 9).await.expect("leases")), [0; 0]);
        // One that cannot be relayed holds back those after it, until it is dead.
        outbox::fail(&db, &first[0].lease, "away", &PATIENCE, at(2), 0).await.expect("fails");
        assert_eq!(keys(&outbox::lease(&db, &worker("w"), at(3), 9).await.expect("leases")), [0; 0]);
        let again = outbox::lease(&db, &worker("w"), at(20), 9).await.expect("leases");
        assert_eq!(keys(&again), [1]);
        let once = Backoff { attempts_max: 1, ..PATIENCE };
        assert_eq!(
            outbox::fail(&db, &again[0].lease, "away", &once, at(21), 0).await.expect("fails"),
            Failed::Dead
        );
        let next = outbox::lease(&db, &worker("w"), at(22), 9).await.expect("leases");
        assert_eq!(keys(&next), [2]);
        let mut tx = db.begin().await.expect("begins");
        outbox::complete(&mut tx, &next[0].lease, at(23)).await.expect("completes");
        tx.commit().await.expect("commits");
        let last = outbox::lease(&db, &worker("w"), at(23), 9).await.expect("leases");
        assert_eq!(keys(&last), [4]);
    })
    .await;
}

#[tokio::test]
async fn a_message_exists_exactly_when_its_change_does() {
    on_both_markets(ALL, async |db| {
        let message =
            Message { id: id(1), topic: "t".into(), ordering_key: "k".into(), payload: payload("p") };
        let mut tx = db.begin().await.expect("begins");
        outbox::enqueue(&mut tx, message, at(0));
        tx.rollback().await.expect("rolls back");
        assert_eq!(outbox::depth(&db, at(1)).await.expect("counts").waiting, 0);
    })
    .await;
}

#[tokio::test]
async fn pruning_the_outbox_never_reuses_a_number() {
    on_both_markets(ALL, async |db| {
        for number in 1..=2 {
            let mut tx = db.begin().await.expect("begins");
            let message = Message {
                id: id(number),
                topic: "t".into(),
                ordering_key: "k".into(),
                payload: payload("p"),
            };
            outbox::enqueue(&mut tx, message, at(0));
            tx.commit().await.expect("commits");
            let items = outbox::lease(&db, &worker("w"), at(1), 1).await.expect("leases");
            assert_eq!(items[0].seq, number);
            let mut tx = db.begin().await.expect("begins");
            outbox::complete(&mut tx, &items[0].lease, at(1)).await.expect("completes");
            tx.commit().await.expect("commits");
            outbox::prune(&db, at(50)).await.expect("prunes");
        }
    })
    .await;
}

#[tokio::test]
async fn workers_that_race_never_hold_the_same_job() {
    on_both_markets(ALL, async |db| {
        let mut tx = db.begin().await.expect("begins");
        for number in 0..120 {
            jobs::enqueue(&mut tx, new_job(number, "a"), at(0)).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
        let mut workers = Vec::new();
        for number in 0..8 {
            let db = db.clone();
            workers.push(tokio::spawn(async move {
                let mut held = Vec::new();
                loop {
                    let jobs =
                        jobs::lease(&db, &worker(&number.to_string()), at(1), 5).await.expect("leases");
                    if jobs.is_empty() {
                        return held;
                    }
                    held.extend(jobs.iter().map(|job| job.lease.id));
                }
            }));
        }
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.expect("no panic"));
        }
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (120, 120));
    })
    .await;
}

#[tokio::test]
async fn a_lost_lease_is_taken_over_and_its_first_holder_can_do_nothing() {
    on_both_markets(ALL, async |db| {
        add(&db, new_job(1, "a")).await;
        let first = jobs::lease(&db, &worker("first"), at(1), 1).await.expect("leases").remove(0);
        assert!(jobs::lease(&db, &worker("second"), at(30), 1).await.expect("leases").is_empty());
        let kept = jobs::heartbeat(&db, &first.lease, &worker("first"), at(30)).await.expect("still mine");
        assert_eq!(kept.until, at(60));
        assert!(jobs::lease(&db, &worker("second"), at(59), 1).await.expect("leases").is_empty());
        let second = jobs::lease(&db, &worker("second"), at(60), 1).await.expect("leases").remove(0);
        assert_eq!((second.lease.id, second.lease.attempt), (first.lease.id, 2));
        assert!(matches!(finish(&db, &kept, at(61)).await, Err(StoreError::LeaseLost)));
        let beat = jobs::heartbeat(&db, &kept, &worker("first"), at(61)).await;
        assert!(matches!(beat, Err(StoreError::LeaseLost)));
        let failed = jobs::fail(&db, &kept, "late", &PATIENCE, at(61), 0).await;
        assert!(matches!(failed, Err(StoreError::LeaseLost)));
        finish(&db, &second.lease, at(62)).await.expect("completes");
        assert!(matches!(finish(&db, &second.lease, at(63)).await, Err(StoreError::LeaseLost)));
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_leases_again_under_its_own_name_cannot_end_the_new_lease_with_the_old() {
    on_both_markets(ALL, async |db| {
        add(&db, new_job(1, "a")).await;
        let old = jobs::lease(&db, &worker("same"), at(1), 1).await.expect("leases").remove(0);
        let new = jobs::lease(&db, &worker("same"), at(40), 1).await.expect("leases").remove(0);
        assert!(matches!(finish(&db, &old.lease, at(41)).await, Err(StoreError::LeaseLost)));
        finish(&db, &new.lease, at(41)).await.expect("completes");
    })
    .await;
}

#[tokio::test]
async fn a_recurring_job_does_not_pile_up() {
    on_both_markets(ALL, async |db| {
        let hourly = |number| NewJob {
            unique_key: Some("backup".into()),
            every: Some(Duration::from_secs(3600)),
            ..new_job(number, "a")
        };
        assert!(add(&db, hourly(1)).await);
        assert!(!add(&db, hourly(2)).await, "every start of the program adds it again");
        // Nobody was there for ten hours and a bit.
        let now = at(36_100);
        let due = jobs::lease(&db, &worker("w"), now, 9).await.expect("leases");
        assert_eq!(due.len(), 1);
        assert!(!add(&db, hourly(3)).await, "not while it runs either");
        finish(&db, &due[0].lease, now).await.expect("completes");
        assert!(jobs::lease(&db, &worker("w"), at(39_599), 9).await.expect("leases").is_empty());
        let next = jobs::lease(&db, &worker("w"), at(39_600), 9).await.expect("leases");
        assert_eq!((next[0].run_at, next[0].lease.attempt), (at(39_600), 1));
        let once = Backoff { attempts_max: 1, ..PATIENCE };
        assert_eq!(
            jobs::fail(&db, &next[0].lease, "disk full", &once, at(39_700), 0).await.expect("fails"),
            Failed::Again(at(43_200)),
            "a recurring job is never dead"
        );
    })
    .await;
}

#[tokio::test]
async fn a_unique_job_can_be_added_again_once_it_is_done() {
    on_both_markets(ALL, async |db| {
        let unique = |number| NewJob { unique_key: Some("score:ana".into()), ..new_job(number, "a") };
        assert!(add(&db, unique(1)).await);
        assert!(!add(&db, unique(2)).await);
        let due = jobs::lease(&db, &worker("w"), at(1), 9).await.expect("leases");
        finish(&db, &due[0].lease, at(2)).await.expect("completes");
        assert!(add(&db, unique(3)).await);
    })
    .await;
}

#[tokio::test]
async fn a_share_with_many_jobs_does_not_hold_back_another() {
    on_both_markets(ALL, async |db| {
        let mut tx = db.begin().await.expect("begins");
        for number in 0..60 {
            jobs::enqueue(&mut tx, new_job(number, "bulk"), at(0)).await.expect("enqueues");
        }
        for number in 60..62 {
            let late = NewJob { run_at: at(5), ..new_job(number, "quick") };
            jobs::enqueue(&mut tx, late, at(0)).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
        let shares = |jobs: &[jobs::Job]| {
            let quick = jobs.iter().filter(|job| job.share == "quick").count();
            (jobs.len() - quick, quick)
        };
        let first = jobs::lease(&db, &worker("w"), at(6), 2).await.expect("leases");
        assert_eq!(shares(&first), (1, 1));
        let second = jobs::lease(&db, &worker("w"), at(6), 4).await.expect("leases");
        assert_eq!(shares(&second), (3, 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    on_both_markets(ALL, async |db| {
        add(&db, new_job(1, "a")).await;
        let mut leased = 0;
        for round in 0..80 {
            leased += jobs::lease(&db, &worker("w"), at(round * 60), 1).await.expect("leases").len();
        }
        assert_eq!(leased, 50);
        assert_eq!(jobs::depth(&db, at(9999)).await.expect("counts").dead, 1);
    })
    .await;
}

#[tokio::test]
async fn depth_says_how_long_the_oldest_has_been_due() {
    on_both_markets(ALL, async |db| {
        add(&db, NewJob { run_at: at(50), ..new_job(1, "a") }).await;
        assert_eq!(jobs::depth(&db, at(49)).await.expect("counts").due_since, None);
        let depth = jobs::depth(&db, at(60)).await.expect("counts");
        assert_eq!((depth.waiting, depth.leased, depth.due_since), (1, 0, Some(at(50))));
        jobs::lease(&db, &worker("w"), at(60), 1).await.expect("leases");
        let depth = jobs::depth(&db, at(60)).await.expect("counts");
        assert_eq!((depth.waiting, depth.leased, depth.due_since), (0, 1, None));
    })
    .await;
}
