//! One node by itself: the same rules.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

use std::time::Duration;

use cluster::{Cluster, Health, Invalidation};
use jiff::{SignedDuration, Timestamp};

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

const TTL: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_lease_has_one_holder_until_it_ends_or_is_given_back() {
    let leases = Cluster::in_process().leases().clone();
    let first = leases.acquire("a", "one", TTL, now()).await.unwrap().unwrap();
    assert_eq!(first.expires_at, now() + SignedDuration::from_secs(30));
    assert_eq!(leases.acquire("a", "two", TTL, now()).await.unwrap(), None);
    assert_eq!(
        leases.acquire("a", "one", TTL, now()).await.unwrap(),
        None,
        "the same owner may be two tasks"
    );
    assert!(leases.acquire("b", "two", TTL, now()).await.unwrap().is_some(), "another name");

    let later = now() + SignedDuration::from_secs(29);
    let renewed = leases.renew(&first, TTL, later).await.unwrap().unwrap();
    assert_eq!((renewed.token, renewed.expires_at), (first.token, later + SignedDuration::from_secs(30)));

    let ended = renewed.expires_at;
    assert_eq!(leases.renew(&renewed, TTL, ended).await.unwrap(), None);
    let second = leases.acquire("a", "two", TTL, ended).await.unwrap().unwrap();
    assert!(second.token > first.token);
    leases.release(&renewed).await.unwrap();
    assert!(
        leases.renew(&second, TTL, ended).await.unwrap().is_some(),
        "the one who lost it cannot give it back"
    );
    leases.release(&second).await.unwrap();
    let third = leases.acquire("a", "three", TTL, ended).await.unwrap().unwrap();
    assert!(third.token > second.token, "also within one microsecond");
}

#[tokio::test]
async fn a_listener_that_falls_behind_forgets_everything() {
    let invalidations = Cluster::in_process().invalidations().clone();
    let mut listener = invalidations.listen();
    invalidations.announce("market", "a").await.unwrap();
    assert_eq!(listener.next().await, Some(Invalidation::Of { topic: "market".into(), key: "a".into() }));
    for number in 0..5000 {
        invalidations.announce("market", &number.to_string()).await.unwrap();
    }
    assert_eq!(listener.next().await, Some(Invalidation::Everything));
    drop(invalidations);
}

#[tokio::test]
async fn alone_nothing_is_degraded() {
    assert_eq!(Cluster::in_process().health().await, Health::InProcess);
}
