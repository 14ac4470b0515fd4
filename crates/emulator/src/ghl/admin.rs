//! Addresses below `/__emulator/`: what GoHighLevel does not have. The truth, the clock, faults, people in the office.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    Shared,
    answer::{Answer, Outcome, Refusal},
    clock::written,
    credential::Holder,
    delivery::Deliveries,
    faults::{CLASSES, Rule},
    gate::Request,
    oauth, ops, seed, staff, strike,
    world::World,
};

/// Where these addresses begin.
pub(super) const PREFIX: &str = "/__emulator";

/// What there is, for whoever asks at the front door.
const ADDRESSES: &[(&str, &str)] = &[
    ("GET /__emulator", "how to connect"),
    ("GET /__emulator/state?location=ID", "the truth, of one location or all"),
    ("GET /__emulator/state?location=ID&contact=ID", "the truth of one contact"),
    ("GET /__emulator/effects?after=N", "what was done, by whom, in order"),
    ("GET /__emulator/requests?after=N", "what was asked, and what was answered"),
    ("GET /__emulator/deliveries?after=N", "webhooks: what was sent, how often, what came back"),
    ("GET /__emulator/classes", "the classes of faults"),
    ("GET, POST, DELETE /__emulator/faults", "the rules in force, with how often they struck"),
    ("GET /__emulator/faults/struck?after=N", "the faults that struck"),
    ("GET /__emulator/clock, POST /__emulator/clock/advance {seconds}", "time"),
    ("POST /__emulator/contacts {locationId, count}", "more contacts, without events"),
    (
        "POST /__emulator/staff {locationId, method, path, body}",
        "what somebody in the office does, with events",
    ),
    ("POST /__emulator/inbound {locationId, contactId, type, body}", "somebody writes to the office"),
    (
        "POST /__emulator/gone {locationId, contactId, merged}",
        "a contact is deleted or merged, without events",
    ),
    ("POST /__emulator/suspend, /resume {locationId}", "a location that did not pay, and paid"),
    ("POST /__emulator/install {locationId or company: true, redirectUri}", "INSTALL, and the code"),
    ("POST /__emulator/uninstall {locationId}", "UNINSTALL, and the tokens die"),
    ("POST /__emulator/tokens {locationId or company: true, private, scopes}", "tokens without a browser"),
    ("POST /__emulator/webhooks {url, type}", "where events go: all, or one kind"),
];

/// Answers a request below [`PREFIX`].
pub(super) fn answer(shared: &Shared, request: &Request) -> Answer {
    let mut world = shared.world();
    let mut deliveries = shared.deliveries();
    let outcome = decide(shared, &mut world, &mut deliveries, request);
    super::delivery::dispatch(&mut world, &mut deliveries);
    outcome.unwrap_or_else(|refusal| refusal.answer("emulator"))
}

fn decide(shared: &Shared, world: &mut World, deliveries: &mut Deliveries, request: &Request) -> Outcome {
    let what = request.path.trim_start_matches(PREFIX).trim_matches('/');
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let after = request.query.get("after").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    match (request.method.as_str(), what) {
        ("GET", "") => Ok(Answer::ok(front(world, deliveries, &request.base))),
        ("GET", "state") => {
            let location = request.query.get("location").map(String::as_str);
            Ok(Answer::ok(match (location, request.query.get("contact")) {
                (Some(location), Some(contact)) => world.truth_of_contact(location, contact),
                (location, _) => world.truth(location),
            }))
        }
        ("GET", "effects") => Ok(page("effects", &world.effects, after)),
        ("GET", "requests") => Ok(page("requests", &world.requests, after)),
        ("GET", "deliveries") => Ok(page("deliveries", &deliveries.log, after)),
        ("GET", "classes") => Ok(Answer::ok(json!({ "classes": &CLASSES[..] }))),
        ("GET", "faults") => Ok(Answer::ok(json!({ "faults": world.faults.standing }))),
        ("GET", "faults/struck") => Ok(page("struck", &world.faults.struck, after)),
        ("POST", "faults") => {
            let rule: Rule = serde_json::from_value(body).map_err(|error| Refusal::bad(error.to_string()))?;
            let id = world.faults.add(rule).map_err(Refusal::bad)?;
            Ok(Answer::created(json!({ "id": id })))
        }
        ("DELETE", "faults") => {
            world.faults.standing.clear();
            Ok(Answer::ok(json!({})))
        }
        ("GET", "clock") => Ok(Answer::ok(json!({ "now": written(shared.clock.now()) }))),
        ("POST", "clock/advance") => {
            let seconds = body["seconds"].as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
            let seconds = seconds.ok_or_else(|| Refusal::bad("seconds is a number, 0 or more"))?;
            shared.clock.advance(Duration::try_from_secs_f64(seconds).unwrap_or_default());
            Ok(Answer::ok(json!({ "now": written(shared.clock.now()) })))
        }
        ("POST", "webhooks") => {
            let url = body["url"].as_str().map(str::to_owned);
            match (body["type"].as_str(), url) {
                (None, url) => deliveries.url = url,
                (Some(kind), Some(url)) => {
                    deliveries.by_kind.insert(kind.to_owned(), url);
                }
                (Some(kind), None) => {
                    deliveries.by_kind.remove(kind);
                }
            }
            Ok(Answer::ok(json!({})))
        }
        ("POST", what) => change(world, request, what, &body),
        _ => Err(Refusal::new(404, format!("There is no {} {}", request.method, request.path))),
    }
}

