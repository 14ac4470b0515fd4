//! `ehub market delete` and `purge`.

use clap::Args;
use jiff::SignedDuration;
use kernel::MarketName;

use super::{list, open};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::Output,
    sure::Sure,
};

pub const DELETE: &str = "\
Examples:
  ehub market delete alpha --yes
  ehub market delete alpha --grace-days 30 --yes

Nobody gets in any more. Until the grace period is over `ehub market resume` brings everything back; then database
and keys are destroyed, and no backup can be read any more.";

pub const PURGE: &str = "\
Examples:
  ehub market purge --yes

A running hub does this by itself.";

#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// The market's name
    name: MarketName,
    /// Days until it is gone for good
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=365))]
    grace_days: i64,
    #[command(flatten)]
    sure: Sure,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct PurgeArgs {
    #[command(flatten)]
    sure: Sure,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn delete(args: &DeleteArgs, out: &Output) -> Outcome {
    args.sure.that(format_args!(
        "{} would be closed at once and destroyed, keys included, in {} days",
        args.name, args.grace_days
    ))?;
    let (hub, record) = open(&args.store, &args.name).await?;
    let grace = SignedDuration::from_hours(24 * args.grace_days);
    let deleted = hub
        .markets
        .delete(&record.name, grace, &clock::moment()?)
        .await
        .during(format_args!("delete {}", record.name))?;
    hub.close().await;
    list::answer(&deleted, out)?;
    Ok(Status::Done)
}

pub async fn purge(args: &PurgeArgs, out: &Output) -> Outcome {
    args.sure.that("databases and keys of deleted markets whose grace period is over would be destroyed")?;
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let purged = hub.markets.purge_due(&clock::moment()?).await.during("remove deleted markets")?;
    hub.close().await;
    for name in &purged.markets {
        out.say(format_args!("{name} is gone for good"));
    }
    out.say(format_args!(
        "{} markets and {} replaced databases were removed",
        purged.markets.len(),
        purged.replaced_databases
    ));
    Ok(Status::Done)
}
