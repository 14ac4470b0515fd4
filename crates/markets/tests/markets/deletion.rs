use jiff::SignedDuration;
use markets::{EnterError, MarketsError};
use store::Query;

use crate::fixture::{is_embedded, name, on_both, person, wanted, write_note};

const GRACE: SignedDuration = SignedDuration::from_hours(24 * 30);

#[tokio::test]
async fn a_deleted_market_is_closed_at_once_and_can_be_taken_back_within_its_grace_period() {
    on_both(async |world| {
        world.market("alpha").await;
        let deleted = world.markets.delete(&name("alpha"), GRACE, &world.at(0)).await.expect("deleted");
        assert_eq!(deleted.delete_after, Some(world.at(30 * 86_400).at()));
        let refused = world.markets.enter(&name("alpha")).await.expect_err("closed");
        assert!(matches!(refused, EnterError::Deleting(_)), "{refused}");
        let taken =
            world.markets.create(wanted("alpha"), &world.at(1)).await.expect_err("its name stays taken");
        assert!(matches!(taken, MarketsError::NameTaken(_)), "{taken}");
        assert!(world.markets.purge_due(&world.at(29 * 86_400)).await.expect("purged").markets.is_empty());
        world.markets.resume(&name("alpha"), &world.at(29 * 86_400)).await.expect("taken back");
        world.enter("alpha").await;
        assert!(world.markets.purge_due(&world.at(31 * 86_400)).await.expect("purged").markets.is_empty());
    })
    .await;
}

#[tokio::test]
async fn after_the_grace_period_database_log_role_and_keys_are_gone_and_the_name_is_free() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let beta = world.market("beta").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "gone", &world.at(1)).await;
        drop(alpha);
        world.markets.delete(&name("alpha"), GRACE, &world.at(0)).await.expect("deleted");
        let purged = world.markets.purge_due(&world.at(30 * 86_400)).await.expect("purged");
        assert_eq!(purged.markets.iter().map(ToString::to_string).collect::<Vec<_>>(), ["alpha"]);
        assert_eq!(purged.markets[0].id, record.id);

        if is_embedded(world) {
            let left = world.files();
            assert!(left.iter().all(|file| file.starts_with(&beta.id.to_string())), "{left:?}");
        } else {
            let like = format!("ehub_m_{}%", record.id.to_string().to_lowercase());
            for catalogue in [
                "SELECT datname AS name FROM pg_database WHERE datname LIKE ?",
                "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE ?",
            ] {
                let left = world.hub.all(Query::new(catalogue).bind(&like)).await.expect("asked");
                assert!(left.is_empty(), "{catalogue}");
            }
        }
        let keys = Query::new("SELECT id FROM wrapped_key WHERE owner = ?").bind(record.id.ulid());
        assert!(world.keys.all(keys).await.expect("read").is_empty());
        let unknown = world.markets.enter(&name("alpha")).await.expect_err("unknown");
        assert!(matches!(unknown, EnterError::Unknown(_)), "{unknown}");
        assert!(world.hub_actions().await.contains(&"market.purged".to_owned()));
        let again =
            world.markets.create(wanted("alpha"), &world.at(31 * 86_400)).await.expect("the name is free");
        assert_ne!(again.id, record.id);
        world.enter("beta").await;
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_a_purged_market_can_be_read_by_nobody() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "canary", &world.at(1)).await;
        let sealed = alpha.db().one(Query::new("SELECT text_sealed FROM note")).await.expect("read");
        let key = seal::key_id_of(&sealed.bytes("text_sealed").expect("bytes")).expect("a key");
        drop(alpha);
        world.markets.delete(&name("alpha"), SignedDuration::ZERO, &world.at(2)).await.expect("deleted");
        world.markets.purge_due(&world.at(3)).await.expect("purged");
        let held = Query::new("SELECT id FROM wrapped_key WHERE id = ? OR owner = ?");
        let held = held.bind(key.ulid()).bind(record.id.ulid());
        assert!(
            world.keys.all(held).await.expect("read").is_empty(),
            "the one key that opens it is destroyed"
        );
    })
    .await;
}
