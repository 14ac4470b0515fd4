//! `ehub market export` and `import`.

use std::path::{Path, PathBuf};

use clap::Args;
use kernel::MarketName;
use markets::{ExportManifest, Passphrase};

use super::{list, open};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    progress, secret,
    table::{Align, Cell, Table},
};

pub const EXPORT: &str = "\
Examples:
  ehub market export alpha --to exports/alpha
  ehub market export alpha --to exports/alpha --passphrase-file passphrase.txt

A folder with one NDJSON file per table, the audit chain, and a manifest with rows and SHA-256 of each. Personal data
stays sealed. For another hub, the keys travel in it as well, encrypted under the passphrase in a file (`-`: standard
input). Such an export opens everybody in it, also who is erased here later: remove it once it is imported.";

pub const IMPORT: &str = "\
Examples:
  ehub market import --from exports/alpha
  ehub market import --from exports/alpha --as beta --passphrase-file passphrase.txt";

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The market's name
    name: MarketName,
    /// Folder to make
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// Write the keys as well, encrypted under the first line of this file; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Folder of the export
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    /// Name of a new market; the one it was unless given
    #[arg(long = "as", value_name = "NAME")]
    as_name: Option<MarketName>,
    /// File whose first line opens the keys in the export; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
}

fn passphrase(file: Option<&PathBuf>) -> Outcome<Option<Passphrase>> {
    file.map(|file| Ok(Passphrase::new(&secret::read(file)?))).transpose()
}

pub async fn export(args: &ExportArgs, out: &Output) -> Outcome {
    let keys = passphrase(args.passphrase_file.as_ref())?;
    let (hub, record) = open(&args.store, &args.name).await?;
    let spinner = progress::spinner("writing", out.quiet());
    let done = hub.markets.export(&record.name, &args.to, keys.as_ref(), &clock::moment()?).await;
    spinner.finish_and_clear();
    let manifest = done.during(format_args!("export {}", record.name))?;
    hub.close().await;
    let mut table = Table::new(&[("table", Align::Left), ("rows", Align::Right), ("sha256", Align::Left)]);
    for file in &manifest.tables {
        table.row(vec![Cell::text(&file.table), Cell::text(file.rows), Cell::text(&file.sha256)]);
    }
    out.answer(&Answer { json: manifest, table })?;
    Ok(Status::Done)
}

fn manifest(folder: &Path) -> Outcome<ExportManifest> {
    let file = folder.join("manifest.json");
    let text = std::fs::read(&file).during(format_args!("read {}", file.display()))?;
    serde_json::from_slice(&text).during(format_args!("understand {}", file.display()))
}

pub async fn import(args: &ImportArgs, out: &Output) -> Outcome {
    let keys = passphrase(args.passphrase_file.as_ref())?;
    let name = match &args.as_name {
        Some(name) => name.clone(),
        None => manifest(&args.from)?.market.name,
    };
    let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
    let spinner = progress::spinner("reading", out.quiet());
    let done = hub.markets.import(&args.from, name, keys.as_ref(), &clock::moment()?).await;
    spinner.finish_and_clear();
    let record = done.during(format_args!("import {}", args.from.display()))?;
    hub.close().await;
    list::answer(&record, out)?;
    Ok(Status::Done)
}
