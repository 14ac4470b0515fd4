//! `ehub growth import`: a client base becomes a snapshot in the hub's store.

use std::path::PathBuf;

use clap::Args;
use growth::{
    service::{NewSnapshot, SnapshotMovement},
    snapshot::{ImportReport, SnapshotSummary},
};
use jiff::civil::Date;

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    progress,
    source::{self, ReadingArgs, Source},
    table::{Align, Cell, Table},
};

/// What to import, as of when, into which hub.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["profile", "list"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// The day the metrics speak of [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Mark the clients as made up; every figure will say so
    #[arg(long)]
    simulated: bool,
    /// List the snapshots there are instead, the latest first
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth import clients.csv
  ehub growth import clients.xlsx --as-of 2026-01-19 --map 'Spend/mo=current_mrr'
  ehub growth import --profile ravenstack --dir data/ravenstack --as-of 2024-06-30
  ehub growth import --list

A snapshot never changes; importing again makes another, which is compared with the one before.
It may be done while the hub runs. Exit status: 0 all good, 2 some rows rejected, 1 nothing done.";

/// Imports, or lists what was imported.
pub fn run(args: &ImportArgs, out: &Output) -> Outcome {
    let config = args.store.load(args.store.layer())?;
    if args.list {
        return hub::block_on(async { list(&Hub::open(&config).await?, out).await });
    }
    if args.file.is_none() && args.reading.profile.profile.is_none() {
        return Err(Failure::new("nothing to import is named")
            .advise("give a file, `-` for standard input, or --profile NAME with --dir DIR"));
    }
    let as_of = args.as_of.unwrap_or_else(clock::today);
    let source = source::read_from(args.file.as_deref(), &args.reading, as_of, out)?;
    out.rows(&source.imported.rejected, &source.imported.notices);
    hub::block_on(async {
        let hub = Hub::open_or_begin(&config).await?;
        let Source { imported, name, profile, currency, files } = source;
        let status = source::status(imported.clients.len(), imported.rejected.len());
        let new = NewSnapshot {
            source: name.clone(),
            content_sha256: NewSnapshot::digest(files.iter().map(Vec::as_slice)),
            profile,
            simulated: args.simulated,
            as_of,
            currency,
            imported,
        };
        let spinner = progress::spinner("storing", out.quiet());
        let report = hub.growth.import(new, &clock::moment()?).await;
        spinner.finish_and_clear();
        let report = report.during(format_args!("import {name}"))?;
        let movement = hub.growth.movement().await.during("compare with the snapshot before")?;
        if report.existed {
            out.say("this file of this day was imported before; nothing changed");
        }
        let mut table = table(std::slice::from_ref(&report.snapshot));
        if let Some(moved) = movement.filter(|moved| moved.after.id == report.snapshot.id) {
            table.note(sentence(&moved));
        }
        out.answer::<ImportReport>(&Answer { json: report, table })?;
        Ok(status)
    })
}

async fn list(hub: &Hub, out: &Output) -> Outcome {
    let snapshots = hub.growth.snapshots().await.during("list the snapshots")?;
    let table = table(&snapshots);
    out.answer(&Answer { json: snapshots, table })?;
    Ok(Status::Done)
}

fn table(snapshots: &[SnapshotSummary]) -> Table {
    let mut table = Table::new(&[
        ("snapshot", Align::Left),
        ("as_of", Align::Left),
        ("source", Align::Left),
        ("clients", Align::Right),
        ("rejected_rows", Align::Right),
        ("imported_at", Align::Left),
        ("simulated", Align::Left),
    ]);
    for snapshot in snapshots {
        table.row(vec![
            Cell::text(snapshot.id),
            Cell::text(snapshot.as_of),
            Cell::text(&snapshot.source),
            Cell::number(snapshot.clients as f64, 0),
            Cell::number(snapshot.rejected_rows as f64, 0),
            Cell::text(snapshot.imported_at),
            Cell::text(if snapshot.simulated { "simulated" } else { "no" }),
        ]);
    }
    table
}

/// "Since 2025-12-31: 2 clients came, 1 left, 11 changed level or tier, 40 moved within."
fn sentence(moved: &SnapshotMovement) -> String {
    let SnapshotMovement { before, movement, .. } = moved;
    let reclassified = movement.reclassified().count();
    format!(
        "Since {}: {} came, {} left, {reclassified} changed level or tier, {} moved within them, {} did not move.",
        before.as_of,
        movement.entered.len(),
        movement.left.len(),
        movement.changed.len() - reclassified,
        movement.unchanged
    )
}
