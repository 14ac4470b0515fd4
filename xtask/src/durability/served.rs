//! The served API under faults: contacts created by request, each with an `Idempotency-Key`.
//!
//! One hub serves all runs of a ground, so that what a fault leaves is what the next run stands on. Every run has names of its
//! own, which tell afterwards what took effect, by half or twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    Effort, Row,
    writer::{Found, injecting, places, was_injected},
};
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    load::Connection,
    postgres::{Keeping, Postgres},
    served::{self, Served},
    workspace::Scratch,
};

const CONTACTS: &str = "/api/v1/markets/campaign/contacts";
/// How long a request may be refused as still in flight after its server died, until its database has noticed.
const IN_FLIGHT: Duration = Duration::from_secs(30);
/// How long a server that did not answer is watched for its end.
const DYING: Duration = Duration::from_secs(5);

/// One row per kind of fault.
pub fn faults(program: &Path, strace: &Path, postgres: &Path, effort: Effort) -> Result<Vec<Row>, Fault> {
    let scratch = Scratch::new("served")?;
    let data = scratch.path().join("data").display().to_string();
    let embedded = Site::make(program, strace, "SQLite, served", vec!["--data".into(), data.clone()])?;
    let mut rows = vec![
        embedded.row(
            effort,
            "EIO at the n-th flush",
            "fdatasync,fsync",
            |n| format!("error=EIO:when={n}"),
            &[4, 12],
        )?,
        embedded.row(
            effort,
            "disk full from the n-th write on",
            "pwrite64",
            |n| format!("error=ENOSPC:when={n}+"),
            &[60, 160],
        )?,
        embedded.row(
            effort,
            "kill at the n-th write",
            "pwrite64",
            |n| format!("signal=SIGKILL:when={n}"),
            &[60, 160],
        )?,
    ];
    embedded.verify(&mut rows)?;

    let cluster = Postgres::start_keeping(postgres, Keeping::Everything)?;
    let at = vec![
        "--data".into(),
        format!("{data}-2"),
        "--database-url".into(),
        cluster.fresh_database("ehub_served")?,
    ];
    let server = Site::make(program, strace, "PostgreSQL, served", at)?;
    let mut more = vec![server.row(
        Effort { runs_max: effort.server_runs_max, ..effort },
        "kill at the n-th message to the server",
        "sendto",
        |n| format!("signal=SIGKILL:when={n}"),
        // A start alone sends some hundreds: some before its end, some behind it.
        &[200, 400, 800, 1_600],
    )?];
    server.verify(&mut more)?;
    rows.extend(more);
    Ok(rows)
}

/// A hub with one market, over many runs.
struct Site<'s> {
    program: &'s Path,
    strace: &'s Path,
    ground: &'static str,
    at: Vec<String>,
    key: String,
}

/// What a client knows after its requests.
struct Told {
    acknowledged: BTreeSet<u64>,
    /// Answers that were neither good nor a refusal that may follow a fault.
    strange: Vec<String>,
}

impl<'s> Site<'s> {
    fn make(
        program: &'s Path,
        strace: &'s Path,
        ground: &'static str,
        at: Vec<String>,
    ) -> Result<Self, Fault> {
        let key = served::market(program, "campaign", &at)?;
        Ok(Self { program, strace, ground, at, key })
    }

    fn row(
        &self,
        effort: Effort,
        fault: &str,
        calls: &str,
        what: impl Fn(u64) -> String,
        look: &[u64],
    ) -> Result<Row, Fault> {
        let mut row = Row::new(self.ground, fault);
        // A hub starts in every run, which takes a while.
        let runs_max = effort.runs_max.div_ceil(8).max(8);
        let count = effort.operations;
        let mut run = |n: u64| {
            let name = format!("{}-{n}", fault.replace(' ', "-"));
            let folder = Scratch::new("durability-run")?;
            let log = folder.path().join("strace");
            let under = injecting(self.strace, &log, calls, &what(n));
            let (told, died) = match Served::start(self.program, &self.at, &under) {
                Ok(mut hub) => {
                    let base = hub.base.clone();
                    let told = self.send(&base, &name, count, Some(&mut hub));
                    let died = hub.has_ended();
                    hub.kill()?;
                    (told, died)
                }
                // It was hit while it started.
                Err(_) => (Told { acknowledged: BTreeSet::new(), strange: Vec::new() }, true),
            };
            let hit = died || was_injected(&log)?;
            let hub = Served::start(self.program, &self.at, &[])?;
            let mut after = self.look(&hub.base, &name)?;
            after.broken.extend(told.strange);
            let again = self.send(&hub.base, &name, count, None);
            let mut finished = self.look(&hub.base, &name)?;
            finished.broken.extend(again.strange);
            hub.stop()?;
            row.count(&format!("n = {n}"), count, hit, &told.acknowledged, &after, &finished);
            Ok(hit)
        };
        row.is_sampled = if effort.runs_max > 10 {
            places(runs_max, run)?
        } else {
            for n in look {
                run(*n)?;
            }
            true
        };
        println!("{}", row.cells().join(" | "));
        Ok(row)
    }

