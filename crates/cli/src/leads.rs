//! `ehub leads`: leads of markets, and models of who becomes a client, from a shell.

mod evaluate;
mod file;
mod import;
mod score;
mod train;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use kernel::MarketName;
use markets::Market;

use crate::{
    config::StoreArgs,
    exit::{Failure, Outcome},
    hub::{self, Hub},
    market,
    output::Output,
};

/// Which part of the work to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LeadsArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub leads import leads.csv --market alpha
  ehub leads score --market alpha
  ehub leads train --market alpha
  ehub leads evaluate --data leads.csv --target Converted --time-column Created";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Take in a file of leads and of what happened to them
    Import(import::ImportArgs),
    /// Train a model of a market's outcomes, or of the columns of a file
    Train(train::TrainArgs),
    /// Score the leads of a market, or the rows of a file
    Score(score::ScoreArgs),
    /// Train a model on a table and judge it on rows that it has not seen
    Evaluate(evaluate::EvaluateArgs),
}

/// A market of the hub, or a file.
#[derive(Debug, Args)]
pub struct SubjectArgs {
    /// The leads of this market
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    /// The rows of this file: CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input. With --market it is
    /// the directory of the embedded store instead, as everywhere [env: EHUB_DATA]
    #[arg(long, value_name = "FILE", required_unless_present = "market")]
    data: Option<PathBuf>,
    /// Configuration file (TOML) [env: EHUB_CONFIG]
    #[arg(long, value_name = "FILE", requires = "market", help_heading = "Hub")]
    config: Option<PathBuf>,
    /// PostgreSQL to use instead of the embedded store [env: EHUB_DATABASE_URL]
    #[arg(long, value_name = "URL", requires = "market", help_heading = "Hub")]
    database_url: Option<String>,
}

/// What a verb works on.
pub enum Subject<'a> {
    /// The leads of a market.
    Market(&'a MarketName, StoreArgs),
    /// The rows of a file.
    File(&'a Path),
}

impl SubjectArgs {
    /// What is named.
    pub fn subject(&self) -> Outcome<Subject<'_>> {
        match (&self.market, &self.data) {
            (Some(market), data) => {
                let (config, database_url) = (self.config.clone(), self.database_url.clone());
                Ok(Subject::Market(market, StoreArgs { config, data: data.clone(), database_url }))
            }
            (None, Some(file)) => Ok(Subject::File(file)),
            (None, None) => {
                Err(Failure::new("nothing is named").advise("give --market NAME, or --data FILE"))
            }
        }
    }
}

/// Runs the verb.
pub fn run(args: &LeadsArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Import(args) => hub::block_on(import::run(args, out)),
        Verb::Train(args) => hub::block_on(train::run(args, out)),
        Verb::Score(args) => hub::block_on(score::run(args, out)),
        Verb::Evaluate(args) => evaluate::run(args, out),
    }
}

/// The hub, and the market of this name, entered.
async fn entered(store: &StoreArgs, name: &MarketName) -> Outcome<(Hub, Market)> {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let market = market::enter(&hub, name).await?;
    Ok((hub, market))
}
