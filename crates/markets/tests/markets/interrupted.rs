//! The plug is pulled at any point: afterwards a market is as before or as wanted, never between.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use kernel::{MarketId, Moment, PersonId};
use markets::{
    EnterError, Eraser, Erasing, Forgetter, Forgetting, Market, MarketState, MarketsError, Placement,
};
use store::{Query, testing::POSTGRES_URL, trail};

use crate::fixture::{World, actions, is_embedded, name, notes, on_both, person, wanted, write_note};

/// How long a silent process counts as alive, and a little more.
const GONE: i64 = 60;

/// A part of the program that never comes to an end.
struct Stuck(Arc<AtomicBool>);

impl Eraser for Stuck {
    fn part(&self) -> &'static str {
        "stuck"
    }

    fn erase<'a>(&'a self, _: &'a Market, _: &'a [PersonId], _: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            self.0.store(true, Ordering::SeqCst);
            std::future::pending().await
        })
    }
}

/// A part of the program that fails.
struct Failing;

impl Eraser for Failing {
    fn part(&self) -> &'static str {
        "failing"
    }

    fn erase<'a>(&'a self, _: &'a Market, _: &'a [PersonId], _: &'a Moment) -> Erasing<'a> {
        Box::pin(async { Err("no".into()) })
    }
}

async fn backed_up(world: &World) -> std::path::PathBuf {
    world.market("alpha").await;
    let alpha = world.enter("alpha").await;
    write_note(&alpha, "1", person(1), "kept", &world.at(1)).await;
    let folder = world.home.path().join("backup");
    world.markets.backup(&name("alpha"), &folder, &world.at(2)).await.expect("backed up");
    write_note(&alpha, "2", person(2), "newer", &world.at(3)).await;
    folder
}

#[tokio::test]
async fn a_restore_whose_process_dies_between_copy_and_swap_is_undone_by_the_next() {
    on_both(async |world| {
        let folder = backed_up(world).await;
        let dying = world.another_process(vec![&crate::fixture::NOTES]).await;
        let reached = Arc::new(AtomicBool::new(false));
        dying.add_eraser(Arc::new(Stuck(Arc::clone(&reached))));
        let (process, at) = (dying.clone(), world.at(4));
        let restore =
            tokio::spawn(async move { process.restore(&name("alpha"), &folder, &at).await.map(|_| ()) });
        while !reached.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        restore.abort();
        let _ = restore.await;

        let closed = world.markets.enter(&name("alpha")).await.expect_err("it is being restored");
        assert!(matches!(closed, EnterError::Moving { .. }), "{closed}");
        let alive = world.markets.recover(&world.at(5)).await.expect("recovered");
        assert!(alive.undone.is_empty(), "the other process may be alive");
        let busy = world.markets.suspend(&name("alpha"), "", &world.at(5)).await.expect_err("work goes on");
        assert!(matches!(busy, MarketsError::Busy { .. }), "{busy}");

        let recovered = world.markets.recover(&world.at(4 + GONE)).await.expect("recovered");
        assert_eq!(recovered.undone, [(name("alpha"), "restore".to_owned())]);
        let alpha = world.enter("alpha").await;
        assert_eq!(notes(&alpha).await, ["1", "2"], "as before");
        write_note(&alpha, "3", person(3), "the fence is down", &world.at(6)).await;
        if is_embedded(world) {
            assert_eq!(
                world.files().iter().filter(|file| file.ends_with(".db")).count(),
                1,
                "{:?}",
                world.files()
            );
        }
        drop(alpha);
    })
    .await;
}

#[tokio::test]
async fn a_restore_that_fails_leaves_the_market_as_it_was() {
    on_both(async |world| {
        let folder = backed_up(world).await;
        let failing = world.another_process(vec![&crate::fixture::NOTES]).await;
        failing.add_eraser(Arc::new(Failing));
        let refused = failing.restore(&name("alpha"), &folder, &world.at(4)).await.expect_err("it fails");
        assert!(matches!(refused, MarketsError::Erasing { part: "failing", .. }), "{refused}");
        let alpha = world.enter("alpha").await;
        assert_eq!(notes(&alpha).await, ["1", "2"]);
        write_note(&alpha, "3", person(3), "open", &world.at(5)).await;
        assert_eq!(world.markets.record(&name("alpha")).await.expect("read").generation, 1);
        world.markets.restore(&name("alpha"), &folder, &world.at(6)).await.expect("without the failing part");
    })
    .await;
}

