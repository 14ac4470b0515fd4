//! A hub's databases with markets, people and leads in them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use contacts::{Contacts, NewContact, Personal};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Chance, Moment, PersonId};
use leads::{
    Channel, Leads, ScoreTelling, ScoreWitness, ToldScore,
    band::Band,
    timeline::{Direction, Entry, Happening, LeadSource, What},
};
use markets::{KeySource, Keyring, Market, Markets, MarketsConfig, NewMarket};
use store::{Db, Schema, Tx, testing::TestDb};
use tempfile::TempDir;

/// Everything that a market's database holds.
pub fn schemas() -> Vec<&'static Schema> {
    vec![
        &store::trail::SCHEMA,
        &markets::MARKET_SCHEMA,
        &store::idempotency::SCHEMA,
        &store::inbox::SCHEMA,
        &store::outbox::SCHEMA,
        &store::jobs::SCHEMA,
        &contacts::SCHEMA,
        &leads::SCHEMA,
    ]
}

/// Markets with leads, and a clock of their own that goes on by a second with every look at it.
pub struct World {
    pub leads: Leads,
    pub contacts: Contacts,
    pub markets: Markets,
    hub: Db,
    seconds: AtomicU64,
    moments: AtomicU64,
    number: u32,
    _folder: TempDir,
    _servers: Vec<TestDb>,
}

/// When every world begins: a Monday at nine in the zone of its markets.
pub fn start() -> Timestamp {
    "2026-03-02T17:00:00Z".parse().unwrap()
}

/// Chance that is different every time, and the same in every run.
pub fn chance() -> Chance {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let state = Arc::new(AtomicU64::new(SEED.fetch_add(7, Ordering::Relaxed)));
    Chance::from_fn(move |bytes| {
        for byte in bytes.chunks_mut(8) {
            let mut z = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let z = (z ^ (z >> 31)).to_be_bytes();
            byte.copy_from_slice(&z[..byte.len()]);
        }
    })
}

impl World {
    /// Markets as SQLite files.
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self::over(folder, hub, keys, None, Vec::new()).await
    }

    /// Markets as PostgreSQL databases; `None` when there is no server to test with.
    pub async fn on_server() -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self::over(tempfile::tempdir().unwrap(), hub_db, keys_db, Some(url), vec![hub, keys]).await)
    }

    async fn over(
        folder: TempDir,
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        servers: Vec<TestDb>,
    ) -> Self {
        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let source = KeySource::Own(folder.path().join("keys").join("hub.key"));
        let keyring = Keyring::open(keys, &source, chance(), start()).await.unwrap();
        let config = MarketsConfig {
            hub: hub.clone(),
            keyring,
            folder: folder.path().to_owned(),
            admin_url,
            replicas: Vec::new(),
            schemas: schemas(),
            open_max: 50,
            chance: chance(),
        };
        let markets = Markets::open(config, start()).await.unwrap();
        let contacts = Contacts::open(hub.clone(), markets.clone(), chance()).await.unwrap();
        let leads = Leads::new(contacts.clone());
        markets.add_eraser(Arc::new(leads.clone()));
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let (seconds, moments) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { leads, contacts, markets, hub, seconds, moments, number, _folder: folder, _servers: servers }
    }

    /// Contacts of which no lead hears.
    pub async fn deaf_contacts(&self) -> Contacts {
        Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap()
    }

    /// Leads as a process that has just started knows them.
    pub fn restarted(&self) -> Leads {
        Leads::new(self.contacts.clone())
    }

    /// The present moment, in which Ana acts; a second passes.
    pub fn at(&self) -> Moment {
        let now = self.now();
        let count = self.moments.fetch_add(1, Ordering::Relaxed);
        // Tests run as processes side by side, and markets on one server are named by their identifiers.
        let entropy =
            u128::from(count) << 64 | u128::from(std::process::id()) << 32 | u128::from(self.number);
        Moment { now, actor: Actor::new("ana@example.com").known_as("user:ana"), entropy }
    }

    /// The present; a second passes.
    pub fn now(&self) -> Timestamp {
        let seconds = self.seconds.fetch_add(1, Ordering::Relaxed);
        start() + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
    }

    /// Lets time pass.
    pub fn pass(&self, duration: SignedDuration) {
        self.seconds.fetch_add(u64::try_from(duration.as_secs()).unwrap(), Ordering::Relaxed);
    }

    /// A new market, entered.
    pub async fn market(&self, name: &str) -> Market {
        let new = NewMarket {
            name: name.parse().unwrap(),
            region: "us-wa".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: "America/Los_Angeles".parse().unwrap(),
            verticals: vec![kernel::Vertical::Residential],
        };
        let record = self.markets.create(new, &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    /// A new contact of this name, which is a lead from then on.
    pub async fn lead(&self, market: &Market, name: &str) -> PersonId {
        let personal = Personal { name: Some(name.to_owned()), ..Personal::default() };
        let new = NewContact { personal, ..NewContact::default() };
        self.contacts.create(market, &new, &self.at()).await.unwrap().id
    }

    /// Scores everything that is due; who was scored.
    pub async fn score(&self, market: &Market) -> Vec<PersonId> {
        let mut scored = Vec::new();
        loop {
            let report = self.leads.score_due(market, self.now(), 1_000).await.unwrap();
            scored.extend(report.scored);
            if !report.more {
                return scored;
            }
        }
    }

    /// Tells that something happens now.
    pub async fn tell(&self, market: &Market, lead: PersonId, name: &str, what: What) -> u64 {
        let at = self.at();
        let entry = Entry::told(name, at.at(), Happening { at: at.at(), what });
        self.leads.tell(market, lead, vec![entry], &at).await.unwrap()
    }
}

/// Runs `test` with embedded markets and, when there is a server, with markets on it.
pub async fn on_both(test: impl AsyncFn(World)) {
    eprintln!("embedded:");
    test(World::embedded().await).await;
    if let Some(world) = World::on_server().await {
        eprintln!("on PostgreSQL:");
        test(world).await;
    }
}

/// A text message from them, or from us.
pub fn message(direction: Direction) -> What {
    What::Message { direction, channel: Channel::Sms }
}

/// That they came from there.
pub fn arrival(source: LeadSource) -> What {
    What::Arrived { source }
}

/// A look at a listing.
pub fn look(listing: &str) -> What {
    What::ListingView { listing: listing.to_owned(), price: Some(480_000) }
}

/// Writes down the scores that it is told of.
#[derive(Default)]
pub struct Listener {
    told: Mutex<Vec<(PersonId, Option<Band>, f64)>>,
}

impl Listener {
    /// What it was told since it was last asked: whom of, the band, and the chance that counts.
    pub fn heard(&self) -> Vec<(PersonId, Option<Band>, f64)> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

impl ScoreWitness for Listener {
    fn scored<'a>(&'a self, _tx: &'a mut Tx, told: &'a ToldScore<'a>) -> ScoreTelling<'a> {
        Box::pin(async move {
            let band = told.score.standing.map(|standing| standing.band);
            self.told.lock().unwrap().push((told.contact, band, told.effective.probability));
            Ok(())
        })
    }
}
