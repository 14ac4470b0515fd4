//! GoHighLevel's webhooks at the door: from the first byte to the answer that may be given only when the event is durable.

use std::{
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{peer::Peer, section::Section};
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    load::{Connection, Planned, Sample, at_rate, count, percentile},
    office::{self, Office},
    served::{self, Served},
    tools,
    workspace::{Scratch, Workspace},
};

const PATH: &str = "/webhooks/ghl";
/// The rate that a hub on two cores has to bear, for how long.
const RATE: f64 = 2_000.0;
const SECONDS: u64 = 15;
/// Events of the closed loop are as many as a peak far above the rate would take.
const PEAK_SECONDS: u64 = 8;
const PEAK_EVENTS: usize = 80_000;
/// Connections of the client.
const CONNECTIONS: usize = 32;
/// Contacts that events are about.
const CONTACTS: usize = 500;

/// Requests that are signed already.
type Events = Arc<Vec<(String, String)>>;

/// Answers per second and their times, at the rate and at the peak, of the hub and of a peer.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let python = tools::peer(workspace)
        .map_err(|missing| Fault::new(format!("{}; {}", missing.why, missing.enable)))?;
    let program = workspace.build_ehub(true)?;
    let scratch = Scratch::new("ghl-webhooks")?;
    let office = Office::start(&program, 1, CONTACTS)?;
    let locations = office.locations();
    let location = locations.first().ok_or_else(|| Fault::new("the emulator has no location"))?;
    let at = office::at(&office, scratch.path())?;
    served::market(&program, "bench", &at)?;
    let token = scratch.path().join("token");
    std::fs::write(&token, office.private_token(location)?).doing("writing a token")?;
    let mut connect =
        served::ehub(&program, &["ghl", "connect", "--market", "bench", "--location", location], &at);
    quiet(connect.arg("--token-file").arg(&token))?;

    let app = office.connection["appId"].as_str().unwrap_or_default();
    let mut rows = Vec::new();
    let hub = Served::start(&program, &at, &[])?;
    let timed = events(app, location, "timed", RATE as usize * SECONDS as usize)?;
    rows.push(steady("hub", &hub.base, &timed, || hub.cpu_seconds())?);
    let peak = events(app, location, "peak", PEAK_EVENTS)?;
    rows.push(peaked("hub", &hub.base, &peak, || hub.cpu_seconds())?);
    hub.stop()?;

    let data = scratch.path().join("peer");
    std::fs::create_dir_all(&data).doing("making a folder")?;
    let key = office.public_key();
    let environment = [("PEER_DATA", data.display().to_string()), ("PEER_KEY", key)];
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let peer = Peer::start(workspace, &python, "peer_webhooks", &environment)?;
    rows.push(steady("FastAPI + SQLAlchemy", &peer.base, &timed, || peer.cpu_seconds())?);
    rows.push(peaked("FastAPI + SQLAlchemy", &peer.base, &peak, || peer.cpu_seconds())?);
    office.stop()?;
    Ok(Section {
        title: "GoHighLevel's webhooks",
        data: format!(
            "signed ContactUpdate events of {} bytes about {CONTACTS} contacts of one location over {CONNECTIONS} connections; \
             {RATE} a second for {SECONDS} s, then as fast as answers come for {PEAK_SECONDS} s",
            timed.first().map_or(0, |(body, _)| body.len())
        ),
        columns: vec!["what", "answered 200 per second", "not 200", "p50 ms", "p99 ms", "CPU ms each"],
        rows,
        remarks: REMARKS.iter().map(|remark| (*remark).to_owned()).collect(),
    })
}

const REMARKS: &[&str] = &[
    "Times count from the moment at which an event was due, so that waiting for a free connection counts; 200 is answered when the event is \
     durable (SQLite, WAL, `synchronous=FULL`). Client, hub, emulator and the work on what arrived (each contact fetched again from the \
     emulator, scored, written back) share the machine. The hub verifies, finds the market, seals the event under the key of the day and \
     keeps it; whatever it does not answer with 200 it answers with 429, which GoHighLevel sends again.",
    "The service that this product replaces was measured at 165 events per second and core, 6.0 ms of processor time each, with HMAC and \
     nothing durable; it is not run here. The peer (`bench/peer_webhooks.py`, uvicorn with uvloop and httptools, one process per core) \
     verifies the same signatures and keeps the event as it came.",
];

