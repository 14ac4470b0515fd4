//! Opening a thousand markets, and what they cost while they rest.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::section::Section;
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    load::{Connection, Sample, percentile},
    postgres::{Keeping, Postgres},
    served::{self, Served},
    tools,
    workspace::{Scratch, Workspace},
};

const MARKETS: usize = 1_000;
/// Fewer on PostgreSQL, where each is a database of several megabytes.
const MARKETS_ON_POSTGRES: usize = 50;

/// Markets per second, memory, descriptors.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let missing = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let program = workspace.build_ehub(true)?;
    let scratch = Scratch::new("provisioning")?;
    let data = scratch.path().join("data");
    let at = vec!["--data".to_owned(), data.display().to_string()];
    let mut rows = Vec::new();

    let site = Site::start(&program, &at)?;
    rows.push(site.row("SQLite: a hub without markets", None));
    let made = site.create(MARKETS)?;
    rows.push(site.row(&format!("SQLite: {MARKETS} markets opened one after the other"), Some(&made)));
    let bytes = folder_bytes(&data.join("markets"))? as f64 / MARKETS as f64 / 1024.0;
    let read = site.visit(0..50)?;
    rows.push(site.row("SQLite: 50 of them in use", Some(&read)));
    let read = site.visit(0..MARKETS)?;
    rows.push(site.row(&format!("SQLite: every one of the {MARKETS} used once more"), Some(&read)));
    site.hub.stop()?;
    let site = Site::start(&program, &at)?;
    rows.push(site.row(&format!("SQLite: started again with {MARKETS} markets"), None));
    site.hub.stop()?;

    let cluster = Postgres::start_keeping(&tools::postgres().map_err(missing)?, Keeping::Everything)?;
    let at = vec![
        "--data".to_owned(),
        scratch.path().join("server").display().to_string(),
        "--database-url".to_owned(),
        cluster.fresh_database("ehub_provisioning")?,
    ];
    let site = Site::start(&program, &at)?;
    let made = site.create(MARKETS_ON_POSTGRES)?;
    rows.push(site.row(&format!("PostgreSQL: {MARKETS_ON_POSTGRES} markets opened"), Some(&made)));
    site.hub.stop()?;
    Ok(Section {
        title: "Opening markets",
        data: format!(
            "{MARKETS} markets by `POST /api/v1/markets`, 50 held open at most (`markets_open_max`)"
        ),
        columns: vec![
            "state",
            "requests per second",
            "p50 ms",
            "p99 ms",
            "resident MiB",
            "descriptors",
            "market files open",
        ],
        rows,
        remarks: vec![format!(
            "A market is ready when the request is answered: its database (durably copied from a template, or made with a role of \
             its own on PostgreSQL), keys, policy, pipelines, entries in both audit chains. An empty market takes {bytes:.0} KiB. \
             \"Used\" is `GET /api/v1/markets/{{market}}/health`, which asks the market's own database. A file in use counts \
             with its log and shared memory."
        )],
    })
}

struct Site {
    hub: Served,
    key: String,
}

impl Site {
    fn start(program: &Path, at: &[String]) -> Result<Self, Fault> {
        let words = ["key", "create", "measurement", "--role", "operator", "--days", "1"];
        let key = quiet(&mut served::ehub(program, &words, at))?.trim().to_owned();
        let hub = Served::start(program, at, &[])?;
        Ok(Self { hub, key })
    }

    fn create(&self, count: usize) -> Result<Vec<Sample>, Fault> {
        self.each(0..count, "POST", 201, |number| {
            let body = serde_json::json!({
                "name": format!("market-{number}"), "region": "us-wa", "currency": "USD", "locale": "en-US",
                "time_zone": "America/Los_Angeles",
            });
            ("/api/v1/markets".to_owned(), body.to_string())
        })
    }

    fn visit(&self, numbers: std::ops::Range<usize>) -> Result<Vec<Sample>, Fault> {
        self.each(numbers, "GET", 200, |number| {
            (format!("/api/v1/markets/market-{number}/health"), String::new())
        })
    }

    fn each(
        &self,
        numbers: std::ops::Range<usize>,
        method: &str,
        expected: u16,
        plan: impl Fn(usize) -> (String, String),
    ) -> Result<Vec<Sample>, Fault> {
        let mut connection = Connection::to(&self.hub.base);
        let bearer = format!("Bearer {}", self.key);
        let mut samples = Vec::new();
        for number in numbers {
            let (path, body) = plan(number);
            let name = format!("{method}-{number}");
            let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", name.as_str())];
            loop {
                let begun = Instant::now();
                let answer = connection.send(method, &path, &headers, &body)?;
                if answer.status == expected {
                    samples.push((200, begun.elapsed()));
                    break;
                }
                if answer.status != 429 {
                    return Err(Fault::new(format!(
                        "{method} {path} answers {}: {}",
                        answer.status, answer.body
                    )));
                }
                // The operator's own budget: waiting is not the hub's time.
                std::thread::sleep(Duration::from_secs(answer.retry_after.unwrap_or(1)));
            }
        }
        Ok(samples)
    }

    fn row(&self, state: &str, samples: Option<&Vec<Sample>>) -> Vec<String> {
        let mut row = vec![state.to_owned()];
        match samples {
            Some(samples) => {
                let seconds: f64 = samples.iter().map(|(_, time)| time.as_secs_f64()).sum();
                row.push(format!("{:.0}", samples.len() as f64 / seconds));
                row.push(format!("{:.1}", percentile(samples, 0.5)));
                row.push(format!("{:.1}", percentile(samples, 0.99)));
            }
            None => row.extend(["", "", ""].map(str::to_owned)),
        }
        row.push(format!("{:.0}", self.hub.resident_mib()));
        row.push(self.hub.descriptors().to_string());
        row.push(self.hub.open_files("/markets/").to_string());
        row
    }
}

fn folder_bytes(folder: &Path) -> Result<u64, Fault> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).doing("reading the folder of the markets")?.flatten() {
        bytes += entry.metadata().doing("reading the folder of the markets")?.len();
    }
    Ok(bytes)
}
