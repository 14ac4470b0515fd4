//! Two markets, people in them, and words that must stay where they are.

use std::time::Duration;

use cluster::Policy;
use contacts::{Channel, Direction, NewContact, NewMessage, Personal, Sight};
use directory::KeyScope;
use hub::HubConfig;
use kernel::{Actor, MarketRole, Moment, PersonId, Ulid};
use markets::Market;
use server::{
    Config,
    access::Declared,
    limits::Rates,
    testing::{Client, START, TestHub},
};
use webhooks::{NewEndpoint, Topics};

use crate::{crawl::Found, lead};

/// The market whose words must not leave it.
pub const ALPHA: &str = "alpha";
/// The market that asks.
pub const BETA: &str = "beta";

/// The word that is planted in every personal field of a market.
pub fn canary(market: &str) -> String {
    format!("canary{market}")
}

/// What gives a market away: the words of its people, and of what it tells where.
pub fn words_of(market: &str) -> Vec<String> {
    let mut words = words_of_people(market);
    words.push(format!("hook{market}"));
    words
}

/// What gives people of a market away: the planted word, and a number.
pub fn words_of_people(market: &str) -> Vec<String> {
    let number = if market == ALPHA { "2065550101" } else { "2065550202" };
    vec![canary(market), number.to_owned()]
}

/// Both markets and who belongs to them.
pub struct World {
    /// The hub.
    pub hub: TestHub,
    /// Contacts that have the same identifier in both.
    pub shared: Vec<PersonId>,
    /// Contacts of the first market alone.
    pub only_alpha: Vec<PersonId>,
    /// What belongs to those: decisions of the gate, offers, incidents, events given up, writes.
    pub of_only_alpha: Vec<Ulid>,
}

impl World {
    /// A fresh one.
    pub async fn new() -> Self {
        Self::tuned(|_| {}).await
    }

    /// A fresh one, with a hub that `tune` had its hands on.
    pub async fn tuned(tune: impl FnOnce(&mut HubConfig)) -> Self {
        // The clock stands still, and thousands of requests are sent: their number is not what is tested here.
        let plenty = |name| Policy::new(name, Policy::QUOTA_MAX, Duration::from_secs(1));
        let rates = Rates { caller: plenty("caller"), ..Rates::default() };
        let hub = TestHub::tuned(Config { rates, ..Config::default() }, tune).await;
        let mut world = Self { hub, shared: Vec::new(), only_alpha: Vec::new(), of_only_alpha: Vec::new() };
        for name in [ALPHA, BETA] {
            let market = world.hub.market(name).await;
            let owner = world.hub.user(&format!("{}-owner@example.com", canary(name)), None).await;
            let (directory, at) = (&world.hub.hub().directory, world.hub.moment());
            let put = directory.put_member(owner.id, market.id(), MarketRole::Owner, &at).await;
            put.expect("a membership");
            world.hub.limit(&market, 1_000_000).await;
            lead::team(&world, name, owner.id).await;
        }
        for name in [ALPHA, BETA] {
            let shared = [plant(&world, name, 1).await, plant(&world, name, 2).await];
            world.shared = shared.map(|(contact, _)| contact).to_vec();
        }
        let (contact, others) = plant(&world, ALPHA, 3).await;
        world.only_alpha = vec![contact];
        world.of_only_alpha = others;
        world
    }

    /// A market of this world.
    pub async fn market(&self, name: &str) -> Market {
        self.hub.hub().markets.enter(&name.parse().expect("a name")).await.expect("it is open")
    }

    /// The owner of a market, in a browser.
    pub async fn owner(&self, market: &str) -> Client {
        let user = self.hub.user(&format!("{}-owner@example.com", canary(market)), None).await;
        self.hub.sign_in(&user).await
    }

    /// A program with an owner's key of a market.
    pub async fn key(&self, market: &str) -> Client {
        let id = self.market(market).await.id();
        self.hub.key(KeyScope::Market(id, MarketRole::Owner)).await
    }

    /// Somebody who manages both markets.
    pub async fn member_of_both(&self) -> Client {
        let user = self.hub.user("both@example.com", None).await;
        for name in [ALPHA, BETA] {
            let (market, at) = (self.market(name).await.id(), self.hub.moment());
            let put = self.hub.hub().directory.put_member(user.id, market, MarketRole::Manager, &at).await;
            put.expect("a membership");
        }
        self.hub.sign_in(&user).await
    }

