//! Faults on demand: each class shows what it says, and leaves the truth as it says.

use std::time::Duration;

use emulator::ghl::{Options, Rule};
use serde_json::{Value, json};

use crate::world::Office;

fn strike(office: &Office, rule: Rule) {
    office.emulator.inject(rule).expect("there is such a class");
}

fn variant(class: u8, variant: &str) -> Rule {
    Rule { variant: Some(variant.to_owned()), ..Rule::once(class) }
}

#[tokio::test]
async fn refusals_show_the_real_bodies() {
    let office = Office::open().await;
    let id = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    let path = format!("/contacts/{}", id.as_str().expect("an id"));
    let body = json!({ "firstName": "B", "phone": "+14155550135" });
    for (class, status, message) in [
        (6, 401, json!("The token is not authorized for this scope.")),
        (7, 401, json!("Command timed out")),
        (8, 401, json!("E01 - Unauthorized request")),
        (9, 403, json!("The token does not have access to this location.")),
        (10, 403, json!("Forbidden resource")),
        (11, 400, json!(format!("Endpoint PUT {path} not available in API version 2021-07-28"))),
        (13, 422, json!(["property phone should not exist"])),
        (14, 422, json!(["phone must be a valid phone number"])),
        (20, 503, json!("Service Unavailable")),
    ] {
        strike(&office, Rule::once(class));
        let answer = office.call("PUT", &path, body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["message"]),
            (status, &message),
            "class {class}: {}",
            answer.text
        );
    }
    assert_eq!(office.truth()["contacts"][id.as_str().expect("an id")]["firstName"], "A");
    assert_eq!(office.call("PUT", &path, body).await.status, 200);
}

#[tokio::test]
async fn a_burst_and_a_day_last_as_long_as_they_do() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    strike(&office, Rule::once(1));
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 429);
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 429);
    office.emulator.advance(Duration::from_secs(10));
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
    strike(&office, Rule::once(2));
    let refused = office.call("GET", &path, Value::Null).await;
    assert_eq!((refused.status, refused.header("x-ratelimit-daily-remaining")), (429, Some("0")));
    office.emulator.advance(Duration::from_secs(3_600));
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 429);
    // A private token has a budget of its own.
    let (private, _) = office.tokens(&json!({ "private": true }));
    let bearer = format!("Bearer {private}");
    let headers = [("authorization", &*bearer), ("version", "2021-07-28")];
    let other = office.send("GET", &path, &headers, Value::Null).await;
    assert_eq!((other.status, other.header("x-ratelimit-max")), (200, Some("25")));
}

#[tokio::test]
async fn an_effect_may_take_place_although_the_answer_is_an_error() {
    let office = Office::open().await;
    let before = office.truth()["contacts"].as_object().map_or(0, serde_json::Map::len);
    strike(&office, variant(21, "502"));
    let body = json!({ "locationId": office.location, "firstName": "A", "email": "a@example.com" });
    assert_eq!(office.call("POST", "/contacts/", body.clone()).await.status, 502);
    let after = office.truth()["contacts"].as_object().map_or(0, serde_json::Map::len);
    assert_eq!(after, before + 1);
    strike(&office, Rule { after: Some(false), ..variant(21, "502") });
    assert_eq!(
        office
            .call("POST", "/contacts/", json!({ "locationId": office.location, "firstName": "B" }))
            .await
            .status,
        502
    );
    assert_eq!(office.truth()["contacts"].as_object().map_or(0, serde_json::Map::len), after);
    let duplicate = office
        .call(
            "GET",
            &format!("/contacts/search/duplicate?locationId={}&email=a%40example.com", office.location),
            Value::Null,
        )
        .await;
    assert_eq!(duplicate.body["contact"]["firstName"], "A");
}

