//! The daily work: contacts, deals, messages, appointments, as the real API does it, oddities included.

use serde_json::{Value, json};

use crate::world::Office;

#[tokio::test]
async fn a_contact_is_kept_as_it_is_normalised() {
    let office = Office::open().await;
    let made = office
        .contact(json!({ "name": "Rosa Lane", "email": "Rosa@Example.COM", "phone": "(415) 555-0134", "tags": ["Hot-Lead"] }))
        .await;
    let path = format!("/contacts/{}", made["id"].as_str().expect("an id"));
    let shown = office.call("GET", &path, Value::Null).await.body["contact"].clone();
    assert_eq!((&shown["firstName"], &shown["lastName"]), (&json!("Rosa"), &json!("Lane")));
    assert_eq!((&shown["email"], &shown["phone"]), (&json!("rosa@example.com"), &json!("+14155550134")));
    assert_eq!(shown["tags"], json!(["hot-lead"]));
}

#[tokio::test]
async fn a_second_contact_with_the_same_phone_is_refused_with_the_id_of_the_first() {
    let office = Office::open().await;
    let first = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await;
    let body = json!({ "locationId": office.location, "firstName": "B", "phone": "415 555 0134" });
    let second = office.call("POST", "/contacts/", body.clone()).await;
    assert_eq!(second.status, 400);
    assert_eq!(second.body["meta"]["contactId"], first["id"]);
    assert_eq!(second.body["meta"]["matchingField"], "phone");
    let merged = office.call("POST", "/contacts/upsert", body).await;
    assert_eq!((&merged.body["new"], &merged.body["contact"]["id"]), (&json!(false), &first["id"]));
}

#[tokio::test]
async fn tags_are_added_at_their_own_address_and_replaced_by_an_update() {
    let office = Office::open().await;
    let made = office.contact(json!({ "firstName": "A", "tags": ["one"] })).await;
    let path = format!("/contacts/{}", made["id"].as_str().expect("an id"));
    let added = office.call("POST", &format!("{path}/tags"), json!({ "tags": ["two"] })).await;
    assert_eq!((added.status, &added.body["tags"]), (201, &json!(["one", "two"])));
    let replaced = office.call("PUT", &path, json!({ "tags": ["three"] })).await;
    assert_eq!(replaced.body["contact"]["tags"], json!(["three"]));
    assert_eq!(replaced.body["succeded"], true);
    let known = office.call("GET", &format!("/locations/{}/tags", office.location), Value::Null).await;
    let names: Vec<&str> =
        known.body["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    assert!(names.contains(&"two") && names.contains(&"three"), "{names:?}");
}

#[tokio::test]
async fn an_unknown_field_and_a_missing_one_are_named() {
    let office = Office::open().await;
    let made = office.contact(json!({ "firstName": "A" })).await;
    let path = format!("/contacts/{}", made["id"].as_str().expect("an id"));
    let refused = office.call("PUT", &path, json!({ "gender": "x" })).await;
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (422, &json!(["property gender should not exist"]))
    );
    let search = office.call("POST", "/contacts/search", json!({ "pageLimit": 20 })).await;
    assert_eq!((search.status, &search.body["message"]), (422, &json!(["locationId should not be empty"])));
    let unknown = office.call("GET", "/contacts/nobody", Value::Null).await;
    assert_eq!((unknown.status, &unknown.body["message"]), (400, &json!("Contact with id nobody not found")));
}

#[tokio::test]
async fn a_search_pages_by_the_cursor_of_each_record_and_finds_everybody_once() {
    let office = Office::with(emulator::ghl::Options { contacts: 57, ..Default::default() }).await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let body = json!({ "locationId": office.location, "pageLimit": 20, "searchAfter": after.as_array().map(|_| after.clone()).unwrap_or(json!([])),
            "sort": [{ "field": "dateAdded", "direction": "asc" }] });
        let page = office.call("POST", "/contacts/search", body).await;
        assert_eq!(page.body["total"], 57, "{}", page.text);
        let contacts = page.body["contacts"].as_array().expect("contacts").clone();
        seen.extend(contacts.iter().filter_map(|contact| contact["id"].as_str()).map(str::to_owned));
        after = contacts.last().map_or(Value::Null, |last| last["searchAfter"].clone());
        if contacts.len() < 20 {
            break;
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (57, 57));
    let wide = json!({ "locationId": office.location, "pageLimit": 101 });
    assert_eq!(office.call("POST", "/contacts/search", wide).await.status, 400);
}

