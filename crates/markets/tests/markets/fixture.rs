//! A hub's markets in one line, on either database, with a domain of notes about persons.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use kernel::{Actor, Chance, MarketName, Moment, PersonId, Ulid};
use markets::{
    Eraser, Erasing, KeySource, Keyring, Market, MarketRecord, Markets, MarketsConfig, NewMarket, Placement,
};
use store::{
    Db, Kind, Migration, MigrationSet, Query, Schema,
    schema::{ColumnRule, TableRule},
    testing::{POSTGRES_URL, TestDb},
};
use tempfile::TempDir;

/// Notes about persons: every rule of a column occurs.
pub const NOTES: Schema = Schema {
    migrations: MigrationSet {
        domain: "notes",
        migrations: &[Migration {
            version: 1,
            name: "notes",
            sql: "CREATE TABLE note (id TEXT PRIMARY KEY, person_id TEXT, text_sealed BYTEA NOT NULL, email_index BYTEA,
                      token_sealed BYTEA, size BIGINT, weight DOUBLE PRECISION, done BOOLEAN NOT NULL);",
        }],
    },
    tables: &[TableRule {
        name: "note",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("person_id", Kind::Text),
            ColumnRule::sealed("text_sealed", Some("person_id"), "id"),
            ColumnRule::index("email_index"),
            ColumnRule::secret("token_sealed", "id"),
            ColumnRule::plain("size", Kind::Int),
            ColumnRule::plain("weight", Kind::Real),
            ColumnRule::plain("done", Kind::Bool),
        ],
    }],
};

/// Removes the notes about erased persons.
pub struct NoteEraser;

impl Eraser for NoteEraser {
    fn part(&self) -> &'static str {
        "notes"
    }

    fn erase<'a>(&'a self, market: &'a Market, persons: &'a [PersonId], _: &'a Moment) -> Erasing<'a> {
        Box::pin(async move {
            let mut tx = market.db().begin().await?;
            let persons = persons.iter().map(|person| person.ulid());
            let delete = Query::new("DELETE FROM note WHERE person_id IN (").bind_all(persons).push(")");
            tx.execute(delete).await?;
            tx.commit().await?;
            Ok(())
        })
    }
}

/// One hub.
pub struct World {
    pub markets: Markets,
    pub hub: Db,
    pub keys: Db,
    pub home: TempDir,
    pub admin_url: Option<String>,
    moments: std::sync::atomic::AtomicU64,
    _databases: Vec<TestDb>,
}

/// Chance that repeats.
pub fn chance(seed: u64) -> Chance {
    let next = std::sync::atomic::AtomicU64::new(seed << 32);
    Chance::from_fn(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let count = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let digest = ring::digest::digest(&ring::digest::SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
        }
    })
}

/// Seeds of worlds, so that markets of two worlds on one server never share an identifier.
fn seed() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    u64::from(std::process::id()) * 1000 + NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

impl World {
    /// Everything in files.
    pub async fn embedded() -> Self {
        let hub = TestDb::sqlite().await;
        let home = tempfile::tempdir().expect("a folder");
        let keys = Db::keyring(&home.path().join("keys/keys.db")).await.expect("a keyring");
        Self::over(hub.db(), keys, None, home, vec![hub]).await
    }

    /// Everything on PostgreSQL; `None` without one.
    pub async fn on_server() -> Option<Self> {
        let hub = TestDb::postgres().await?;
        let keys = TestDb::postgres().await?;
        let home = tempfile::tempdir().expect("a folder");
        let admin_url = std::env::var(POSTGRES_URL).expect("it is set");
        Some(Self::over(hub.db(), keys.db(), Some(admin_url), home, vec![hub, keys]).await)
    }

    async fn over(
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        home: TempDir,
        databases: Vec<TestDb>,
    ) -> Self {
        hub.migrate(&store::trail::SCHEMA.migrations).await.expect("the hub's trail");
        let mut world = Self {
            markets: open(&hub, &keys, home.path(), admin_url.clone(), vec![&NOTES], seed()).await,
            hub,
            keys,
            home,
            admin_url,
            moments: std::sync::atomic::AtomicU64::new(seed() << 20),
            _databases: databases,
        };
        world.markets.add_eraser(Arc::new(NoteEraser));
        world.moments = std::sync::atomic::AtomicU64::new(seed() << 20);
        world
    }

    /// The same hub in another process, with these tables of domains.
    pub async fn another_process(&self, schemas: Vec<&'static Schema>) -> Markets {
        let markets =
            open(&self.hub, &self.keys, self.home.path(), self.admin_url.clone(), schemas, seed()).await;
        markets.add_eraser(Arc::new(NoteEraser));
        markets
    }

    /// Waits until nothing of a process that died goes on any more: a statement that it had sent may still be under way.
    pub async fn settled(&self) {
        // A copy that a thread of the dead process was making ends by itself here.
        tokio::time::sleep(Duration::from_millis(60)).await;
        if is_embedded(self) {
            return;
        }
        let others = "SELECT CAST(COUNT(*) AS BIGINT) AS busy FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        for _ in 0..1_000 {
            let row = self.hub.one(Query::new(others)).await.expect("counted");
            if row.int("busy").expect("a number") == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("what the dead process had sent goes on for ten seconds");
    }

    /// A moment `seconds` after the beginning.
    pub fn at(&self, seconds: i64) -> Moment {
        let start: Timestamp = "2026-01-19T09:00:00Z".parse().expect("an instant");
        let entropy = self.moments.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Moment {
            now: start + jiff::SignedDuration::from_secs(seconds),
            actor: Actor::new("ana@example.com").known_as("user:1"),
            entropy: u128::from(entropy) << 16,
        }
    }

