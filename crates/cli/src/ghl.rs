//! `ehub ghl`: a market's connection to GoHighLevel.

mod backfill;
mod connect;
mod doctor;

use clap::{Args, Subcommand};
use kernel::MarketName;
use markets::Market;

use crate::{
    config::StoreArgs,
    exit::Outcome,
    hub::{self, Hub},
    market,
    output::Output,
};

/// What to do with the connection.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GhlArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub ghl connect --market alpha --location ve9EPM428h8vShlRW1KT --token-file token.txt
  ehub ghl backfill --market alpha
  ehub ghl doctor --market alpha

Connecting by the marketplace app, with webhooks, is done in the browser: whoever owns the location gives consent there.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Connect a market to a location by a private integration token
    #[command(after_help = connect::EXAMPLES)]
    Connect(connect::ConnectArgs),
    /// Bring everything that the location has here, from wherever it stopped
    #[command(after_help = backfill::EXAMPLES)]
    Backfill(OneArgs),
    /// Find out what is wrong with the connection, and what to do about it
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(OneArgs),
}

/// One market.
#[derive(Debug, Args)]
pub struct OneArgs {
    /// Of which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &GhlArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Connect(args) => connect::run(args, out).await,
            Verb::Backfill(args) => backfill::run(args, out).await,
            Verb::Doctor(args) => doctor::run(args, out).await,
        }
    })
}

async fn entered(store: &StoreArgs, name: &MarketName) -> Outcome<(Hub, Market)> {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let market = market::enter(&hub, name).await?;
    Ok((hub, market))
}