    /// Sends requests `0..count` named after the run. Under a fault the first attempt counts; without one each is sent until it
    /// is answered for good.
    fn send(&self, base: &str, name: &str, count: u64, mut under_fault: Option<&mut Served>) -> Told {
        let mut told = Told { acknowledged: BTreeSet::new(), strange: Vec::new() };
        let mut connection = Connection::to(base);
        let bearer = format!("Bearer {}", self.key);
        for operation in 0..count {
            let key = format!("{name}-{operation}");
            let body = serde_json::json!({ "name": key }).to_string();
            let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key.as_str())];
            let deadline = Instant::now() + IN_FLIGHT;
            loop {
                let answer = connection.send("POST", CONTACTS, &headers, &body);
                let status = answer.as_ref().map_or(0, |answer| answer.status);
                let said = answer.map(|answer| answer.body).unwrap_or_default();
                let has_happened = status == 201 || said.contains("has taken effect");
                if has_happened {
                    told.acknowledged.insert(operation);
                    break;
                }
                // A connection breaks a moment before its server is seen to have ended.
                let patience = if status == 0 { DYING } else { Duration::ZERO };
                match under_fault.as_deref_mut().map(|hub| hub.ends_within(patience)) {
                    Some(true) => return told,
                    // Refused, or unanswered: nothing was promised.
                    Some(false) => break,
                    None if matches!(status, 409 | 503 | 429) && Instant::now() < deadline => {
                        thread::sleep(Duration::from_millis(500));
                    }
                    None => {
                        told.strange.push(format!("{key} is answered {status} without any fault: {said}"));
                        break;
                    }
                }
            }
        }
        told
    }

    /// Which contacts of the run are there.
    fn look(&self, base: &str, name: &str) -> Result<Found, Fault> {
        let mut found = Found::default();
        let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
        let prefix = format!("{name}-");
        self.each(base, "contacts", CONTACTS, |contact| {
            let operation =
                contact["name"].as_str().and_then(|text| text.strip_prefix(&prefix)?.parse().ok());
            if let Some(operation) = operation {
                *seen.entry(operation).or_default() += 1;
            }
        })?;
        for (operation, count) in seen {
            if count > 1 {
                found.broken.push(format!("{operation} took effect {count} times"));
            }
            found.present.insert(operation);
        }
        Ok(found)
    }

    /// Every element of a list, page by page.
    fn each(&self, base: &str, list: &str, path: &str, mut take: impl FnMut(&Value)) -> Result<(), Fault> {
        let bearer = format!("Bearer {}", self.key);
        let mut connection = Connection::to(base);
        let mut next = format!("{path}?limit=200");
        loop {
            let answer = connection.send("GET", &next, &[("Authorization", &bearer)], "")?;
            if answer.status != 200 {
                return Err(Fault::new(format!("{next} answers {}: {}", answer.status, answer.body)));
            }
            let page: Value = serde_json::from_str(&answer.body).doing("reading a page of the API")?;
            page[list].as_array().into_iter().flatten().for_each(&mut take);
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}?limit=200&cursor={cursor}"),
                None => return Ok(()),
            }
        }
    }

    /// Every chain verifies, and every contact has exactly one entry that tells of it.
    fn verify(&self, rows: &mut [Row]) -> Result<(), Fault> {
        let Some(row) = rows.last_mut() else { return Ok(()) };
        if let Err(fault) = quiet(&mut served::ehub(self.program, &["audit", "verify"], &self.at)) {
            row.complain(format!("the chain does not verify: {fault}"));
        }
        let hub = Served::start(self.program, &self.at, &[])?;
        let (mut contacts, mut told) = (BTreeSet::new(), Vec::new());
        self.each(&hub.base, "contacts", CONTACTS, |contact| {
            contacts.extend(contact["id"].as_str().map(str::to_owned));
        })?;
        let entries = "/api/v1/markets/campaign/audit";
        self.each(&hub.base, "entries", entries, |entry| {
            if entry["action"] == "contact.created" {
                let subject = entry["subject"].as_str().and_then(|subject| subject.rsplit(':').next());
                told.extend(subject.map(str::to_owned));
            }
        })?;
        hub.stop()?;
        let entries = told.len();
        let told: BTreeSet<String> = told.into_iter().collect();
        if told != contacts || entries != contacts.len() {
            row.complain(format!("{} contacts and {entries} entries of their creation", contacts.len()));
        }
        Ok(())
    }
}
