//! Whatever is asked, with whatever fault, an answer comes and the world stays whole.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    contract::Contract,
    credential::Holder,
    faults::Rule,
    gate::{self, Quotas, Reply, Request},
    limits::Quota,
    oauth, seed,
    shape::Shape,
    world::World,
};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-11-25T10:00:00-08:00")),
        Just(json!("+14155550134")),
        Just(json!("rosa@example.com")),
        Just(json!("KNOWN")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("(field|operator|value|id|key|field_value|status|SMS)", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A body with published members, each of a published type more often than not.
fn body(shape: Option<&Shape>, values: &[Value], ids: &[String]) -> Value {
    let Some(Shape::Object(members)) = shape else { return Value::Null };
    let mut body = Map::new();
    for (at, (name, shape)) in members.members.iter().enumerate() {
        let wild = &values[at % values.len()];
        let id = ids[at % ids.len()].clone();
        let tame = match shape {
            Shape::Text(words) if words.is_empty() && name.ends_with("Id") => json!(id),
            Shape::Text(words) => words.first().map_or(json!("text"), |word| json!(word)),
            Shape::Number => json!(at),
            Shape::Boolean => json!(true),
            Shape::Array(_) => json!([id]),
            _ => wild.clone(),
        };
        let needed = members.required.contains(name);
        match at % 3 {
            _ if needed => body.insert(name.clone(), tame),
            0 => body.insert(name.clone(), wild.clone()),
            1 => body.insert(name.clone(), tame),
            _ => None,
        };
    }
    Value::Object(body)
}

fn begun() -> (World, String, Vec<String>) {
    let mut world = seed::world(5, 1, 12, Timestamp::UNIX_EPOCH);
    let place = world.locations.values().next().expect("there is one");
    let mut ids = vec![place.id.clone(), "nobody".to_owned(), world.company.id.clone()];
    ids.extend(place.contacts.keys().take(3).cloned());
    ids.extend(place.opportunities.keys().take(2).cloned());
    ids.extend(place.pipelines.iter().map(|pipeline| pipeline.id.clone()));
    ids.extend(place.calendars.iter().map(|calendar| calendar.id.clone()));
    ids.extend(place.workflows.iter().filter_map(|flow| flow["id"].as_str()).map(str::to_owned));
    let holder = Holder::Location(place.id.clone());
    let pair = world.credentials.issue(&mut world.chance, holder, oauth::all_scopes(), Timestamp::UNIX_EPOCH);
    (world, pair.access, ids)
}

/// Every look-up leads to somebody who is there and has that address or number, and nobody is left out.
fn whole(world: &World) {
    for place in world.locations.values() {
        for (field, index) in [("email", &place.by_email), ("phone", &place.by_phone)] {
            let listed: BTreeSet<(&str, &str)> = index
                .iter()
                .flat_map(|(key, ids)| ids.iter().map(move |id| (key.as_str(), id.as_str())))
                .collect();
            let known: BTreeSet<(String, &str)> = place
                .contacts
                .values()
                .filter(|contact| contact.is_here())
                .filter_map(|contact| Some((contact.text(field)?.to_lowercase(), contact.id.as_str())))
                .collect();
            assert!(known.iter().map(|(key, id)| (key.as_str(), *id)).eq(listed.iter().copied()), "{field}");
        }
        for deal in place.opportunities.values() {
            assert!(place.contacts.contains_key(&deal.contact));
        }
        for message in &place.messages {
            assert!(place.conversations.contains_key(&message.conversation));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_request_gets_an_answer_and_leaves_the_world_whole(
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..=40), 30..60),
        values in prop::collection::vec(value(), 7),
    ) {
        let (mut world, bearer, ids) = begun();
        let quotas = Quotas { app: Quota { burst: 10_000, daily: 1_000_000 }, private: Quota::PRIVATE };
        let operations = Contract::published().operations();
        for (operation, id, class) in picks {
            let operation = operation.get(operations);
            // Uninstalling or suspending would end the story at once.
            if (1..=40).contains(&class) && !matches!(class, 1..=5 | 12 | 34) {
                let _ = world.faults.add(Rule::once(class));
            }
            let (method, template) = operation.key.split_once(' ').expect("method and path");
            let own = world.locations.keys().next().cloned().unwrap_or_default();
            let path: String = template
                .split('/')
                .map(|part| match part {
                    "{locationId}" => own.clone(),
                    part if part.starts_with('{') => id.get(&ids).clone(),
                    part => part.to_owned(),
                })
                .collect::<Vec<_>>()
                .join("/");
            let mut query: HashMap<String, String> = operation
                .query
                .iter()
                .map(|parameter| (parameter.name.clone(), values[0].as_str().unwrap_or("17").to_owned()))
                .collect();
            for name in ["locationId", "location_id"] {
                if let Some(value) = query.get_mut(name) {
                    value.clone_from(&own);
                }
            }
            let mut body = body(operation.body.as_ref(), &values, &ids);
            if body["locationId"].is_string() {
                body["locationId"] = json!(own);
            }
            let request = Request {
                method: method.to_owned(),
                path,
                query,
                bearer: Some(bearer.clone()),
                version: operation.version.clone(),
                body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
                ..Request::default()
            };
            if let Reply::Answer(answer) = gate::reply(&mut world, quotas, &request) {
                prop_assert!(answer.body.is_object(), "{} {}", operation.key, answer.body);
                prop_assert!((200..600).contains(&answer.status));
                if answer.status >= 400 {
                    prop_assert!(answer.body["traceId"].is_string(), "{}", answer.body);
                }
            }
            whole(&world);
        }
    }
}
