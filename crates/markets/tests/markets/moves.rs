use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use markets::{EnterError, Markets, MarketsError, Placement};
use store::{Query, StoreError, testing::POSTGRES_URL, trail};

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

/// Writes as a client does: when the market is closed for a moment, it waits and tries again. What was acknowledged
/// comes back.
async fn write_until(markets: Markets, worker: u32, stop: Arc<AtomicBool>) -> (Vec<String>, u32) {
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{worker}-{number}");
        let written = async {
            let market = markets.enter(&name("alpha")).await?;
            let insert = Query::new("INSERT INTO note (id, text_sealed, done) VALUES (?, ?, ?)");
            let insert = insert.bind(&id).bind(vec![1_u8]).bind(true);
            market.db().execute(insert).await?;
            Ok::<(), EnterError>(())
        };
        match written.await {
            Ok(()) => acknowledged.push(id),
            Err(EnterError::Moving { .. }) => refused += 1,
            Err(EnterError::Failed(error))
                if matches!(*error, MarketsError::Store(StoreError::Fenced { .. })) =>
            {
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_micros(300)).await;
    }
    (acknowledged, refused)
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
        let (mut acknowledged, mut refused) = (BTreeSet::new(), 0);
        for writer in writers {
            let (ids, times) = writer.await.expect("no panic");
            acknowledged.extend(ids);
            refused += times;
        }
        let found: BTreeSet<String> = notes(&world.enter("alpha").await).await.into_iter().collect();
        let lost: Vec<&String> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), acknowledged.len());
        assert_eq!(found.len(), acknowledged.len(), "and nothing refused was written");
        eprintln!("{} acknowledged, {refused} refused while it moved", acknowledged.len());
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
