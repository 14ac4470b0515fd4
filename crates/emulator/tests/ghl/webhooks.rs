//! Webhooks: their shape, their signature, their noise, and when they are sent again.

use std::{sync::PoisonError, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use emulator::ghl::{Options, Rule, State};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::world::{Office, Received, eventually, receiver};

async fn told(status: u16) -> (Office, Received) {
    let (url, seen) = receiver(status).await;
    let office = Office::with(Options { contacts: 2, webhook_url: Some(url), ..Options::default() }).await;
    (office, seen)
}

fn bodies(seen: &Received) -> Vec<Value> {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.iter().map(|(_, body)| serde_json::from_str(body).unwrap_or_default()).collect()
}

fn kinds(seen: &Received) -> Vec<String> {
    let mut kinds: Vec<String> =
        bodies(seen).iter().map(|body| body["type"].as_str().unwrap_or_default().to_owned()).collect();
    kinds.sort();
    kinds
}

/// The public half of the test key, as the emulator prints it.
fn verifies(office: &Office, signature: Option<&str>, body: &str) -> bool {
    let der = STANDARD.decode(office.emulator.connection()["webhookPublicKey"].as_str().unwrap_or_default());
    let key = der.expect("base64").split_off(12);
    let signature = signature.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    UnparsedPublicKey::new(&ED25519, key).verify(body.as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn an_event_is_flat_and_signed_over_its_exact_bytes() {
    let (office, seen) = told(200).await;
    let made = office.contact(json!({ "firstName": "José", "tags": ["a"] })).await;
    eventually(|| bodies(&seen).len() == 1).await;
    let body = bodies(&seen)[0].clone();
    assert_eq!((&body["type"], &body["id"]), (&json!("ContactCreate"), &made["id"]));
    for member in ["locationId", "versionId", "appId", "timestamp", "webhookId", "tags", "dateAdded"] {
        assert!(!body[member].is_null(), "{member} is not in {body}");
    }
    let (signature, text) = seen.lock().unwrap_or_else(PoisonError::into_inner)[0].clone();
    assert!(verifies(&office, signature.as_deref(), &text));
    assert!(!verifies(&office, signature.as_deref(), &format!("{text} ")));
    let key = office.emulator.connection()["webhookPublicKey"].clone();
    // The key of RFC 8032's first test, which the official client verifies the vectors with.
    assert_eq!(key, "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

#[tokio::test]
async fn a_deal_is_as_noisy_as_it_really_is() {
    let (office, seen) = told(200).await;
    let contact = office.contact(json!({ "firstName": "A" })).await["id"].clone();
    let pipeline = office.truth()["pipelines"][0].clone();
    let body = json!({ "pipelineId": pipeline["id"], "locationId": office.location, "name": "House", "status": "open",
        "contactId": contact });
    let deal = office.call("POST", "/opportunities/", body).await.body["opportunity"]["id"].clone();
    let path = format!("/opportunities/{}", deal.as_str().expect("an id"));
    let change = json!({ "pipelineStageId": pipeline["stages"][2][0], "monetaryValue": 1 });
    assert_eq!(office.call("PUT", &path, change).await.status, 200);
    eventually(|| bodies(&seen).len() == 6).await;
    assert_eq!(
        kinds(&seen),
        [
            "ContactCreate",
            "OpportunityCreate",
            "OpportunityMonetaryValueUpdate",
            "OpportunityStageUpdate",
            "OpportunityUpdate",
            "OpportunityUpdate"
        ]
    );
}

#[tokio::test]
async fn only_429_is_tried_again_and_only_six_times() {
    let (office, seen) = told(429).await;
    office.contact(json!({ "firstName": "A" })).await;
    for sent in 1..=7 {
        eventually(|| bodies(&seen).len() == sent && office.emulator.deliveries()[0].attempts.len() == sent)
            .await;
        // Ten minutes and at most one of jitter.
        office.emulator.advance(Duration::from_secs(600 + 60));
    }
    eventually(|| office.emulator.deliveries()[0].state == State::Lost).await;
    let ids: Vec<Value> = bodies(&seen).iter().map(|body| body["webhookId"].clone()).collect();
    assert!(ids.len() == 7 && ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn a_webhook_that_fails_otherwise_is_lost() {
    for status in [500, 503, 404, 401] {
        let (office, seen) = told(status).await;
        office.contact(json!({ "firstName": "A" })).await;
        eventually(|| office.emulator.deliveries()[0].state == State::Lost).await;
        office.emulator.advance(Duration::from_secs(100_000));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(bodies(&seen).len(), 1, "{status}");
    }
}

#[tokio::test]
async fn messages_and_appointments_are_told_in_their_own_shapes() {
    let (office, seen) = told(200).await;
    let contact = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    let said = json!({ "locationId": office.location, "contactId": contact, "type": "SMS", "body": "is it still free?" });
    office.emulator.admin("POST", "inbound", &said);
    let calendar = office.truth()["calendars"][0]["id"].clone();
    let body = json!({ "calendarId": calendar, "locationId": office.location, "contactId": contact,
        "startTime": "2026-11-25T10:00:00-08:00" });
    assert_eq!(office.call("POST", "/calendars/events/appointments", body).await.status, 200);
    eventually(|| bodies(&seen).len() == 4).await;
    assert_eq!(
        kinds(&seen),
        ["AppointmentCreate", "ContactCreate", "ConversationUnreadUpdate", "InboundMessage"]
    );
    let of = |kind: &str| bodies(&seen).into_iter().find(|body| body["type"] == kind).unwrap_or_default();
    assert_eq!(of("InboundMessage")["body"], "is it still free?");
    assert_eq!(of("InboundMessage")["direction"], "inbound");
    assert_eq!(of("AppointmentCreate")["appointment"]["contactId"], contact);
}

#[tokio::test]
async fn install_and_uninstall_go_to_the_default_address() {
    let (office, seen) = told(200).await;
    let (other, never) = receiver(200).await;
    for kind in ["INSTALL", "UNINSTALL"] {
        office.emulator.admin("POST", "webhooks", &json!({ "type": kind, "url": other }));
    }
    let place = json!({ "locationId": office.location });
    let (status, made) = office.emulator.admin("POST", "install", &place);
    assert!(status == 201 && made["code"].is_string());
    office.emulator.admin("POST", "uninstall", &place);
    eventually(|| bodies(&seen).len() == 2).await;
    assert_eq!(kinds(&seen), ["INSTALL", "UNINSTALL"]);
    assert!(bodies(&never).is_empty());
    // Nothing is told of a location that the app is not in.
    office.emulator.admin(
        "POST",
        "staff",
        &json!({ "locationId": office.location, "method": "POST",
        "path": "/contacts/", "body": { "firstName": "A" } }),
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(bodies(&seen).len(), 2);
}

#[tokio::test]
async fn events_are_lost_doubled_delayed_and_forged_on_demand() {
    let (office, seen) = told(200).await;
    let strike = |class: u8, variant: Option<&str>| {
        let rule = Rule { variant: variant.map(str::to_owned), ..Rule::once(class) };
        office.emulator.inject(rule).expect("there is such a class");
    };
    strike(28, None);
    office.contact(json!({ "firstName": "lost" })).await;
    strike(26, None);
    office.contact(json!({ "firstName": "doubled" })).await;
    strike(27, None);
    office.contact(json!({ "firstName": "late" })).await;
    strike(25, None);
    office.contact(json!({ "firstName": "forged" })).await;
    eventually(|| bodies(&seen).len() == 3).await;
    let names = |seen: &Received| {
        let mut names: Vec<String> = bodies(seen)
            .iter()
            .map(|body| body["firstName"].as_str().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&seen), ["doubled", "doubled", "forged"]);
    let doubled: Vec<Value> =
        bodies(&seen).into_iter().filter(|body| body["firstName"] == "doubled").collect();
    assert_eq!(doubled[0]["webhookId"], doubled[1]["webhookId"]);
    let (signature, text) = seen
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .find(|(_, body)| body.contains("forged"))
        .cloned()
        .expect("it came");
    assert!(!verifies(&office, signature.as_deref(), &text));
    office.emulator.advance(Duration::from_secs(30));
    eventually(|| names(&seen).contains(&"late".to_owned())).await;
    let struck = office.emulator.admin("GET", "faults/struck", &Value::Null).1;
    assert_eq!(struck["total"], 4);
}

#[tokio::test]
async fn a_storm_is_as_long_as_it_says_and_a_poisoned_event_is_signed() {
    let (office, seen) = told(200).await;
    office.emulator.inject(Rule { times: Some(7), ..Rule::once(29) }).expect("there is such a class");
    let made = office.contact(json!({ "firstName": "A" })).await;
    eventually(|| bodies(&seen).len() == 8).await;
    let mut ids: Vec<String> = bodies(&seen).iter().map(|body| body["webhookId"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    assert!(bodies(&seen).iter().all(|body| body["id"] == made["id"]));
    office.emulator.inject(Rule::once(30)).expect("there is such a class");
    office.contact(json!({ "firstName": "B" })).await;
    eventually(|| bodies(&seen).len() == 10).await;
    let received = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(received.iter().all(|(signature, body)| verifies(&office, signature.as_deref(), body)));
    assert_eq!(bodies(&seen).iter().filter(|body| body["id"].is_object()).count(), 1);
}