    /// Opens a market.
    pub async fn market(&self, name: &str) -> MarketRecord {
        self.markets.create(wanted(name), &self.at(0)).await.expect("the market is made")
    }

    /// Enters a market.
    pub async fn enter(&self, name: &str) -> Market {
        self.markets.enter(&self::name(name)).await.expect("the market is open")
    }

    /// The files of markets, by name.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.home.path().join("markets"))
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name != "scratch")
            .collect();
        names.sort();
        names
    }

    /// What the hub's audit chain says was done, in order.
    pub async fn hub_actions(&self) -> Vec<String> {
        actions(&self.hub).await
    }

    /// Removes every market, so that no database is left on the server.
    pub async fn clear(self) {
        let far = self.at(400 * 86_400);
        for record in self.markets.list().await.expect("listed") {
            let _ = self.markets.delete(&record.name, jiff::SignedDuration::ZERO, &self.at(0)).await;
        }
        self.markets.purge_due(&far).await.expect("purged");
        self.markets.close().await;
    }
}

async fn open(
    hub: &Db,
    keys: &Db,
    home: &Path,
    admin_url: Option<String>,
    schemas: Vec<&'static Schema>,
    seed: u64,
) -> Markets {
    let now = "2026-01-19T09:00:00Z".parse().expect("an instant");
    let source = KeySource::Own(home.join("keys/hub.key"));
    let keyring = Keyring::open(keys.clone(), &source, chance(seed), now).await.expect("the keyring opens");
    let mut all: Vec<&'static Schema> =
        vec![&store::trail::SCHEMA, &markets::MARKET_SCHEMA, &store::inbox::SCHEMA];
    all.extend([&store::outbox::SCHEMA, &store::jobs::SCHEMA]);
    all.extend(schemas);
    let config = MarketsConfig {
        hub: hub.clone(),
        keyring,
        folder: home.to_owned(),
        admin_url,
        replicas: Vec::new(),
        schemas: all,
        open_max: 3,
        chance: chance(seed + 7),
    };
    Markets::open(config, now).await.expect("the markets open")
}

/// Runs `test` on both databases.
pub async fn on_both(test: impl AsyncFn(&World)) {
    let world = World::embedded().await;
    eprintln!("embedded:");
    test(&world).await;
    world.clear().await;
    if let Some(world) = World::on_server().await {
        eprintln!("on PostgreSQL:");
        test(&world).await;
        world.clear().await;
    }
}

pub fn name(text: &str) -> MarketName {
    text.parse().expect("a name")
}

pub fn wanted(name: &str) -> NewMarket {
    NewMarket {
        name: self::name(name),
        region: "us-wa".parse().expect("a region"),
        currency: "USD".parse().expect("a currency"),
        locale: "en-US".parse().expect("a locale"),
        time_zone: "America/Los_Angeles".parse().expect("a zone"),
        verticals: vec![kernel::Vertical::Residential, kernel::Vertical::Luxury],
    }
}

/// What an audit chain says was done, in order.
pub async fn actions(db: &Db) -> Vec<String> {
    let entries = store::trail::after(db, None).await.expect("read");
    entries.iter().map(|entry| entry.action.clone()).collect()
}

pub fn person(number: u128) -> PersonId {
    Ulid::from_parts(2, number).into()
}

/// Writes a note about a person, whose key is made when there is none.
pub async fn write_note(market: &Market, id: &str, about: PersonId, text: &str, at: &Moment) {
    let key = match market.person_key(about).await.expect("asked") {
        Some(key) => key,
        None => market.new_person_key(about, at).await.expect("made"),
    };
    let sealed = market.seal(&key, "note", id, "text_sealed", text.as_bytes()).expect("sealed");
    let token =
        market.seal(market.market_key(), "note", id, "token_sealed", b"s3cret-token").expect("sealed");
    let email = seal::blind::email(market.index_key(), &format!("{text}@example.com").replace(' ', "."));
    let insert = Query::new(
        "INSERT INTO note (id, person_id, text_sealed, email_index, token_sealed, size, weight, done) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(about.ulid())
    .bind(sealed)
    .bind(email.map(Vec::from))
    .bind(token)
    .bind(text.len())
    .bind(0.1_f64 + text.len() as f64)
    .bind(true);
    market.db().execute(insert).await.expect("written");
}

/// Reads a note; `None` when there is none, `Some(None)` when its key is gone.
pub async fn read_note(market: &Market, id: &str) -> Option<Option<String>> {
    let query = Query::new("SELECT person_id, text_sealed FROM note WHERE id = ?").bind(id);
    let row = market.db().optional(query).await.expect("read")?;
    let about: PersonId = row.parse("person_id").expect("a person");
    let sealed = row.bytes("text_sealed").expect("bytes");
    let Some(key) = market.person_key(about).await.expect("asked") else { return Some(None) };
    let text = market.unseal(&key, "note", id, "text_sealed", &sealed).expect("opens");
    Some(Some(String::from_utf8(text.to_vec()).expect("text")))
}

/// Every note's identifier.
pub async fn notes(market: &Market) -> Vec<String> {
    market.db().list(Query::new("SELECT id FROM note ORDER BY id"), |row| row.text("id")).await.expect("read")
}

/// Whether a placement is a file.
pub fn is_embedded(world: &World) -> bool {
    world.markets.default_placement() == Placement::Embedded
}

/// The same embedded hub after a restart, over a keyring that was opened again.
pub async fn reopened(world: &World, keys: Db) -> Markets {
    let markets = open(&world.hub, &keys, world.home.path(), None, vec![&NOTES], seed()).await;
    markets.add_eraser(Arc::new(NoteEraser));
    markets
}
