//! `ehub market backup` and `restore`.

use std::path::PathBuf;

use clap::Args;
use kernel::MarketName;

use super::{list, open};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    output::{Answer, Output},
    progress,
    sure::Sure,
    table::{Align, Cell, Table},
};

pub const BACKUP: &str = "\
Examples:
  ehub market backup alpha --to backups/alpha-2026-01-19

The folder gets the market as one file, its checksum and a manifest: consistent while the market is in use, personal
data sealed, without any key. Keys stay in the hub's keyring; back that up apart from the data.";

pub const RESTORE: &str = "\
Examples:
  ehub market restore alpha --from backups/alpha-2026-01-19 --yes

The backup goes into a new database, is compared with its checksum and only then takes the place of the present one.
Who was erased since stays erased; the audit chain goes on and does not go back.";

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The market's name
    name: MarketName,
    /// Folder to make
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The market's name
    name: MarketName,
    /// Folder of the backup
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    #[command(flatten)]
    sure: Sure,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn backup(args: &BackupArgs, out: &Output) -> Outcome {
    let (hub, record) = open(&args.store, &args.name).await?;
    let spinner = progress::spinner("copying", out.quiet());
    let done = hub.markets.backup(&record.name, &args.to, &clock::moment()?).await;
    spinner.finish_and_clear();
    let done = done.during(format_args!("back {} up", record.name))?;
    hub.close().await;
    let mut table = Table::new(&[("property", Align::Left), ("value", Align::Left)]);
    table.row(vec![Cell::text("market"), Cell::text(&record.name)]);
    table.row(vec![Cell::text("path"), Cell::text(args.to.display())]);
    table.row(vec![Cell::text("bytes"), Cell::text(done.bytes)]);
    table.row(vec![Cell::text("sha256"), Cell::text(&done.sha256)]);
    out.answer(&Answer { json: done, table })?;
    out.say("the keys are not in it: they stay in the hub's keyring");
    Ok(Status::Done)
}

pub async fn restore(args: &RestoreArgs, out: &Output) -> Outcome {
    args.sure.that(format_args!("what {} wrote since the backup would be gone", args.name))?;
    let (hub, record) = open(&args.store, &args.name).await?;
    let spinner = progress::spinner("restoring", out.quiet());
    let done = hub.markets.restore(&record.name, &args.from, &clock::moment()?).await;
    spinner.finish_and_clear();
    let restored = done.during(format_args!("restore {}", record.name))?;
    hub.close().await;
    list::answer(&restored, out)?;
    Ok(Status::Done)
}
