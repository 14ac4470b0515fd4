//! `ehub growth project`: what a pipeline brings in 30, 60 and 90 days.

use std::path::{Path, PathBuf};

use clap::Args;
use finance::Correlation;
use growth::{
    BoardQuery,
    projection::{Coverage, Goal, Horizon, Projection, Spread, project},
};
use kernel::{Arr, Currency, Mrr, Rejection};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    source::{self, opportunities},
    table::{Align, Cell, Table, grouped},
};

/// Which opportunities, towards which goal.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ProjectArgs {
    /// JSON list of {"id", "arr", "probability", "close_days"}; `-` reads standard input
    #[arg(long, value_name = "FILE", requires_all = ["current_mrr", "goal_arr"])]
    opportunities: Option<PathBuf>,
    /// Monthly recurring revenue today
    #[arg(long, value_name = "AMOUNT", value_parser = amount, requires = "opportunities")]
    current_mrr: Option<Decimal>,
    /// Annual recurring revenue to add
    #[arg(long, value_name = "AMOUNT", value_parser = amount, requires = "opportunities")]
    goal_arr: Option<Decimal>,
    /// How much deals succeed and fail together: 0 (not at all) to below 1 [default: 0; of the hub: its setting]
    #[arg(long, value_name = "RHO")]
    correlation: Option<f64>,
    /// Currency of the amounts, an ISO 4217 code [default: USD]
    #[arg(long, value_name = "CODE", requires = "opportunities")]
    currency: Option<Currency>,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth project                                    the hub's open opportunities towards its goal
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

/// Projects what a file or the hub holds, and reports.
pub fn run(args: &ProjectArgs, out: &Output) -> Outcome {
    let correlation = args.correlation.map(Correlation::new).transpose().during("use --correlation")?;
    let (projection, rejected, status) = match &args.opportunities {
        Some(file) => of_file(file, args, correlation.unwrap_or(Correlation::NONE), out)?,
        None => (hub::block_on(of_hub(args, correlation))?, Vec::new(), Status::Done),
    };
    let table = table(&projection);
    out.answer(&Answer { json: Report { projection: &projection, rejected: &rejected }, table })?;
    Ok(status)
}

fn of_file(
    file: &Path,
    args: &ProjectArgs,
    correlation: Correlation,
    out: &Output,
) -> Outcome<(Projection, Vec<Rejection>, Status)> {
    let name = source::named(file);
    let currency = args.currency.unwrap_or(Currency::USD);
    let (good, rejected) = opportunities::parse(&source::bytes(file)?, &name, currency)?;
    out.rows(&rejected, &[]);
    let (Some(current), Some(goal)) = (args.current_mrr, args.goal_arr) else {
        return Err(Failure::new("a projection needs --current-mrr and --goal-arr"));
    };
    let goal = Goal::AddedArr(Arr::new(goal, currency));
    let projection = project(&good, Mrr::new(current, currency), goal, correlation)
        .during(format_args!("project the opportunities in {name}"))?;
    let status = source::status(good.len(), rejected.len());
    Ok((projection, rejected, status))
}

async fn of_hub(args: &ProjectArgs, correlation: Option<Correlation>) -> Outcome<Projection> {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let board = hub.growth.board(BoardQuery::default()).await.during("use the hub's latest snapshot")?;
    board.projection(correlation).during("project the hub's open opportunities")
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
