//! A market's connection to GoHighLevel over the API, with an emulated one at the other end.

use std::time::{Duration, Instant};

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use kernel::MarketRole;
use serde_json::{Value, json};
use server::testing::{Answer, Client};

use super::office::{HOME, Office};

async fn health(client: &Client) -> Value {
    let answer = client.get_json(HOME).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Asks for something to be done, under this name.
async fn act(client: &Client, actions: &str, what: &Value, name: &str) -> Answer {
    let request = Request::post(actions)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", name);
    client.send(request, Body::from(what.to_string())).await
}

#[tokio::test]
async fn a_private_token_connects_and_is_shown_to_nobody() {
    let office = Office::new().await;
    let owner = office.member(MarketRole::Owner).await;
    let before = health(&owner).await;
    assert_eq!((&before["connection"], &before["ok"]), (&Value::Null, &json!(false)));

    let wrong = json!({ "location": office.location, "token": "pit-none" });
    let refused = owner.send_json(Method::PUT, &format!("{HOME}/private-token"), &wrong).await;
    assert!((400..500).contains(&refused.status), "{}: {}", refused.status, refused.text());
    assert!(!refused.text().contains("pit-none"));

    let token = office.private_token();
    let body = json!({ "location": office.location, "token": token });
    let made = owner.send_json(Method::PUT, &format!("{HOME}/private-token"), &body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["location"], &made["state"]), (&json!(office.location), &json!("connected")));
    assert_eq!((&made["has_private"], &made["has_app"]), (&json!(true), &json!(false)));
    for path in [HOME.to_owned(), format!("{HOME}/checks"), format!("{HOME}/writes")] {
        let answer = owner.get_json(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(!answer.text().contains(&token), "{path}");
    }

    // Another market cannot have the same location.
    let beta = office.hub.market("beta").await;
    let other = super::people::person(&office.hub, None, &[(&beta, MarketRole::Owner)]).await;
    let body = json!({ "location": office.location, "token": office.private_token() });
    let taken = other.send_json(Method::PUT, "/api/v1/markets/beta/gohighlevel/private-token", &body).await;
    assert_eq!(taken.status, 409, "{}", taken.text());

    let gone = owner.send_json(Method::POST, &format!("{HOME}/disconnect"), &json!({})).await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    assert_eq!(health(&owner).await["connection"], Value::Null);
    let again = owner.send_json(Method::POST, &format!("{HOME}/disconnect"), &json!({})).await;
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn consent_leads_there_and_back_and_is_good_for_whom_it_was_asked_for() {
    let office = Office::new().await;
    let owner = office.member(MarketRole::Owner).await;
    let sent = owner.get("/m/alpha/gohighlevel/connect").await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let consent = sent.header("location").to_owned();
    assert!(consent.starts_with(office.emulated.base()), "{consent}");
    let query: Vec<(String, String)> = consent
        .split_once('?')
        .map(|(_, query)| form_urlencoded::parse(query.as_bytes()).into_owned().collect())
        .expect("a query");
    let value = |name: &str| query.iter().find(|(key, _)| key == name).expect("there").1.clone();
    let body = json!({ "locationId": office.location, "redirectUri": value("redirect_uri") });
    let (status, answer) = office.emulated.admin("POST", "install", &body);
    assert_eq!(status, 201, "{answer}");
    let code = answer["code"].as_str().expect("a code").to_owned();
    let back = format!("/integrations/crm/callback?code={code}&state={}", value("state"));
    assert!(value("redirect_uri").ends_with("/integrations/crm/callback"));

    assert_eq!(office.hub.anyone().get(&back).await.status, 303, "nobody is sent to sign in");
    let stranger = office.member(MarketRole::Manager).await;
    assert_ne!(stranger.get(&back).await.header("location"), "/m/alpha/gohighlevel");
    assert_eq!(health(&owner).await["connection"], Value::Null);

    // What somebody else brought back is spoilt; the one who asked begins again.
    let sent = owner.get("/m/alpha/gohighlevel/connect").await.header("location").to_owned();
    let state =
        sent.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state").to_owned();
    let (_, answer) = office.emulated.admin("POST", "install", &body);
    let code = answer["code"].as_str().expect("a code").to_owned();
    let back = format!("/integrations/crm/callback?code={code}&state={state}");
    let done = owner.get(&back).await;
    assert_eq!((done.status, done.header("location")), (303, "/m/alpha/gohighlevel"), "{}", done.text());
    let connection = health(&owner).await["connection"].clone();
    assert_eq!((&connection["location"], &connection["has_app"]), (&json!(office.location), &json!(true)));
    assert_ne!(owner.get(&back).await.header("location"), "/m/alpha/gohighlevel", "once");
}

/// Where a browser is sent for consent, and what it brings back for the location or for the whole company.
async fn agreed(office: &Office, client: &Client, is_company: bool) -> String {
    let sent = client.get("/m/alpha/gohighlevel/connect").await;
    let consent = sent.header("location").to_owned();
    let (_, query) = consent.split_once('?').expect("a query");
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).expect("there").1.into_owned()
    };
    let body = json!({
        "locationId": office.location, "company": is_company, "redirectUri": value("redirect_uri")
    });
    let (status, answer) = office.emulated.admin("POST", "install", &body);
    assert_eq!(status, 201, "{answer}");
    let code = answer["code"].as_str().expect("a code");
    format!("/integrations/crm/callback?code={code}&state={}", value("state"))
}

