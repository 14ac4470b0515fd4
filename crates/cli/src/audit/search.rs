//! `ehub audit list`.

use clap::Args;
use jiff::Timestamp;
use kernel::MarketName;
use store::trail::{self, Filter, Order};

use super::chains;
use crate::{
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub audit list --limit 20
  ehub audit list --market alpha --action market. --since 2026-01-01T00:00:00Z";

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Of this market; of the hub unless given
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    /// Words anywhere in the entry
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Part of the name of who acted
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Beginning of the action, such as `market.` or `key.created`
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// Beginning of what it was done to, such as `user:`
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Not before this instant
    #[arg(long, value_name = "INSTANT")]
    since: Option<Timestamp>,
    /// Before this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &ListArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let chain = chains::one(&hub, args.market.as_ref()).await?;
    let filter = Filter {
        actor: args.actor.clone(),
        action: args.action.clone(),
        subject: args.subject.clone(),
        from: args.since,
        until: args.until,
        text: args.text.clone(),
    };
    let entries = trail::page(&chain.db, &filter, Order::Newest, None, args.limit)
        .await
        .during(format_args!("read the chain of {}", chain.name))?;
    hub.close().await;
    let columns = ["at", "actor", "action", "subject", "detail"];
    let all = [("seq", Align::Right)].into_iter().chain(columns.map(|name| (name, Align::Left)));
    let mut table = Table::new(&all.collect::<Vec<_>>());
    for entry in &entries {
        let detail: Vec<String> = entry.detail.iter().map(|(key, value)| format!("{key}={value}")).collect();
        table.row(vec![
            Cell::text(entry.seq),
            Cell::text(entry.at),
            Cell::text(entry.actor.as_str()),
            Cell::text(&entry.action),
            Cell::text(&entry.subject),
            Cell::text(detail.join(" ")),
        ]);
    }
    out.answer(&Answer { json: entries, table })?;
    Ok(Status::Done)
}
