//! Scoring leads: one with its reasons, many with their chance.

use std::process::Command;

use serde_json::Value;

use super::section::Section;
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    workspace::Workspace,
};

/// Times of one, rates of many, by the prior and by a model.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let mut build = workspace.cargo(["build", "--release", "--package", "leads", "--locked"]);
    quiet(build.args(["--example", "score_speed"]))?;
    let program = workspace.target()?.join("release/examples/score_speed");
    let mut rows = Vec::new();
    for line in quiet(&mut Command::new(&program))?.lines() {
        let figures: Value = serde_json::from_str(line).doing("reading the figures of scores")?;
        let number = |key: &str| figures[key].as_f64().unwrap_or(f64::NAN);
        rows.push(vec![
            figures["what"].as_str().unwrap_or_default().to_owned(),
            format!("{:.3}", number("one_p50_micros") / 1e3),
            format!("{:.3}", number("one_p99_micros") / 1e3),
            format!("{:.0}", number("chances_per_second")),
            format!("{:.0}", number("from_timeline_per_second")),
        ]);
    }
    Ok(Section {
        title: "Scores of leads",
        data: "3 000 invented leads of up to 60 events each; 500 000 rows in the batch".to_owned(),
        columns: vec![
            "by",
            "one, from events to reasons: p50 ms",
            "p99 ms",
            "chances of known rows per second",
            "chances from events per second",
        ],
        rows,
        remarks: vec![
            "On one core. One score is everything that a page shows of a lead: features, chance, interval, exact contributions, reasons in \
             words, what to ask next."
                .to_owned(),
        ],
    })
}
