//! Durable appends and served requests, beside the same work on FastAPI and SQLAlchemy in the same run.

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{peer::Peer, section::Section};
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    load::{Connection, Sample, count, percentile},
    postgres::{Keeping, Postgres},
    served::{self, Served},
    tools,
    workspace::{Scratch, Workspace},
};

const CALLERS: &str = "64";
const SECONDS: u64 = 8;
/// Markets that requests are spread over, with as many callers each as keys: every caller stays within its budget.
const MARKETS: usize = 16;
const KEYS: usize = 3;
/// Connections of the client.
const CONNECTIONS: usize = 16;

/// Appends per second, requests per second, and how long one took.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let missing = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let python = tools::peer(workspace).map_err(missing)?;
    let postgres = tools::postgres().map_err(missing)?;
    let mut build = workspace.cargo(["build", "--release", "--package", "store", "--locked"]);
    quiet(build.args(["--example", "inbox_appends"]))?;
    let appends = workspace.target()?.join("release/examples/inbox_appends");
    let scratch = Scratch::new("appends")?;
    let seconds = SECONDS.to_string();
    let mut rows = Vec::new();

    let file = |name: &str| scratch.path().join(name).display().to_string();
    for (name, place, manner) in [
        ("store on SQLite, callers share commits", file("together/m.db"), "together"),
        ("store on SQLite, a commit each", file("alone/m.db"), "alone"),
    ] {
        std::fs::create_dir_all(Path::new(&place).parent().unwrap_or(scratch.path()))
            .doing("making a folder")?;
        let line = quiet(Command::new(&appends).args([&place, CALLERS, &seconds, manner]))?;
        rows.push(appended(name, &line)?);
    }
    let mut peer = Command::new(&python);
    peer.arg(workspace.root.join("bench/peer_appends.py")).args([&file("peer.db"), CALLERS, &seconds]);
    rows.push(appended("SQLAlchemy on SQLite, a commit each, 64 threads", &quiet(&mut peer)?)?);
    let cluster = Postgres::start_keeping(&postgres, Keeping::Everything)?;
    for (name, manner) in [
        ("store on PostgreSQL, callers share commits", "together"),
        ("store on PostgreSQL, a commit each over 8 connections", "alone"),
    ] {
        let place = cluster.fresh_database("ehub_appends")?;
        let line = quiet(Command::new(&appends).args([&place, CALLERS, &seconds, manner]))?;
        rows.push(appended(name, &line)?);
    }
    drop(cluster);

    rows.extend(ours(workspace, scratch.path())?);
    rows.extend(peers(workspace, &python, scratch.path())?);
    Ok(Section {
        title: "Durable appends and requests",
        data: format!(
            "arrivals of 700 bytes by {CALLERS} callers at once for {SECONDS} s; contacts of {MARKETS} markets \
             (a SQLite file each) by {} callers over {CONNECTIONS} connections for {SECONDS} s",
            MARKETS * KEYS
        ),
        columns: vec!["what", "per second", "p50 ms", "p99 ms", "CPU ms each"],
        rows,
        remarks: REMARKS.iter().map(|remark| (*remark).to_owned()).collect(),
    })
}

const REMARKS: &[&str] = &[
    "All of it on SQLite with WAL and `synchronous=FULL`, where not said otherwise. An append is acknowledged when it is durable; \
     rows are counted afterwards, and a difference fails the measurement.",
    "The client is the same for both servers, on the same machine at the same time of day: a closed loop that sends the next \
     request when the last one is answered. The hub checks the key, role, budgets and fence, unseals the contact with its person's \
     key, and for a new contact keeps the claim, a key of its own for the person, sealed columns with blind indexes, the entry of \
     the audit chain, the event for others and the answer for repetition, in three commits. The peer (`bench/peer_contacts.py`, \
     uvicorn with uvloop and httptools, one process per core) looks up the key's hash and reads or inserts one row of plain text.",
];

fn appended(name: &str, line: &str) -> Result<Vec<String>, Fault> {
    let figures: Value = serde_json::from_str(line.trim()).doing("reading the figures of appends")?;
    let number = |key: &str| figures[key].as_f64().ok_or_else(|| Fault::new(format!("no {key} in {line}")));
    if figures["appends"] != figures["rows"] {
        return Err(Fault::new(format!("{name}: {} appends, {} rows", figures["appends"], figures["rows"])));
    }
    Ok(vec![
        format!("append: {name}"),
        format!("{:.0}", number("per_second")?),
        format!("{:.2}", number("p50_ms")?),
        format!("{:.2}", number("p99_ms")?),
        String::new(),
    ])
}

/// A caller of a market, and a contact to read.
struct Caller {
    market: String,
    key: String,
    contact: String,
}

