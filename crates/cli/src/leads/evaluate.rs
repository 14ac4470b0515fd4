//! `ehub leads evaluate`: how well an outcome can be predicted from the columns of a file.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use kernel::{Notice, Rejection};
use learn::{
    frame::Frame,
    study::{self, Figures, Question, SplitBy, Study, study},
};
use serde::Serialize;

use super::file::QuestionArgs;
use crate::{
    clock,
    exit::Outcome,
    output::{Answer, Output},
    progress, source,
    table::{Align, Cell, Table},
};

/// Which table, which outcome, and what to judge by.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArgs {
    /// CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// The column that says what became of each row
    #[arg(long, value_name = "COLUMN")]
    target: String,
    #[command(flatten)]
    question: QuestionArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub leads evaluate --data leads.csv --target Converted --time-column Created
  ehub leads evaluate --data churn.csv --target Churn --seed 42 --format json
  ehub leads evaluate --data leads.xlsx --target Stage --positive Won --drop \"Tags,Close reason\"

A fifth of the rows judges (--test-fraction) and is looked at once; everything is tuned on the others. The same file and
options give the same figures. Columns that are empty, constant, or names of rows are left out and told.";

/// The answer for programs.
#[derive(Serialize)]
struct Evaluated {
    target: String,
    split: Split,
    n_train: usize,
    n_test: usize,
    /// Share of the test rows with the outcome.
    base_rate: f64,
    auc: Option<f64>,
    log_loss: Option<f64>,
    brier: Option<f64>,
    ece: Option<f64>,
    /// The calibration error that chance alone gives right predictions on as many rows.
    ece_by_chance: Option<f64>,
    average_precision: Option<f64>,
    /// Logistic regression on the same rows.
    baseline: Figures,
    train_seconds: f64,
    score_micros_p50: f64,
    score_micros_p99: f64,
    rows_per_second: f64,
    features: Vec<String>,
    trees: usize,
    forest_share: f64,
    calibration: learn::calibrate::Method,
    rejected: Vec<Rejection>,
    notices: Vec<Notice>,
}

/// How the test rows were chosen.
#[derive(Serialize)]
struct Split {
    by: SplitBy,
    seed: u64,
    test_fraction: f64,
}

/// How long predictions take.
struct Pace {
    micros_p50: f64,
    micros_p99: f64,
    rows_per_second: f64,
}

/// Reads, trains, judges and reports.
pub fn run(args: &EvaluateArgs, out: &Output) -> Outcome {
    let (inferred, mut rejected) = args.question.read(&args.data)?;
    let frame = &inferred.rows.frame;
    let question = args.question.about(&args.target);
    let spinner = progress::spinner("training", out.quiet());
    let begun = clock::stopwatch();
    let studied = study(frame, &question);
    let took = begun.elapsed();
    spinner.finish_and_clear();
    let studied = args.question.judged(studied, format_args!("evaluate {}", source::named(&args.data)))?;
    let pace = pace(&studied, frame);

    rejected.extend(inferred.rows.rejections.iter().cloned());
    let mut notices = inferred.notices.clone();
    notices.extend(studied.notices.iter().cloned());
    out.rows(&rejected, &notices);
    let status = source::status(inferred.rows.numbers.len(), rejected.len());
    let table = table(&studied, &question, took, &pace);
    let json = answered(studied, question, took, &pace, rejected, notices);
    out.answer(&Answer { json, table })?;
    Ok(status)
}

/// Predictions timed one by one.
const TIMED_MIN: usize = 5_000;

/// Rows predicted together, to say how many there are in a second.
const BATCH_MIN: usize = 50_000;

