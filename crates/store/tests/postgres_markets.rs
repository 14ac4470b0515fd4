//! Databases of markets on a PostgreSQL server: each with its own role, closed to all others.

use store::{
    Db, MarketOptions, MarketPlace, Query, Schema, StoreError, idempotency, jobs, postgres,
    schema::migrate_all,
    testing::{POSTGRES_URL, TestDb},
};

const ALL: &[&Schema] = &[&jobs::SCHEMA, &idempotency::SCHEMA];
const PASSWORD: &str = "a-password_of-0123456789";

fn admin() -> Option<String> {
    std::env::var(POSTGRES_URL).ok()
}

fn place(url: &str, replicas: &[&str]) -> MarketPlace {
    let replicas = replicas.iter().map(|url| (*url).to_owned()).collect();
    MarketPlace::Postgres { url: url.to_owned(), pool_size: 2, replicas }
}

async fn open(url: &str) -> Result<Db, StoreError> {
    Db::open_market(&place(url, &[]), &MarketOptions::default()).await
}

fn name(suffix: &str) -> String {
    format!("ehub_market_{}_{suffix}", std::process::id())
}

#[tokio::test]
async fn a_market_is_a_copy_of_the_template_that_its_own_role_owns() {
    let Some(admin) = admin() else { return };
    let template = postgres::prepare_template(&admin, "ehub_test_template", ALL).await.expect("is made");
    let again = postgres::prepare_template(&admin, "ehub_test_template", ALL).await.expect("is found");
    assert_eq!(template, again);
    let name = name("a");
    let url = postgres::create_database(&admin, &name, &name, PASSWORD, &template).await.expect("is made");
    assert_eq!(postgres::database_of(&url), name);
    let taken = postgres::create_database(&admin, &name, &name, PASSWORD, &template).await;
    assert!(taken.is_err_and(|error| error.is_unique_violation()));
    let db = open(&url).await.expect("opens");
    let report = migrate_all(&db, ALL).await;
    assert!(report.is_complete() && report.steps() == 0, "{report:?}");
    db.execute(Query::new("ALTER TABLE job ADD COLUMN later TEXT")).await.expect("its role owns the tables");
    db.fence("test").await.expect("and the fence");
    postgres::drop_database(&admin, &name, &name).await.expect("drops, though somebody is connected");
    postgres::drop_database(&admin, &name, &name).await.expect("nothing to drop is fine");
    assert!(open(&url).await.is_err());
}

#[tokio::test]
async fn two_hubs_on_one_server_make_the_same_template_at_the_same_time() {
    let Some(admin) = admin() else { return };
    let (server, _) = admin.rsplit_once('/').expect("it names a database");
    let mut hubs = Vec::new();
    for _ in 0..2 {
        let hub = TestDb::postgres().await.expect("the server answers");
        let named = Query::new("SELECT CAST(current_database() AS TEXT) AS name");
        let name = hub.one(named).await.expect("answers").text("name").expect("text");
        hubs.push((hub, format!("{server}/{name}")));
    }
    let prefix = name("race");
    let make = |at: usize| postgres::prepare_template(&hubs[at].1, &prefix, ALL);
    let (one, other, again) = tokio::join!(make(0), make(1), make(0));
    let template = one.expect("is made");
    assert_eq!([other.expect("is made"), again.expect("is found")], [template.clone(), template.clone()]);
    let name = name("raced");
    postgres::create_database(&admin, &name, &name, PASSWORD, &template).await.expect("it can be copied");
    postgres::drop_database(&admin, &name, &name).await.expect("drops");
}

#[tokio::test]
async fn the_role_of_one_market_gets_into_no_other_database() {
    let Some(admin) = admin() else { return };
    let (a, b) = (name("own"), name("other"));
    let hub = TestDb::postgres().await.expect("the server answers");
    let hub_row =
        hub.one(Query::new("SELECT CAST(current_database() AS TEXT) AS name")).await.expect("answers");
    let hub_name = hub_row.text("name").expect("text");
    let mut urls = Vec::new();
    for market in [&a, &b] {
        urls.push(
            postgres::create_database(&admin, market, market, PASSWORD, "template0").await.expect("is made"),
        );
    }
    // The administrator's URL with the hub's database in it.
    let hub_url = {
        let own = postgres::database_of(&admin);
        admin.replacen(&format!("/{own}"), &format!("/{hub_name}"), 1)
    };
    postgres::close_to_public(&hub_url).await.expect("closes");
    let keys = postgres::ensure_database(&admin, &name("keys")).await.expect("is made");
    assert_eq!(postgres::ensure_database(&admin, &name("keys")).await.expect("is found"), keys);
    for forbidden in [b.as_str(), hub_name.as_str(), &name("keys")] {
        let way_in = postgres::database_url(&admin, forbidden, &a, PASSWORD);
        assert!(open(&way_in).await.is_err(), "the role of {a} got into {forbidden}");
    }
    assert!(open(&urls[0]).await.is_ok() && open(&urls[1]).await.is_ok());
    assert!(!format!("{:?}", open(&urls[0]).await).contains(PASSWORD));
    assert!(!format!("{:?}", place(&urls[0], &[])).contains(PASSWORD));
    for market in [&a, &b] {
        postgres::drop_database(&admin, market, market).await.expect("drops");
    }
    postgres::drop_database(&admin, &name("keys"), &name("nobody")).await.expect("drops");
}

#[tokio::test]
async fn names_and_passwords_that_could_end_a_statement_are_refused() {
    let Some(admin) = admin() else { return };
    for (database, role, password) in [
        ("a; DROP", "a", PASSWORD),
        ("a", "a\"b", PASSWORD),
        ("a", "a", "short"),
        ("a", "a", "a'quote-in-0123456789"),
    ] {
        let made = postgres::create_database(&admin, database, role, password, "template0").await;
        assert!(matches!(made, Err(StoreError::Name(_))), "{database} {role}: {made:?}");
    }
}

#[tokio::test]
async fn a_database_that_could_not_be_made_leaves_no_role_behind() {
    let Some(admin) = admin() else { return };
    let name = name("half");
    let made = postgres::create_database(&admin, &name, &name, PASSWORD, "no_such_template").await;
    assert!(made.is_err());
    let db = Db::open(&admin).await.expect("opens");
    let roles =
        db.all(Query::new("SELECT rolname FROM pg_roles WHERE CAST(rolname AS TEXT) = ?").bind(&name));
    assert!(roles.await.expect("answers").is_empty());
}

#[tokio::test]
async fn reads_fall_back_to_the_primary_when_no_replica_can_be_trusted() {
    let Some(admin) = admin() else { return };
    let name = name("replica");
    let url = postgres::create_database(&admin, &name, &name, PASSWORD, "template0").await.expect("is made");
    // One that nobody answers at, and one that is no replica but takes writes itself.
    let away = "postgres://nobody@127.0.0.1:1/nowhere";
    let market = place(&url, &[away, &url]);
    let db = Db::open_market(&market, &MarketOptions::default()).await.expect("opens without its replicas");
    assert!(migrate_all(&db, ALL).await.is_complete());
    for _ in 0..4 {
        let reads = db.replica().await;
        reads.one(Query::new("SELECT COUNT(*) AS n FROM job")).await.expect("answers");
        reads.begin().await.expect("it is the primary").rollback().await.expect("rolls back");
    }
    db.close().await;
    postgres::drop_database(&admin, &name, &name).await.expect("drops");
}
