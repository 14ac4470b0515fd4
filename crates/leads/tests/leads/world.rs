//! A hub's databases with markets, people and leads in them.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use contacts::{Contacts, NewContact, Personal};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Chance, Moment, PersonId, Vertical};
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

/// Where and when the world of a test is.
#[derive(Clone, Copy)]
pub struct Scene {
    /// When it begins.
    pub start: &'static str,
    /// How far its clock goes on with every look at it.
    pub step: SignedDuration,
    /// The region of its markets.
    pub region: &'static str,
    /// The zone of its markets.
    pub time_zone: &'static str,
    /// Their lines of business.
    pub verticals: &'static [Vertical],
}

/// A Monday at nine in Seattle; a second passes with every look at the clock.
pub const MONDAY: Scene = Scene {
    start: "2026-03-02T17:00:00Z",
    step: SignedDuration::from_secs(1),
    region: "us-wa",
    time_zone: "America/Los_Angeles",
    verticals: &[Vertical::Residential],
};

/// A Friday, one in the afternoon in New Jersey: nobody's night. The clock stands still until it is [moved](World::pass).
pub const AFTERNOON: Scene = Scene {
    start: "2026-11-20T18:00:00Z",
    step: SignedDuration::ZERO,
    region: "us-nj",
    time_zone: "America/New_York",
    verticals: &[Vertical::Residential, Vertical::Commercial],
};

/// Markets with leads, and a clock of their own.
pub struct World {
    pub leads: Leads,
    pub contacts: Contacts,
    pub markets: Markets,
    scene: Scene,
    hub: Db,
    keys: Db,
    place: Place,
    now: Mutex<Timestamp>,
    moments: AtomicU64,
    /// Different for every world of every test process: a server knows the databases of all of them.
    number: u128,
    _folder: TempDir,
    _servers: Vec<TestDb>,
}

