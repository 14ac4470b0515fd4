//! Somebody here who is there as well, and what is written about them.
#![allow(dead_code, reason = "every test file uses its part")]

use std::{future::Future, time::Duration};

use contacts::{NewContact, Personal};
use emulator::ghl::Rule;
use gohighlevel::{
    backup_map::What,
    out::{Act, Acted, Letter, Pushed, WriteView, WritesQuery},
};
use kernel::PersonId;
use leads::{
    BasisKind, Channel, NewBasis, ToldBy,
    gate::{A2p, DoNotDisturb, Purpose},
};
use serde_json::{Value, json};

use crate::world::World;

pub const EMAIL: &str = "ana.diaz@example.com";
pub const PHONE: &str = "+12065550142";

/// A connected world with somebody in it.
pub struct Desk {
    pub world: World,
    pub person: PersonId,
    /// Who the person is there.
    pub remote: String,
}

impl Desk {
    /// Connected by the app, with Ana, who is there already.
    pub async fn open() -> Self {
        Self::of(World::with_contacts(3).await).await
    }

    /// The same in this world.
    pub async fn of(world: World) -> Self {
        world.connect().await;
        let person = add(&world, EMAIL, PHONE).await;
        let body = json!({ "locationId": world.location, "firstName": "Ana", "lastName": "Diaz", "email": EMAIL, "phone": PHONE });
        let made = world.staff("POST", "/contacts/", body);
        let remote = made["contact"]["id"].as_str().unwrap().to_owned();
        let desk = Self { world, person, remote };
        // The first thing that is done with her links her.
        desk.act(Act::Note { text: "Hello".to_owned() }).await;
        desk.settle().await;
        assert_eq!(desk.notes().len(), 1, "{:?}", desk.writes().await);
        desk
    }

    pub async fn act(&self, act: Act) -> Acted {
        self.world.bridge.act(&self.world.market, self.person, act, &self.world.at()).await.unwrap()
    }

    /// One round, in which an hour of theirs may pass within a moment of ours.
    pub async fn push(&self) -> Pushed {
        let world = &self.world;
        hurried(world, world.bridge.push(&world.market, world.now(), 100)).await.unwrap()
    }

    /// Rounds until nothing waits, moving the time ahead to what is due next.
    pub async fn settle(&self) {
        for _ in 0..60 {
            let pushed = self.push().await;
            match pushed.next {
                None => return,
                Some(next) => {
                    let wait: Duration = next.duration_since(self.world.now()).try_into().unwrap_or_default();
                    self.world.advance(wait);
                }
            }
        }
        panic!("there is no end to it: {:?}", self.writes().await);
    }

    pub fn strike(&self, rule: Rule) {
        self.world.strike(rule);
    }

    /// The person there.
    pub fn there(&self) -> Value {
        self.world.truth()["contacts"][&self.remote].take()
    }

    pub fn notes(&self) -> Vec<Value> {
        self.there()["notes"].as_array().unwrap().clone()
    }

    pub fn tasks(&self) -> Vec<Value> {
        self.there()["tasks"].as_array().unwrap().clone()
    }

