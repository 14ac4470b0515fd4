//! Whoever leaves a market, is shut out or may see no leads any more is offered none, whichever way it happened.

use std::time::Duration;

use axum::http::Method;
use contacts::{NewContact, Personal, Sight};
use directory::User;
use hub::{Hub, HubConfig};
use kernel::{HubRole, MarketRole, Moment, PersonId};
use leads::AgentSettings;
use markets::Market;
use serde_json::json;
use server::{
    App, Clock, Config, Entropy, Parts,
    testing::{Client, TestHub},
};

use super::people::person;

/// Somebody who is offered leads holds one that nobody spoke to.
async fn offered(hub: &Hub, market: &Market, agent: &User, at: &Moment) -> PersonId {
    hub.directory.put_member(agent.id, market.id(), MarketRole::Agent, at).await.expect("a member");
    hub.leads.save_agent(market, agent.id, &AgentSettings::default(), at).await.expect("on the roster");
    let personal = Personal { name: Some("Ana".to_owned()), ..Personal::default() };
    let new = NewContact { personal, pipeline: None, stage: None, assignee: None };
    let contact = hub.contacts.create(market, &new, at).await.expect("created").id;
    hub.leads.score_due(market, at.now, 10).await.expect("scored");
    hub.leads.route_due(market, at.now, 10).await.expect("routed");
    assert_eq!(holder(hub, market, contact).await, Some(agent.id));
    contact
}

async fn holder(hub: &Hub, market: &Market, contact: PersonId) -> Option<kernel::Ulid> {
    hub.contacts.get(market, Sight::All, contact).await.expect("there").assignee
}

/// A hub with somebody who holds a lead, in which `leave` happens, as an owner and as an operator see it.
async fn after(leave: impl AsyncFn(&Client, &Client, &User) -> u16) {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = person(&hub, None, &[(&market, MarketRole::Owner)]).await;
    let operator = person(&hub, Some(HubRole::Operator), &[]).await;
    let agent = hub.user("ben@example.com", None).await;
    let contact = offered(hub.hub(), &market, &agent, &hub.moment()).await;

    let status = leave(&owner, &operator, &agent).await;
    assert!((200..400).contains(&status), "{status}");
    assert_eq!(hub.hub().leads.roster(&market).await.expect("read"), [], "nobody is on the roster");
    assert_eq!(holder(hub.hub(), &market, contact).await, None);
    let offers = hub.hub().leads.offers(&market, Sight::All, contact).await.expect("read");
    let ended = offers[0].ended.as_ref().map(|(_, how)| how.as_str());
    assert_eq!((offers.len(), ended), (1, Some("released")));
    hub.hub().leads.route_due(&market, hub.moment().now, 10).await.expect("routed");
    assert_eq!(holder(hub.hub(), &market, contact).await, None, "and is offered nothing again");
}

const MEMBERS: &str = "/api/v1/markets/alpha/members";

#[tokio::test]
async fn who_is_taken_out_of_a_market_is_offered_no_more_leads() {
    after(async |owner, _, agent| {
        owner.send_json(Method::DELETE, &format!("{MEMBERS}/{}", agent.id), &json!({})).await.status
    })
    .await;
}

#[tokio::test]
async fn who_is_given_a_role_that_sees_no_leads_is_offered_none() {
    after(async |owner, _, agent| {
        let role = json!({ "role": "viewer" });
        owner.send_json(Method::PUT, &format!("{MEMBERS}/{}", agent.id), &role).await.status
    })
    .await;
}

#[tokio::test]
async fn who_is_shut_out_of_the_hub_is_offered_no_more_leads() {
    after(async |_, operator, agent| {
        let path = format!("/api/v1/users/{}/disable", agent.id);
        operator.send_json(Method::POST, &path, &json!({})).await.status
    })
    .await;
    after(async |_, operator, agent| {
        operator.post(&format!("/people/{}/disable", agent.id), &[]).await.status
    })
    .await;
}

#[tokio::test]
async fn who_may_not_come_in_can_be_given_no_contact() {
    let hub = TestHub::embedded().await;
    let market = hub.market("alpha").await;
    let owner = person(&hub, None, &[(&market, MarketRole::Owner)]).await;
    let agent = hub.user("ben@example.com", None).await;
    let contact = offered(hub.hub(), &market, &agent, &hub.moment()).await;
    hub.hub().directory.disable_user(agent.id, &hub.moment()).await.expect("shut out");
    let path = format!("/api/v1/markets/alpha/lead-agents/{}", agent.id);
    let settings = json!({ "weight": 2 });
    assert_eq!(owner.send_json(Method::PUT, &path, &settings).await.status, 404);
    assert_eq!(holder(hub.hub(), &market, contact).await, Some(agent.id));
}

/// Another process shares the databases and not the memory: a shell, or another node.
#[tokio::test]
async fn who_left_by_another_process_is_off_the_roster_before_leads_are_offered_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, entropy) = (Clock::system(), Entropy::counting(5));
    let filled = entropy.clone();
    let chance = kernel::Chance::from_fn(move |bytes| filled.fill(bytes));
    let hub = Hub::open(HubConfig::embedded(folder.path(), chance), clock.now()).await.expect("a hub");
    let parts = Parts { config: Config::default(), hub: hub.clone(), clock, entropy };
    let app = App::build(parts).await.expect("a hub");
    let at = app.state().moment();
    let new = markets::NewMarket {
        name: "alpha".parse().expect("a name"),
        region: "us-wa".parse().expect("a region"),
        currency: "USD".parse().expect("a currency"),
        locale: "en-US".parse().expect("a locale"),
        time_zone: "America/Los_Angeles".parse().expect("a zone"),
        verticals: vec![],
    };
    hub.markets.create(new, &at).await.expect("made");
    let market = hub.markets.enter(&"alpha".parse().expect("a name")).await.expect("entered");
    let new = directory::NewUser {
        email: "ben@example.com".parse().expect("an e-mail"),
        name: String::new(),
        hub_role: None,
    };
    let agent = hub.directory.add_user(new, &at).await.expect("added");
    let contact = offered(&hub, &market, &agent, &at).await;
    hub.directory.remove_member(agent.id, market.id(), &at).await.expect("removed");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    tokio::spawn(server::serve(app, listener, std::future::pending()));
    let settled = async {
        while holder(&hub, &market, contact).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.expect("released in its first turn");
    assert_eq!(hub.leads.roster(&market).await.expect("read"), []);
}
