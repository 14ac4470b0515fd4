//! Server time of every page with a large client base.

use std::{fs, process::Command};

use super::{clients, machine, section::Section};
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    http,
    hub::{Ground, Hub},
    workspace::{Scratch, Workspace},
};

const CLIENTS: u64 = 5_000;
const REQUESTS: usize = 30;
/// The pages of the navigation, and the ones behind them that show every client or one.
const PAGES: &[&str] = &[
    "/growth",
    "/growth/opportunities",
    "/growth/opportunities?scope=all",
    "/growth/clients/bench_000001",
    "/growth/whitespace",
    "/growth/revenue",
    "/growth/plan",
    "/growth/propositions",
    "/growth/import",
    "/growth/snapshots",
    "/growth/snapshots/compare",
    "/growth/policies",
    "/growth/settings",
    "/growth/backtest",
    "/design",
    "/api",
    "/account",
];

/// Median, 95th percentile and maximum per page.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let scratch = Scratch::new("pages")?;
    let data = scratch.path().join("data");
    Hub::start(&ehub, &Ground::Demo(&data))?.stop()?;
    let file = scratch.path().join("clients.csv");
    fs::write(&file, clients::csv(CLIENTS, machine::today())).doing("writing the client base")?;
    quiet(Command::new(&ehub).args(["growth", "import"]).arg(&file).arg("--data").arg(&data))?;

    let hub = Hub::start(&ehub, &Ground::Demo(&data))?;
    let session = hub.session()?;
    let mut rows = Vec::new();
    for page in PAGES {
        rows.push(time(&hub.base, page, &session)?);
    }
    let memory = hub.resident_mib();
    hub.stop()?;
    Ok(Section {
        title: "Pages",
        data: format!("{CLIENTS} synthetic clients, imported on top of the demo"),
        columns: vec!["page", "first", "median", "p95", "slowest", "KiB"],
        rows,
        remarks: vec![format!(
            "Milliseconds of server time (`Server-Timing`), {REQUESTS} requests per page after the first. Resident \
             memory afterwards: {}.",
            memory.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.0} MiB"))
        )],
    })
}

fn time(base: &str, page: &str, session: &str) -> Result<Vec<String>, Fault> {
    let mut size = 0;
    let mut once = || -> Result<f64, Fault> {
        let answer = http::request(base, "GET", page, &[("Cookie", session)], "")?;
        if answer.status != 200 {
            return Err(Fault::new(format!("{page} answers {}", answer.status)));
        }
        size = answer.body.len();
        let timing = answer.header("server-timing").and_then(duration);
        timing.ok_or_else(|| Fault::new(format!("{page} states no server time")))
    };
    let first = once()?;
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        times.push(once()?);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let mut row = vec![format!("`{page}`")];
    row.extend([first, at(0.5), at(0.95), at(1.0)].map(|time| format!("{time:.1}")));
    row.push((size / 1024).to_string());
    Ok(row)
}

/// The longest duration in a `Server-Timing` header: the whole request.
fn duration(header: &str) -> Option<f64> {
    let parts = header.split("dur=").skip(1);
    let times = parts.filter_map(|part| part.split([';', ',', ' ']).next()?.parse::<f64>().ok());
    times.max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_longest_duration_counts() {
        assert_eq!(super::duration("db;dur=1.5, app;dur=12.25;desc=\"x\""), Some(12.25));
        assert_eq!(super::duration("cache;desc=hit"), None);
    }
}