    pub fn tags(&self) -> Vec<String> {
        let there = self.there();
        there["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
    }

    /// Messages to the person, of every state.
    pub fn messages(&self) -> Vec<Value> {
        let truth = self.world.truth();
        let all = truth["messages"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|it| it["contactId"] == *self.remote && it["direction"] == "outbound")
            .collect()
    }

    pub fn deals(&self) -> Vec<Value> {
        let truth = self.world.truth();
        let all = truth["opportunities"].as_object().unwrap().values().cloned().collect::<Vec<_>>();
        all.into_iter().filter(|it| it["contactId"] == *self.remote && it["gone"] == false).collect()
    }

    pub fn appointments(&self) -> Vec<Value> {
        let truth = self.world.truth();
        let all = truth["appointments"].as_object().unwrap().values().cloned().collect::<Vec<_>>();
        all.into_iter().filter(|it| it["contactId"] == *self.remote).collect()
    }

    /// Identifier there of something with this name.
    pub fn named(&self, list: &str, name: &str) -> String {
        let truth = self.world.truth();
        let found = truth[list].as_array().unwrap().iter().find(|it| it["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no {name} among {list}"))["id"].as_str().unwrap().to_owned()
    }

    pub async fn writes(&self) -> Vec<WriteView> {
        let query = WritesQuery { limit: 200, ..WritesQuery::default() };
        self.world.bridge.writes(&self.world.market, &query).await.unwrap().writes
    }

    /// The latest write of a kind.
    pub async fn write(&self, kind: &str) -> WriteView {
        let found = self.writes().await.into_iter().find(|write| write.kind == kind);
        found.unwrap_or_else(|| panic!("no write of {kind}"))
    }

    /// Classes of the incidents that are open.
    pub async fn incidents(&self) -> Vec<u8> {
        let all = self.world.bridge.incidents(&self.world.market, true).await.unwrap();
        all.iter().map(|incident| incident.class).collect()
    }

    /// Reads the lists there and says what a workflow or calendar is called here.
    pub async fn alias(&self, what: What, list: &str, name: &str, alias: &str, place: u32) {
        let (world, remote) = (&self.world, self.named(list, name));
        world.bridge.refresh_map(&world.market, &world.at()).await.unwrap();
        let bridge = &world.bridge;
        bridge.save_alias(&world.market, what, &remote, Some(alias), place, &world.at()).await.unwrap();
    }

    /// Everything that the gate asks for before a message to the person may go out is known, and in favour.
    pub async fn reachable(&self) {
        let World { leads, market, .. } = &self.world;
        let at = || self.world.at();
        leads.set_a2p(market, A2p::Approved, ToldBy::Platform, &at()).await.unwrap();
        let off: Vec<(Channel, DoNotDisturb)> =
            Channel::ALL.into_iter().map(|channel| (channel, DoNotDisturb::Off)).collect();
        leads.reachability(market, self.person, &off, &at()).await.unwrap();
        let basis = NewBasis {
            kind: BasisKind::Written,
            at: self.world.now(),
            told_by: ToldBy::Form,
            evidence: "The form on the website".to_owned(),
        };
        leads.note_basis(market, contacts::Sight::All, self.person, &basis, &at()).await.unwrap();
        let numbers = [(PHONE.to_owned(), false)];
        let now = self.world.now();
        leads.scrubbed(market, &numbers, now, ToldBy::Registry, &at()).await.unwrap();
    }
}

pub fn letter(channel: Channel, text: &str) -> Letter {
    Letter {
        channel,
        purpose: Purpose::Marketing,
        text: text.to_owned(),
        subject: (channel == Channel::Email).then(|| "Homes".to_owned()),
        property: None,
        review: None,
    }
}

/// Somebody in Seattle with this address and number.
pub async fn add(world: &World, email: &str, phone: &str) -> PersonId {
    let personal = Personal {
        name: Some("Ana Diaz".to_owned()),
        email: Some(email.to_owned()),
        phone: Some(phone.to_owned()),
        address: Some("1 Pike Street, Seattle, WA 98101".to_owned()),
    };
    let new = NewContact { personal, ..NewContact::default() };
    world.contacts.create(&world.market, &new, &world.at()).await.unwrap().id
}

/// Does it while the time runs a hundred times as fast, there and here: nobody waits for intervals to pass.
pub async fn hurried<T>(world: &World, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(Duration::from_millis(20)) => world.advance(Duration::from_secs(2)),
        }
    }
}

/// A rule for one operation.
pub fn at(class: u8, operation: &str) -> Rule {
    Rule { operation: Some(operation.to_owned()), ..Rule::once(class) }
}

/// A rule for one operation, in one form.
pub fn form(class: u8, operation: &str, variant: &str) -> Rule {
    Rule { variant: Some(variant.to_owned()), ..at(class, operation) }
}
