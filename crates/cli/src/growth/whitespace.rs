//! `ehub growth whitespace`: every client against every vehicle.

use clap::Args;
use growth::{
    assess::assess_all,
    whitespace::{WhitespaceCell, WhitespaceRow, WhitespaceState, matrix},
};
use jiff::civil::Date;
use kernel::{Notice, PolicyKey, Rejection};
use serde::Serialize;

use super::base::{Base, BaseArgs};
use crate::{
    exit::Outcome,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// Which clients, as of when, with which constants.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WhitespaceArgs {
    #[command(flatten)]
    base: BaseArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth whitespace --clients clients.csv
  ehub growth whitespace                             the hub's latest snapshot
  ehub growth whitespace --clients clients.csv --format csv > whitespace.csv";

#[derive(Serialize)]
struct Report<'a> {
    policy: &'a PolicyKey,
    as_of: Date,
    rows: &'a [WhitespaceRow],
    rejected: &'a [Rejection],
    warnings: &'a [Notice],
}

/// Reads, assesses, and lays the matrix out.
pub fn run(args: &WhitespaceArgs, out: &Output) -> Outcome {
    let base = Base::load(&args.base, out)?;
    let assessments = assess_all(&base.clients, &base.policy, base.as_of);
    let pairs: Vec<_> = base.clients.iter().zip(&assessments).collect();
    let rows = matrix(&pairs, &base.policy);

    let mut table = Table::new(&[
        ("client_id", Align::Left),
        ("client_name", Align::Left),
        ("tier", Align::Left),
        ("vehicle", Align::Left),
        ("state", Align::Left),
        ("fit", Align::Right),
        ("reason", Align::Left),
    ]);
    for ((client, _), row) in pairs.iter().zip(&rows) {
        for WhitespaceCell { vehicle, state, fit, reason } in &row.cells {
            table.row(vec![
                Cell::text(&client.client_id),
                Cell::text(&client.client_name),
                Cell::text(row.tier.id()),
                Cell::text(vehicle),
                Cell::text(state.id()),
                Cell::number(*fit, 0),
                Cell::text(reason),
            ]);
        }
    }
    for state in WhitespaceState::ALL {
        let count: usize = rows.iter().map(|row| row.count(*state)).sum();
        table.note(format!("{count} {}", state.label().to_lowercase()));
    }
    let json = Report {
        policy: base.policy.key(),
        as_of: base.as_of,
        rows: &rows,
        rejected: &base.rejected,
        warnings: &base.notices,
    };
    out.answer(&Answer { json, table })?;
    Ok(base.status())
}
