//! A market moves to another server while it is written to: `cargo xtask bench move`.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    section::Section,
    writing::{self, Target, Writers},
};
use crate::{
    fault::Fault,
    fleet::Fleet,
    postgres::Postgres,
    tools,
    workspace::{Scratch, Workspace},
};

/// Writers at the same time.
const WRITERS: usize = 4;
/// How long they write before, between and after the moves.
const BETWEEN: Duration = Duration::from_secs(6);

/// Moves a market to PostgreSQL and back under load, and counts.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let bin =
        tools::postgres().map_err(|missing| Fault::new(format!("{}; {}", missing.why, missing.enable)))?;
    let cluster = Postgres::start(&bin)?;
    let scratch = Scratch::new("move")?;
    let fleet = Fleet::embedded(&ehub, &scratch.path().join("data"));
    fleet.market("coast")?;
    let key = fleet.key("load", &["--market", "coast", "--role", "owner"])?;
    let url = scratch.path().join("server.url");
    std::fs::write(&url, cluster.url()).map_err(|error| Fault::new(format!("{}: {error}", url.display())))?;
    fleet.shell(&["server", "add", "east", "--url-file", &url.display().to_string()])?;
    let node = fleet.node()?;
    let target = Target { bases: vec![node.base.clone()], market: "coast", key };
    let writers = Writers::start(&target, WRITERS);
    let mut rows = Vec::new();
    for (to, arguments) in
        [("SQLite to PostgreSQL", ["--server", "east"].as_slice()), ("PostgreSQL to SQLite", &["--embedded"])]
    {
        thread::sleep(BETWEEN);
        let before = writers.acknowledged();
        let started = Instant::now();
        let mut command = vec!["market", "move", "coast"];
        command.extend(arguments);
        fleet.shell(&command)?;
        let took = started.elapsed();
        rows.push((to, before, writers.acknowledged() - before, took));
    }
    thread::sleep(BETWEEN);
    let written = writers.stop();
    let there = writing::names(&node.base, &target)?;
    node.stop()?;
    let complaints = writing::complaints(&written, &there);
    if !complaints.is_empty() {
        return Err(Fault::new(complaints.join("\n")));
    }
    let cells = |(to, before, during, took): (&str, usize, usize, Duration)| {
        vec![to.to_owned(), before.to_string(), format!("{:.2}", took.as_secs_f64()), during.to_string()]
    };
    Ok(Section {
        title: "Moving a market under load",
        data: format!(
            "{WRITERS} writers add contacts without a pause, each again under its name until acknowledged"
        ),
        columns: vec!["move", "contacts before", "seconds", "acknowledged meanwhile"],
        rows: rows.into_iter().map(cells).collect(),
        remarks: vec![
            format!(
                "{} contacts were acknowledged in all; every one is there afterwards, none twice. The longest time between \
                 two acknowledgements was {:.2} s; {} attempts were answered with 503 and sent again.",
                written.acknowledged.len(),
                written.longest_pause().as_secs_f64(),
                written.missed
            ),
            "The move runs in another process than the hub, as an operator's would (`ehub market move`)."
                .to_owned(),
        ],
    })
}
