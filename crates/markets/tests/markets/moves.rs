use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use markets::{EnterError, Markets, MarketsError, Placement};
use store::{Query, StoreError, Value, testing::POSTGRES_URL, trail};

use crate::fixture::{World, actions, is_embedded, name, notes, on_both, person, read_note, write_note};

/// Another place for a market of this hub; `None` without PostgreSQL.
async fn elsewhere(world: &World) -> Option<Placement> {
    let url = std::env::var(POSTGRES_URL).ok()?;
    let id = world.markets.put_server("second", &url, 3, &[], &world.at(0)).await.expect("added");
    Some(Placement::Server(id))
}

#[tokio::test]
async fn a_moved_market_has_the_same_rows_in_another_place_and_can_move_back() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let Some(place) = elsewhere(world).await else { return };
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "carried", &world.at(1)).await;
        let moved = world.markets.move_to(&name("alpha"), place, &world.at(2)).await.expect("moved");
        assert_eq!((moved.placement, moved.generation), (place, 2));
        let there = world.enter("alpha").await;
        assert_eq!(read_note(&there, "1").await, Some(Some("carried".to_owned())));
        write_note(&there, "2", person(2), "written there", &world.at(3)).await;
        let back =
            world.markets.move_to(&name("alpha"), record.placement, &world.at(4)).await.expect("moved back");
        assert_eq!((back.placement, back.generation), (record.placement, 3));
        let here = world.enter("alpha").await;
        assert_eq!(notes(&here).await, ["1", "2"]);
        assert_eq!(actions(here.db()).await, ["market.created", "market.moved", "market.moved"]);
        let verifier = here.audit_signer().expect("a signer").verifier();
        trail::verify(here.db(), &verifier, trail::Begins::WithAnEntry).await.expect("whole");
        if is_embedded(world) {
            assert_eq!(
                world.files().iter().filter(|file| file.ends_with(".db")).count(),
                2,
                "the old one is kept"
            );
        }
        let purged = world.markets.purge_due(&world.at(8 * 86_400)).await.expect("purged");
        assert_eq!(purged.replaced_databases, 2);
        world.enter("alpha").await.db().ping().await.expect("the present one stays");
    })
    .await;
}

#[tokio::test]
async fn a_market_moves_only_to_a_place_that_exists_and_is_another() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let here =
            world.markets.move_to(&name("alpha"), record.placement, &world.at(1)).await.expect_err("here");
        assert!(matches!(here, MarketsError::Unsuitable(_)), "{here}");
        let nowhere = Placement::Server(kernel::Ulid::from_parts(9, 9).into());
        let refused =
            world.markets.move_to(&name("alpha"), nowhere, &world.at(1)).await.expect_err("nowhere");
        assert!(matches!(refused, MarketsError::UnknownServer(_)), "{refused}");
        world.enter("alpha").await;
    })
    .await;
}

