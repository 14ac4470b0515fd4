//! How long until the demo answers, and how much memory it then holds.

use super::section::Section;
use crate::{
    fault::Fault,
    hub::{Ground, Hub},
    workspace::{Scratch, Workspace},
};

/// Starts after the first one; their middle is reported.
const STARTS: usize = 5;

/// First start, later starts, memory.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let scratch = Scratch::new("startup")?;
    let data = scratch.path().join("data");
    let mut starts = Vec::new();
    for _ in 0..=STARTS {
        let hub = Hub::start(&ehub, &Ground::Demo(&data))?;
        let session = hub.session()?;
        // Memory after work, not of an idle process.
        crate::http::request(&hub.base, "GET", "/growth", &[("Cookie", &session)], "")?;
        starts.push((hub.ready_after.as_secs_f64() * 1000.0, hub.resident_mib()));
        hub.stop()?;
    }
    let first = starts.remove(0);
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = starts[starts.len() / 2];
    let row = |name: &str, (milliseconds, memory): (f64, Option<f64>)| {
        let memory = memory.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.0}"));
        vec![name.to_owned(), format!("{milliseconds:.0}"), memory]
    };
    let size = std::fs::metadata(&ehub).map_or(0.0, |file| file.len() as f64 / 1_048_576.0);
    Ok(Section {
        title: "Starting the demo",
        data: "the demo client base".to_owned(),
        columns: vec!["start", "ms from process start to `/readyz` 200", "resident MiB after the first page"],
        rows: vec![row("first, creates the data", first), row(&format!("later, middle of {STARTS}"), middle)],
        remarks: vec![format!("The program is {size:.0} MiB and needs nothing else on the machine.")],
    })
}
