use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::ghl::wire::RateHeaders;

fn noon() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn after(seconds: f64) -> Timestamp {
    noon() + SignedDuration::from_secs_f64(seconds)
}

fn go(budget: &mut Budget, lane: Lane, now: Timestamp) -> Permit {
    match budget.take(lane, now) {
        Admission::Go(permit) => permit,
        other => panic!("{other:?}"),
    }
}

fn small(burst: u32, day: u32) -> Budget {
    Budget::new(Limits { burst, interval: Duration::from_secs(10), day })
}

fn seen(burst_left: u32, day_left: u32, day_reset_seconds: u64) -> RateHeaders {
    RateHeaders {
        burst: Some(10),
        burst_left: Some(burst_left),
        interval: Some(Duration::from_secs(10)),
        day: Some(100),
        day_left: Some(day_left),
        day_reset: Some(Duration::from_secs(day_reset_seconds)),
    }
}

#[test]
fn a_full_interval_waits_for_its_oldest_request_to_leave() {
    let mut budget = small(3, 100);
    for second in [0.0, 1.0, 2.0] {
        let permit = go(&mut budget, Lane::Reply, after(second));
        budget.settle(permit, None, after(second));
    }
    assert_eq!(budget.take(Lane::Reply, after(4.0)), Admission::Wait(Duration::from_secs(6)));
    let _ = go(&mut budget, Lane::Reply, after(10.0));
    assert_eq!(budget.take(Lane::Reply, after(10.0)), Admission::Wait(Duration::from_secs(1)));
}

#[test]
fn bulk_leaves_room_that_replies_find() {
    let mut budget = small(100, 100_000);
    let mut bulk = 0;
    while let Admission::Go(permit) = budget.take(Lane::Bulk, noon()) {
        budget.settle(permit, None, noon());
        bulk += 1;
    }
    assert_eq!(bulk, 70);
    assert_eq!([Lane::Score, Lane::Routing, Lane::Reply].map(|lane| budget.room(lane, noon())), [15, 25, 30]);
}

#[test]
fn while_somebody_more_urgent_waits_lower_lanes_stand_back() {
    let mut budget = small(10, 1000);
    let permits: Vec<_> = (0..10).map(|_| go(&mut budget, Lane::Reply, noon())).collect();
    permits.into_iter().for_each(|permit| budget.settle(permit, None, noon()));
    for _ in 0..8 {
        budget.wait_in(Lane::Reply);
    }
    assert!(matches!(budget.take(Lane::Score, after(10.0)), Admission::Wait(_)), "8 of 10 are spoken for");
    for _ in 0..8 {
        budget.leave(Lane::Reply);
    }
    assert!(matches!(budget.take(Lane::Score, after(10.0)), Admission::Go(_)));
}

#[test]
fn the_last_tenth_of_a_day_is_for_replies_and_routing() {
    let mut budget = small(1000, 100);
    for _ in 0..90 {
        let permit = go(&mut budget, Lane::Score, noon());
        budget.settle(permit, None, noon());
    }
    for lane in [Lane::Score, Lane::Bulk] {
        assert!(matches!(budget.take(lane, noon()), Admission::Parked(_)), "{lane:?}");
    }
    for index in 0..10 {
        let lane = if index % 2 == 0 { Lane::Reply } else { Lane::Routing };
        let permit = go(&mut budget, lane, noon());
        budget.settle(permit, None, noon());
    }
    assert!(matches!(budget.take(Lane::Reply, noon()), Admission::Parked(_)));
}

#[test]
fn sizes_and_the_end_of_the_day_are_learned_from_answers() {
    let mut budget = Budget::new(Limits::APP);
    let permit = go(&mut budget, Lane::Reply, noon());
    budget.settle(permit, Some(&seen(9, 40, 3600)), noon());
    assert_eq!(budget.limits(), Limits { burst: 10, interval: Duration::from_secs(10), day: 100 });
    assert_eq!(budget.day(), (40, Some(after(3600.0))));
    let permit = go(&mut budget, Lane::Reply, after(1.0));
    budget.settle(permit, Some(&seen(9, 60, 3599)), after(1.0));
    assert_eq!(budget.day().0, 39, "an answer that was overtaken gives nothing back");
    let permit = go(&mut budget, Lane::Reply, after(3700.0));
    budget.settle(permit, Some(&seen(9, 99, 86_300)), after(3700.0));
    assert_eq!(budget.day().0, 99, "another day");
}

#[test]
fn requests_of_others_in_the_bucket_count_as_ours() {
    let mut budget = small(10, 100);
    let permit = go(&mut budget, Lane::Reply, noon());
    budget.settle(permit, Some(&seen(2, 90, 3600)), noon());
    assert_eq!(budget.room(Lane::Reply, noon()), 2);
    assert_eq!(budget.room(Lane::Reply, after(10.0)), 10);
}

#[test]
fn a_refusal_closes_the_bucket_for_an_interval_and_a_random_part_of_one() {
    for (chance, expected) in [(0, 10.0), (u64::MAX, 15.0)] {
        let mut budget = small(100, 1000);
        let permit = go(&mut budget, Lane::Reply, noon());
        let rest = budget.refuse(&RateHeaders::default(), noon(), chance);
        budget.settle(permit, Some(&RateHeaders::default()), noon());
        assert!((rest.as_secs_f64() - expected).abs() < 1e-6);
        assert!(matches!(budget.take(Lane::Reply, after(expected - 0.1)), Admission::Wait(_)));
        assert!(matches!(budget.take(Lane::Reply, after(expected + 0.1)), Admission::Go(_)));
    }
}