#[tokio::test]
async fn an_answer_may_be_cut_late_or_html() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    let bearer = format!("Bearer {}", office.token);
    let headers = [("authorization", &*bearer), ("version", "2021-07-28")];
    strike(&office, variant(20, "cut"));
    assert!(office.raw("GET", &path, &headers, "application/json", String::new()).await.is_none());
    strike(&office, Rule { seconds: Some(30), ..variant(20, "hang") });
    let waiting = office.raw("GET", &path, &headers, "application/json", String::new());
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err());
    strike(&office, Rule::once(23));
    let page = office.call("GET", &path, Value::Null).await;
    assert!(page.status == 502 && page.text.starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn somebody_else_may_be_quicker() {
    let office = Office::open().await;
    strike(&office, Rule::once(15));
    let body = json!({ "locationId": office.location, "firstName": "A", "email": "a@example.com" });
    let refused = office.call("POST", "/contacts/", body).await;
    let id =
        refused.body["meta"]["contactId"].as_str().unwrap_or_else(|| panic!("{}", refused.text)).to_owned();
    assert_eq!(office.truth()["contacts"][&id]["email"], "a@example.com");
    strike(&office, Rule::once(19));
    let calendar = office.truth()["calendars"][0]["id"].clone();
    let slot = json!({ "calendarId": calendar, "locationId": office.location, "contactId": id,
        "startTime": "2026-11-25T10:00:00-08:00" });
    let taken = office.call("POST", "/calendars/events/appointments", slot).await;
    assert_eq!(
        (taken.status, &taken.body["message"]),
        (400, &json!("The slot you have selected is no longer available."))
    );
}

#[tokio::test]
async fn a_contact_may_be_merged_away() {
    let office = Office::open().await;
    let id = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    let path = format!("/contacts/{}", id.as_str().expect("an id"));
    strike(&office, variant(16, "merged"));
    assert_eq!(office.call("PUT", &path, json!({ "firstName": "B" })).await.status, 400);
    let look = format!("/contacts/search/duplicate?locationId={}&number=%2B14155550134", office.location);
    let found = office.call("GET", &look, Value::Null).await.body["contact"]["id"].clone();
    assert!(found.is_string() && found != id);
    assert_eq!(office.truth()["contacts"][id.as_str().expect("an id")]["gone"]["merged"], found);
}

#[tokio::test]
async fn pipelines_may_be_rebuilt_under_the_same_names() {
    let office = Office::open().await;
    let contact = office.contact(json!({ "firstName": "A" })).await["id"].clone();
    let pipeline = office.truth()["pipelines"][0].clone();
    let body = |pipeline: &Value| {
        json!({ "pipelineId": pipeline["id"], "locationId": office.location, "name": "House", "status": "open",
            "contactId": contact })
    };
    strike(&office, Rule::once(17));
    assert_eq!(office.call("POST", "/opportunities/", body(&pipeline)).await.status, 400);
    let rebuilt = office.truth()["pipelines"][0].clone();
    assert!(rebuilt["name"] == pipeline["name"] && rebuilt["id"] != pipeline["id"]);
    assert_eq!(office.call("POST", "/opportunities/", body(&rebuilt)).await.status, 201);
}

#[tokio::test]
async fn a_field_may_be_lost_in_silence_and_a_bulk_may_half_fail() {
    let office = Office::open().await;
    let id = office.contact(json!({ "firstName": "A", "tags": ["old"] })).await["id"].clone();
    let path = format!("/contacts/{}", id.as_str().expect("an id"));
    strike(&office, Rule::once(22));
    let answer = office.call("PUT", &path, json!({ "firstName": "B", "tags": ["new"] })).await;
    assert_eq!((answer.status, &answer.body["contact"]["tags"]), (200, &json!(["old"])));
    let other = office.contact(json!({ "firstName": "C" })).await["id"].clone();
    strike(&office, Rule::once(22));
    let bulk = json!({ "contacts": [id, other], "tags": ["bulk"], "locationId": office.location });
    let answer = office.call("POST", "/contacts/bulk/tags/update/add", bulk).await;
    assert_eq!((answer.status, &answer.body["errorCount"]), (201, &json!(1)));
}

#[tokio::test]
async fn carriers_refuse_and_people_opt_out() {
    let office = Office::open().await;
    let id = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    strike(&office, Rule::once(36));
    let body = json!({ "type": "SMS", "contactId": id, "message": "hello" });
    let sent = office.call("POST", "/conversations/messages", body).await;
    let path = format!("/conversations/messages/{}", sent.body["messageId"].as_str().expect("an id"));
    let message = office.call("GET", &path, Value::Null).await;
    assert_eq!(
        (&message.body["status"], &message.body["error"]["code"]),
        (&json!("failed"), &json!("30004"))
    );
    let contact = office.truth()["contacts"][id.as_str().expect("an id")].clone();
    assert_eq!(contact["dndSettings"]["SMS"]["status"], "permanent");
}

#[tokio::test]
async fn tokens_die_with_and_without_a_way_back() {
    let office = Office::open().await;
    let path = format!("/contacts/?locationId={}", office.location);
    let connection = office.emulator.connection();
    let refresh = |token: String| {
        let (id, secret) = (connection["clientId"].clone(), connection["clientSecret"].clone());
        let office = &office;
        async move {
            let fields = [
                ("client_id", id.as_str().unwrap_or_default()),
                ("client_secret", secret.as_str().unwrap_or_default()),
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
            ];
            office.form("/oauth/token", &[], &fields).await.status
        }
    };
    for (class, refreshed) in [(3, 200), (4, 400), (5, 400)] {
        let (access, token) = office.tokens(&json!({}));
        let bearer = format!("Bearer {access}");
        let headers = [("authorization", &*bearer), ("version", "2021-07-28")];
        strike(&office, Rule::once(class));
        let refused = office.send("GET", &path, &headers, Value::Null).await;
        assert_eq!((refused.status, &refused.body["message"]), (401, &json!("Invalid JWT")), "class {class}");
        assert_eq!(refresh(token).await, refreshed, "class {class}");
    }
}

#[tokio::test]
async fn an_outage_takes_everything_and_ends() {
    let office = Office::with(Options { contacts: 1, ..Options::default() }).await;
    strike(&office, Rule { seconds: Some(120), ..Rule::once(34) });
    let path = format!("/contacts/?locationId={}", office.location);
    for path in [&*path, "/nowhere", "/oauth/installedLocations"] {
        assert_eq!(office.call("GET", path, Value::Null).await.status, 503, "{path}");
    }
    office.emulator.advance(Duration::from_secs(120));
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
}

#[tokio::test]
async fn the_contract_may_drift() {
    let office = Office::open().await;
    let id = office.contact(json!({ "firstName": "A" })).await["id"].clone();
    let path = format!("/contacts/{}", id.as_str().expect("an id"));
    strike(&office, variant(24, "enum"));
    assert_eq!(office.call("GET", &path, Value::Null).await.body["contact"]["type"], "newly_introduced");
    strike(&office, variant(24, "field"));
    assert!(office.call("GET", &path, Value::Null).await.body["newlyIntroduced"].is_object());
}

#[tokio::test]
async fn rules_can_be_asked_for_and_taken_away() {
    let office = Office::open().await;
    let (status, made) = office.emulator.admin(
        "POST",
        "faults",
        &json!({ "class": 20, "operation": "GET /contacts*", "count": 0 }),
    );
    assert_eq!((status, &made["id"]), (201, &json!(1)));
    let path = format!("/contacts/?locationId={}", office.location);
    for _ in 0..3 {
        assert_eq!(office.call("GET", &path, Value::Null).await.status, 503);
    }
    let (_, rules) = office.emulator.admin("GET", "faults", &Value::Null);
    assert_eq!(rules["faults"][0]["struck"], 3);
    office.emulator.admin("DELETE", "faults", &Value::Null);
    assert_eq!(office.call("GET", &path, Value::Null).await.status, 200);
    assert_eq!(office.emulator.admin("POST", "faults", &json!({ "class": 99 })).0, 400);
}