#[tokio::test]
async fn a_suspended_market_keeps_its_reason_whatever_becomes_of_a_restore() {
    on_both(async |world| {
        let folder = backed_up(world).await;
        let alpha = name("alpha");
        world.markets.suspend(&alpha, "unpaid since May", &world.at(4)).await.expect("suspended");
        let still = async || {
            let record = world.markets.record(&alpha).await.expect("read");
            assert_eq!(
                (record.state, record.state_reason.as_deref()),
                (MarketState::Suspended, Some("unpaid since May"))
            );
        };
        let failing = world.another_process(vec![&crate::fixture::NOTES]).await;
        failing.add_eraser(Arc::new(Failing));
        failing.restore(&alpha, &folder, &world.at(5)).await.expect_err("it fails");
        still().await;

        let dying = world.another_process(vec![&crate::fixture::NOTES]).await;
        let reached = Arc::new(AtomicBool::new(false));
        dying.add_eraser(Arc::new(Stuck(Arc::clone(&reached))));
        let (process, at, from) = (dying.clone(), world.at(6), folder.clone());
        let restore =
            tokio::spawn(async move { process.restore(&name("alpha"), &from, &at).await.map(|_| ()) });
        while !reached.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        restore.abort();
        let _ = restore.await;
        assert_eq!(world.markets.record(&alpha).await.expect("read").state, MarketState::Moving);
        world.markets.recover(&world.at(6 + GONE)).await.expect("recovered");
        still().await;

        world.markets.restore(&alpha, &folder, &world.at(8 + GONE)).await.expect("restored");
        still().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_whose_process_dies_anywhere_is_there_whole_or_not_at_all() {
    on_both(async |world| {
        let (mut whole, mut nothing) = (0, 0);
        for attempt in 0..24_u64 {
            let market = format!("market-{attempt}");
            let dying = world.another_process(vec![&crate::fixture::NOTES]).await;
            let (process, new, at) = (dying.clone(), wanted(&market), world.at(0));
            let creation = tokio::spawn(async move { process.create(new, &at).await.map(|_| ()) });
            let scale = if is_embedded(world) { 700 } else { 9_000 };
            tokio::time::sleep(Duration::from_micros(attempt * scale)).await;
            creation.abort();
            let _ = creation.await;
            world.settled().await;
            world.markets.recover(&world.at(GONE)).await.expect("recovered");
            match world.markets.enter(&name(&market)).await {
                Ok(open) => {
                    whole += 1;
                    assert_eq!(actions(open.db()).await, ["market.created"]);
                    assert_eq!(open.pipelines().await.expect("read").len(), 2);
                }
                Err(EnterError::Unknown(_)) => {
                    nothing += 1;
                    world.markets.create(wanted(&market), &world.at(GONE)).await.expect("the name is free");
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        eprintln!("{whole} whole, {nothing} not at all");
        let count = Query::new("SELECT CAST(COUNT(*) AS BIGINT) AS count FROM market_place");
        assert_eq!(world.hub.one(count).await.expect("counted").int("count").expect("a number"), 24);
        let owners = Query::new("SELECT DISTINCT owner FROM wrapped_key WHERE owner <> 'hub'");
        assert_eq!(world.keys.all(owners).await.expect("read").len(), 24, "no keys of nobody");
        if is_embedded(world) {
            assert_eq!(world.files().iter().filter(|file| file.ends_with(".db")).count(), 24);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_or_move_whose_process_dies_anywhere_happened_or_did_not() {
    on_both(async |world| {
        let folder = backed_up(world).await;
        let server = match std::env::var(POSTGRES_URL) {
            Ok(url) => {
                Some(world.markets.put_server("second", &url, 3, &[], &world.at(0)).await.expect("added"))
            }
            Err(_) => None,
        };
        for attempt in 0..20_u64 {
            let before = world.markets.record(&name("alpha")).await.expect("read");
            let dying = world.another_process(vec![&crate::fixture::NOTES]).await;
            let now = 100 * i64::try_from(attempt).expect("small");
            let (process, at, folder) = (dying.clone(), world.at(now), folder.clone());
            let elsewhere = match (before.placement, server) {
                (place, Some(id)) if place != Placement::Server(id) => Placement::Server(id),
                _ => world.markets.default_placement(),
            };
            let moves = attempt % 2 == 1 && elsewhere != before.placement;
            let work = tokio::spawn(async move {
                match moves {
                    true => process.move_to(&name("alpha"), elsewhere, &at).await.map(|_| ()),
                    false => process.restore(&name("alpha"), &folder, &at).await.map(|_| ()),
                }
            });
            tokio::time::sleep(Duration::from_millis(attempt * 3)).await;
            work.abort();
            let _ = work.await;
            world.settled().await;
            world.markets.recover(&world.at(now + GONE)).await.expect("recovered");
            let after = world.markets.record(&name("alpha")).await.expect("read");
            assert_eq!(after.state, MarketState::Active, "attempt {attempt}");
            let alpha = world.enter("alpha").await;
            write_note(&alpha, &format!("attempt-{attempt}"), person(1), "open", &world.at(now + GONE)).await;
            let verifier = alpha.audit_signer().expect("a signer").verifier();
            trail::verify(alpha.db(), &verifier, trail::Begins::WithAnEntry)
                .await
                .expect("the chain is whole");
            drop(alpha);
        }
    })
    .await;
}

#[tokio::test]
async fn a_purge_whose_process_dies_is_finished_by_the_next() {
    on_both(async |world| {
        for attempt in 0..8_u64 {
            let market = format!("market-{attempt}");
            let record = world.market(&market).await;
            world.markets.delete(&name(&market), SignedDuration::ZERO, &world.at(1)).await.expect("deleted");
            let dying = world.another_process(vec![&crate::fixture::NOTES]).await;
            let (process, at) = (dying.clone(), world.at(2));
            let purge = tokio::spawn(async move { process.purge_due(&at).await.map(|_| ()) });
            tokio::time::sleep(Duration::from_micros(attempt * 1_500)).await;
            purge.abort();
            let _ = purge.await;
            world.settled().await;
            world.markets.recover(&world.at(2 + GONE)).await.expect("recovered");
            world.markets.purge_due(&world.at(3 + GONE)).await.expect("purged");
            assert!(world.markets.by_id(record.id).await.expect("asked").is_none());
            assert!(
                world.files().iter().all(|file| !file.starts_with(&record.id.to_string())),
                "{:?}",
                world.files()
            );
        }
        let places = Query::new("SELECT market FROM market_place");
        assert!(world.hub.all(places).await.expect("read").is_empty());
    })
    .await;
}

/// A part of the program that keeps something of markets, and lets go of it at the second time of asking.
#[derive(Default)]
struct Reluctant(Mutex<Vec<MarketId>>);

impl Forgetter for Reluctant {
    fn part(&self) -> &'static str {
        "reluctant"
    }

    fn forget<'a>(&'a self, market: MarketId, _: &'a Moment) -> Forgetting<'a> {
        let mut asked = self.0.lock().expect("not poisoned");
        asked.push(market);
        let answer = if asked.len() > 1 { Ok(()) } else { Err("not yet".into()) };
        Box::pin(async { answer })
    }
}

#[tokio::test]
async fn every_part_lets_go_of_a_purged_market_also_when_the_purge_is_finished_later() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let reluctant = Arc::new(Reluctant::default());
        world.markets.add_forgetter(reluctant.clone());
        world.markets.delete(&name("alpha"), SignedDuration::ZERO, &world.at(1)).await.expect("deleted");
        let refused = world.markets.purge_due(&world.at(2)).await.expect_err("a part fails");
        assert!(matches!(refused, MarketsError::Forgetting { part: "reluctant", .. }), "{refused}");
        assert!(world.markets.by_id(record.id).await.expect("asked").is_some(), "it is on record still");

        world.markets.recover(&world.at(3 + GONE)).await.expect("recovered");
        assert_eq!(*reluctant.0.lock().expect("not poisoned"), [record.id, record.id]);
        assert!(world.markets.by_id(record.id).await.expect("asked").is_none());
    })
    .await;
}

#[tokio::test]
async fn an_audit_entry_that_did_not_reach_its_market_arrives_later_and_once() {
    on_both(async |world| {
        world.market("alpha").await;
        world.markets.suspend(&name("alpha"), "", &world.at(1)).await.expect("suspended");
        // As if the process had died after the hub's commit and, the second time, after the market's.
        let note = Query::new(
            "INSERT INTO market_note (id, market, at, actor, action, detail) \
             VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAV', ?, 1768813200000000, 'ana', 'market.resumed', '{}')",
        );
        let record = world.markets.resume(&name("alpha"), &world.at(2)).await.expect("resumed");
        for expected in [1, 0] {
            world.hub.execute(note.clone().bind(record.id.ulid())).await.expect("left");
            let recovered = world.markets.recover(&world.at(3)).await.expect("recovered");
            assert_eq!(recovered.delivered, expected);
        }
        let done = actions(world.enter("alpha").await.db()).await;
        assert_eq!(done.iter().filter(|action| *action == "market.resumed").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn files_that_a_dead_process_was_making_are_removed_a_day_later() {
    let world = World::embedded().await;
    let scratch = world.markets.scratch().await.expect("a folder");
    assert!(scratch.starts_with(world.home.path().join("markets")));
    let left = scratch.join("image.1-0.part");
    std::fs::write(&left, "half").expect("written");
    let folder = scratch.join("export-1");
    std::fs::create_dir(&folder).expect("made");
    std::fs::write(folder.join("contact.ndjson"), "half").expect("written");
    let elsewhere = world.home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    std::fs::write(elsewhere.join("kept"), "whole").expect("written");
    std::os::unix::fs::symlink(&elsewhere, scratch.join("link")).expect("made");
    world.markets.recover(&world.at(0)).await.expect("recovered");
    assert!(left.exists() && folder.exists(), "somebody may be at it");
    // They are of today; far in the future they are old.
    world.markets.recover(&world.at(40 * 365 * 86_400)).await.expect("recovered");
    assert_eq!(std::fs::read_dir(&scratch).expect("readable").count(), 0);
    assert!(elsewhere.join("kept").exists(), "a link leads nowhere");
    world.clear().await;
}
