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

const CLIENTS: &str = "200000";
/// Python is given fewer, so that the measurement ends; the rate is what is compared.
const CLIENTS_OF_PEER: &str = "20000";

/// Clients per CPU-second of both.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let mut build = workspace.cargo([
        "build",
        "--release",
        "--package",
        "growth",
        "--example",
        "assess_throughput",
        "--locked",
    ]);
    quiet(&mut build)?;
    let engine = workspace.target()?.join("release/examples/assess_throughput");
    let python = tools::python().map_err(|missing| Fault::new(missing.why))?;
    let peer = workspace.root.join("bench/peer_assess.py");

    let same_work = figures(Command::new(&engine).arg(CLIENTS_OF_PEER))?;
    let measured = figures(Command::new(&engine).arg(CLIENTS))?;
    let compared = figures(Command::new(&python).arg(&peer).arg(CLIENTS_OF_PEER))?;
    let difference = (same_work.checksum - compared.checksum).abs();
    if difference > 1e-6 * same_work.checksum.abs() {
        return Err(Fault::new(format!(
            "the engine and its peer do not agree: the readiness scores sum to {} and {}",
            same_work.checksum, compared.checksum
        )));
    }
    let version = quiet(Command::new(&python).arg("--version"))?;
    let row = |name: String, figures: &Figures| {
        let rate = figures.clients / figures.cpu_seconds;
        vec![name, format!("{:.0}", figures.clients), format!("{:.2}", figures.cpu_seconds), thousands(rate)]
    };
    Ok(Section {
        title: "Assessing clients",
        data: "synthetic clients, 5 % of the values unknown, policy `framework`".to_owned(),
        columns: vec!["engine", "clients", "CPU seconds", "clients per CPU-second"],
        rows: vec![
            row("growth (Rust, release)".to_owned(), &measured),
            row(format!("the same rules in plain Python ({})", version.trim()), &compared),
        ],
        remarks: vec![
            "Both do the whole assessment: readiness with factors and interval, tier with missed criteria, vehicles, \
             probability, priority, next action. Their readiness scores of the same clients sum to the same figure."
                .to_owned(),
        ],
    })
}

struct Figures {
    clients: f64,
    cpu_seconds: f64,
    checksum: f64,
}

fn figures(command: &mut Command) -> Result<Figures, Fault> {
    let text = quiet(command)?;
    let json: Value = serde_json::from_str(text.trim()).doing("reading the figures of a run")?;
    let number = |name: &str| {
        json[name].as_f64().ok_or_else(|| Fault::new(format!("the run reports no number `{name}`: {text}")))
    };
    Ok(Figures {
        clients: number("clients")?,
        cpu_seconds: number("cpu_seconds")?,
        checksum: number("checksum")?,
    })
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
