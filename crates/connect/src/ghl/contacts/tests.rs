use serde_json::json;

use super::*;
use crate::ghl::wire::{Body, decode};

fn read<T: FromWire>(value: &Value) -> T {
    decode::<T>(value.to_string().as_bytes()).unwrap().value
}

fn body<T>(call: &Call<T>) -> Value {
    match &call.ask.body {
        Body::Json(value) => value.clone(),
        other => panic!("{}", matches!(other, Body::Empty)),
    }
}

#[test]
fn custom_fields_are_written_in_the_one_form_that_is_accepted() {
    let write = ContactWrite {
        custom_fields: vec![
            FieldValue::Id("f1".into(), json!(87)),
            FieldValue::Key("contact.band".into(), json!("hot")),
        ],
        ..ContactWrite::default()
    };
    assert_eq!(
        body(&update("c", &write)),
        json!({"customFields": [{"id": "f1", "field_value": 87}, {"key": "contact.band", "field_value": "hot"}]})
    );
}

#[test]
fn what_is_not_set_is_not_sent() {
    assert_eq!(body(&update("c", &ContactWrite::default())), json!({}));
    let write = ContactWrite { email: Some("a@b.de".into()), dnd: Some(true), ..ContactWrite::default() };
    assert_eq!(body(&upsert("L", &write)), json!({"locationId": "L", "email": "a@b.de", "dnd": true}));
}

#[test]
fn a_contact_is_read_wrapped_and_bare_with_unknown_members() {
    let bare = json!({
        "id": "c", "locationId": "L", "email": "a@b.de", "tags": ["x"], "brandNew": {"deep": [1]},
        "customFields": [{"id": "f", "value": 1}], "dateUpdated": "2026-01-01T00:00:00.000Z",
        "dndSettings": {"SMS": {"status": "permanent", "code": 21610}}, "dnd": "false"
    });
    let contact: Contact = read(&bare);
    assert_eq!(contact, read::<Contact>(&json!({"contact": bare, "succeded": true, "traceId": "t"})));
    assert_eq!((contact.custom("f"), contact.dnd), (Some(&json!(1)), Some(false)));
    assert_eq!(contact.dnd_settings["SMS"].code.as_deref(), Some("21610"));
    assert!(decode::<Contact>(b"{\"contact\":{}}").is_err());
}

#[test]
fn a_search_ends_with_its_short_page_although_that_has_a_cursor() {
    let page: ContactPage = read(
        &json!({"contacts": [{"id": "a", "searchAfter": [1, "a"]}, {"id": "b", "searchAfter": [2, "b"]}], "total": 5}),
    );
    assert_eq!(page.next(2), Some(vec![json!(2), json!("b")]));
    assert_eq!(page.next(3), None);
    let mut wanted = Search { limit: 2, ..Search::default() };
    wanted.filters.push(Filter {
        field: "tags".into(),
        operator: Operator::Contains,
        value: Some(json!("x")),
    });
    wanted.sort.push(Sort { field: "dateUpdated".into(), is_descending: true });
    assert_eq!(
        body(&search("L", &wanted)),
        json!({
            "locationId": "L", "pageLimit": 2, "filters": [{"field": "tags", "operator": "contains", "value": "x"}],
            "sort": [{"field": "dateUpdated", "direction": "desc"}], "page": 1
        })
    );
    wanted.after = page.next(2).unwrap();
    assert_eq!(body(&search("L", &wanted))["searchAfter"], json!([2, "b"]));
    assert!(body(&search("L", &wanted)).get("page").is_none());
}

#[test]
fn the_duplicate_may_be_nobody_or_come_in_any_wrapping() {
    for (value, expected) in [
        (json!({"contact": {"id": "c"}}), Some("c")),
        (json!({"contact": null}), None),
        (json!({"contacts": []}), None),
        (json!({}), None),
        (json!({"id": "c"}), Some("c")),
    ] {
        let found: Option<Contact> = read(&value);
        assert_eq!(found.map(|contact| contact.id).as_deref(), expected, "{value}");
    }
    let call = duplicate("L", None, Some("+12125550199"));
    let target = call.ask.target(call.ask.op.operation().version).unwrap();
    assert_eq!(target, "/contacts/search/duplicate?locationId=L&number=%2B12125550199");
}

#[test]
fn tasks_and_notes_are_read_from_lists_and_wrappings() {
    let task: Task = read(
        &json!({"task": {"id": "t", "title": "call", "completed": "true", "dueDate": "2026-01-01T09:00:00Z"}}),
    );
    assert!(task.is_completed && task.due_at.is_some());
    assert_eq!(read::<Vec<Note>>(&json!({"notes": [{"id": "n", "body": "x"}, {"body": "no id"}]})).len(), 1);
}
