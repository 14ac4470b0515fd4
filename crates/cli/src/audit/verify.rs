//! `ehub audit verify`.

use std::path::{Path, PathBuf};

use audit::{Expected, Verified, checkpoint::Note};
use clap::Args;
use kernel::MarketName;
use serde_json::{Value, json};
use store::trail;

use super::chains::{self, Chain};
use crate::{
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    market,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub audit verify
  ehub audit verify --market alpha
  ehub audit verify --export audit.ndjson --checkpoint kept-elsewhere.txt

An export (a file, or a folder with audit.ndjson) is verified without the hub. The first entry that was changed,
removed or moved is named, with exit status 1. Against entries that were cut off or all written anew helps a
checkpoint, or a public key, that was kept elsewhere.";

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// An export to verify instead of the hub's chains
    #[arg(long, value_name = "PATH", conflicts_with = "market")]
    export: Option<PathBuf>,
    /// Only the chain of this market
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    /// A checkpoint kept elsewhere, which the export must still contain; may be repeated
    #[arg(long, value_name = "FILE", requires = "export")]
    checkpoint: Vec<PathBuf>,
    /// The public key that must have signed (`NAME+HASH+BASE64`, as `audit checkpoint` prints it)
    #[arg(long, value_name = "KEY", requires = "export")]
    key: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

pub fn run(args: &VerifyArgs, out: &Output) -> Outcome {
    match &args.export {
        Some(path) => export(path, args, out),
        None => hub::block_on(databases(args, out)),
    }
}

/// Whether a chain is whole, or the sentence that says where it is not.
type Found = Result<Verified, String>;

fn export(path: &Path, args: &VerifyArgs, out: &Output) -> Outcome {
    let mut expected = Expected::default();
    if let Some(key) = &args.key {
        expected.key = Some(key.parse().during("read the public key")?);
    }
    for file in &args.checkpoint {
        let doing = format!("read {}", file.display());
        let text = std::fs::read_to_string(file).during(&doing)?;
        expected.kept.push(Note::parse(&text).during(&doing)?);
    }
    let found = match audit::export::verify(path, &expected) {
        Ok(verified) => Ok(verified),
        Err(audit::export::VerifyError::Fault(fault)) => Err(fault.to_string()),
        Err(unread) => return Err(unread).during("verify the export"),
    };
    answer(vec![(path.display().to_string(), found)], out)
}

async fn databases(args: &VerifyArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let mut found = Vec::new();
    match &args.market {
        Some(name) => {
            let chain = chains::of_market(&hub, name).await?;
            found.push((chain.name.clone(), in_database(&chain).await?));
        }
        None => {
            let chain = chains::of_hub(&hub)?;
            found.push((chain.name.clone(), in_database(&chain).await?));
            for record in market::all(&hub).await? {
                // One market after the other: each may hold a database open.
                match chains::of_market(&hub, &record.name).await {
                    Ok(chain) => found.push((chain.name.clone(), in_database(&chain).await?)),
                    Err(failure) => found.push((record.name.to_string(), Err(failure.message().to_owned()))),
                }
            }
        }
    }
    hub.close().await;
    answer(found, out)
}

async fn in_database(chain: &Chain) -> Outcome<Found> {
    match trail::verify(&chain.db, &chain.signer.verifier(), chain.begins).await {
        Ok(verified) => Ok(Ok(verified)),
        Err(trail::TrailError::Fault(fault)) => Ok(Err(fault.to_string())),
        Err(error) => Err(error).during(format_args!("read the chain of {}", chain.name)),
    }
}

fn answer(found: Vec<(String, Found)>, out: &Output) -> Outcome {
    let columns =
        [("chain", Align::Left), ("whole", Align::Left), ("entries", Align::Right), ("signed", Align::Right)];
    let mut table =
        Table::new(&[columns.as_slice(), &[("last_at", Align::Left), ("root", Align::Left)]].concat());
    let mut json = Vec::new();
    let mut faults = Vec::new();
    for (name, found) in found {
        match found {
            Ok(verified) => {
                table.row(vec![
                    Cell::text(&name),
                    Cell::text("yes"),
                    Cell::text(verified.entries),
                    Cell::text(verified.signed_entries),
                    Cell::maybe(verified.last_at, Cell::text),
                    Cell::text(verified.root),
                ]);
                json.push(json!({
                    "chain": name, "whole": true, "entries": verified.entries,
                    "signed_entries": verified.signed_entries, "checkpoints": verified.checkpoints,
                    "head": verified.head.to_string(), "root": verified.root.to_string(),
                    "first_at": verified.first_at, "last_at": verified.last_at,
                    "key": verified.key.map(|key| key.to_string()), "key_expected": verified.key_expected,
                }));
            }
            Err(fault) => {
                let none = Cell::none;
                table.row(vec![Cell::text(&name), Cell::text("NO"), none(), none(), none(), none()]);
                json.push(json!({ "chain": name, "whole": false, "fault": fault }));
                faults.push(format!("{name}: {fault}"));
            }
        }
    }
    out.answer(&Answer { json: Value::from(json), table })?;
    if faults.is_empty() { Ok(Status::Done) } else { Err(Failure::new(faults.join("\n"))) }
}
