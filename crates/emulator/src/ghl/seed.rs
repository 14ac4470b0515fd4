//! The world as it begins: an agency with offices of real-estate agents and their contacts, invented from a seed.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    chance::Chance,
    clock::written,
    credential::Credentials,
    faults::Faults,
    limits::Limits,
    world::{App, Calendar, Company, Contact, Location, Opportunity, Pipeline, World},
};

const OFFICES: [&str; 8] = [
    "Cascade Homes",
    "Mesa Realty",
    "Summit Estates",
    "Lagoon Living",
    "Prairie Homes",
    "Harbor Keys",
    "Delta Homes",
    "Alpine Realty",
];
const ZONES: [&str; 4] = ["America/Los_Angeles", "America/Phoenix", "America/Denver", "America/New_York"];
const FIRST: [&str; 16] = [
    "Ana", "Ben", "Carla", "David", "Elena", "Frank", "Grace", "Hugo", "Irene", "Jamal", "Kim", "Luis",
    "Maya", "Noah", "Olga", "Peter",
];
const LAST: [&str; 16] = [
    "Alvarez", "Brown", "Chen", "Diaz", "Evans", "Fischer", "Garcia", "Hoffman", "Ito", "Jones", "Kaur",
    "Lopez", "Miller", "Nguyen", "Okafor", "Patel",
];
const SOURCES: [&str; 6] = ["Zillow", "Website form", "Referral", "Facebook Ads", "Open house", "Google Ads"];
const TAGS: [&str; 6] =
    ["buyer", "seller", "needs qualifying", "investor", "first-time buyer", "past client"];
const BUYER: [&str; 9] =
    ["New", "Attempted", "Contacted", "Qualified", "Showing", "Offer", "Under contract", "Closed", "Nurture"];
const SELLER: [&str; 6] =
    ["New", "Valuation sent", "Listing appointment", "Listed", "Under contract", "Closed"];
const FIELDS: [(&str, &str, &str); 8] = [
    ("AI Lead Score", "ai_lead_score", "NUMERICAL"),
    ("AI Lead Band", "ai_lead_band", "TEXT"),
    ("AI Lead Reasons", "ai_lead_reasons", "LARGE_TEXT"),
    ("AI Next Step", "ai_next_step", "TEXT"),
    ("Budget Range", "budget_range", "TEXT"),
    ("Preferred Location", "preferred_location", "TEXT"),
    ("Timeline", "timeline", "TEXT"),
    ("Pre-approved", "pre_approved", "TEXT"),
];
const WORKFLOWS: [(&str, &str); 4] = [
    ("Hot lead: call now", "published"),
    ("Warm lead: nurture", "published"),
    ("Follow-up (backup)", "published"),
    ("Open house invitation", "draft"),
];

/// A world with so many locations and so many contacts in each.
pub(super) fn world(seed: u64, locations: usize, contacts: usize, now: Timestamp) -> World {
    let mut chance = Chance::new(seed);
    let app = chance.hex_id();
    let mut world = World {
        now,
        company: Company { id: chance.id(), name: "Northwind Agency".to_owned(), owner: chance.id() },
        app: App {
            // A client identifier begins with its app's.
            client_id: format!("{app}-emulated"),
            id: app,
            version: chance.hex_id(),
            client_secret: chance.uuid(),
        },
        chance,
        locations: BTreeMap::new(),
        credentials: Credentials::default(),
        limits: Limits::default(),
        faults: Faults::default(),
        effects: Vec::new(),
        events: Vec::new(),
        requests: Vec::new(),
        acting: "api",
    };
    for number in 0..locations {
        let mut place = location(&mut world.chance, number, now);
        for _ in 0..contacts {
            let contact = contact(&mut world.chance, &place, now);
            add(&mut place, contact, &mut world.chance);
        }
        world.locations.insert(place.id.clone(), place);
    }
    world
}

/// Adds invented contacts to a location, without telling anybody.
pub(super) fn contacts(world: &mut World, location: &str, count: usize) {
    let (now, chance) = (world.now, &mut world.chance);
    if let Some(place) = world.locations.get_mut(location) {
        for _ in 0..count {
            let contact = contact(chance, place, now);
            add(place, contact, chance);
        }
    }
}

