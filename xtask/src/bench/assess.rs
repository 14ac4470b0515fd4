//! Assessing clients: the engine, and beside it the same rules in plain Python, in the same run.

use std::process::Command;

use serde_json::Value;

use super::section::Section;
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    tools,
    workspace::Workspace,
};

/// Passes over the same clients: enough CPU time to measure each well.
const ROUNDS: &str = "10";
const ROUNDS_OF_PEER: &str = "1";

/// Clients per CPU-second of both.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let mut build = workspace.cargo(["build", "--release", "--package", "growth", "--locked"]);
    quiet(build.args(["--example", "assess_throughput"]))?;
    let engine = workspace.target()?.join("release/examples/assess_throughput");
    let python = tools::python().map_err(|missing| Fault::new(missing.why))?;
    let peer = workspace.root.join("bench/peer_assess.py");

    let measured = Figures::of(Command::new(&engine).arg(ROUNDS))?;
    let compared = Figures::of(Command::new(&python).arg(&peer).arg(ROUNDS_OF_PEER))?;
    measured.must_equal(&compared)?;
    let version = quiet(Command::new(&python).arg("--version"))?;
    let row = |name: String, figures: &Figures| {
        let seconds = figures.clients * figures.rounds / figures.rate;
        vec![name, format!("{}", figures.rounds), format!("{seconds:.2}"), thousands(figures.rate)]
    };
    Ok(Section {
        title: "Assessing clients",
        data: format!(
            "{} synthetic clients, one value in twelve unknown, policy `framework`",
            thousands(measured.clients)
        ),
        columns: vec!["engine", "passes", "CPU seconds", "clients per CPU-second"],
        rows: vec![
            row("growth (Rust, release)".to_owned(), &measured),
            row(format!("the same rules in plain Python ({})", version.trim()), &compared),
        ],
        remarks: vec![format!(
            "Both do the whole assessment of the same clients, one after the other on one thread: readiness with \
             factors and interval, tier with missed criteria, vehicles with reasons, probability, priority, next \
             action. Their mean readiness ({:.6}) and their offers per client ({:.6}) agree, which is checked.",
            measured.mean_score, measured.offers
        )],
    })
}

/// What a run printed.
struct Figures {
    clients: f64,
    rounds: f64,
    rate: f64,
    mean_score: f64,
    offers: f64,
}

impl Figures {
    fn of(command: &mut Command) -> Result<Self, Fault> {
        let text = quiet(command)?;
        let json: Value = serde_json::from_str(text.trim()).doing("reading the figures of a run")?;
        let number = |name: &str| {
            json[name]
                .as_f64()
                .ok_or_else(|| Fault::new(format!("the run reports no number `{name}`: {text}")))
        };
        Ok(Self {
            clients: number("clients")?,
            rounds: number("rounds")?,
            rate: number("clients_per_cpu_second")?,
            mean_score: number("mean_score")?,
            offers: number("vehicles_offered_per_client")?,
        })
    }

    /// A comparison of two engines means something only when they did the same work.
    fn must_equal(&self, peer: &Self) -> Result<(), Fault> {
        for (what, ours, theirs) in [
            ("mean readiness", self.mean_score, peer.mean_score),
            ("offers per client", self.offers, peer.offers),
        ] {
            if (ours - theirs).abs() > 1e-9 * ours.abs() {
                return Err(Fault::new(format!(
                    "the engine and its peer disagree: {what} {ours} and {theirs}"
                )));
            }
        }
        Ok(())
    }
}

/// A whole number in groups of three digits.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_are_grouped() {
        assert_eq!(super::thousands(1_234_567.4), "1 234 567");
        assert_eq!(super::thousands(999.0), "999");
    }
}
