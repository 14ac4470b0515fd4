//! `ehub growth backtest`: earlier scores against what happened afterwards.

use clap::Args;
use growth::{
    assess::assess_all,
    assessment::Assessment,
    backtest::{self, Measures, Prediction, Report, Verdict},
};
use jiff::{ToSpan, civil::Date};
use kernel::PolicyKey;
use serde::Serialize;

use super::constants;
use crate::{
    exit::{During, Failure, Outcome, Status},
    output::{Answer, Output},
    progress,
    source::{ProfileArgs, Records},
    table::{Align, Cell, Table},
};

/// Which records, on which days, against what happened how long afterwards.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BacktestArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// A day to predict from, using nothing recorded later; may be repeated
    #[arg(long, value_name = "DATE", required = true)]
    as_of: Vec<Date>,
    /// How many days afterwards count
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    window: u32,
    /// Policy to use: framework, legacy, or the path of a TOML file
    #[arg(long, value_name = "NAME|PATH", default_value = constants::DEFAULT)]
    policy: String,
    /// Chance from which on an event counts as expected, for the lists of errors
    #[arg(long, value_name = "CHANCE", default_value_t = 0.5)]
    threshold: f64,
    /// Start of the resampling behind the intervals
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth backtest --profile ravenstack --dir data/ravenstack --as-of 2024-06-30
  ehub growth backtest --profile ravenstack --dir data/ravenstack \\
      --as-of 2024-03-31 --as-of 2024-06-30 --as-of 2024-09-30 --format json

Below 30 cases of either kind the answer is \"insufficient data\".";

/// The answer for programs.
#[derive(Serialize)]
struct Answered {
    policy: PolicyKey,
    as_of: Vec<Date>,
    window_days: u32,
    clients: usize,
    upgraded: usize,
    churned: usize,
    questions: Vec<Question>,
}

/// One way to read the score as a chance, and how it fared.
#[derive(Serialize)]
struct Question {
    prediction: &'static str,
    event: &'static str,
    report: Report,
}

/// A score read as the chance of an event: name, how to read it, the event, whether it happened.
type Reading = (&'static str, fn(&Assessment) -> f64, &'static str, fn(&Case) -> bool);

const READINGS: [Reading; 3] = [
    ("success_probability", |one| one.success_probability, "upgraded", |case| case.upgraded),
    ("readiness", |one| one.readiness.score / 100.0, "upgraded", |case| case.upgraded),
    ("unreadiness", |one| 1.0 - one.readiness.score / 100.0, "churned", |case| case.churned),
];

/// A client on a day, and what became of it within the window.
struct Case {
    assessment: Assessment,
    upgraded: bool,
    churned: bool,
}

/// Derives, assesses, compares.
pub fn run(args: &BacktestArgs, out: &Output) -> Outcome {
    let policy = constants::policy(&args.policy)?;
    let records = Records::read(&args.profile)?.ok_or_else(|| {
        Failure::new("no records are named").advise("name them with --profile NAME --dir DIR")
    })?;
    let evidence = records.evidence()?;
    let mut cases = Vec::new();
    let bar = progress::bar("looking back", args.as_of.len(), out.quiet());
    for as_of in &args.as_of {
        let until = as_of
            .checked_add(i64::from(args.window).days())
            .during(format_args!("look {} days beyond {as_of}", args.window))?;
        let clients =
            evidence.metrics(*as_of).during(format_args!("derive the metrics as of {as_of}"))?.clients;
        let fates = evidence.outcomes(*as_of, until);
        cases.extend(assess_all(&clients, &policy, *as_of).into_iter().map(|assessment| {
            let fate = fates.iter().find(|fate| fate.client_id == assessment.client_id);
            Case {
                upgraded: fate.is_some_and(|fate| fate.upgraded.is_some()),
                churned: fate.is_some_and(|fate| fate.churned.is_some()),
                assessment,
            }
        }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if cases.is_empty() {
        return Err(Failure::new("the records know no client on any of these days")
            .advise("choose days within the data with --as-of"));
    }
    let questions =
        READINGS.into_iter().map(|reading| ask(reading, &cases, args)).collect::<Outcome<Vec<_>>>()?;
    let table = table(&questions);
    let json = Answered {
        policy: policy.key().clone(),
        as_of: args.as_of.clone(),
        window_days: args.window,
        clients: cases.len(),
        upgraded: cases.iter().filter(|case| case.upgraded).count(),
        churned: cases.iter().filter(|case| case.churned).count(),
        questions,
    };
    out.answer(&Answer { json, table })?;
    Ok(Status::Done)
}

fn ask(
    (prediction, chance, event, happened): Reading,
    cases: &[Case],
    args: &BacktestArgs,
) -> Outcome<Question> {
    let predictions: Vec<Prediction> = cases
        .iter()
        .map(|case| Prediction {
            client_id: case.assessment.client_id.clone(),
            as_of: case.assessment.as_of,
            probability: chance(&case.assessment),
            happened: happened(case),
        })
        .collect();
    let report = backtest::run(&predictions, args.threshold, args.seed).during("compare")?;
    Ok(Question { prediction, event, report })
}

fn table(questions: &[Question]) -> Table {
    let mut table = Table::new(&[
        ("prediction", Align::Left),
        ("event", Align::Left),
        ("n", Align::Right),
        ("happened", Align::Right),
        ("base_rate", Align::Right),
        ("auc", Align::Right),
        ("auc_90", Align::Right),
        ("brier", Align::Right),
        ("brier_of_base_rate", Align::Right),
        ("log_loss", Align::Right),
        ("ece", Align::Right),
        ("top_decile_lift", Align::Right),
    ]);
    for Question { prediction, event, report } in questions {
        let counts = [Cell::number(report.n as f64, 0), Cell::number(report.positives as f64, 0)];
        let measures = match &report.verdict {
            Verdict::Measured(measures) => figures(measures),
            Verdict::InsufficientData { .. } => vec![Cell::none(); 8],
        };
        let named = [Cell::text(prediction), Cell::text(event)];
        table.row(named.into_iter().chain(counts).chain(measures).collect());
        if let Verdict::InsufficientData { needed } = &report.verdict {
            table.note(format!(
                "{prediction} -> {event}: insufficient data, {} happened and {} did not; {needed} of each are needed.",
                report.positives, report.negatives
            ));
        }
    }
    table
}

fn figures(measures: &Measures) -> Vec<Cell> {
    let Measures { base_rate, brier, brier_of_base_rate, log_loss, auc, ece, top_decile_lift, .. } = measures;
    let interval = auc.interval;
    vec![
        Cell::percent(*base_rate, 1),
        Cell::number(auc.value, 3),
        Cell::text(format_args!("{:.3}-{:.3}", interval.lower, interval.upper)),
        Cell::number(brier.value, 4),
        Cell::number(*brier_of_base_rate, 4),
        Cell::number(*log_loss, 4),
        Cell::number(*ece, 4),
        Cell::number(*top_decile_lift, 2),
    ]
}