fn ours(workspace: &Workspace, folder: &Path) -> Result<Vec<Vec<String>>, Fault> {
    let program = workspace.build_ehub(true)?;
    let at = vec!["--data".to_owned(), folder.join("hub").display().to_string()];
    let mut keys = Vec::new();
    for number in 0..MARKETS {
        let market = format!("bench-{number}");
        keys.push((market.clone(), served::market(&program, &market, &at)?));
        for _ in 1..KEYS {
            let words = ["key", "create", "more", "--market", &market, "--role", "owner", "--days", "1"];
            keys.push((market.clone(), quiet(&mut served::ehub(&program, &words, &at))?.trim().to_owned()));
        }
    }
    let hub = Served::start(&program, &at, &[])?;
    let rows = requests("hub", &hub.base, keys, true, || hub.cpu_seconds())?;
    hub.stop()?;
    Ok(rows)
}

fn peers(workspace: &Workspace, python: &Path, folder: &Path) -> Result<Vec<Vec<String>>, Fault> {
    let data = folder.join("peer");
    std::fs::create_dir_all(&data).doing("making a folder")?;
    let peer =
        Peer::start(workspace, python, "peer_contacts", &[("PEER_DATA", &data.display().to_string())])?;
    let base = peer.base.clone();
    let mut keys = Vec::new();
    let mut connection = Connection::to(&base);
    for number in 0..MARKETS * KEYS {
        let (market, key) = (format!("bench-{}", number / KEYS), format!("peer_{number:032}"));
        connection.send("PUT", &format!("/bench/keys/{market}/{key}"), &[], "")?;
        keys.push((market, key));
    }
    requests("FastAPI + SQLAlchemy", &base, keys, false, || peer.cpu_seconds())
}

/// Reads, then writes: two rows.
fn requests(
    server: &str,
    base: &str,
    keys: Vec<(String, String)>,
    named: bool,
    cpu_seconds: impl Fn() -> f64,
) -> Result<Vec<Vec<String>>, Fault> {
    let mut callers = Vec::new();
    let mut connection = Connection::to(base);
    for (number, (market, key)) in keys.into_iter().enumerate() {
        let path = format!("/api/v1/markets/{market}/contacts");
        let answer = post(&mut connection, &path, &key, &format!("first-{number}"), named)?;
        let made: Value = serde_json::from_str(&answer).doing("reading a contact")?;
        let contact = made["id"].as_str().ok_or_else(|| Fault::new(format!("no id in {answer}")))?.to_owned();
        callers.push(Caller { market, key, contact });
    }
    let callers = Arc::new(callers);
    let mut rows = Vec::new();
    for (what, writes) in [("GET a contact", false), ("POST a contact", true)] {
        let before = cpu_seconds();
        let samples = closed_loop(base, &callers, writes, named);
        let used = cpu_seconds() - before;
        let good = count(&samples, |status| matches!(status, 200 | 201));
        if good < samples.len() {
            let other = samples.iter().find(|(status, _)| !matches!(status, 200 | 201));
            return Err(Fault::new(format!(
                "{server}: {what}: of {} answers one is {other:?}",
                samples.len()
            )));
        }
        rows.push(vec![
            format!("{what}: {server}"),
            format!("{:.0}", good as f64 / SECONDS as f64),
            format!("{:.2}", percentile(&samples, 0.5)),
            format!("{:.2}", percentile(&samples, 0.99)),
            format!("{:.2}", used * 1e3 / good.max(1) as f64),
        ]);
    }
    Ok(rows)
}

fn closed_loop(base: &str, callers: &Arc<Vec<Caller>>, writes: bool, named: bool) -> Vec<Sample> {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let lanes: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            let (base, callers) = (base.to_owned(), Arc::clone(callers));
            thread::spawn(move || {
                let mut connection = Connection::to(&base);
                let mut samples: Vec<Sample> = Vec::new();
                let mut turn = lane;
                while Instant::now() < until {
                    let caller = &callers[turn % callers.len()];
                    turn += CONNECTIONS + 1;
                    let begun = Instant::now();
                    let bearer = format!("Bearer {}", caller.key);
                    let contacts = format!("/api/v1/markets/{}/contacts", caller.market);
                    let status = if writes {
                        post(&mut connection, &contacts, &caller.key, &format!("{lane}-{turn}"), named)
                            .map_or(0, |_| 201)
                    } else {
                        let path = format!("{contacts}/{}", caller.contact);
                        let answer = connection.send("GET", &path, &[("Authorization", &bearer)], "");
                        answer.map_or(0, |answer| answer.status)
                    };
                    samples.push((status, begun.elapsed()));
                }
                samples
            })
        })
        .collect();
    lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_default()).collect()
}

/// Creates a contact; the answer's body.
fn post(
    connection: &mut Connection,
    path: &str,
    key: &str,
    name: &str,
    named: bool,
) -> Result<String, Fault> {
    let bearer = format!("Bearer {key}");
    let body = serde_json::json!({
        "name": format!("Ana {name}"), "email": format!("ana-{name}@example.com"), "phone": "+12065550123",
    });
    let mut headers = vec![("Authorization", bearer.as_str())];
    if named {
        headers.push(("Idempotency-Key", name));
    }
    let answer = connection.send("POST", path, &headers, &body.to_string())?;
    match answer.status {
        201 => Ok(answer.body),
        status => Err(Fault::new(format!("POST {path} answers {status}: {}", answer.body))),
    }
}
