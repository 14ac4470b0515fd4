//! `ehub market erase-person`.

use clap::Args;
use contacts::{EraseReason, Sight};
use kernel::{MarketName, PersonId};

use super::open;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    output::{Answer, Output},
    sure::Sure,
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub market erase-person alpha 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --reason request --yes

The person's key is destroyed: rows, backups, exports and queues become unreadable. A suppression entry without personal
data keeps them from being imported again.";

#[derive(Debug, Args)]
pub struct EraseArgs {
    /// The market's name
    name: MarketName,
    /// The contact's identifier
    person: PersonId,
    /// Why: request, withdrawn, retention or mistake
    #[arg(long, default_value = "request")]
    reason: EraseReason,
    #[command(flatten)]
    sure: Sure,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &EraseArgs, out: &Output) -> Outcome {
    args.sure.that(format_args!("{} would be unreadable everywhere, in backups too", args.person))?;
    let (hub, record) = open(&args.store, &args.name).await?;
    // Also in a market that is suspended or deleted: a person's right does not wait for an operator.
    let market = hub.markets.inspect(&record.name).await.during(format_args!("look into {}", record.name))?;
    let receipt = hub
        .contacts
        .erase(&market, Sight::All, args.person, args.reason, &clock::moment()?)
        .await
        .during(format_args!("erase {}", args.person))?;
    hub.close().await;
    let mut table = Table::new(&[("property", Align::Left), ("value", Align::Left)]);
    table.row(vec![Cell::text("person"), Cell::text(receipt.person)]);
    table.row(vec![Cell::text("erased_at"), Cell::text(receipt.at)]);
    table.row(vec![Cell::text("audit_entry"), Cell::text(receipt.entry)]);
    table.row(vec![Cell::text("hash"), Cell::text(&receipt.hash)]);
    out.answer(&Answer { json: receipt, table })?;
    Ok(Status::Done)
}
