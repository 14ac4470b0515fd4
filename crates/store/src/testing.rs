//! Fresh databases for tests (feature `testing`).
//!
//! ```no_run
//! # async fn example() {
//! use store::{Query, testing::on_both_databases};
//!
//! on_both_databases(async |db| {
//!     assert!(db.all(Query::new("SELECT 1 AS one")).await.is_ok());
//! })
//! .await;
//! # }
//! ```

use std::{
    ops::Deref,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use crate::{
    Db, MarketOptions, MarketPlace, Schema, postgres, postgres::with_database, schema::migrate_all,
    template::Template,
};

/// The variable that names a PostgreSQL server for tests: a URL of a role that may create databases.
pub const POSTGRES_URL: &str = "EHUB_TEST_POSTGRES_URL";

/// An empty database that disappears when dropped.
pub struct TestDb {
    db: Db,
    home: Home,
}

enum Home {
    Folder { _folder: TempDir },
    Server { admin: String, database: String },
    Role { admin: String, name: String, place: MarketPlace },
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// An empty SQLite database in a folder of its own.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let db = Db::sqlite(&folder.path().join("hub.db")).await.expect("a new SQLite file opens");
        Self { db, home: Home::Folder { _folder: folder } }
    }

    /// An empty PostgreSQL database on the server of [`POSTGRES_URL`]; `None` when the variable is not set.
    ///
    /// # Panics
    /// When the variable is missing although `CI` is `true`: there both databases must be tested.
    pub async fn postgres() -> Option<Self> {
        let admin = postgres_url()?;
        let database = fresh_name();
        administer(
            &admin,
            &[format!("DROP DATABASE IF EXISTS {database}"), format!("CREATE DATABASE {database}")],
        )
        .await;
        let url = with_database(&admin, &database);
        let db = Db::open(&url).await.expect("the new database opens");
        Some(Self { db, home: Home::Server { admin, database } })
    }

    /// An empty market with these tables in a SQLite file of its own, made from a template.
    pub async fn sqlite_market(schemas: &[&Schema]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let template = Template::prepare(folder.path(), schemas).await.expect("the schemas migrate");
        let path = folder.path().join("market.db");
        template.create(&path).await.expect("the template can be copied");
        let place = MarketPlace::Sqlite(path);
        let db = Db::open_market(&place, &MarketOptions::default()).await.expect("the copy opens");
        Self { db, home: Home::Folder { _folder: folder } }
    }

    /// An empty market with these tables in a PostgreSQL database of its own, opened as its own role; `None` as in
    /// [`TestDb::postgres`].
    pub async fn postgres_market(schemas: &[&Schema]) -> Option<Self> {
        let admin = postgres_url()?;
        let name = fresh_name();
        let made =
            postgres::create_database(&admin, &name, &name, "test-password-0123456789", "template0").await;
        let url = made.expect("a database with its role can be made");
        let place = MarketPlace::Postgres { url, pool_size: 6, replicas: Vec::new() };
        let db = Db::open_market(&place, &MarketOptions::default()).await.expect("the role may connect");
        let report = migrate_all(&db, schemas).await;
        assert!(report.is_complete(), "{:?}", report.failed);
        Some(Self { db, home: Home::Role { admin, name, place } })
    }

    /// Where a market made by [`TestDb::postgres_market`] is: for a second node.
    ///
    /// # Panics
    /// For any other database.
    pub fn place(&self) -> MarketPlace {
        match &self.home {
            Home::Role { place, .. } => place.clone(),
            _ => panic!("only markets on PostgreSQL have a second node"),
        }
    }

    /// The database itself, to hand to the code under test. It lives as long as `self`.
    pub fn db(&self) -> Db {
        self.db.clone()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let (admin, name, statements) = match self {
            Self::Folder { .. } => return,
            Self::Server { admin, database } => {
                (admin.clone(), &*database, vec![format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")])
            }
            Self::Role { admin, name, .. } => {
                let drop = |what| format!("DROP {what}");
                let database = drop(format!("DATABASE IF EXISTS {name} WITH (FORCE)"));
                (admin.clone(), &*name, vec![database, drop(format!("ROLE IF EXISTS {name}"))])
            }
        };
        // A runtime cannot be entered twice on one thread, so the clean-up has a thread of its own.
        let cleaned = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be built")
                .block_on(administer(&admin, &statements));
        });
        if cleaned.join().is_err() {
            eprintln!("the test database {name} was left behind");
        }
    }
}

/// Runs `test` on a fresh SQLite database and, when [`POSTGRES_URL`] is set, on a fresh PostgreSQL one.
///
/// # Panics
/// When the test does, and under `CI=true` when the variable is missing.
pub async fn on_both_databases(test: impl AsyncFn(Db)) {
    let sqlite = TestDb::sqlite().await;
    eprintln!("on SQLite:");
    test(sqlite.db()).await;
    sqlite.close().await;
    if let Some(postgres) = TestDb::postgres().await {
        eprintln!("on PostgreSQL:");
        test(postgres.db()).await;
        postgres.close().await;
    }
}

/// Runs `test` on a fresh market with these tables in a SQLite file and, when [`POSTGRES_URL`] is set, on one in a
/// PostgreSQL database with a role of its own.
///
/// # Panics
/// When the test does, and under `CI=true` when the variable is missing.
pub async fn on_both_markets(schemas: &[&Schema], test: impl AsyncFn(Db)) {
    let sqlite = TestDb::sqlite_market(schemas).await;
    eprintln!("on SQLite:");
    test(sqlite.db()).await;
    sqlite.close().await;
    if let Some(postgres) = TestDb::postgres_market(schemas).await {
        eprintln!("on PostgreSQL:");
        test(postgres.db()).await;
        postgres.close().await;
    }
}

fn postgres_url() -> Option<String> {
    if let Ok(url) = std::env::var(POSTGRES_URL) {
        return Some(url);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{POSTGRES_URL} is not set: under CI every database test runs on both databases");
    eprintln!("not tested on PostgreSQL: {POSTGRES_URL} is not set");
    None
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("ehub_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

async fn administer(url: &str, statements: &[String]) {
    let mut connection = PgConnection::connect(url).await.expect("the PostgreSQL server answers");
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement.as_str()))
            .execute(&mut connection)
            .await
            .expect("the test role may create and drop databases");
    }
    connection.close().await.expect("the connection closes");
}
