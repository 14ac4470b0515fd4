//! The list of isolation cases that belongs to markets: names, files, keys, handles, identifiers.

use std::collections::HashSet;

use markets::{EnterError, MarketScoped};
use store::Query;

use crate::fixture::{is_embedded, name, on_both, person, read_note, write_note};

#[tokio::test]
async fn files_are_named_by_identifier_so_that_no_name_reaches_a_path() {
    on_both(async |world| {
        let record = world.market("alpha").await;
        if is_embedded(world) {
            for file in world.files() {
                assert!(file.starts_with(&format!("{}.1.db", record.id)), "{file}");
            }
        }
        for path in ["../alpha", "alpha/../beta", "/etc/passwd", "alpha\0", "alpha%2f", "..", "a.b"] {
            assert!(path.parse::<kernel::MarketName>().is_err(), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_identifier_in_two_markets_differs_in_equality_and_hash() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        let (alpha, beta) = (world.enter("alpha").await, world.enter("beta").await);
        assert_ne!(alpha, beta);
        let (here, there) = (alpha.scoped(person(1)), beta.scoped(person(1)));
        assert_ne!(here, there);
        assert_eq!(HashSet::from([here, there]).len(), 2);
        assert!(here.within(beta.id()).is_err());
        // Written into a job, a link or a cache, it still knows its market.
        let carried: MarketScoped<kernel::PersonId> = here.to_string().parse().expect("reads back");
        assert!(carried.within(beta.id()).is_err());
        assert_eq!(carried.within(alpha.id()), Ok(&person(1)));
    })
    .await;
}

#[tokio::test]
async fn the_same_row_in_two_markets_holds_what_each_wrote() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        let (alpha, beta) = (world.enter("alpha").await, world.enter("beta").await);
        write_note(&alpha, "1", person(1), "in alpha", &world.at(1)).await;
        assert_eq!(read_note(&beta, "1").await, None);
        write_note(&beta, "1", person(1), "in beta", &world.at(1)).await;
        assert_eq!(read_note(&alpha, "1").await, Some(Some("in alpha".to_owned())));
        assert_eq!(read_note(&beta, "1").await, Some(Some("in beta".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn a_sealed_value_carried_into_another_market_or_row_does_not_open() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        let (alpha, beta) = (world.enter("alpha").await, world.enter("beta").await);
        let key = alpha.new_person_key(person(1), &world.at(1)).await.expect("made");
        let sealed = alpha.seal(&key, "note", "1", "text_sealed", b"Ana").expect("sealed");
        assert!(alpha.unseal(&key, "note", "1", "text_sealed", &sealed).is_ok());
        assert!(alpha.unseal(&key, "note", "2", "text_sealed", &sealed).is_err());
        assert!(alpha.unseal(&key, "note", "1", "token_sealed", &sealed).is_err());
        assert!(beta.unseal(&key, "note", "1", "text_sealed", &sealed).is_err(), "even with the right key");
        assert!(beta.person_key(person(1)).await.expect("asked").is_none(), "which it never gets");
        assert!(beta.key_named(key.id).await.expect("asked").is_none());
    })
    .await;
}

#[tokio::test]
async fn two_markets_index_the_same_address_differently() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        let (alpha, beta) = (world.enter("alpha").await, world.enter("beta").await);
        let index = |market: &markets::Market| seal::blind::email(market.index_key(), "ana@example.com");
        assert!(index(&alpha).is_some());
        assert_ne!(index(&alpha), index(&beta));
        assert_ne!(*alpha.audit_seed(), *beta.audit_seed());
    })
    .await;
}

#[tokio::test]
async fn a_database_put_in_the_place_of_another_markets_is_refused() {
    let world = crate::fixture::World::embedded().await;
    let (alpha, beta) = (world.market("alpha").await, world.market("beta").await);
    world.markets.close().await;
    let file = |id| world.home.path().join("markets").join(format!("{id}.1.db"));
    for ending in ["-wal", "-shm"] {
        let mut beside = file(beta.id).into_os_string();
        beside.push(ending);
        let _ = std::fs::remove_file(beside);
    }
    std::fs::copy(file(alpha.id), file(beta.id)).expect("copied");
    let keys = store::Db::keyring(&world.home.path().join("keys/keys.db")).await.expect("opened");
    let again = crate::fixture::reopened(&world, keys).await;
    let refused = again.enter(&name("beta")).await.expect_err("not beta's");
    assert!(matches!(refused, EnterError::Failed(_)), "{refused}");
    again.enter(&name("alpha")).await.expect("alpha's own");
    again.close().await;
}

#[tokio::test]
async fn on_a_server_a_markets_own_role_reaches_its_own_database_alone() {
    let Some(world) = crate::fixture::World::on_server().await else { return };
    let (alpha, _beta) = (world.market("alpha").await, world.market("beta").await);
    let alpha_db = world.enter("alpha").await;
    let role =
        alpha_db.db().one(Query::new("SELECT CAST(current_user AS TEXT) AS role")).await.expect("asked");
    let expected = format!("ehub_m_{}_1", alpha.id.to_string().to_lowercase());
    assert_eq!(role.text("role").expect("text"), expected);
    let query = "SELECT COUNT(*) AS count FROM pg_database WHERE datname LIKE 'ehub_m_%' AND datname <> current_database() \
                 AND has_database_privilege(current_user, datname, 'CONNECT')";
    let others = alpha_db.db().one(Query::new(query)).await.expect("asked");
    assert_eq!(others.int("count").expect("a number"), 0, "no other market's database can be connected to");
    let query = "SELECT rolsuper OR rolcreatedb OR rolcreaterole AS mighty FROM pg_roles WHERE rolname = current_user";
    assert!(!alpha_db.db().one(Query::new(query)).await.expect("asked").bool("mighty").expect("a flag"));
    drop(alpha_db);
    world.clear().await;
}