fn location(chance: &mut Chance, number: usize, now: Timestamp) -> Location {
    let id = chance.id();
    let name = match number / OFFICES.len() {
        0 => OFFICES[number].to_owned(),
        round => format!("{} {}", OFFICES[number % OFFICES.len()], round + 1),
    };
    let users: Vec<Value> = (0..3).map(|_| user(chance, &id)).collect();
    let at = written(now);
    let calendars = ["Buyer consultation", "Listing appointment", "Call back (backup)"]
        .iter()
        .zip(&users)
        .map(|(name, user)| Calendar {
            id: chance.id(),
            name: (*name).to_owned(),
            slot_minutes: 30,
            opens: 9,
            closes: 17,
            user: user["id"].as_str().unwrap_or_default().to_owned(),
            active: true,
        })
        .collect();
    let fields = FIELDS.map(|(name, key, kind)| {
        json!({ "id": chance.id(), "name": name, "fieldKey": format!("contact.{key}"), "dataType": kind,
            "position": 0, "model": "contact", "locationId": id })
    });
    let workflows = WORKFLOWS.map(|(name, status)| {
        json!({ "id": chance.uuid(), "name": name, "status": status, "version": 1, "createdAt": at,
            "updatedAt": at, "locationId": id })
    });
    Location {
        name,
        timezone: ZONES[number % ZONES.len()].to_owned(),
        allow_duplicate_contact: false,
        allow_duplicate_opportunity: false,
        dedupe: vec!["email", "phone"],
        suspended: false,
        installed: Some(now),
        users,
        custom_fields: fields.to_vec(),
        custom_values: Vec::new(),
        tags: TAGS.iter().map(|tag| json!({ "id": chance.id(), "name": tag, "locationId": id })).collect(),
        pipelines: vec![pipeline(chance, "Buyers", &BUYER), pipeline(chance, "Sellers", &SELLER)],
        workflows: workflows.to_vec(),
        campaigns: vec![
            json!({ "id": chance.id(), "name": "Newsletter", "status": "published", "locationId": id }),
        ],
        calendars,
        contacts: BTreeMap::new(),
        by_email: HashMap::new(),
        by_phone: HashMap::new(),
        opportunities: BTreeMap::new(),
        conversations: BTreeMap::new(),
        messages: Vec::new(),
        appointments: BTreeMap::new(),
        id,
    }
}

fn user(chance: &mut Chance, location: &str) -> Value {
    let (first, last, id) = (chance.pick(&FIRST), chance.pick(&LAST), chance.id());
    let email =
        format!("{}.{}.{}@example.com", first.to_lowercase(), last.to_lowercase(), &id[..4].to_lowercase());
    json!({ "id": id, "name": format!("{first} {last}"), "firstName": first, "lastName": last, "email": email,
        "roles": { "type": "account", "role": "user", "locationIds": [location] }, "deleted": false })
}

fn pipeline(chance: &mut Chance, name: &str, stages: &[&str]) -> Pipeline {
    let stages = stages.iter().map(|stage| (chance.uuid(), (*stage).to_owned())).collect();
    Pipeline { id: chance.id(), name: name.to_owned(), stages }
}

fn contact(chance: &mut Chance, place: &Location, now: Timestamp) -> Contact {
    let (first, last, id) = (chance.pick(&FIRST), chance.pick(&LAST), chance.id());
    let number = place.contacts.len();
    let mut fields = Map::new();
    // Numbers with 555 belong to nobody.
    let phone = format!("+1{:03}555{:04}", 201 + (number / 10_000) % 700, number % 10_000);
    let email = format!("{}.{}{number}@example.net", first.to_lowercase(), last.to_lowercase());
    for (name, value) in [
        ("firstName", first),
        ("lastName", last),
        ("email", &email),
        ("phone", &phone),
        ("source", chance.pick(&SOURCES)),
        ("country", "US"),
        ("timezone", &place.timezone),
    ] {
        fields.insert(name.to_owned(), Value::from(value));
    }
    if chance.below(2) == 0 {
        let user = chance.below(place.users.len());
        fields.insert("assignedTo".to_owned(), place.users[user]["id"].clone());
    }
    let added = now - SignedDuration::from_secs(i64::try_from(chance.below(90 * 86_400)).unwrap_or(0));
    Contact {
        id,
        fields,
        tags: vec![chance.pick(&TAGS).to_owned()],
        custom: BTreeMap::new(),
        followers: Vec::new(),
        tasks: Vec::new(),
        notes: Vec::new(),
        enrolments: Vec::new(),
        campaigns: Vec::new(),
        added,
        updated: added,
        gone: None,
    }
}

fn add(place: &mut Location, contact: Contact, chance: &mut Chance) {
    let (id, at, name) = (contact.id.clone(), contact.added, contact.name());
    place.contacts.insert(id.clone(), contact);
    place.index(&id);
    // One in five has a deal.
    if chance.below(5) == 0 {
        let pipeline = &place.pipelines[chance.below(place.pipelines.len())];
        let stage = &pipeline.stages[chance.below(pipeline.stages.len())];
        let value = 200_000 + 5_000 * chance.below(160);
        let mut fields = Map::new();
        for (name, value) in [
            ("name", json!(name)),
            ("status", json!("open")),
            ("pipelineId", json!(pipeline.id)),
            ("pipelineStageId", json!(stage.0)),
            ("monetaryValue", json!(value)),
        ] {
            fields.insert(name.to_owned(), value);
        }
        let deal = Opportunity {
            id: chance.id(),
            contact: id,
            fields,
            custom: BTreeMap::new(),
            followers: Vec::new(),
            added: at,
            updated: at,
            status_changed: at,
            stage_changed: at,
            gone: false,
        };
        place.opportunities.insert(deal.id.clone(), deal);
    }
}
