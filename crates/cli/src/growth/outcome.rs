//! `ehub growth outcome`: what became of an opportunity.

use clap::{ArgGroup, Args, Subcommand};
use growth::{
    metrics::{ClientId, VehicleId},
    outcome::{self, OutcomeKind},
    service::NewOutcome,
};
use jiff::civil::Date;
use kernel::Ulid;
use rust_decimal::Decimal;

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// What to do with outcomes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OutcomeArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth outcome record --client client_004 --won --arr 11250
  ehub growth outcome list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Record a win or a loss; forecast, posterior and indicators follow
    #[command(after_help = RECORD)]
    Record(RecordArgs),
    /// List what was recorded and stands
    #[command(after_help = LIST)]
    List(StoreArgs),
    /// Withdraw a record that was a mistake
    #[command(after_help = WITHDRAW)]
    Withdraw(WithdrawArgs),
}

const RECORD: &str = "\
Examples:
  ehub growth outcome record --client client_004 --won --arr 11250 --vehicle multi_market
  ehub growth outcome record --client client_007 --lost --on 2026-01-12 --note 'Budget frozen'";

const LIST: &str = "\
Examples:
  ehub growth outcome list
  ehub growth outcome list --format csv > outcomes.csv";

const WITHDRAW: &str = "\
Examples:
  ehub growth outcome withdraw 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P";

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("kind").required(true).args(["won", "lost"])))]
struct RecordArgs {
    /// The client's identifier
    #[arg(long, value_name = "ID")]
    client: String,
    /// The client signed
    #[arg(long, requires = "arr")]
    won: bool,
    /// The client declined, or the offer ran out
    #[arg(long)]
    lost: bool,
    /// Added annual revenue, for a win
    #[arg(long, value_name = "AMOUNT", conflicts_with = "lost")]
    arr: Option<Decimal>,
    /// The day it was decided [default: today]
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// The vehicle, when it was one
    #[arg(long, value_name = "ID")]
    vehicle: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct WithdrawArgs {
    /// The outcome's identifier, as `list` shows it
    outcome: Ulid,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &OutcomeArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Record(args) => record(args, out).await,
            Verb::List(store) => list(store, out).await,
            Verb::Withdraw(args) => withdraw(args, out).await,
        }
    })
}

async fn record(args: &RecordArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let new = NewOutcome {
        client_id: ClientId::new(args.client.trim()),
        occurred_on: args.on.unwrap_or_else(clock::today),
        kind: if args.won { OutcomeKind::Won } else { OutcomeKind::Lost },
        arr: args.arr,
        vehicle: args.vehicle.as_deref().map(VehicleId::new),
        note: args.note.clone(),
    };
    let recorded = hub
        .growth
        .record_outcome(new, &clock::moment()?)
        .await
        .during(format_args!("record the outcome of {}", args.client))?;
    let table = table(std::slice::from_ref(&recorded));
    out.answer(&Answer { json: recorded, table })?;
    Ok(Status::Done)
}

async fn list(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let outcomes = hub.growth.outcomes().await.during("list the outcomes")?;
    let table = table(&outcomes);
    out.answer(&Answer { json: outcomes, table })?;
    Ok(Status::Done)
}

async fn withdraw(args: &WithdrawArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    hub.growth
        .withdraw_outcome(args.outcome, &clock::moment()?)
        .await
        .during(format_args!("withdraw the outcome {}", args.outcome))?;
    out.say(format_args!("withdrew the outcome {}", args.outcome));
    Ok(Status::Done)
}

fn table(outcomes: &[outcome::Outcome]) -> Table {
    let mut table = Table::new(&[
        ("outcome", Align::Left),
        ("client_id", Align::Left),
        ("occurred_on", Align::Left),
        ("kind", Align::Left),
        ("arr", Align::Right),
        ("vehicle", Align::Left),
        ("predicted", Align::Right),
        ("note", Align::Left),
    ]);
    for one in outcomes {
        table.row(vec![
            Cell::text(one.id),
            Cell::text(&one.client_id),
            Cell::text(one.occurred_on),
            Cell::text(one.kind.id()),
            Cell::number(one.arr.to_f64(), 0),
            Cell::maybe(one.vehicle.as_ref(), Cell::text),
            Cell::maybe(one.predicted_probability, |chance| Cell::percent(chance, 0)),
            Cell::maybe(one.note.as_ref(), Cell::text),
        ]);
    }
    table
}