/// Signed events of contacts of a location, each with its own `webhookId`.
fn events(app: &str, location: &str, series: &str, count: usize) -> Result<Events, Fault> {
    let now = quiet(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%S.000Z"]))?.trim().to_owned();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let make = |number: usize| {
        let contact = number % CONTACTS;
        let body = json!({
            "type": "ContactUpdate", "locationId": location, "versionId": "67f8d4a1b2c3d4e5f6a7b8c9", "appId": app,
            "id": format!("bench{contact:015}"), "firstName": "Ana", "lastName": format!("Diaz {contact}"),
            "name": format!("Ana Diaz {contact}"), "email": format!("ana{contact}@example.com"),
            "phone": format!("+1206555{contact:04}"), "address1": "1412 Alder Street", "city": "Seattle", "state": "WA",
            "country": "US", "postalCode": "98101", "source": "public api", "dateAdded": now, "dnd": false,
            "tags": ["buyer", "open house"], "customFields": [], "timestamp": now,
            "webhookId": format!("bench-{series}-{number:08}"),
        })
        .to_string();
        let signature = office::signature(body.as_bytes())?;
        Ok::<_, Fault>((body, signature))
    };
    let made = thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                scope.spawn(move || (part..count).step_by(threads).map(make).collect::<Result<Vec<_>, _>>())
            })
            .collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|_| Err(Fault::new("signing failed"))))
            .collect::<Result<Vec<_>, _>>()
    })?;
    Ok(Arc::new(made.into_iter().flatten().collect()))
}

fn steady(
    server: &str,
    base: &str,
    events: &Events,
    cpu_seconds: impl Fn() -> f64,
) -> Result<Vec<String>, Fault> {
    warm(base, events)?;
    let before = cpu_seconds();
    let planned = Arc::clone(events);
    let running = at_rate(base, RATE, Duration::from_secs(SECONDS), CONNECTIONS, move |number| {
        let (body, signature) = &planned[usize::try_from(number).unwrap_or_default() % planned.len()];
        Planned {
            method: "POST",
            path: PATH.to_owned(),
            headers: vec![("x-ghl-signature".to_owned(), signature.clone())],
            body: body.clone(),
        }
    });
    let samples = running.join().map_err(|_| Fault::new("the client failed"))?;
    Ok(row(&format!("{server}: {RATE} a second"), &samples, SECONDS, cpu_seconds() - before))
}

fn peaked(
    server: &str,
    base: &str,
    events: &Events,
    cpu_seconds: impl Fn() -> f64,
) -> Result<Vec<String>, Fault> {
    let before = cpu_seconds();
    let until = Instant::now() + Duration::from_secs(PEAK_SECONDS);
    let lanes: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            let (base, events) = (base.to_owned(), Arc::clone(events));
            thread::spawn(move || {
                let mut connection = Connection::to(&base);
                let mut samples: Vec<Sample> = Vec::new();
                for (body, signature) in events.iter().skip(lane).step_by(CONNECTIONS) {
                    if Instant::now() >= until {
                        break;
                    }
                    let begun = Instant::now();
                    let answer = connection.send("POST", PATH, &[("x-ghl-signature", signature)], body);
                    samples.push((answer.map_or(0, |answer| answer.status), begun.elapsed()));
                }
                samples
            })
        })
        .collect();
    let samples: Vec<Sample> = lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect();
    Ok(row(&format!("{server}: as fast as it answers"), &samples, PEAK_SECONDS, cpu_seconds() - before))
}

/// The first events open what is opened once.
fn warm(base: &str, events: &Events) -> Result<(), Fault> {
    let mut connection = Connection::to(base);
    for (body, signature) in events.iter().take(20) {
        let answer = connection.send("POST", PATH, &[("x-ghl-signature", signature)], body)?;
        if answer.status != 200 {
            return Err(Fault::new(format!("an event is answered {}: {}", answer.status, answer.body)));
        }
    }
    Ok(())
}

fn row(what: &str, samples: &[Sample], seconds: u64, cpu_seconds: f64) -> Vec<String> {
    let good = count(samples, |status| status == 200);
    vec![
        what.to_owned(),
        format!("{:.0}", good as f64 / seconds as f64),
        (samples.len() - good).to_string(),
        format!("{:.2}", percentile(samples, 0.5)),
        format!("{:.2}", percentile(samples, 0.99)),
        format!("{:.3}", cpu_seconds * 1e3 / samples.len().max(1) as f64),
    ]
}
