//! Models of tables, beside the usual Python libraries on the same rows in the same run.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;

use super::section::Section;
use crate::{
    command::quiet,
    fault::{Doing, Fault},
    tools,
    workspace::{Scratch, Workspace},
};

/// The variable that names the file of X Education's leads, which may be measured on but not passed on; without it they
/// are left out.
const X_EDUCATION: &str = "EHUB_BENCH_X_EDUCATION";

/// What is compared, with the digits behind the point.
const FIGURES: [(&str, usize); 8] = [
    ("auc", 4),
    ("log_loss", 4),
    ("brier", 4),
    ("ece", 4),
    ("average_precision", 4),
    ("train_seconds", 2),
    ("score_micros_p50", 1),
    ("rows_per_second", 0),
];

/// Rows of ours, which stand before those of the peers.
const OURS: usize = 2;

/// Figures by task and library, one list per split.
type Found = BTreeMap<(String, usize, String), Vec<Value>>;

/// Accuracy and speed of the hub's models and of its peers.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let missing = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let python = tools::learning_peer(workspace).map_err(missing)?;
    let ehub = workspace.build_ehub(true)?;
    let scratch = Scratch::new("learning")?;
    let script = workspace.root.join("bench/peer_learning.py");

    let mut prepare = Command::new(&python);
    prepare.arg(&script).arg("prepare").arg(scratch.path());
    prepare.arg(workspace.root.join("data/ml/telco_churn.csv.gz"));
    let tasks_text = quiet(prepare.args(std::env::var_os(X_EDUCATION)))?;
    let tasks: Vec<Value> = serde_json::from_str(&tasks_text).doing("reading the tasks")?;
    let tasks_file = scratch.path().join("tasks.json");
    fs::write(&tasks_file, &tasks_text).doing("writing the tasks")?;

    let mut found = Found::new();
    for task in &tasks {
        let figures = ours(&ehub, task)?;
        let baseline = figures["baseline"].clone();
        note(&mut found, &tasks, 0, "ehub", task["name"].as_str(), figures)?;
        note(&mut found, &tasks, 1, "ehub, its logistic regression alone", task["name"].as_str(), baseline)?;
    }
    let mut peer = Command::new(&python);
    peer.arg(&script).arg("run").arg(&tasks_file);
    let mut libraries = Vec::new();
    for line in quiet(&mut peer)?.lines() {
        let figures: Value = serde_json::from_str(line).doing("reading the peer's figures")?;
        let library = figures["library"].as_str().unwrap_or_default().to_owned();
        if !libraries.contains(&library) {
            libraries.push(library.clone());
        }
        let place = libraries.iter().position(|other| *other == library).unwrap_or_default();
        let task = figures["task"].as_str().map(str::to_owned);
        note(&mut found, &tasks, OURS + place, &library, task.as_deref(), figures)?;
    }
    Ok(section(&found))
}

fn ours(ehub: &Path, task: &Value) -> Result<Value, Fault> {
    let text = |name: &str| task[name].as_str().unwrap_or_default();
    let list = |name: &str| {
        let items = task[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        items.collect::<Vec<_>>().join(",")
    };
    let mut command = Command::new(ehub);
    command.args(["leads", "evaluate", "--quiet", "--format", "json", "--test-fraction", "0.2"]);
    command.args(["--data", text("data"), "--target", text("target"), "--positive", text("positive")]);
    command.args(["--time-column", text("order")]);
    for name in ["drop", "missing"] {
        if !list(name).is_empty() {
            command.args([format!("--{name}"), list(name)]);
        }
    }
    serde_json::from_str(&quiet(&mut command)?).doing("reading the evaluation")
}

/// Keeps figures under the task's place among the tasks, so that the table is in their order.
fn note(
    found: &mut Found,
    tasks: &[Value],
    place: usize,
    library: &str,
    task: Option<&str>,
    figures: Value,
) -> Result<(), Fault> {
    let at = tasks.iter().position(|other| other["name"].as_str() == task);
    let (Some(at), Some(task)) = (at, task) else { return Err(Fault::new("figures of an unknown task")) };
    let key = (format!("{at:02}{task}"), place, library.to_owned());
    found.entry(key).or_default().push(figures);
    Ok(())
}

fn section(found: &Found) -> Section {
    let rows = found.iter().map(|((task, _, library), splits)| {
        let mean = |name: &str| {
            let values: Vec<f64> = splits.iter().filter_map(|figures| figures[name].as_f64()).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let figure = |(name, digits): (&str, usize)| {
            mean(name).map_or_else(String::new, |value| format!("{value:.digits$}"))
        };
        let task = task.get(2..).unwrap_or_default();
        let task = if splits.len() > 1 {
            format!("{task}, mean of {} splits", splits.len())
        } else {
            task.to_owned()
        };
        [task, library.clone()].into_iter().chain(FIGURES.into_iter().map(figure)).collect()
    });
    Section {
        title: "Models of tables",
        data: "`data/ml/telco_churn.csv.gz` (7 043 rows, five orders drawn by chance) and, where it is at hand, the X Education \
               leads (9 240 rows by lead number); the last fifth judges, the fifth before it validates"
            .to_owned(),
        columns: vec![
            "task", "library", "AUC", "log loss", "Brier", "ECE", "average precision", "train s", "one row us", "rows/s",
        ],
        rows: rows.collect(),
        remarks: REMARKS.iter().map(|remark| (*remark).to_owned()).collect(),
    }
}

const REMARKS: &[&str] = &[
    "Everybody has the same rows and columns. The hub's training time includes tuning over several sets of parameters, the \
     logistic regression and the choice of their shares; the peers stop early by the validation part with usual parameters and learn \
     again from both parts. The hub uses all cores, the peers one thread each (at these sizes threads slow them down).",
    "Differences of less than about 0.005 in AUC and 0.004 in log loss are within what another split would change. Time of one \
     row is that of the library's own call with one row at hand: a prediction of a typed row in the hub, of a data frame of one row in \
     Python.",
    "Figures near 0.95 that are published for the X Education leads use columns that staff fill in once the outcome is nearly \
     known; they are dropped here.",
];
