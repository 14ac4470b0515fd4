//! `ehub audit checkpoint`.

use clap::Args;
use kernel::MarketName;
use store::trail;

use super::chains;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::Hub,
    output::Output,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub audit checkpoint > checkpoint-2026-01-19.txt
  ehub audit checkpoint --market alpha

The note (tlog-checkpoint) signs number and root of all entries so far. Keep it where the hub's operator cannot
change it: whoever has it can show that nothing before it was rewritten.";

#[derive(Debug, Args)]
pub struct CheckpointArgs {
    /// Of this market; of the hub unless given
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &CheckpointArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let chain = chains::one(&hub, args.market.as_ref()).await?;
    let signed = trail::checkpoint(&chain.db, &chain.signer, clock::now())
        .await
        .during(format_args!("sign the chain of {}", chain.name))?;
    hub.close().await;
    let signed = signed.ok_or_else(|| Failure::new(format_args!("the chain of {} is empty", chain.name)))?;
    out.data(signed.note.text().as_bytes())?;
    out.say(format_args!("the public key is {}", chain.signer.verifier()));
    Ok(Status::Done)
}
