//! From an event at GoHighLevel to the score that stands there: fetched, kept, scored, written back.

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    ghl_faults::site::{Site, until},
    section::Section,
};
use crate::{
    command::quiet,
    fault::Fault,
    load::percentile,
    office::{self, Office},
    served::{self, Served},
    workspace::{Scratch, Workspace},
};

/// Locations with a market each.
const LOCATIONS: usize = 10;
const CONTACTS: usize = 60;
/// People who write, one after the other.
const WRITERS: usize = 200;
/// Time between two.
const EVERY: Duration = Duration::from_millis(250);
/// GoHighLevel's limit of requests counts per ten seconds.
const INTERVAL: Duration = Duration::from_secs(10);
/// Longest wait for a location to come to rest.
const PATIENCE: Duration = Duration::from_secs(300);

/// Times from an inbound message to the score written back.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let program = workspace.build_ehub(true)?;
    let scratch = Scratch::new("ghl-round-trip")?;
    let office = Office::start(&program, LOCATIONS, CONTACTS)?;
    let at = office::at(&office, scratch.path())?;
    let locations = office.locations();
    let mut markets = Vec::new();
    for (number, location) in locations.iter().enumerate() {
        let market = format!("site-{number:02}");
        let key = served::market(&program, &market, &at)?;
        markets.push((market, location.clone(), key));
    }
    let names: Vec<&str> = markets.iter().map(|(market, ..)| market.as_str()).collect();
    office::owner(&program, &names, &at)?;
    let hub = Served::start(&program, &at, &[])?;
    office.ask("POST", "webhooks", &json!({ "url": format!("{}/webhooks/ghl", hub.base) }))?;
    let session = office::session(&program, &at, &hub.base)?;
    let mut sites = Vec::new();
    for (market, location, key) in &markets {
        office.consent(&hub.base, &session, market, location)?;
        sites.push(Site::new(&hub.base, &office.base, market, location, key)?);
    }
    settle(&mut sites)?;
    // The interval of GoHighLevel's limit that the fill has used up passes.
    thread::sleep(INTERVAL);

    let mut written = BTreeMap::new();
    for number in 0..WRITERS {
        let site = &mut sites[number % LOCATIONS];
        let contact = site.fresh()?;
        let body = json!({ "locationId": site.location, "contactId": contact, "type": "SMS", "body": "Can I see it on Saturday?" });
        let message = office.ask("POST", "inbound", &body)?["messageId"].as_str().map(str::to_owned);
        let message = message.ok_or_else(|| Fault::new("a message has no id"))?;
        written.insert(message, contact);
        thread::sleep(EVERY);
    }
    settle(&mut sites)?;
    let times = times(&office, &written)?;
    hub.stop()?;
    office.stop()?;
    let samples: Vec<(u16, Duration)> =
        times.iter().map(|seconds| (200, Duration::from_secs_f64(*seconds))).collect();
    let row = |share: f64| format!("{:.0}", percentile(&samples, share));
    Ok(Section {
        title: "From an event to the score written back",
        data: format!(
            "{WRITERS} contacts of {LOCATIONS} locations write to their agents, one every {} ms; every one of them changes the score",
            EVERY.as_millis()
        ),
        columns: vec!["written back", "of", "p50 ms", "p95 ms", "p99 ms"],
        rows: vec![vec![times.len().to_string(), WRITERS.to_string(), row(0.5), row(0.95), row(0.99)]],
        remarks: vec![
            "By the emulator's clock: from the moment at which the message was written there to the moment at which the contact's custom \
             fields hold the new score. In between: the signed webhook, the inbox, the contact and its messages fetched again, the timeline, \
             the score with its reasons, the gate of limits, the write."
                .to_owned(),
        ],
    })
}

/// Waits until every location is filled in, and nothing waits to be worked or to be written.
fn settle(sites: &mut [Site]) -> Result<(), Fault> {
    for site in sites {
        let rested = until(PATIENCE, || {
            let (_, health) = site.hub("GET", "/gohighlevel", &Value::Null)?;
            let rests = health["backfill"]["done"] == true
                && ["events_waiting", "writes_waiting"].iter().all(|depth| health[*depth] == 0);
            Ok((!rests).then(|| format!("the hub does not come to rest: {health}")))
        })?;
        rested.map_err(Fault::new)?;
    }
    Ok(())
}

/// Seconds from each contact's message to the first write of its fields after it.
fn times(office: &Office, written: &BTreeMap<String, String>) -> Result<Vec<f64>, Fault> {
    let mut effects: Vec<Value> = Vec::new();
    loop {
        let page = office.ask("GET", &format!("effects?after={}", effects.len()), &Value::Null)?;
        let more = page["effects"].as_array().map(Vec::as_slice).unwrap_or_default();
        if more.is_empty() {
            break;
        }
        effects.extend_from_slice(more);
    }
    let mut times = Vec::new();
    for (message, contact) in written {
        let began = effects.iter().position(|effect| effect["entity"] == message.as_str());
        let began = began.ok_or_else(|| Fault::new(format!("message {message} was not written")))?;
        let is_write = |effect: &&Value| {
            effect["entity"] == contact.as_str()
                && effect["by"] == "api"
                && effect["operation"]
                    .as_str()
                    .is_some_and(|operation| operation.starts_with("PUT /contacts/"))
        };
        if let Some(ended) = effects[began..].iter().find(is_write) {
            times.push(instant(&ended["at"])? - instant(&effects[began]["at"])?);
        }
    }
    Ok(times)
}

/// Seconds since 1970 of an instant of this day and the next, as GNU date reads it.
fn instant(text: &Value) -> Result<f64, Fault> {
    let text = text.as_str().unwrap_or_default();
    let seconds = quiet(std::process::Command::new("date").args(["-u", "-d", text, "+%s.%3N"]))?;
    seconds.trim().parse().map_err(|_| Fault::new(format!("`{text}` is no instant")))
}
