//! What is here, held against what is there.

use std::collections::{BTreeMap, BTreeSet};

use contacts::{Contact, Sight};
use gohighlevel::Link;
use kernel::PersonId;
use leads::timeline::Timeline;
use serde_json::Value;

use super::World;

impl World {
    /// Who a contact there is here.
    pub async fn person(&self, remote: &str) -> Option<PersonId> {
        let link = self.bridge.link(&self.market, "contact", remote).await.unwrap()?;
        link.contact.filter(|_| link.tombstoned_at.is_none())
    }

    /// The person here that a contact there is.
    pub async fn here(&self, remote: &str) -> Contact {
        let person = self.person(remote).await.expect("it is here");
        self.contacts.get(&self.market, Sight::All, person).await.unwrap()
    }

    pub async fn timeline(&self, remote: &str) -> Timeline {
        let person = self.person(remote).await.expect("it is here");
        self.leads.timeline(&self.market, person).await.unwrap()
    }

    /// How many persons the market has.
    pub async fn count(&self) -> u64 {
        self.contacts.counts(&self.market).await.unwrap().contacts
    }

    /// What the audit chain says of the connection.
    pub async fn trail(&self) -> Vec<String> {
        let filter =
            store::trail::Filter { action: Some("gohighlevel.".into()), ..store::trail::Filter::default() };
        let page = store::trail::page(self.market.db(), &filter, store::trail::Order::Oldest, None, 1000);
        page.await.unwrap().into_iter().map(|entry| entry.action).collect()
    }

    /// The links of a kind.
    pub async fn links(&self, kind: &str) -> Vec<Link> {
        let mut all: Vec<Link> = Vec::new();
        loop {
            let after = all.last().map(|link| link.remote.clone()).unwrap_or_default();
            let page = self.bridge.links(&self.market, kind, &after, 1_000).await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Entities of a kind that are here, by their identifier there.
    pub async fn live(&self, kind: &str) -> BTreeMap<String, Option<PersonId>> {
        let links = self.links(kind).await.into_iter().filter(|link| link.tombstoned_at.is_none());
        links.map(|link| (link.remote, link.contact)).collect()
    }

    /// Whether what is here equals what is there: persons with their addresses and numbers, deals, appointments and
    /// messages.
    pub async fn assert_equals_truth(&self) {
        let truth = self.truth();
        let is_here = |it: &Value| it["gone"].is_null() || it["gone"] == false;
        let of = |name: &str| -> BTreeMap<String, Value> {
            let all = truth[name].as_object().unwrap();
            all.iter().filter(|(_, it)| is_here(it)).map(|(id, it)| (id.clone(), it.clone())).collect()
        };
        let people = self.live("contact").await;
        let remote = of("contacts");
        assert_eq!(
            people.keys().collect::<BTreeSet<_>>(),
            remote.keys().collect::<BTreeSet<_>>(),
            "the contacts that are here are those that are there"
        );
        let ids: Vec<PersonId> = people.values().map(|person| person.expect("somebody")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each is one person");
        let local = self.contacts.many(&self.market, Sight::All, &ids).await.unwrap();
        let local: BTreeMap<PersonId, _> = local.into_iter().map(|contact| (contact.id, contact)).collect();
        for (id, it) in &remote {
            let contact = &local[&people[id].unwrap()];
            let text = |name: &str| it[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            assert_eq!(contact.personal.email, text("email"), "{id}");
            assert_eq!(contact.personal.phone, text("phone"), "{id}");
            let name =
                [text("firstName"), text("lastName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert_eq!(contact.personal.name.clone().unwrap_or_default(), name, "{id}");
        }
        for (kind, name) in [("opportunity", "opportunities"), ("appointment", "appointments")] {
            let here = self.live(kind).await;
            let there = of(name);
            let there: BTreeSet<_> = there
                .iter()
                .filter(|(_, it)| it["contactId"].as_str().is_some_and(|id| remote.contains_key(id)))
                .map(|(id, _)| id)
                .collect();
            assert_eq!(here.keys().collect::<BTreeSet<_>>(), there, "{name}");
        }
        let messages = truth["messages"].as_array().unwrap();
        for (id, person) in &people {
            let there = messages.iter().filter(|it| it["contactId"] == id.as_str()).count();
            let timeline = self.leads.timeline(&self.market, person.unwrap()).await.unwrap();
            let told: BTreeSet<String> = timeline.entries().map(|entry| entry.id).collect();
            for message in messages.iter().filter(|it| it["contactId"] == id.as_str()) {
                let name = format!("message:{}", message["id"].as_str().unwrap());
                assert!(told.contains(&name), "{name} of {id} is on the timeline: {told:?}");
            }
            let kept =
                self.contacts.messages(&self.market, Sight::All, person.unwrap(), 1_000).await.unwrap();
            let here = kept.len();
            assert_eq!(here, there, "messages of {id}");
        }
    }
}