#[tokio::test]
async fn a_search_filters_by_tags_times_and_custom_fields() {
    let office = Office::open().await;
    let field = office.truth()["customFields"][0]["id"].as_str().expect("a field").to_owned();
    let made = office
        .contact(json!({ "firstName": "Zoe", "tags": ["vip"], "customFields": [{ "key": "ai_lead_score", "field_value": 91 }] }))
        .await;
    for filter in [
        json!({ "field": "tags", "operator": "eq", "value": "VIP" }),
        json!({ "field": format!("customFields.{field}"), "operator": "range", "value": { "gte": 90 } }),
        json!({ "field": "dateAdded", "operator": "range", "value": { "gte": "2026-11-24T00:00:00Z" } }),
        json!({ "group": "AND", "filters": [{ "field": "firstName", "operator": "contains", "value": "zo" },
            { "field": "email", "operator": "not_exists" }] }),
    ] {
        let body = json!({ "locationId": office.location, "pageLimit": 10, "filters": [filter] });
        let found = office.call("POST", "/contacts/search", body).await;
        assert_eq!(found.body["total"], 1, "{filter}: {}", found.text);
        assert_eq!(found.body["contacts"][0]["id"], made["id"]);
    }
}

#[tokio::test]
async fn notes_tasks_and_enrolments_hang_on_the_contact() {
    let office = Office::open().await;
    let made = office.contact(json!({ "firstName": "A" })).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let note = office.call("POST", &format!("/contacts/{id}/notes"), json!({ "body": "called" })).await;
    assert_eq!((note.status, &note.body["note"]["body"]), (201, &json!("called")));
    let task = json!({ "title": "call", "dueDate": "2026-11-25T17:00:00Z", "completed": false });
    let task = office.call("POST", &format!("/contacts/{id}/tasks"), task).await.body["task"]["id"].clone();
    let path = format!("/contacts/{id}/tasks/{}/completed", task.as_str().expect("an id"));
    assert_eq!(office.call("PUT", &path, json!({ "completed": true })).await.body["task"]["completed"], true);
    let flows = office.call("GET", &format!("/workflows/?locationId={}", office.location), Value::Null).await;
    let flow = |at: usize| flows.body["workflows"][at]["id"].as_str().unwrap_or_default().to_owned();
    let enrol = |flow: String| format!("/contacts/{id}/workflow/{flow}");
    assert_eq!(office.call("POST", &enrol(flow(0)), json!({})).await.status, 200);
    assert_eq!(office.call("POST", &enrol(flow(3)), json!({})).await.status, 400);
    assert_eq!(office.call("POST", &enrol("none".into()), json!({})).await.status, 404);
    let truth = office.truth()["contacts"][&id].clone();
    assert_eq!(truth["enrolments"].as_array().map(Vec::len), Some(1));
    assert_eq!(truth["tasks"][0]["completed"], true);
}

#[tokio::test]
async fn a_deal_moves_through_the_stages_of_its_pipeline() {
    let office = Office::open().await;
    let contact = office.contact(json!({ "firstName": "A" })).await["id"].clone();
    let pipelines = office
        .call("GET", &format!("/opportunities/pipelines?locationId={}", office.location), Value::Null)
        .await;
    let pipeline = pipelines.body["pipelines"][0].clone();
    let body = json!({ "pipelineId": pipeline["id"], "locationId": office.location, "name": "House", "status": "open",
        "contactId": contact, "monetaryValue": 500_000 });
    let made = office.call("POST", "/opportunities/", body.clone()).await;
    assert_eq!(
        (made.status, &made.body["opportunity"]["pipelineStageId"]),
        (201, &pipeline["stages"][0]["id"])
    );
    let twin = office.call("POST", "/opportunities/", body).await;
    assert_eq!((twin.status, &twin.body["opportunityId"]), (400, &made.body["opportunity"]["id"]));
    let path = format!("/opportunities/{}", made.body["opportunity"]["id"].as_str().expect("an id"));
    let moved = office.call("PUT", &path, json!({ "pipelineStageId": pipeline["stages"][3]["id"] })).await;
    assert_eq!(moved.body["opportunity"]["pipelineStageId"], pipeline["stages"][3]["id"]);
    let wrong = office.call("PUT", &path, json!({ "pipelineStageId": "none" })).await;
    assert_eq!(wrong.status, 400);
    let found = office
        .call(
            "GET",
            &format!(
                "/opportunities/search?location_id={}&contact_id={}",
                office.location,
                contact.as_str().expect("an id")
            ),
            Value::Null,
        )
        .await;
    assert_eq!(found.body["meta"]["total"], 1);
    assert!(found.body["opportunities"][0]["indexVersion"].is_number());
}

