//! `ehub audit export`.

use std::{io::BufWriter, path::PathBuf};

use clap::Args;
use kernel::MarketName;
use store::trail;

use super::chains;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::Output,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub audit export --to audit.ndjson
  ehub audit export --market alpha --to alpha-audit.ndjson

The file holds entries, checkpoints and the public key, and no personal data. `ehub audit verify --export` reads it.";

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Of this market; of the hub unless given
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    /// File to write
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &ExportArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let chain = chains::one(&hub, args.market.as_ref()).await?;
    let doing = format!("export the chain of {}", chain.name);
    // Signed first, so that nothing in the file could have been cut off unnoticed.
    trail::checkpoint(&chain.db, &chain.signer, clock::now()).await.during(&doing)?;
    let file = std::fs::File::options()
        .create_new(true)
        .write(true)
        .open(&args.to)
        .during(format_args!("make {}", args.to.display()))?;
    let written = trail::export(&chain.db, &chain.signer.verifier(), BufWriter::new(file)).await;
    let file = written.during(&doing)?.into_inner().map_err(|error| error.into_error())?;
    file.sync_all()?;
    hub.close().await;
    out.say(format_args!("signed by {}", chain.signer.verifier()));
    Ok(Status::Done)
}