#[tokio::test]
async fn who_was_let_go_from_the_market_meanwhile_connects_nothing() {
    let office = Office::new().await;
    let owner = office.member(MarketRole::Owner).await;
    let manager = office.hub.member(&office.market, MarketRole::Manager).await;
    let back = agreed(&office, &manager, false).await;
    let user = office.hub.user("manager@alpha.example", None).await;
    let (directory, at) = (&office.hub.hub().directory, office.hub.moment());
    let put = directory.put_member(user.id, office.market.id(), MarketRole::Viewer, &at).await;
    put.expect("another role");
    let answer = manager.get(&back).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text());
    assert_eq!(health(&owner).await["connection"], Value::Null);
}

#[tokio::test]
async fn a_companys_location_is_chosen_by_the_market_that_asked_and_no_code_is_shown() {
    let office = Office::with_locations(2).await;
    let owner = office.member(MarketRole::Owner).await;
    let beta = office.hub.market("beta").await;
    let other = super::people::person(&office.hub, None, &[(&beta, MarketRole::Owner)]).await;
    let back = agreed(&office, &owner, true).await;
    let choice = owner.get(&back).await;
    assert_eq!(choice.status, 200, "{}", choice.text());
    let code = back.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
    let state = back.split("state=").nth(1).expect("a state");
    assert!(!choice.text().contains(code) && !choice.text().contains(state), "{}", choice.text());

    let text = choice.text();
    let after = text.split("name=\"company\" value=\"").nth(1).expect("the company");
    let company = after.split('"').next().expect("an identifier").to_owned();
    let wanted = json!({ "company": company, "location": office.location });
    let theirs = "/api/v1/markets/beta/gohighlevel/location";
    let refused = other.send_json(Method::PUT, theirs, &wanted).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let chosen = [("company", company.as_str()), ("location", office.location.as_str())];
    let done = owner.post("/m/alpha/gohighlevel/location", &chosen).await;
    assert_eq!((done.status, done.header("location")), (303, "/m/alpha/gohighlevel"), "{}", done.text());
    assert_eq!(health(&owner).await["connection"]["location"], office.location.as_str());
    assert_eq!(other.send_json(Method::PUT, theirs, &wanted).await.status, 409);
}