#[test]
fn a_used_up_day_parks_everything_until_it_begins_again() {
    let mut budget = small(10, 100);
    let permit = go(&mut budget, Lane::Reply, noon());
    let answer = seen(5, 0, 7200);
    budget.refuse(&answer, noon(), 0);
    budget.settle(permit, Some(&answer), noon());
    for lane in Lane::ALL {
        assert_eq!(budget.take(lane, after(60.0)), Admission::Parked(after(7200.0)));
    }
    let _ = go(&mut budget, Lane::Bulk, after(7200.0));
    assert_eq!(budget.day(), (99, Some(after(7200.0 + 86_400.0))));
}

#[test]
fn while_nobody_may_go_there_is_no_room() {
    let mut budget = small(10, 100);
    let permit = go(&mut budget, Lane::Reply, noon());
    budget.refuse(&RateHeaders::default(), noon(), 0);
    budget.settle(permit, None, noon());
    assert_eq!(budget.room(Lane::Reply, after(9.0)), 0);
    assert_eq!(budget.room(Lane::Reply, after(10.0)), 10);
}

#[test]
fn what_was_never_sent_costs_nothing() {
    let mut budget = small(2, 10);
    for _ in 0..50 {
        let permit = go(&mut budget, Lane::Reply, noon());
        budget.give_back(permit);
    }
    assert_eq!((budget.room(Lane::Reply, noon()), budget.day().0), (2, 10));
}

/// One thing that happens to a budget.
#[derive(Clone, Debug)]
enum Step {
    Take(usize),
    Pass(u64),
    Settle(Option<(u32, u32)>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..4).prop_map(Step::Take),
        2 => (1_u64..6000).prop_map(Step::Pass),
        2 => prop::option::of((0_u32..20, 0_u32..500)).prop_map(Step::Settle),
    ]
}

proptest! {
    #[test]
    fn no_interval_and_no_day_ever_holds_more_than_allowed(steps in prop::collection::vec(step(), 1..300)) {
        let (burst, interval) = (12_u32, SignedDuration::from_secs(10));
        let mut budget = small(burst, 150);
        let (mut now, mut sent, mut permits) = (noon(), Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Take(lane) => match budget.take(Lane::ALL[lane], now) {
                    Admission::Go(permit) => { permits.push(permit); sent.push(now); }
                    Admission::Wait(wait) => prop_assert!(wait <= Duration::from_secs(10)),
                    Admission::Parked(until) => prop_assert!(until > now),
                },
                Step::Pass(millis) => now += Duration::from_millis(millis),
                Step::Settle(said) => if let Some(permit) = permits.pop() {
                    let seen = said.map(|(left, day)| RateHeaders { burst_left: Some(left), day_left: Some(day), ..RateHeaders::default() });
                    budget.settle(permit, seen.as_ref(), now);
                },
            }
        }
        for (index, start) in sent.iter().enumerate() {
            let within = sent[index..].iter().filter(|at| at.duration_since(*start) < interval).count();
            prop_assert!(within <= burst as usize, "{within} in one interval");
        }
        prop_assert!(sent.len() <= 150);
    }

    #[test]
    fn whoever_waits_as_told_gets_through(lane in 0_usize..4, count in 1_usize..40) {
        let mut budget = small(5, 10_000);
        let mut now = noon();
        for _ in 0..count {
            let mut tries = 0;
            loop {
                match budget.take(Lane::ALL[lane], now) {
                    Admission::Go(permit) => { budget.settle(permit, None, now); break }
                    Admission::Wait(wait) => now += wait,
                    Admission::Parked(_) => prop_assert!(false, "the day is long enough"),
                }
                tries += 1;
                prop_assert!(tries < 3, "one wait is enough");
            }
        }
    }
}

#[tokio::test]
async fn replies_overtake_bulk_that_has_waited_longer() {
    let started = std::time::Instant::now();
    let clock: crate::ghl::Clock =
        Arc::new(move || noon() + SignedDuration::try_from(started.elapsed()).unwrap_or_default());
    let budgets = Budgets::new(clock);
    let key = Key { credential: "app".to_owned(), resource: "L".to_owned() };
    let seed = Limits { burst: 4, interval: Duration::from_millis(300), day: 1000 };
    let order = Arc::new(Mutex::new(Vec::new()));
    let enter = |lane: Lane| {
        let (budgets, key, order) = (budgets.clone(), key.clone(), order.clone());
        async move {
            let turn = budgets.turn(&key, seed, lane, Duration::from_secs(20)).await.unwrap();
            order.lock().unwrap().push(lane);
            turn.settle(&RateHeaders::default());
        }
    };
    for _ in 0..4 {
        enter(Lane::Reply).await;
    }
    let mut tasks: Vec<_> = (0..4).map(|_| tokio::spawn(enter(Lane::Bulk))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    tasks.extend((0..4).map(|_| tokio::spawn(enter(Lane::Reply))));
    for task in tasks {
        task.await.unwrap();
    }
    let order = order.lock().unwrap().clone();
    assert_eq!(order[4..8], [Lane::Reply; 4], "{order:?}");
    assert_eq!(order.len(), 12);
}

#[tokio::test]
async fn impatience_is_told_when_to_come_back() {
    let budgets = Budgets::new(Arc::new(noon));
    let key = Key { credential: "app".to_owned(), resource: "L".to_owned() };
    let seed = Limits { burst: 1, interval: Duration::from_secs(10), day: 2 };
    budgets.turn(&key, seed, Lane::Reply, Duration::ZERO).await.unwrap().settle(&RateHeaders::default());
    let outcome = budgets.turn(&key, seed, Lane::Reply, Duration::from_secs(1)).await.map(drop);
    assert_eq!(outcome, Err(TurnError::Busy { after: Duration::from_secs(10) }));
    assert_eq!(budgets.day(&key), Some((1, None)));
}
