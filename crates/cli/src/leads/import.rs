//! `ehub leads import`: leads of a file, and what happened to them, into a market.

use std::path::PathBuf;

use clap::Args;
use kernel::MarketName;
use leads::LeadImport;
use tabular::Hint;

use super::entered;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome},
    output::{Answer, Output},
    progress, source,
    table::{Align, Cell, Table},
};

const EXAMPLES: &str = "\
Examples:
  ehub leads import leads.csv --market alpha
  ehub leads import events.ndjson --market alpha --format json

A row says who: name (or given_name, family_name), email, phone, address, pipeline, stage; and what is known: source,
arrived, budget, horizon_days, preapproved. With event and at it says that something happened: page_view,
listing_view, listing_saved, search, message_in, message_out, call_in, call_out, appointment_booked,
appointment_shown, appointment_no_show or appointment_cancelled, with channel, seconds, listing, price, appointment
and starts. A person may have many rows. The same file again changes nothing.";

/// What to import, into which market.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    #[command(flatten)]
    store: StoreArgs,
}

/// Imports and says what was taken.
pub async fn run(args: &ImportArgs, out: &Output) -> Outcome {
    let name = source::named(&args.file);
    let bytes = source::bytes(&args.file)?;
    let (hub, market) = entered(&args.store, &args.market).await?;
    let spinner = progress::spinner("importing", out.quiet());
    let report = hub.leads.import(&market, &bytes, &Hint::named(&name), &clock::moment()?).await;
    spinner.finish_and_clear();
    hub.close().await;
    let report = report.during(format_args!("import {name}"))?;
    out.rows(&report.rejected, &report.notices);
    let status = source::status(report.accepted as usize, report.rejected.len());
    let mut table = Table::new(&[
        ("rows", Align::Right),
        ("accepted", Align::Right),
        ("added", Align::Right),
        ("known", Align::Right),
        ("entries", Align::Right),
        ("rejected", Align::Right),
    ]);
    let counts = [
        report.rows,
        report.accepted,
        report.added,
        report.known,
        report.entries,
        report.rejected.len() as u64,
    ];
    table.row(counts.into_iter().map(|count| Cell::number(count as f64, 0)).collect());
    out.answer::<LeadImport>(&Answer { json: report, table })?;
    Ok(status)
}
