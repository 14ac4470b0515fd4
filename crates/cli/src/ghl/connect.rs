//! `ehub ghl connect`.

use std::path::PathBuf;

use ::connect::ghl::tokens::Secret;
use clap::Args;
use kernel::MarketName;

use super::entered;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    output::{Answer, Output},
    secret,
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub ghl connect --market alpha --location ve9EPM428h8vShlRW1KT --token-file token.txt
  pass ghl/alpha | ehub ghl connect --market alpha --location ve9EPM428h8vShlRW1KT --token-file -

The token is made in the location's settings, under Private Integrations. It is tried before it is kept, sealed. Such tokens
get no webhooks: what is new is asked for every two minutes. Connected by the app as well, they stand in for it.";

#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// Which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    /// The location's identifier in GoHighLevel
    #[arg(long, value_name = "ID")]
    location: String,
    /// File with the private integration token; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &ConnectArgs, out: &Output) -> Outcome {
    let token = Secret::new(secret::read(&args.token_file)?);
    let (hub, market) = entered(&args.store, &args.market).await?;
    let connected =
        hub.gohighlevel.use_private_token(&market, &args.location, token, &clock::moment()?).await;
    let connection = connected.during(format_args!("connect {} to {}", args.market, args.location))?;
    hub.close().await;
    let mut table = Table::new(&[("property", Align::Left), ("value", Align::Left)]);
    table.row(vec![Cell::text("market"), Cell::text(&args.market)]);
    table.row(vec![Cell::text("location"), Cell::text(&connection.location)]);
    table.row(vec![Cell::text("name"), Cell::maybe(connection.name.as_ref(), Cell::text)]);
    table.row(vec![Cell::text("company"), Cell::maybe(connection.company.as_ref(), Cell::text)]);
    table.row(vec![Cell::text("time zone"), Cell::maybe(connection.time_zone.as_ref(), Cell::text)]);
    out.answer(&Answer { json: connection, table })?;
    out.say(format_args!(
        "`ehub ghl backfill --market {}` brings what it has, as does a running hub",
        args.market
    ));
    Ok(Status::Done)
}
