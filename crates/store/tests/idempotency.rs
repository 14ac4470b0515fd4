//! Requests sent twice take effect once, whatever dies in between.

use std::time::Duration;

use jiff::Timestamp;
use kernel::Ulid;
use store::{
    Db, MarketOptions, Migration, MigrationSet, Query, Schema, StoreError,
    group::{Batch, GroupCommit},
    idempotency::{self, Claim, Intent, Request, StoredAnswer, claim},
    testing::{TestDb, on_both_markets},
};

const SCHEMA: Schema = Schema {
    migrations: MigrationSet {
        domain: "effects",
        migrations: &[Migration {
            version: 1,
            name: "effects",
            sql: "CREATE TABLE effect (id TEXT PRIMARY KEY);",
        }],
    },
    tables: &[],
};
const ALL: &[&Schema] = &[&SCHEMA, &idempotency::SCHEMA];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a valid instant")
}

/// A request with the key "key"; `boot` is the run of the process, `attempt` tells claims apart.
fn request(boot: u128, attempt: u128) -> Request {
    Request {
        scope: "alpha POST /contacts user:1".into(),
        key: "key".into(),
        fingerprint: [7; 32],
        boot: Ulid::from_parts(1, boot),
        claim: Ulid::from_parts(2, attempt),
        lease_for: Duration::from_secs(60),
    }
}

async fn fresh(db: &Db, request: &Request, now: Timestamp) -> Intent {
    match claim(db, request, now).await.expect("claims") {
        Claim::Fresh(intent) => intent,
        other => panic!("{other:?}"),
    }
}

async fn effect(db: &Db, id: &str) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    tx.execute(Query::new("INSERT INTO effect (id) VALUES (?)").bind(id)).await?;
    tx.commit().await
}

async fn effects(db: &Db) -> usize {
    db.all(Query::new("SELECT id FROM effect")).await.expect("reads").len()
}

fn stored(attempt: u128) -> StoredAnswer {
    StoredAnswer {
        claim: Ulid::from_parts(2, attempt),
        status: 201,
        headers: vec![("location".into(), "/contacts/1".into())],
        body_sealed: b"sealed".to_vec(),
    }
}

