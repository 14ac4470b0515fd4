//! `ehub market`: the tenants of a hub, from creation to deletion.

mod backup;
mod create;
mod delete;
mod erase;
mod export;
mod inspect;
mod list;
mod moving;
mod policy;
mod states;

use clap::{Args, Subcommand};
use kernel::MarketName;
use markets::{Market, MarketRecord};

use crate::{
    config::StoreArgs,
    exit::{During, Failure, Outcome},
    hub::{self, Hub},
    output::Output,
};

/// What to do with markets.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MarketArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub market create --name alpha --region us-wa --currency USD --locale en-US --time-zone America/Los_Angeles
  ehub market list
  ehub market backup alpha --to backups/alpha

Every verb works beside a running hub and without one.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Open a market: database, keys, policy, pipelines
    #[command(after_help = create::EXAMPLES)]
    Create(create::CreateArgs),
    /// List all markets
    #[command(after_help = list::LIST)]
    List(StoreArgs),
    /// Show one market
    #[command(after_help = list::SHOW)]
    Show(OneArgs),
    /// Close a market until it is resumed; nothing is lost
    #[command(after_help = states::SUSPEND)]
    Suspend(states::SuspendArgs),
    /// Open a suspended or deleted market again
    #[command(after_help = states::RESUME)]
    Resume(OneArgs),
    /// Write a consistent copy while the market is in use
    #[command(after_help = backup::BACKUP)]
    Backup(backup::BackupArgs),
    /// Bring a market back to a backup, in a new database
    #[command(after_help = backup::RESTORE)]
    Restore(backup::RestoreArgs),
    /// Write everything a market has as files that other programs can read
    #[command(after_help = export::EXPORT)]
    Export(export::ExportArgs),
    /// Take in an export, as the market it was or as a new one
    #[command(after_help = export::IMPORT)]
    Import(export::ImportArgs),
    /// Move a market's database to another place while it is in use
    #[command(after_help = moving::EXAMPLES)]
    Move(moving::MoveArgs),
    /// Erase a person: the person's key is destroyed, backups included
    #[command(after_help = erase::EXAMPLES)]
    ErasePerson(erase::EraseArgs),
    /// Show or change limits, retention and quiet hours of a market
    #[command(after_help = policy::EXAMPLES)]
    Policy(policy::PolicyArgs),
    /// Delete a market, for good once its grace period is over
    #[command(after_help = delete::DELETE)]
    Delete(delete::DeleteArgs),
    /// Remove deleted markets whose grace period is over
    #[command(after_help = delete::PURGE)]
    Purge(delete::PurgeArgs),
    /// Whether a market works: database, tables, keys, queues, audit chain
    #[command(after_help = inspect::HEALTH)]
    Health(OneArgs),
    /// What is still missing before a market can go live
    #[command(after_help = inspect::CHECKLIST)]
    Checklist(OneArgs),
    /// Bring the tables of all markets up to date
    #[command(after_help = inspect::MIGRATE)]
    Migrate(StoreArgs),
}

/// One market.
#[derive(Debug, Args)]
pub struct OneArgs {
    /// The market's name
    name: MarketName,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &MarketArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Create(args) => create::run(args, out).await,
            Verb::List(store) => list::all(store, out).await,
            Verb::Show(args) => list::one(args, out).await,
            Verb::Suspend(args) => states::suspend(args, out).await,
            Verb::Resume(args) => states::resume(args, out).await,
            Verb::Backup(args) => backup::backup(args, out).await,
            Verb::Restore(args) => backup::restore(args, out).await,
            Verb::Export(args) => export::export(args, out).await,
            Verb::Import(args) => export::import(args, out).await,
            Verb::Move(args) => moving::run(args, out).await,
            Verb::ErasePerson(args) => erase::run(args, out).await,
            Verb::Policy(args) => policy::run(args, out).await,
            Verb::Delete(args) => delete::delete(args, out).await,
            Verb::Purge(args) => delete::purge(args, out).await,
            Verb::Health(args) => inspect::health(args, out).await,
            Verb::Checklist(args) => inspect::checklist(args, out).await,
            Verb::Migrate(store) => inspect::migrate(store, out).await,
        }
    })
}

/// Every market of the hub, by name.
///
/// # Errors
/// When the store fails.
pub async fn all(hub: &Hub) -> Outcome<Vec<MarketRecord>> {
    hub.markets.list().await.during("list the markets")
}

/// The market of this name, which must be there.
///
/// # Errors
/// When there is none, or the store fails.
pub async fn record(hub: &Hub, name: &MarketName) -> Outcome<MarketRecord> {
    hub.markets.find(name).await.during("look the market up")?.ok_or_else(|| unknown(name))
}

/// The market of this name, entered.
///
/// # Errors
/// When there is none, or it is closed.
pub async fn enter(hub: &Hub, name: &MarketName) -> Outcome<Market> {
    let record = record(hub, name).await?;
    hub.markets.enter(&record.name).await.during(format_args!("enter {name}"))
}

fn unknown(name: &MarketName) -> Failure {
    Failure::new(format_args!("there is no market `{name}`")).advise("`ehub market list` shows them all")
}

impl OneArgs {
    /// The hub, and the market, which must be there.
    async fn open(&self) -> Outcome<(Hub, MarketRecord)> {
        open(&self.store, &self.name).await
    }
}

/// The hub, and the market of this name, which must be there.
async fn open(store: &StoreArgs, name: &MarketName) -> Outcome<(Hub, MarketRecord)> {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let record = record(&hub, name).await?;
    Ok((hub, record))
}
