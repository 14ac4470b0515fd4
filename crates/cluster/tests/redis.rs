//! Two nodes and a real Redis: the answers of one process, given together.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use cluster::{Cluster, ClusterConfig, Health, Invalidation, Policy};
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};

const REDIS_URL: &str = "EHUB_TEST_REDIS_URL";

/// The address of the server, or nothing where none is given (never under CI).
fn redis() -> Option<String> {
    let url = std::env::var(REDIS_URL).ok();
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(url.is_some() || !in_ci, "{REDIS_URL} is not set: under CI these tests need Redis");
    if url.is_none() {
        eprintln!("not tested: {REDIS_URL} is not set");
    }
    url
}

/// A name that no other test and no earlier run has used.
fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let started = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("ehub-test-{}-{started}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn node(url: &str, prefix: &str, node: &str) -> Cluster {
    let config =
        ClusterConfig { redis_url: Some(url.to_owned()), prefix: prefix.to_owned(), node: node.to_owned() };
    Cluster::open(&config).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

#[tokio::test]
async fn two_nodes_share_one_budget() {
    let Some(url) = redis() else { return };
    let (prefix, policy) = (prefix(), Policy::new("test", 10, Duration::from_secs(100)));
    let (one, other) = (node(&url, &prefix, "one"), node(&url, &prefix, "other"));
    let mut given = 0;
    for turn in 0..30 {
        let node = if turn % 2 == 0 { &one } else { &other };
        given += u32::from(node.budgets().take(&policy, "key", 1, at(0)).await.allowed);
    }
    assert_eq!(given, 10);
    let refused = other.budgets().take(&policy, "key", 1, at(0)).await;
    assert_eq!(refused.retry_after, Some(Duration::from_secs(10)));
    assert!(one.budgets().take(&policy, "another key", 1, at(0)).await.allowed);
    assert_eq!(one.health().await, Health::Shared);
}

#[tokio::test]
async fn many_at_once_get_no_more_than_one_after_the_other() {
    let Some(url) = redis() else { return };
    let (prefix, policy) = (prefix(), Policy::new("test", 25, Duration::from_secs(100)));
    let mut tasks = Vec::new();
    for number in 0..4 {
        let cluster = node(&url, &prefix, &number.to_string());
        tasks.extend((0..25).map(|_| {
            let cluster = cluster.clone();
            tokio::spawn(async move { cluster.budgets().take(&policy, "key", 1, at(0)).await.allowed })
        }));
    }
    let mut given = 0;
    for task in tasks {
        given += u32::from(task.await.unwrap());
    }
    assert_eq!(given, 25);
}

/// The script in Redis and the arithmetic in process come to the same answers.
#[tokio::test]
async fn redis_and_one_process_answer_alike() {
    let Some(url) = redis() else { return };
    let (shared, alone) = (node(&url, &prefix(), "one"), Cluster::in_process());
    // A multiplicative congruential generator: the same walk every time.
    let mut chance = 42_u64;
    let mut next = |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below
    };
    let mut now = at(0);
    let mut refused = 0;
    for step in 0..600 {
        let policy = [
            Policy::new("small", 3, Duration::from_millis(700)),
            Policy::new("odd", 7, Duration::from_secs(10)),
            Policy::new("large", 1_000_000, Duration::from_secs(1)),
        ][next(3) as usize];
        now += SignedDuration::from_micros(i64::try_from(next(900_000)).unwrap());
        let cost = next(u64::from(policy.quota) + 2) as u32;
        let expected = alone.budgets().take(&policy, "key", cost, now).await;
        let answer = shared.budgets().take(&policy, "key", cost, now).await;
        // Redis forgets by its own clock, which is slower than the walk's: what it keeps too long is past.
        assert_eq!(answer, expected, "step {step}: {cost} of {policy:?} at {now}");
        refused += u32::from(!answer.allowed);
    }
    assert!(refused > 50, "{refused}: the walk must meet refusals");
    assert_eq!(shared.health().await, Health::Shared, "no answer came from the stand-in");
}

#[tokio::test]
async fn of_two_nodes_one_holds_a_lease_and_tokens_grow() {
    let Some(url) = redis() else { return };
    let prefix = prefix();
    let (one, other) = (node(&url, &prefix, "one"), node(&url, &prefix, "other"));
    let (ttl, now) = (Duration::from_millis(400), at(0));
    let first = one.leases().acquire("move", "one", ttl, now).await.unwrap().unwrap();
    assert_eq!(other.leases().acquire("move", "other", ttl, now).await.unwrap(), None);
    assert!(one.leases().renew(&first, ttl, now).await.unwrap().is_some());

    one.leases().release(&first).await.unwrap();
    let second = other.leases().acquire("move", "other", ttl, now).await.unwrap().unwrap();
    assert!(second.token > first.token);
    assert_eq!(one.leases().renew(&first, ttl, now).await.unwrap(), None, "it was given back");
    one.leases().release(&first).await.unwrap();
    assert!(
        other.leases().renew(&second, ttl, now).await.unwrap().is_some(),
        "a stranger cannot give it back"
    );

    tokio::time::sleep(ttl * 2).await;
    assert_eq!(other.leases().renew(&second, ttl, now).await.unwrap(), None, "it has ended");
    let third = one.leases().acquire("move", "one", ttl, now).await.unwrap().unwrap();
    assert!(third.token > second.token);
}

