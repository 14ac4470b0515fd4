//! `ehub market list` and `show`.

use markets::MarketRecord;

use super::OneArgs;
use crate::{
    config::StoreArgs,
    exit::{Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const LIST: &str = "\
Examples:
  ehub market list
  ehub market list --format json";

pub const SHOW: &str = "\
Examples:
  ehub market show alpha";

pub async fn all(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let records = super::all(&hub).await?;
    hub.close().await;
    let columns = ["name", "region", "currency", "state", "placement", "backed_up_at", "created_at"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for record in &records {
        table.row(vec![
            Cell::text(&record.name),
            Cell::text(&record.region),
            Cell::text(record.currency),
            Cell::text(state(record)),
            Cell::text(record.placement),
            Cell::maybe(record.backed_up_at, Cell::text),
            Cell::text(record.created_at),
        ]);
    }
    out.answer(&Answer { json: records, table })?;
    Ok(Status::Done)
}

pub async fn one(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, record) = args.open().await?;
    hub.close().await;
    answer(&record, out)?;
    Ok(Status::Done)
}

/// One market, a line per property.
pub fn answer(record: &MarketRecord, out: &Output) -> Outcome<()> {
    let mut table = Table::new(&[("property", Align::Left), ("value", Align::Left)]);
    let verticals: Vec<&str> = record.verticals.iter().map(|vertical| vertical.id()).collect();
    for (name, value) in [
        ("name", Cell::text(&record.name)),
        ("id", Cell::text(record.id)),
        ("region", Cell::text(&record.region)),
        ("currency", Cell::text(record.currency)),
        ("locale", Cell::text(&record.locale)),
        ("time_zone", Cell::text(&record.time_zone)),
        ("verticals", Cell::text(verticals.join(", "))),
        ("state", Cell::text(state(record))),
        ("placement", Cell::text(record.placement)),
        ("generation", Cell::text(record.generation)),
        ("created_at", Cell::text(record.created_at)),
        ("backed_up_at", Cell::maybe(record.backed_up_at, Cell::text)),
        ("delete_after", Cell::maybe(record.delete_after, Cell::text)),
    ] {
        table.row(vec![Cell::text(name), value]);
    }
    out.answer(&Answer { json: record, table })
}

/// The state, with the reason where there is one.
fn state(record: &MarketRecord) -> String {
    match (&record.fenced, &record.state_reason) {
        (Some(reason), _) => format!("fenced ({reason})"),
        (None, Some(reason)) => format!("{} ({reason})", record.state.id()),
        (None, None) => record.state.id().to_owned(),
    }
}
