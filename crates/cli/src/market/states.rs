//! `ehub market suspend` and `resume`.

use clap::Args;
use kernel::MarketName;

use super::{OneArgs, open};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    output::Output,
};

pub const SUSPEND: &str = "\
Examples:
  ehub market suspend alpha --reason 'Contract under review'";

pub const RESUME: &str = "\
Examples:
  ehub market resume alpha";

#[derive(Debug, Args)]
pub struct SuspendArgs {
    /// The market's name
    name: MarketName,
    /// Why, for the members who find it closed
    #[arg(long, value_name = "TEXT", default_value = "closed by an operator")]
    reason: String,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn suspend(args: &SuspendArgs, out: &Output) -> Outcome {
    let (hub, record) = open(&args.store, &args.name).await?;
    hub.markets
        .suspend(&record.name, &args.reason, &clock::moment()?)
        .await
        .during(format_args!("suspend {}", record.name))?;
    hub.close().await;
    out.say(format_args!("{} is closed; `ehub market resume {}` opens it again", record.name, record.name));
    Ok(Status::Done)
}

pub async fn resume(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, record) = args.open().await?;
    hub.markets
        .resume(&record.name, &clock::moment()?)
        .await
        .during(format_args!("resume {}", record.name))?;
    hub.close().await;
    out.say(format_args!("{} is open", record.name));
    Ok(Status::Done)
}