#[tokio::test]
async fn messages_are_sent_listed_and_exported() {
    let office = Office::open().await;
    let contact = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    for number in 0..25 {
        let body = json!({ "type": "SMS", "contactId": contact, "message": format!("hello {number}") });
        let sent = office.call("POST", "/conversations/messages", body).await;
        assert_eq!(sent.status, 200, "{}", sent.text);
    }
    let conversation = office.truth()["conversations"][0]["id"].as_str().expect("one").to_owned();
    let listed = office.call("GET", &format!("/conversations/{conversation}/messages"), Value::Null).await;
    assert_eq!(listed.body["messages"]["messages"].as_array().map(Vec::len), Some(20));
    assert_eq!(listed.body["messages"]["nextPage"], true);
    let path = format!("/conversations/messages/export?locationId={}&limit=10", office.location);
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = office.call("GET", &format!("{path}{cursor}"), Value::Null).await;
        seen += page.body["messages"].as_array().map_or(0, Vec::len);
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 25);
    let begun = json!({ "locationId": office.location, "contactId": contact });
    let again = office.call("POST", "/conversations/", begun).await;
    assert_eq!((again.status, &again.body["conversationId"]), (400, &json!(conversation)));
}

#[tokio::test]
async fn nobody_is_written_to_who_does_not_want_it() {
    let office = Office::open().await;
    let contact = office.contact(json!({ "firstName": "A", "phone": "+14155550134" })).await["id"].clone();
    let said = json!({ "locationId": office.location, "contactId": contact, "type": "SMS", "body": "STOP" });
    office.emulator.admin("POST", "inbound", &said);
    let body = json!({ "type": "SMS", "contactId": contact, "message": "hello" });
    let refused = office.call("POST", "/conversations/messages", body).await;
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (400, &json!("Cannot send message as DND is active for SMS."))
    );
}

#[tokio::test]
async fn a_slot_is_booked_once() {
    let office = Office::open().await;
    let contact = office.contact(json!({ "firstName": "A" })).await["id"].clone();
    let calendars =
        office.call("GET", &format!("/calendars/?locationId={}", office.location), Value::Null).await;
    let calendar = calendars.body["calendars"][0]["id"].as_str().expect("one").to_owned();
    let from = 1_795_618_800_000i64; // 2026-11-25T15:00:00Z
    let path = format!("/calendars/{calendar}/free-slots?startDate={from}&endDate={}", from + 86_400_000);
    let free = office.call("GET", &path, Value::Null).await;
    let slots = free.body.as_object().and_then(|days| days.values().find(|day| day.is_object())).cloned();
    let slots = slots.unwrap_or_else(|| panic!("{}", free.text))["slots"].clone();
    let body = json!({ "calendarId": calendar, "locationId": office.location, "contactId": contact, "startTime": slots[0] });
    let booked = office.call("POST", "/calendars/events/appointments", body.clone()).await;
    assert_eq!((booked.status, &booked.body["startTime"]), (200, &slots[0]), "{}", booked.text);
    let again = office.call("POST", "/calendars/events/appointments", body).await;
    assert_eq!(
        (again.status, &again.body["message"]),
        (400, &json!("The slot you have selected is no longer available."))
    );
    let left = office.call("GET", &path, Value::Null).await;
    assert!(!left.text.contains(slots[0].as_str().expect("a time")), "{}", left.text);
    let long =
        format!("/calendars/{calendar}/free-slots?startDate={from}&endDate={}", from + 32 * 86_400_000);
    assert_eq!(office.call("GET", &long, Value::Null).await.status, 400);
}

#[tokio::test]
async fn page_limits_are_hard() {
    let office = Office::open().await;
    for path in [
        format!("/contacts/?locationId={}&limit=101", office.location),
        format!("/opportunities/search?location_id={}&limit=101", office.location),
        format!("/conversations/messages/export?locationId={}&limit=501", office.location),
    ] {
        assert_eq!(office.call("GET", &path, Value::Null).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_world_is_repeated_from_its_seed() {
    let (one, two) = (Office::open().await, Office::open().await);
    assert_eq!(one.truth(), two.truth());
}