/// One change as a client makes it; whether it was acknowledged.
async fn change(markets: &Markets, change: &Query) -> bool {
    let written = async {
        let market = markets.enter(&name("alpha")).await?;
        market.db().execute(change.clone()).await?;
        Ok::<(), EnterError>(())
    };
    match written.await {
        Ok(()) => true,
        Err(EnterError::Moving { .. }) => false,
        Err(EnterError::Failed(error))
            if matches!(*error, MarketsError::Store(StoreError::Fenced { .. })) =>
        {
            false
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// What a worker was told: its notes with their sizes, and how many changes were refused.
#[derive(Default)]
struct Told {
    notes: BTreeMap<String, i64>,
    refused: u32,
}

/// Writes, changes and removes as a client does: when the market is closed for a moment, it waits and tries again.
async fn write_until(markets: Markets, worker: u32, stop: Arc<AtomicBool>) -> Told {
    let mut told = Told::default();
    for number in 0_i64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{worker}-{number}");
        let insert = Query::new("INSERT INTO note (id, text_sealed, size, done) VALUES (?, ?, ?, ?)");
        if change(&markets, &insert.bind(&id).bind(vec![1_u8]).bind(0_i64).bind(true)).await {
            told.notes.insert(id, 0);
        } else {
            told.refused += 1;
        }
        let earlier = format!("{worker}-{}", number / 2);
        if told.notes.get(&earlier).is_some_and(|size| *size < number) {
            let (query, is_removal) = match number % 5 {
                0 => (Query::new("DELETE FROM note WHERE id = ?").bind(&earlier), true),
                _ => (Query::new("UPDATE note SET size = ? WHERE id = ?").bind(number).bind(&earlier), false),
            };
            match (change(&markets, &query).await, is_removal) {
                (true, true) => drop(told.notes.remove(&earlier)),
                (true, false) => drop(told.notes.insert(earlier, number)),
                (false, _) => told.refused += 1,
            }
        }
        tokio::time::sleep(std::time::Duration::from_micros(300)).await;
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_write_is_lost_while_a_market_moves_and_is_restored_under_load() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let place = elsewhere(world).await;
        let stop = Arc::new(AtomicBool::new(false));
        let other = world.another_process(vec![&crate::fixture::NOTES]).await;
        let writers: Vec<_> = [&world.markets, &world.markets, &other, &other]
            .into_iter()
            .zip(0..)
            .map(|(markets, worker)| tokio::spawn(write_until(markets.clone(), worker, Arc::clone(&stop))))
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        if let Some(place) = place {
            for (to, second) in [(place, 1), (record.placement, 2)] {
                world.markets.move_to(&name("alpha"), to, &world.at(second)).await.expect("moved");
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            }
        }
        stop.store(true, Ordering::Relaxed);
        let (mut acknowledged, mut refused) = (BTreeMap::new(), 0);
        for writer in writers {
            let told = writer.await.expect("no panic");
            acknowledged.extend(told.notes);
            refused += told.refused;
        }
        let query = Query::new("SELECT id, size FROM note");
        let alpha = world.enter("alpha").await;
        let found =
            alpha.db().list(query, |row| Ok((row.text("id")?, row.int("size")?))).await.expect("read");
        let found: BTreeMap<String, i64> = found.into_iter().collect();
        let differing: BTreeSet<&String> = acknowledged
            .keys()
            .chain(found.keys())
            .filter(|id| acknowledged.get(*id) != found.get(*id))
            .collect();
        assert!(differing.is_empty(), "{} of {} differ: {differing:?}", differing.len(), acknowledged.len());
        eprintln!("{} acknowledged, {refused} refused while it moved", acknowledged.len());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_stays_open_while_it_is_copied_and_what_is_written_meanwhile_arrives() {
    on_both(async |world| {
        world.market("alpha").await;
        let Some(place) = elsewhere(world).await else { return };
        let alpha = world.enter("alpha").await;
        let notes = (0..30_000_i64).map(|number| {
            [Value::Text(format!("old-{number:06}")), vec![7_u8; 100].into(), number.into(), true.into()]
        });
        let mut tx = alpha.db().begin().await.expect("begins");
        tx.insert_all("INSERT INTO note (id, text_sealed, size, done) VALUES", notes.collect())
            .await
            .expect("inserts");
        tx.commit().await.expect("commits");
        drop(alpha);

        let (process, at) = (world.markets.clone(), world.at(1));
        let moving = tokio::spawn(async move { process.move_to(&name("alpha"), place, &at).await });
        let generations = Query::new("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM market_place");
        while world.hub.one(generations.clone()).await.expect("read").int("n").expect("a number") < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        // It is on record, and open: work has only begun.
        let texts = [
            "INSERT INTO note (id, text_sealed, size, done) VALUES ('new', ?, -1, ?)",
            "UPDATE note SET text_sealed = ?, size = -2, done = ? WHERE id = 'old-000007'",
        ];
        for text in texts {
            assert!(change(&world.markets, &Query::new(text).bind(vec![9_u8]).bind(false)).await, "{text}");
        }
        let removal = Query::new("DELETE FROM note WHERE id = 'old-000008'");
        assert!(change(&world.markets, &removal).await, "removed while it is copied");
        assert!(!moving.is_finished());
        let moved = moving.await.expect("no panic").expect("moved");
        assert_eq!(moved.placement, place);
        let there = world.enter("alpha").await;
        let query = Query::new("SELECT id, size FROM note WHERE size < 0 OR id = 'old-000008' ORDER BY id");
        let found =
            there.db().list(query, |row| Ok((row.text("id")?, row.int("size")?))).await.expect("read");
        assert_eq!(found, [("new".to_owned(), -1), ("old-000007".to_owned(), -2)]);
        let count = Query::new("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM note");
        assert_eq!(there.db().one(count).await.expect("read").int("n").expect("a number"), 30_000);
    })
    .await;
}

#[tokio::test]
async fn the_urls_of_servers_are_sealed_and_shown_by_nothing() {
    on_both(async |world| {
        let url = "postgres://admin:hunter2@db.example/postgres";
        world
            .markets
            .put_server("far", url, 2, &["postgres://x:hunter2@replica/p".to_owned()], &world.at(0))
            .await
            .expect("added");
        let servers = world.markets.servers().await.expect("listed");
        let far = servers.iter().find(|server| server.name == "far").expect("there");
        assert_eq!((far.admin_url.as_str(), far.replicas.len()), (url, 1));
        assert!(!format!("{servers:?}").contains("hunter2"));
        let row =
            world.hub.one(Query::new("SELECT admin_url_sealed FROM market_server")).await.expect("read");
        let sealed = row.bytes("admin_url_sealed").expect("bytes");
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        let entries = trail::after(&world.hub, None).await.expect("read");
        assert!(!format!("{entries:?}").contains("hunter2"));
    })
    .await;
}
