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

/// Figures of the back-test at each date, and over all of them.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let records = workspace.root.join("data/ravenstack");
    let mut rows = Vec::new();
    for dates in DATES.iter().map(std::slice::from_ref).chain([&DATES[..]]) {
        let mut command = Command::new(&ehub);
        command
            .args(["growth", "backtest", "--profile", "ravenstack", "--format", "json", "--dir"])
            .arg(&records);
        for date in dates {
            command.args(["--as-of", date]);
        }
        let text = quiet(&mut command)?;
        let answer: Value = serde_json::from_str(&text).doing("reading the back-test")?;
        let questions =
            answer["questions"].as_array().ok_or_else(|| Fault::new("the back-test answers nothing"))?;
        let label = if let [date] = dates { *date } else { "all three" };
        rows.extend(questions.iter().map(|question| row(label, question)));
    }
    Ok(Section {
        title: "Back-test on RavenStack",
        data: "`data/ravenstack` (accounts, subscriptions, usage, tickets, churn), events of the 90 days after".to_owned(),
        columns: vec![
            "as of", "prediction", "event", "n", "happened", "AUC", "90 % interval", "Brier", "of the base rate",
            "log loss", "ECE", "lift of the top decile",
        ],
        rows,
        remarks: vec![
            "An AUC of 0.5 and a lift of 1 are what chance gives; a Brier score above that of the base rate means that \
             the prediction, read as a chance, is worse than always naming the share that happened."
                .to_owned(),
        ],
    })
}

fn row(date: &str, question: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let figure = |value: &Value| match value {
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, |value| format!("{value:.3}")),
        _ => "insufficient data".to_owned(),
    };
    let report = &question["report"];
    let measured = &report["verdict"];
    let bounds = &measured["auc"]["interval"];
    let mut row = vec![date.to_owned(), text(&question["prediction"]), text(&question["event"])];
    row.extend([&report["n"], &report["positives"], &measured["auc"]["value"]].map(figure));
    row.push(format!("{}-{}", figure(&bounds[0]), figure(&bounds[1])));
    row.extend(
        [&measured["brier"]["value"], &measured["brier_of_base_rate"], &measured["log_loss"]].map(figure),
    );
    row.extend([&measured["ece"], &measured["top_decile_lift"]].map(figure));
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::row;

    #[test]
    fn a_question_becomes_a_row() {
        let measured = json!({
            "auc": { "value": 0.5764, "interval": [0.4971, 0.65] }, "brier": { "value": 0.24 },
            "brier_of_base_rate": 0.155, "log_loss": 1.61, "ece": 0.2857, "top_decile_lift": 1.6667,
        });
        let report = json!({ "n": 250, "positives": 48, "verdict": measured });
        let question = json!({ "prediction": "readiness", "event": "upgraded", "report": report });
        assert_eq!(
            row("2024-03-31", &question).join(" "),
            "2024-03-31 readiness upgraded 250 48 0.576 0.497-0.650 0.240 0.155 1.610 0.286 1.667"
        );
    }
}