#[tokio::test]
async fn a_request_that_was_done_is_answered_as_before() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.clone().scope(effect(&db, "a")).await.expect("takes effect");
        assert!(intent.has_taken_effect());
        idempotency::answer(&db, &stored(1), at(1)).await.expect("keeps the answer");
        for boot in [1, 2] {
            match claim(&db, &request(boot, 9), at(100)).await.expect("claims") {
                Claim::Done(answer) => assert_eq!(answer, stored(1)),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_key_with_another_payload_is_a_mistake_and_another_scope_another_request() {
    on_both_markets(ALL, async |db| {
        fresh(&db, &request(1, 1), at(0)).await;
        let other = Request { fingerprint: [8; 32], ..request(1, 2) };
        assert!(matches!(claim(&db, &other, at(1)).await.expect("claims"), Claim::Mismatch));
        let elsewhere = Request { scope: "beta POST /contacts user:1".into(), ..request(1, 3) };
        fresh(&db, &elsewhere, at(1)).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_kept_ends_the_claim_at_once_and_is_never_made_up() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.scope(effect(&db, "a")).await.expect("takes effect");
        let early = claim(&db, &request(1, 2), at(1)).await.expect("claims");
        assert!(matches!(early, Claim::InFlight), "{early:?}");

        idempotency::forgo_answer(&db, Ulid::from_parts(2, 1), at(2)).await.expect("forgoes");
        // The run that did it is alive and its lease is not over: yet nobody waits for it any more.
        for boot in [1, 2] {
            let repeated = claim(&db, &request(boot, 3), at(3)).await.expect("claims");
            assert!(matches!(repeated, Claim::EffectWithoutAnswer), "{repeated:?}");
        }
        let late = idempotency::answer(&db, &stored(1), at(4)).await;
        assert!(matches!(late, Err(StoreError::ClaimLost)), "{late:?}");
        let still = claim(&db, &request(1, 4), at(5)).await.expect("claims");
        assert!(matches!(still, Claim::EffectWithoutAnswer), "{still:?}");
        idempotency::release(&db, Ulid::from_parts(2, 1)).await.expect("nothing to give back");
        let still = claim(&db, &request(1, 5), at(6)).await.expect("claims");
        assert!(matches!(still, Claim::EffectWithoutAnswer), "it took effect: {still:?}");
        assert_eq!(effects(&db).await, 1);
        // A day later the key may name another request.
        fresh(&db, &request(1, 6), at(86_400 + 1)).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_kept_cannot_be_forgone() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.scope(effect(&db, "a")).await.expect("takes effect");
        idempotency::answer(&db, &stored(1), at(1)).await.expect("kept");
        idempotency::forgo_answer(&db, Ulid::from_parts(2, 1), at(2)).await.expect("changes nothing");
        match claim(&db, &request(1, 2), at(3)).await.expect("claims") {
            Claim::Done(answer) => assert_eq!(answer, stored(1)),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_works_and_the_others_are_told_it_is_in_flight() {
    on_both_markets(ALL, async |db| {
        let attempts: Vec<_> = (0..12)
            .map(|attempt| {
                let db = db.clone();
                tokio::spawn(async move { claim(&db, &request(1, attempt), at(0)).await.expect("claims") })
            })
            .collect();
        let mut fresh = 0;
        for attempt in attempts {
            match attempt.await.expect("no panic") {
                Claim::Fresh(_) => fresh += 1,
                Claim::InFlight => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(fresh, 1);
    })
    .await;
}

#[tokio::test]
async fn a_crash_before_the_effect_lets_the_next_run_do_it() {
    on_both_markets(ALL, async |db| {
        fresh(&db, &request(1, 1), at(0)).await;
        // The same handle claims for a new run: the first one's lock goes, as when its process died. The server notices
        // the closed connection a moment later.
        let begun = std::time::Instant::now();
        let soon = loop {
            let found = claim(&db, &request(2, 2), at(1)).await.expect("claims");
            if !matches!(found, Claim::InFlight) || begun.elapsed() > std::time::Duration::from_secs(5) {
                break found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        assert!(matches!(soon, Claim::Fresh(_)), "{soon:?}");
    })
    .await;
}

#[tokio::test]
async fn another_node_that_is_alive_is_believed_in_until_its_request_takes_too_long() {
    let Some(here) = TestDb::postgres_market(ALL).await else { return };
    let there = Db::open_market(&here.place(), &MarketOptions::default()).await.expect("opens");
    fresh(&here, &request(1, 1), at(0)).await;
    for seconds in [1, 59] {
        let other = claim(&there, &request(2, 2), at(seconds)).await.expect("claims");
        assert!(matches!(other, Claim::InFlight), "{other:?}");
    }
    assert!(matches!(claim(&there, &request(2, 3), at(60)).await.expect("claims"), Claim::Fresh(_)));
    // And a node that ends is not believed in any longer.
    there.close().await;
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !matches!(claim(&here, &request(1, 4), at(61)).await.expect("claims"), Claim::Fresh(_)) {
        assert!(std::time::Instant::now() < deadline, "the claim of a node that ended is still believed in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_crash_between_effect_and_answer_never_does_it_twice() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.scope(effect(&db, "a")).await.expect("takes effect");
        for now in [at(61), at(3600)] {
            let again = claim(&db, &request(2, 2), now).await.expect("claims");
            assert!(matches!(again, Claim::EffectWithoutAnswer), "{again:?}");
        }
        assert_eq!(effects(&db).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_was_too_slow_cannot_commit_after_another_took_over() {
    on_both_markets(ALL, async |db| {
        let slow = fresh(&db, &request(1, 1), at(0)).await;
        let quick = fresh(&db, &request(2, 2), at(61)).await;
        quick.scope(effect(&db, "quick")).await.expect("takes effect");
        let late = slow.clone().scope(effect(&db, "slow")).await;
        assert!(matches!(late, Err(StoreError::ClaimLost)), "{late:?}");
        assert!(!slow.has_taken_effect());
        assert_eq!(effects(&db).await, 1);
        assert!(matches!(idempotency::answer(&db, &stored(1), at(62)).await, Err(StoreError::ClaimLost)));
    })
    .await;
}

#[tokio::test]
async fn an_effect_that_was_rolled_back_marks_nothing() {
    on_both_markets(ALL, async |db| {
        effect(&db, "a").await.expect("outside of any request");
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        let failed = intent.clone().scope(effect(&db, "a")).await;
        assert!(failed.is_err_and(|error| error.is_unique_violation()));
        assert!(!intent.has_taken_effect());
        idempotency::release(&db, intent.claim()).await.expect("releases");
        fresh(&db, &request(1, 2), at(1)).await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_took_effect_cannot_be_given_back() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.clone().scope(effect(&db, "a")).await.expect("takes effect");
        idempotency::release(&db, intent.claim()).await.expect("does nothing");
        let again = claim(&db, &request(1, 2), at(61)).await.expect("claims");
        assert!(matches!(again, Claim::EffectWithoutAnswer));
    })
    .await;
}

#[tokio::test]
async fn only_the_database_that_holds_the_claim_marks_it() {
    on_both_markets(ALL, async |db| {
        let other = TestDb::sqlite_market(ALL).await;
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.clone().scope(effect(&other, "elsewhere")).await.expect("another database");
        assert!(!intent.has_taken_effect());
        intent.clone().scope(effect(&db, "here")).await.expect("this database");
        intent.clone().scope(effect(&db, "and again")).await.expect("later changes of the same request");
        assert!(intent.has_taken_effect());
    })
    .await;
}

struct Effects;

impl Batch for Effects {
    type Item = String;
    type Answer = ();

    async fn write(&self, tx: &mut store::Tx, items: Vec<String>) -> Result<Vec<()>, StoreError> {
        for id in &items {
            tx.execute(Query::new("INSERT INTO effect (id) VALUES (?)").bind(id)).await?;
        }
        Ok(vec![(); items.len()])
    }
}

#[tokio::test]
async fn an_effect_that_shares_a_commit_with_others_marks_its_own_claim() {
    on_both_markets(ALL, async |db| {
        let group = GroupCommit::new(db.clone(), Effects);
        let mut intents = Vec::new();
        for number in 0..6_u128 {
            let request = Request { key: number.to_string(), ..request(1, number) };
            intents.push(fresh(&db, &request, at(0)).await);
        }
        // Another attempt takes the last one's claim away: that one fails, the others do not.
        let taken = Request { key: "5".into(), ..request(2, 100) };
        fresh(&db, &taken, at(61)).await;
        let writers: Vec<_> = intents
            .iter()
            .enumerate()
            .map(|(number, intent)| {
                let group = group.clone();
                let intent = intent.clone();
                tokio::spawn(async move { intent.scope(group.write(number.to_string())).await })
            })
            .collect();
        for (number, writer) in writers.into_iter().enumerate() {
            let wrote = writer.await.expect("no panic");
            assert_eq!(wrote.is_ok(), number != 5, "{number}: {wrote:?}");
            assert_eq!(intents[number].has_taken_effect(), number != 5);
        }
        assert_eq!(effects(&db).await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day() {
    on_both_markets(ALL, async |db| {
        let intent = fresh(&db, &request(1, 1), at(0)).await;
        intent.scope(effect(&db, "a")).await.expect("takes effect");
        idempotency::answer(&db, &stored(1), at(1)).await.expect("keeps the answer");
        let day = 24 * 60 * 60;
        assert!(matches!(claim(&db, &request(1, 2), at(day - 1)).await.expect("claims"), Claim::Done(_)));
        let other = Request { fingerprint: [9; 32], ..request(1, 3) };
        fresh(&db, &other, at(day)).await;
        assert_eq!(idempotency::prune(&db, at(2 * day + 1)).await.expect("prunes"), 1);
    })
    .await;
}