fn change(world: &mut World, request: &Request, what: &str, body: &Value) -> Outcome {
    let location = body["locationId"].as_str().unwrap_or_default().to_owned();
    let holder = if body["company"] == true { Holder::Company } else { Holder::Location(location.clone()) };
    if holder != Holder::Company && !world.locations.contains_key(&location) {
        return Err(Refusal::missing("Location", &location));
    }
    let contact = body["contactId"].as_str().unwrap_or_default();
    match what {
        "contacts" => {
            let count = body["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
            seed::contacts(world, &location, count);
            Ok(Answer::created(json!({ "count": count })))
        }
        "staff" => {
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            let (path, query) = match text("path").split_once('?') {
                Some((path, query)) => {
                    (path.to_owned(), form_urlencoded::parse(query.as_bytes()).into_owned().collect())
                }
                None => (text("path"), std::collections::HashMap::new()),
            };
            let inner = Request {
                method: text("method"),
                path,
                query,
                body: body["body"].to_string().into_bytes(),
                base: request.base.clone(),
                ..Request::default()
            };
            staff::call(world, &location, &inner)
        }
        "inbound" => {
            let inner = Request {
                method: "POST".into(),
                path: "/conversations/messages/inbound".into(),
                ..Request::default()
            };
            inbound(world, &location, contact, body, &inner)
        }
        "gone" => {
            strike::contact_gone(world, &location, contact, body["merged"] == true);
            Ok(Answer::ok(json!({})))
        }
        "suspend" | "resume" => {
            if let Some(place) = world.location(&location) {
                place.suspended = what == "suspend";
            }
            Ok(Answer::ok(json!({})))
        }
        "install" => {
            let redirect = body["redirectUri"].as_str().unwrap_or_default();
            let code = oauth::install(world, &holder, scopes(body), redirect);
            Ok(Answer::created(json!({ "code": code })))
        }
        "uninstall" => {
            oauth::uninstall(world, &location);
            Ok(Answer::ok(json!({})))
        }
        "tokens" => {
            let now = world.now;
            if body["private"] == true {
                let token = world.credentials.private(&mut world.chance, holder, scopes(body));
                return Ok(Answer::created(json!({ "access_token": token })));
            }
            let pair = world.credentials.issue(&mut world.chance, holder, scopes(body), now);
            Ok(Answer::created(json!({ "access_token": pair.access, "refresh_token": pair.refresh })))
        }
        _ => Err(Refusal::new(404, format!("There is no {} {}", request.method, request.path))),
    }
}

fn inbound(world: &mut World, location: &str, contact: &str, body: &Value, inner: &Request) -> Outcome {
    let channel = body["type"].as_str().unwrap_or("SMS");
    let text = body["body"].as_str().unwrap_or_default();
    let given = body.as_object().cloned().unwrap_or_default();
    staff::act(world, location, inner, |call| {
        let id = ops::receive(call, contact, channel, text, given)?;
        Ok(Answer::created(json!({ "messageId": id })))
    })
}

fn scopes(body: &Value) -> BTreeSet<String> {
    match body["scopes"].as_array() {
        Some(scopes) => scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => oauth::all_scopes(),
    }
}

/// Rows after the `after`-th, a thousand at a time.
fn page<T: serde::Serialize>(name: &str, rows: &[T], after: usize) -> Answer {
    let rest: Vec<&T> = rows.iter().skip(after).take(1_000).collect();
    Answer::ok(json!({ name: rest, "total": rows.len() }))
}

/// How to connect.
pub(super) fn front(world: &World, deliveries: &Deliveries, base: &str) -> Value {
    let locations: Vec<Value> = world
        .locations
        .values()
        .map(|place| json!({ "id": place.id, "name": place.name, "contacts": place.contacts.len() }))
        .collect();
    let addresses: Vec<Value> =
        ADDRESSES.iter().map(|(address, about)| json!({ "address": address, "about": about })).collect();
    json!({
        "base": base, "consent": format!("{base}/oauth/chooselocation"), "clientId": world.app.client_id,
        "clientSecret": world.app.client_secret, "appId": world.app.id, "companyId": world.company.id,
        "locations": locations, "webhookUrl": deliveries.url, "webhookPublicKey": deliveries.public_key(),
        "addresses": addresses,
    })
}
