use std::{collections::BTreeSet, io::Read as _};

use proptest::{collection, prelude::*};
use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Deserialize)]
struct Example {
    page: String,
    body: String,
}

fn examples() -> Vec<Example> {
    let packed = include_bytes!("../../../../../data/ghl/webhook-examples.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn parse(value: &Value, hint: Option<&str>) -> Event {
    Event::parse(value.to_string().as_bytes(), hint).unwrap()
}

#[test]
fn every_documented_example_is_read_and_names_what_it_is_about() {
    let examples = examples();
    let pages: BTreeSet<&str> = examples.iter().map(|example| example.page.as_str()).collect();
    assert_eq!((examples.len(), pages.len()), (70, 58));
    for Example { page, body } in &examples {
        let event = Event::parse(body.as_bytes(), Some(page)).unwrap();
        let expected = Kind::named(page).unwrap_or_else(|| panic!("{page} is no known kind"));
        assert_eq!(event.kind.entity(), expected.entity(), "{page}");
        assert!(event.entity.is_some() || event.conversation.is_some(), "{page} names its entity");
        if event.location.is_none() {
            assert!(event.company.is_some(), "{page} names a location or a company");
        }
        assert_eq!(event.raw, serde_json::from_str::<Value>(body).unwrap(), "{page} is kept as it came");
    }
}

#[test]
fn what_a_person_is_concerned_by_names_the_contact() {
    let about_people = [
        Entity::Contact,
        Entity::Note,
        Entity::Task,
        Entity::Opportunity,
        Entity::Appointment,
        Entity::Message,
        Entity::Conversation,
        Entity::Campaign,
        Entity::Invoice,
        Entity::Order,
        Entity::Relation,
    ];
    for Example { page, body } in examples() {
        let event = Event::parse(body.as_bytes(), Some(&page)).unwrap();
        if about_people.contains(&event.kind.entity()) {
            assert!(event.contact.is_some(), "{page}");
        }
    }
}

#[test]
fn a_type_that_is_missing_is_taken_from_the_address() {
    let body = json!({"_id": "I", "altId": "L", "altType": "location", "status": "paid", "contactDetails": {"id": "C"}});
    let event = parse(&body, Some("InvoicePaid"));
    assert_eq!((event.kind, event.entity.as_deref()), (Kind::InvoicePaid, Some("I")));
    assert_eq!((event.location.as_deref(), event.contact.as_deref()), (Some("L"), Some("C")));
    assert_eq!(parse(&body, None).kind, Kind::Unknown);
    assert_eq!(
        parse(&json!({"type": "SMS", "messageId": "M"}), Some("provider-outbound-message")).entity.unwrap(),
        "M"
    );
}

#[test]
fn an_unknown_event_is_kept_with_what_it_calls_itself() {
    let event = parse(&json!({"type": "GalaxyCreate", "id": "G", "locationId": "L", "webhookId": "W"}), None);
    assert_eq!((event.kind, event.named.as_deref()), (Kind::Unknown, Some("GalaxyCreate")));
    assert_eq!((event.entity.as_deref(), event.location.as_deref()), (Some("G"), Some("L")));
    assert_eq!(event.webhook_id.as_deref(), Some("W"));
}

#[test]
fn an_appointment_is_read_from_inside() {
    let body = json!({
        "type": "AppointmentUpdate", "locationId": "L", "timestamp": "2026-11-07T12:46:45.953Z",
        "appointment": {"id": "A", "contactId": "C", "dateUpdated": "2023-09-25T16:00:00+05:30"}
    });
    let event = parse(&body, None);
    assert_eq!((event.entity.as_deref(), event.contact.as_deref()), (Some("A"), Some("C")));
    assert_eq!(event.at, Some("2026-11-07T12:46:45.953Z".parse().unwrap()));
    let bare = json!({"type": "AppointmentUpdate", "appointment": {"id": "A", "dateUpdated": "2023-09-25T16:00:00+05:30"}});
    let event = parse(&bare, None);
    assert_eq!((event.at, event.sent_at), (Some("2023-09-25T10:30:00Z".parse().unwrap()), None));
}

#[test]
fn a_message_goes_where_two_of_name_address_and_message_say() {
    let body = |name: &str, direction: &str| json!({"type": name, "direction": direction, "messageId": "M"});
    for (name, hint, direction, expected) in [
        ("OutboundMessage", Some("InboundMessage"), "inbound", Kind::InboundMessage),
        ("OutboundMessage", Some("OutboundMessage"), "inbound", Kind::OutboundMessage),
        ("OutboundMessage", None, "inbound", Kind::InboundMessage),
        ("InboundMessage", None, "", Kind::InboundMessage),
        ("InboundMessage", Some("contact-create"), "inbound", Kind::InboundMessage),
    ] {
        assert_eq!(parse(&body(name, direction), hint).kind, expected, "{name} {hint:?} {direction}");
    }
}

#[test]
fn an_address_that_stands_for_something_else_is_noted() {
    let event = parse(&json!({"type": "ContactDelete", "id": "C"}), Some("contact-create"));
    assert_eq!((event.kind, event.expected), (Kind::ContactDelete, Some(Kind::ContactCreate)));
    assert_eq!(parse(&json!({"type": "ContactDelete", "id": "C"}), Some("ContactDelete")).expected, None);
}

#[test]
fn own_repeats_are_not_stale_and_old_news_are() {
    let event = parse(&json!({"type": "TaskCreate", "timestamp": "2026-11-07T12:00:00Z"}), None);
    for (now, stale) in [
        ("2026-11-07T13:10:00Z", false),
        ("2026-11-07T13:30:01Z", true),
        ("2026-11-07T11:55:00Z", false),
        ("2026-11-07T10:00:00Z", true),
    ] {
        assert_eq!(event.is_stale(now.parse().unwrap()), stale, "{now}");
    }
    assert!(!parse(&json!({"type": "TaskCreate"}), None).is_stale("2026-11-07T12:00:00Z".parse().unwrap()));
}

#[test]
fn one_change_told_as_two_kinds_has_one_key_and_a_deletion_another() {
    let body = |kind: &str, id: &str, value: Value| {
        parse(
            &json!({"type": kind, "id": "O", "locationId": "L", "webhookId": id, "monetaryValue": value}),
            None,
        )
    };
    let create = body("OpportunityCreate", "1", json!(40)).semantic_key();
    assert_eq!(create, body("OpportunityUpdate", "2", json!(40.0)).semantic_key());
    assert_ne!(create, body("OpportunityUpdate", "2", json!(41)).semantic_key());
    assert_ne!(create, body("OpportunityDelete", "3", json!(40)).semantic_key());
    assert_eq!(create.to_string().len(), 64);
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        prop::sample::select(vec![
            "type",
            "id",
            "_id",
            "appointment",
            "data",
            "webhookPayload",
            "contactId",
            "locationId",
            "timestamp",
            "altType",
            "altId",
            "direction",
            "contactDetails",
            "firstObjectKey",
            "firstRecordId",
            "webhookId",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "ContactCreate",
            "location",
            "contact",
            "InboundMessage",
            "2021-01-01T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::vec((names.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_json_comes_is_read_or_refused(value in any_json(), hint in prop::option::of(".{0,20}")) {
        let parsed = Event::parse(value.to_string().as_bytes(), hint.as_deref());
        prop_assert_eq!(parsed.is_ok(), value.is_object());
        if let Ok(event) = parsed {
            prop_assert_eq!(event.semantic_key(), event.clone().semantic_key());
            let _ = event.is_stale(Timestamp::UNIX_EPOCH);
        }
    }

    #[test]
    fn whatever_bytes_come_are_read_or_refused(bytes in collection::vec(any::<u8>(), 0..300)) {
        let _ = Event::parse(&bytes, None);
    }

    #[test]
    fn a_broken_example_is_read_or_refused(which: prop::sample::Index, cut: prop::sample::Index, byte: u8) {
        let examples = examples();
        let mut body = which.get(&examples).body.clone().into_bytes();
        let at = cut.index(body.len());
        body[at] = byte;
        let _ = Event::parse(&body, Some("InboundMessage"));
        body.truncate(at);
        prop_assert!(Event::parse(&body, None).is_err());
    }
}
