//! `ehub growth project`: what a pipeline brings in 30, 60 and 90 days.

use std::path::PathBuf;

use clap::Args;
use finance::Correlation;
use growth::projection::{Coverage, Goal, Horizon, Projection, Spread, project};
use kernel::{Arr, Currency, Mrr, Rejection};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    exit::{During, Failure, Outcome, Status},
    output::{Answer, Output},
    source::{self, opportunities},
    table::{Align, Cell, Table, grouped},
};

/// Which opportunities, towards which goal.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ProjectArgs {
    /// JSON list of {"id", "arr", "probability", "close_days"}; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    opportunities: PathBuf,
    /// Monthly recurring revenue today
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    current_mrr: Decimal,
    /// Annual recurring revenue to add
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    goal_arr: Decimal,
    /// How much deals succeed and fail together: 0 (not at all) to below 1
    #[arg(long, value_name = "RHO", default_value_t = 0.0)]
    correlation: f64,
    /// Currency of the amounts, an ISO 4217 code
    #[arg(long, value_name = "CODE", default_value_t = Currency::USD)]
    currency: Currency,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth project --opportunities pipeline.json --current-mrr 130000 --goal-arr 3240000
  ehub growth project --opportunities - --current-mrr 130000 --goal-arr 400000 --correlation 0.1 --format json

ARR is revenue per year, MRR per month; the answer keeps them apart. Horizons are cumulative.";

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    projection: &'a Projection,
    rejected: &'a [Rejection],
}

fn amount(text: &str) -> Result<Decimal, String> {
    match text.parse::<Decimal>() {
        Ok(amount) if amount >= Decimal::ZERO => Ok(amount),
        Ok(_) => Err("an amount is 0 or more".to_owned()),
        Err(_) => Err("write a plain number such as 130000 or 28645.83".to_owned()),
    }
}

/// Reads, projects and reports.
pub fn run(args: &ProjectArgs, out: &Output) -> Outcome {
    let name = source::named(&args.opportunities);
    let bytes = source::bytes(&args.opportunities)?;
    let (good, rejected) = opportunities::parse(&bytes, &name, args.currency)?;
    out.rows(&rejected, &[]);
    if good.is_empty() {
        return Err(Failure::new(format_args!("no opportunity in {name} can be used")));
    }
    let correlation = Correlation::new(args.correlation).during("use --correlation")?;
    let current = Mrr::new(args.current_mrr, args.currency);
    let goal = Goal::AddedArr(Arr::new(args.goal_arr, args.currency));
    let projection = project(&good, current, goal, correlation)
        .during(format_args!("project the opportunities in {name}"))?;
    let table = table(&projection);
    out.answer(&Answer { json: Report { projection: &projection, rejected: &rejected }, table })?;
    Ok(if rejected.is_empty() { Status::Done } else { Status::SomeRejected })
}

fn table(projection: &Projection) -> Table {
    let mut table = Table::new(&[
        ("days", Align::Right),
        ("revenue", Align::Left),
        ("opportunities", Align::Right),
        ("mean", Align::Right),
        ("sd", Align::Right),
        ("q05", Align::Right),
        ("q50", Align::Right),
        ("q95", Align::Right),
        ("p_goal", Align::Right),
    ]);
    for Horizon { days, opportunities, arr, mrr, .. } in &projection.horizons {
        for (name, Spread { mean, sd, q05, q50, q95, p_goal, .. }) in [("arr", arr), ("mrr", mrr)] {
            table.row(vec![
                Cell::number((*days).into(), 0),
                Cell::text(name),
                Cell::number(*opportunities as f64, 0),
                Cell::number(*mean, 0),
                Cell::number(*sd, 0),
                Cell::number(*q05, 0),
                Cell::number(*q50, 0),
                Cell::number(*q95, 0),
                Cell::percent(*p_goal, 1),
            ]);
        }
    }
    let Coverage {
        current_mrr,
        goal_mrr,
        needed_mrr,
        expected_mrr,
        expected_share,
        best_mrr,
        best_share,
        ..
    } = projection.coverage;
    let currency = projection.currency;
    table.note(format!(
        "From {currency} {} to {} MRR takes {} MRR more.",
        grouped(current_mrr, 0),
        grouped(goal_mrr, 0),
        grouped(needed_mrr, 0)
    ));
    let share = |share: Option<f64>| {
        share.map_or_else(|| "nothing is needed".to_owned(), |share| format!("{:.1} % of it", share * 100.0))
    };
    table.note(format!(
        "Expected within the last horizon: {} MRR, {}; winning everything: {} MRR, {}.",
        grouped(expected_mrr, 0),
        share(expected_share),
        grouped(best_mrr, 0),
        share(best_share)
    ));
    table
}