fn pace(studied: &Study, frame: &Frame) -> Pace {
    let model = studied.model.ready();
    let features = frame.select(|column| studied.model.schema.position(&column.name).is_some());
    let features = features.with_levels_of(&studied.trained_on).take(&studied.judged_on);
    let mut row = Vec::new();
    let mut micros: Vec<f64> = (0..TIMED_MIN.max(features.rows()))
        .map(|at| {
            features.row_into(at % features.rows(), &mut row);
            let begun = clock::stopwatch();
            std::hint::black_box(model.predict(std::hint::black_box(&row)));
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share).round() as usize];
    let batch: Vec<usize> = (0..BATCH_MIN).map(|at| at % features.rows()).collect();
    let batch = features.take(&batch);
    let begun = clock::stopwatch();
    std::hint::black_box(model.predict_all(std::hint::black_box(&batch)));
    let rows_per_second = BATCH_MIN as f64 / begun.elapsed().as_secs_f64();
    Pace { micros_p50: at(0.5), micros_p99: at(0.99), rows_per_second }
}

fn answered(
    studied: Study,
    question: Question,
    took: Duration,
    pace: &Pace,
    rejected: Vec<Rejection>,
    notices: Vec<Notice>,
) -> Evaluated {
    let Figures { rows, positives, auc, log_loss, brier, ece, ece_by_chance, average_precision } =
        studied.test;
    Evaluated {
        target: question.target,
        split: Split { by: question.split, seed: question.seed, test_fraction: question.test_share },
        n_train: studied.trained_on.len(),
        n_test: rows,
        base_rate: positives as f64 / rows as f64,
        auc,
        log_loss,
        brier,
        ece,
        ece_by_chance,
        average_precision,
        baseline: studied.baseline,
        train_seconds: took.as_secs_f64(),
        score_micros_p50: pace.micros_p50,
        score_micros_p99: pace.micros_p99,
        rows_per_second: pace.rows_per_second,
        features: studied.model.schema.columns.iter().map(|column| column.name.clone()).collect(),
        trees: studied.model.forest.trees.len(),
        forest_share: studied.model.forest_share,
        calibration: studied.model.calibration.method(),
        rejected,
        notices,
    }
}

fn table(studied: &Study, question: &Question, took: Duration, pace: &Pace) -> Table {
    let mut table = Table::new(&[
        ("model", Align::Left),
        ("n_train", Align::Right),
        ("n_test", Align::Right),
        ("base_rate", Align::Right),
        ("auc", Align::Right),
        ("log_loss", Align::Right),
        ("brier", Align::Right),
        ("ece", Align::Right),
        ("average_precision", Align::Right),
    ]);
    for (name, figures) in [("model", studied.test), ("logistic regression", studied.baseline)] {
        let figure = |value: Option<f64>| Cell::maybe(value, |value| Cell::number(value, 4));
        table.row(vec![
            Cell::text(name),
            Cell::number(studied.trained_on.len() as f64, 0),
            Cell::number(figures.rows as f64, 0),
            Cell::percent(figures.positives as f64 / figures.rows as f64, 1),
            figure(figures.auc),
            figure(figures.log_loss),
            figure(figures.brier),
            figure(figures.ece),
            figure(figures.average_precision),
        ]);
    }
    table.note(match &question.split {
        SplitBy::Chance => format!("Judged on rows drawn by chance (seed {}).", question.seed),
        SplitBy::Time(name) => format!("Judged on the latest rows by {name}."),
        SplitBy::Group(name) => {
            format!("Judged on rows drawn by chance (seed {}), together by {name}.", question.seed)
        }
    });
    table.note(format!(
        "Trained in {:.2} s; a prediction takes {:.1} us (99 of 100 at most {:.1} us), {:.0} in a second.",
        took.as_secs_f64(),
        pace.micros_p50,
        pace.micros_p99,
        pace.rows_per_second
    ));
    if let Some(by_chance) = studied.test.ece_by_chance {
        table.note(format!(
            "On {} rows chance alone gives right predictions an ece of about {by_chance:.4}.",
            studied.test.rows
        ));
    }
    if studied.test.auc.is_none() {
        table.note(format!(
            "All rows that judge have the same outcome: they rank nothing. It takes {} rows in all and both outcomes \
             among the judging ones.",
            study::ROWS_MIN
        ));
    }
    table
}
