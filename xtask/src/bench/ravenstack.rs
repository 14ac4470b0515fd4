//! Back-test of readiness on real records: the RavenStack subscription data.

use std::process::Command;

use serde_json::Value;

use super::section::Section;
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    workspace::Workspace,
};

/// Days on which the clients are assessed with what was known by then.
const DATES: [&str; 3] = ["2024-03-31", "2024-06-30", "2024-09-30"];

/// Figures of the back-test at three dates.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let mut rows = Vec::new();
    for date in DATES {
        let mut command = Command::new(&ehub);
        command.args(["growth", "backtest", "--profile", "ravenstack", "--as-of", date, "--format", "json"]);
        command.arg("--records").arg(workspace.root.join("data/ravenstack"));
        let text = quiet(&mut command)?;
        let report: Value = serde_json::from_str(&text).doing("reading the back-test")?;
        rows.push(row(date, &report));
    }
    Ok(Section {
        title: "Back-test on RavenStack",
        data: "`data/ravenstack` (accounts, subscriptions, usage, tickets, churn)".to_owned(),
        columns: vec![
            "as of",
            "clients",
            "upgrades",
            "churned",
            "AUC",
            "Brier",
            "log loss",
            "ECE",
            "lift of the top decile",
        ],
        rows,
        remarks: Vec::new(),
    })
}

fn row(date: &str, report: &Value) -> Vec<String> {
    let figure = |name: &str| match &report[name] {
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, |value| format!("{value:.3}")),
        Value::String(text) => text.clone(),
        _ => "insufficient data".to_owned(),
    };
    let names = ["clients", "upgrades", "churned", "auc", "brier", "log_loss", "ece", "lift_top_decile"];
    std::iter::once(date.to_owned()).chain(names.map(figure)).collect()
}