    /// Ends the owner's session: whoever listens with it hears no more.
    pub async fn leave(&self, market: &str) {
        let user = self.hub.user(&format!("{}-owner@example.com", canary(market)), None).await;
        let ended = self.hub.hub().directory.revoke_sessions(user.id, None, &self.hub.moment()).await;
        assert!(ended.expect("ended") > 0);
    }

    /// Every route with a market in its path.
    pub fn routes_of_markets(&self) -> Vec<((String, String), Declared)> {
        let table = self.hub.app().access_table();
        let of_markets = table.iter().filter(|((path, _), _)| path.contains("{market}"));
        of_markets.map(|(key, declared)| (key.clone(), *declared)).collect()
    }

    /// What is in a market, as its owner sees it.
    pub async fn all_of(&self, market: &str) -> String {
        let owner = self.owner(market).await;
        let list = owner.get_json(&format!("/api/v1/markets/{market}/contacts?limit=500")).await;
        assert_eq!(list.status, 200, "{}", list.text());
        let mut all = list.text();
        for part in [
            "webhooks",
            "leads",
            "lead-agents",
            "lead-gate-log",
            "lead-models",
            "lead-offers",
            "lead-policy",
            "gohighlevel/aliases",
            "gohighlevel/dead-letters",
            "gohighlevel/incidents?closed=true",
            "gohighlevel/links",
            "gohighlevel/writes",
        ] {
            let answer = owner.get_json(&format!("/api/v1/markets/{market}/{part}")).await;
            assert_eq!(answer.status, 200, "{part}: {}", answer.text());
            all.push('\n');
            all.push_str(&answer.text());
        }
        for contact in &self.shared {
            for part in ["", "/events", "/offers", "/reachability", "/refusals", "/scores"] {
                let path = format!("/api/v1/markets/{market}/leads/{contact}{part}");
                let answer = owner.get_json(&path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                all.push('\n');
                all.push_str(&answer.text());
            }
        }
        all
    }

    /// Identifiers that were found in the first market and are not in the second.
    pub fn only_in_alpha(&self, found: &Found) -> Vec<String> {
        let shared: Vec<String> = self.shared.iter().map(PersonId::to_string).collect();
        let mut ids = self.planted();
        let others = found.ids.iter().filter(|id| !shared.contains(id) && !found.shared.contains(*id));
        let others: Vec<String> = others.filter(|id| !ids.contains(id)).take(12).cloned().collect();
        ids.extend(others);
        ids
    }

    /// What was planted in the first market alone.
    pub fn planted(&self) -> Vec<String> {
        let contacts = self.only_alpha.iter().map(PersonId::to_string);
        contacts.chain(self.of_only_alpha.iter().map(Ulid::to_string)).collect()
    }
}

/// The circumstances of a change whose identifiers are the same in every market.
pub fn alike(number: u128) -> Moment {
    Moment { now: START.parse().expect("an instant"), actor: Actor::new("test"), entropy: number << 64 }
}

/// One contact with everything that a contact can have, and an endpoint that hears of it; with it the identifiers of what
/// hangs on the contact.
async fn plant(world: &World, market: &str, number: u128) -> (PersonId, Vec<Ulid>) {
    let (hub, word) = (world.hub.hub(), canary(market));
    let to = world.market(market).await;
    let endpoint = NewEndpoint {
        url: format!("https://hook{market}.example.com/{number}"),
        description: format!("hook{market} {number}"),
        topics: Topics::all(),
    };
    hub.webhooks.create(&to, endpoint, &alike(number * 100)).await.expect("an endpoint");
    let phone = format!("+1{}", words_of(market)[1]);
    let personal = Personal {
        name: Some(format!("{word} person{number}")),
        email: Some(format!("{word}{number}@example.com")),
        phone: (number == 1).then_some(phone),
        address: Some(format!("{number} {word} street")),
    };
    let new = NewContact { personal, ..NewContact::default() };
    let contact = hub.contacts.create(&to, &new, &alike(number * 100 + 1)).await.expect("a contact");
    let sight = Sight::All;
    let note = format!("{word} said so");
    hub.contacts.add_note(&to, sight, contact.id, &note, &alike(number * 100 + 2)).await.expect("a note");
    let message = NewMessage {
        direction: Direction::In,
        channel: Channel::Email,
        body: format!("a message of {word}"),
        at: None,
    };
    hub.contacts
        .add_message(&to, sight, contact.id, &message, &alike(number * 100 + 3))
        .await
        .expect("a message");
    let others = lead::plant(world, market, contact.id, number).await;
    (contact.id, others)
}
