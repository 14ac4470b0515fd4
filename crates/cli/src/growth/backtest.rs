//! `ehub growth backtest`: earlier predictions against what happened afterwards.

mod ledger;
mod records;

use clap::Args;
use growth::backtest::{Measures, Report, Verdict};
use jiff::civil::Date;
use kernel::PolicyKey;
use serde::Serialize;

use crate::{
    config::StoreArgs,
    exit::{Outcome, Status},
    hub,
    output::{Answer, Output},
    source::{ProfileArgs, Records},
    table::{Align, Cell, Table},
};

/// Which predictions, against what happened how long afterwards.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BacktestArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// With --profile, a day to predict from, using nothing recorded later; may be repeated
    #[arg(long, value_name = "DATE", requires = "profile")]
    as_of: Vec<Date>,
    /// How many days afterwards count
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    window: u32,
    /// With --profile, the policy to predict with [default: framework]; of the hub, NAME@VERSION for what it would
    /// have said [default: what was predicted at the time]
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Chance from which on an event counts as expected, for the lists of errors
    #[arg(long, value_name = "CHANCE", default_value_t = 0.5)]
    threshold: f64,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth backtest                                   the hub's predictions against its outcomes
  ehub growth backtest --policy framework@2              what that version would have said
  ehub growth backtest --profile ravenstack --dir data/ravenstack \\
      --as-of 2024-03-31 --as-of 2024-06-30 --as-of 2024-09-30 --format json

Below 30 cases of either kind the answer is \"insufficient data\".";

/// The answer for programs.
#[derive(Serialize)]
struct Answered {
    /// `None`: whatever was active at the time.
    policy: Option<PolicyKey>,
    as_of: Vec<Date>,
    window_days: u32,
    clients: usize,
    questions: Vec<Question>,
}

/// One way to read a score as a chance, and how it fared.
#[derive(Serialize)]
struct Question {
    prediction: &'static str,
    event: &'static str,
    report: Report,
}

/// Compares and reports.
pub fn run(args: &BacktestArgs, out: &Output) -> Outcome {
    let answered = match Records::read(&args.profile)? {
        Some(records) => records::compare(&records, args, out)?,
        None => hub::block_on(ledger::compare(args, out))?,
    };
    let table = table(&answered.questions);
    out.answer(&Answer { json: answered, table })?;
    Ok(Status::Done)
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