#[tokio::test]
async fn of_many_who_want_a_lease_at_once_one_gets_it() {
    let Some(url) = redis() else { return };
    let prefix = prefix();
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let node = node(&url, &prefix, &number.to_string());
            tokio::spawn(async move {
                node.leases().acquire("one", "x", Duration::from_secs(5), at(0)).await.unwrap()
            })
        })
        .collect();
    let mut holders = 0;
    for task in tasks {
        holders += usize::from(task.await.unwrap().is_some());
    }
    assert_eq!(holders, 1);
}

#[tokio::test]
async fn what_one_node_announces_the_others_hear() {
    let Some(url) = redis() else { return };
    let prefix = prefix();
    let (one, other) = (node(&url, &prefix, "one"), node(&url, &prefix, "other"));
    let stranger = node(&url, "another-hub", "one");
    let (mut own, mut heard) = (one.invalidations().listen(), other.invalidations().listen());
    let mut strange = stranger.invalidations().listen();
    let expected = Invalidation::Of { topic: "market".into(), key: "01J".into() };
    // The subscription of the other node is opened in the background.
    let hearing = async {
        loop {
            one.invalidations().announce("market", "01J").await.unwrap();
            if let Ok(word) = tokio::time::timeout(Duration::from_millis(100), heard.next()).await {
                break word;
            }
        }
    };
    let word = tokio::time::timeout(Duration::from_secs(10), hearing).await.unwrap();
    assert_eq!(word, Some(expected.clone()));
    assert_eq!(own.next().await, Some(expected));
    let nothing = tokio::time::timeout(Duration::from_millis(100), strange.next()).await;
    assert!(nothing.is_err(), "another hub hears nothing");
}

/// A way to Redis that can be cut.
async fn cuttable(url: &str) -> (String, tokio::task::JoinHandle<()>) {
    let rest = url.trim_start_matches("redis://");
    let (user, host) =
        rest.rsplit_once('@').map_or((String::new(), rest), |(user, host)| (format!("{user}@"), host));
    let target = host.split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut lines = tokio::task::JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(&target).await.unwrap();
            lines.spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    (format!("redis://{user}{address}/"), task)
}

#[tokio::test]
async fn without_redis_budgets_go_on_alone_leases_stop_and_health_says_so() {
    let Some(url) = redis() else { return };
    let (way, line) = cuttable(&url).await;
    let cluster = node(&way, &prefix(), "one");
    let policy = Policy::new("test", 2, Duration::from_secs(100));
    assert!(cluster.budgets().take(&policy, "key", 2, at(0)).await.allowed);
    assert_eq!(cluster.health().await, Health::Shared);
    line.abort();
    let _ = line.await;

    let began = std::time::Instant::now();
    assert!(cluster.budgets().take(&policy, "key", 2, at(0)).await.allowed, "a fresh budget of its own");
    assert!(
        !cluster.budgets().take(&policy, "key", 1, at(0)).await.allowed,
        "which is a budget nevertheless"
    );
    assert!(began.elapsed() < Duration::from_secs(1), "requests do not wait for a dead Redis");
    assert!(cluster.leases().acquire("move", "one", Duration::from_secs(5), at(0)).await.is_err());
    assert!(matches!(cluster.health().await, Health::Degraded(_)));
}

#[tokio::test]
async fn a_redis_that_hangs_is_given_up_soon() {
    // Accepts and says nothing: needs no Redis.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cluster = node(&format!("redis://{address}/"), "hanging", "one");
    let policy = Policy::new("test", 1, Duration::from_secs(100));
    let began = std::time::Instant::now();
    for turn in 0..50 {
        assert_eq!(cluster.budgets().take(&policy, "key", 1, at(0)).await.allowed, turn == 0);
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    drop(listener);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_repeating_it() {
    let config =
        ClusterConfig { redis_url: Some("http://user:secret@host".into()), ..ClusterConfig::default() };
    let error = Cluster::open(&config).unwrap_err();
    assert!(!format!("{error} {error:?} {config:?}").contains("secret"));
}