/// The folder of a hub, and the server of its markets where they are not files.
type Place = (std::path::PathBuf, Option<String>);

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
    /// Markets as SQLite files, on a [Monday](MONDAY).
    pub async fn embedded() -> Self {
        Self::embedded_in(MONDAY).await
    }

    /// Markets as SQLite files.
    pub async fn embedded_in(scene: Scene) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub = Db::sqlite(&folder.path().join("hub.sqlite")).await.unwrap();
        let keys = Db::keyring(&folder.path().join("keys").join("keys.db")).await.unwrap();
        Self::over(scene, folder, hub, keys, None, Vec::new()).await
    }

    /// Markets as PostgreSQL databases; `None` when there is no server to test with.
    pub async fn on_server_in(scene: Scene) -> Option<Self> {
        let (hub, keys) = (TestDb::postgres().await?, TestDb::postgres().await?);
        let url = std::env::var(store::testing::POSTGRES_URL).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (hub_db, keys_db) = (hub.db(), keys.db());
        Some(Self::over(scene, folder, hub_db, keys_db, Some(url), vec![hub, keys]).await)
    }

    async fn over(
        scene: Scene,
        folder: TempDir,
        hub: Db,
        keys: Db,
        admin_url: Option<String>,
        servers: Vec<TestDb>,
    ) -> Self {
        hub.migrate(&store::trail::SCHEMA.migrations).await.unwrap();
        let place = (folder.path().to_owned(), admin_url);
        let (markets, contacts, leads) = open(scene, &hub, &keys, &place).await;
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let nth = WORLDS.fetch_add(1, Ordering::Relaxed) % 64;
        Self {
            leads,
            contacts,
            markets,
            scene,
            hub,
            keys,
            place,
            now: Mutex::new(scene.start.parse().unwrap()),
            moments: AtomicU64::new(0),
            number: u128::from(std::process::id()) << 6 | u128::from(nth),
            _folder: folder,
            _servers: servers,
        }
    }

    /// Another node over the same databases.
    pub async fn another_node(&self) -> (Markets, Leads) {
        let (markets, _, leads) = open(self.scene, &self.hub, &self.keys, &self.place).await;
        (markets, leads)
    }

    /// Contacts of which no lead hears.
    pub async fn deaf_contacts(&self) -> Contacts {
        Contacts::open(self.hub.clone(), self.markets.clone(), chance()).await.unwrap()
    }

    /// Leads as a process that has just started knows them.
    pub fn restarted(&self) -> Leads {
        Leads::new(self.contacts.clone())
    }

    /// The present moment, in which Ana acts, unlike every other.
    pub fn at(&self) -> Moment {
        let now = self.now();
        let count = self.moments.fetch_add(1, Ordering::Relaxed);
        // Identifiers keep 80 bits of it, and count up from there.
        let entropy = self.number << 48 | u128::from(count) << 20;
        Moment { now, actor: Actor::new("ana@example.com").known_as("user:ana"), entropy }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        let mut now = self.now.lock().unwrap();
        let seen = *now;
        *now += self.scene.step;
        seen
    }

    /// Lets time pass.
    pub fn pass(&self, duration: SignedDuration) {
        *self.now.lock().unwrap() += duration;
    }

    /// A new market, entered.
    pub async fn market(&self, name: &str) -> Market {
        let new = NewMarket {
            name: name.parse().unwrap(),
            region: self.scene.region.parse().unwrap(),
            currency: "USD".parse().unwrap(),
            locale: "en-US".parse().unwrap(),
            time_zone: self.scene.time_zone.parse().unwrap(),
            verticals: self.scene.verticals.to_vec(),
        };
        let record = self.markets.create(new, &self.at()).await.unwrap();
        self.markets.enter(&record.name).await.unwrap()
    }

    /// A new contact.
    pub async fn contact(&self, market: &Market, personal: Personal) -> PersonId {
        let new = NewContact { personal, ..NewContact::default() };
        self.contacts.create(market, &new, &self.at()).await.unwrap().id
    }

    /// A new contact of this name, which is a lead from then on.
    pub async fn lead(&self, market: &Market, name: &str) -> PersonId {
        self.contact(market, Personal { name: Some(name.to_owned()), ..Personal::default() }).await
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

async fn open(scene: Scene, hub: &Db, keys: &Db, (folder, admin_url): &Place) -> (Markets, Contacts, Leads) {
    let now = scene.start.parse().unwrap();
    let source = KeySource::Own(folder.join("keys").join("hub.key"));
    let keyring = Keyring::open(keys.clone(), &source, chance(), now).await.unwrap();
    let config = MarketsConfig {
        hub: hub.clone(),
        keyring,
        folder: folder.clone(),
        admin_url: admin_url.clone(),
        replicas: Vec::new(),
        schemas: schemas(),
        open_max: 50,
        chance: chance(),
    };
    let markets = Markets::open(config, now).await.unwrap();
    let contacts = Contacts::open(hub.clone(), markets.clone(), chance()).await.unwrap();
    let leads = Leads::new(contacts.clone());
    markets.add_eraser(Arc::new(leads.clone()));
    (markets, contacts, leads)
}

/// Runs `test` with embedded markets and, when there is a server, with markets on it, on a [Monday](MONDAY).
pub async fn on_both(test: impl AsyncFn(World)) {
    on_both_in(MONDAY, test).await;
}

/// Runs `test` with embedded markets and, when there is a server, with markets on it.
pub async fn on_both_in(scene: Scene, test: impl AsyncFn(World)) {
    eprintln!("embedded:");
    test(World::embedded_in(scene).await).await;
    if let Some(world) = World::on_server_in(scene).await {
        eprintln!("on PostgreSQL:");
        test(world).await;
    }
}

/// Somebody in New Jersey.
pub fn person(name: &str, email: Option<&str>, phone: Option<&str>) -> Personal {
    let owned = |text: &str| text.to_owned();
    Personal {
        name: Some(owned(name)),
        email: email.map(owned),
        phone: phone.map(owned),
        address: Some(owned("12 Main Street, Hackensack, NJ 07601")),
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
    news: Mutex<Vec<(PersonId, bool)>>,
}

impl Listener {
    /// What it was told since it was last asked: whom of, the band, and the chance that counts.
    pub fn heard(&self) -> Vec<(PersonId, Option<Band>, f64)> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    /// Of whom it was told since it was last asked so, and whether that was news.
    pub fn news(&self) -> Vec<(PersonId, bool)> {
        std::mem::take(&mut *self.news.lock().unwrap())
    }
}

impl ScoreWitness for Listener {
    fn scored<'a>(&'a self, _tx: &'a mut Tx, told: &'a ToldScore<'a>) -> ScoreTelling<'a> {
        Box::pin(async move {
            let band = told.score.standing.map(|standing| standing.band);
            self.told.lock().unwrap().push((told.contact, band, told.effective.probability));
            self.news.lock().unwrap().push((told.contact, told.is_news));
            Ok(())
        })
    }
}