#[tokio::test]
async fn what_is_there_comes_here_and_can_be_told_apart() {
    let office = Office::connected().await;
    office.work().await;
    let owner = office.member(MarketRole::Owner).await;
    let health = health(&owner).await;
    assert_eq!(health["backfill"]["done"], true, "{health}");
    let contacts = owner.get_json("/api/v1/markets/alpha/contacts").await.json();
    assert_eq!(contacts["contacts"].as_array().expect("contacts").len(), 5);
    assert_eq!(contacts["contacts"][0]["origin"], "gohighlevel");

    let (mut seen, mut path) = (Vec::new(), format!("{HOME}/links?limit=2"));
    loop {
        let page = owner.get_json(&path).await.json();
        seen.extend(page["links"].as_array().expect("links").clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{HOME}/links?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    let remote = office.somebody();
    let one = owner.get_json(&format!("{HOME}/links?remote={remote}")).await.json();
    assert_eq!(one["links"].as_array().expect("links").len(), 1);
    let contact = one["links"][0]["contact"].as_str().expect("a contact").to_owned();
    let all = owner.get_json(&format!("{HOME}/links?contact={contact}")).await.json();
    assert!(all["links"].as_array().expect("links").iter().any(|link| link["remote"] == remote.as_str()));
    assert_eq!(owner.send_json(Method::POST, &format!("{HOME}/backfill"), &json!({})).await.status, 202);
    assert_eq!(owner.send_json(Method::POST, &format!("{HOME}/reconcile"), &json!({})).await.status, 202);
}

#[tokio::test]
async fn from_an_event_to_the_score_where_the_team_works_the_workers_do_it_by_themselves() {
    let office = Office::connected().await;
    let somebody = office.somebody();
    let working = server::workers::start(office.hub.state());
    let written = || {
        let truth = office.truth();
        let fields = truth["contacts"][&somebody]["customFields"].to_string();
        fields.contains("warm") || fields.contains("hot") || fields.contains("cold")
    };
    let event = office.event("ContactUpdate", &somebody, "delivery-1");
    assert_eq!(office.tell(&event).await.status, 200);
    let begun = Instant::now();
    while !written() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no score arrived: {}",
            office.truth()["contacts"]
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
        office.advance(Duration::from_millis(20));
    }
    drop(working);
}

#[tokio::test]
async fn what_is_done_with_a_lead_is_done_there_once() {
    let office = Office::connected().await;
    office.work().await;
    let owner = office.member(MarketRole::Owner).await;
    let remote = office.somebody();
    let link = owner.get_json(&format!("{HOME}/links?remote={remote}")).await.json();
    let contact = link["links"][0]["contact"].as_str().expect("a contact").to_owned();
    let actions = format!("/api/v1/markets/alpha/leads/{contact}/actions");

    let note = json!({ "note": { "text": "Wants a garden." } });
    assert_eq!(owner.send_json(Method::POST, &actions, &note).await.status, 400, "it must not happen twice");
    let asked = act(&owner, &actions, &note, "a-note").await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let again = act(&owner, &actions, &note, "a-note").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (202, "true"));
    assert_eq!(again.json(), asked.json());
    let write = asked.json()["write"].as_str().expect("a write").to_owned();
    let waiting = owner.get_json(&format!("{HOME}/writes?contact={contact}&state=waiting")).await.json();
    assert!(waiting["writes"].as_array().expect("writes").iter().any(|one| one["id"] == write.as_str()));
    office.work().await;
    let done = owner.get_json(&format!("{HOME}/writes?contact={contact}&state=done")).await.json();
    assert!(
        done["writes"].as_array().expect("writes").iter().any(|one| one["id"] == write.as_str()),
        "{done}"
    );
    let notes = office.truth()["contacts"][&remote]["notes"].to_string();
    assert_eq!(notes.matches("Wants a garden.").count(), 1, "{notes}");

    // Nothing is known of the person: the gate lets no message out, and says why.
    let message = json!({ "message": { "channel": "sms", "purpose": "marketing", "text": "Hello" } });
    let refused = act(&owner, &actions, &message, "a-message").await;
    assert_eq!(refused.status, 200, "{}", refused.text());
    assert_eq!(
        (&refused.json()["write"], &refused.json()["decision"]["outcome"]),
        (&Value::Null, &json!("refuse"))
    );

    for wrong in [json!({ "note": { "text": "" } }), json!({ "stage": { "pipeline": "x", "stage": "y" } })] {
        assert_eq!(act(&owner, &actions, &wrong, "a-wrong-one").await.status, 422, "{wrong}");
    }
    let agent = office.member(MarketRole::Agent).await;
    assert_eq!(act(&agent, &actions, &note, "an-agents").await.status, 404, "somebody else's lead");
    assert_eq!(agent.get_json(HOME).await.status, 403);
    let replay = format!("{HOME}/writes/{write}/replay");
    assert_eq!(owner.send_json(Method::POST, &replay, &json!({})).await.status, 404, "done is done");
}

#[tokio::test]
async fn an_event_that_was_given_up_is_listed_and_brought_back() {
    let office = Office::connected().await;
    office.work().await;
    let owner = office.member(MarketRole::Owner).await;
    let none = owner.get_json(&format!("{HOME}/dead-letters")).await.json();
    assert_eq!(none["letters"], json!([]));
    let unknown = format!("{HOME}/dead-letters/01ARZ3NDEKTSV4RRFFQ69G5FAV/replay");
    assert_eq!(owner.send_json(Method::POST, &unknown, &json!({})).await.status, 404);

    office.tell(&office.event("ContactUpdate", &office.somebody(), "delivery-1")).await;
    let dead = store::Query::new(
        "UPDATE inbox SET state = 'dead', reason = 'for a test', attempts = 3 WHERE state = 'waiting'",
    );
    assert_eq!(office.market.db().execute(dead).await.expect("spoilt"), 1);
    let letters = owner.get_json(&format!("{HOME}/dead-letters")).await.json();
    let letter = &letters["letters"][0];
    assert_eq!((&letter["kind"], &letter["reason"]), (&json!("ContactUpdate"), &json!("for a test")));
    assert_eq!(health(&owner).await["events_dead"], 1);
    let replay = format!("{HOME}/dead-letters/{}/replay", letter["id"].as_str().expect("an id"));
    assert_eq!(owner.send_json(Method::POST, &replay, &json!({})).await.status, 202);
    assert_eq!(office.waiting().await, 1);
    let all = owner.send_json(Method::POST, &format!("{HOME}/dead-letters/replay"), &json!({})).await;
    assert_eq!((all.status, &all.json()["replayed"]), (202, &json!(0)));
}
