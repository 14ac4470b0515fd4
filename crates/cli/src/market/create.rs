//! `ehub market create`.

use clap::Args;
use kernel::{Currency, Locale, MarketName, Region, Vertical};
use markets::{NewMarket, ZoneName};

use super::list;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::Output,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub market create --name alpha --region us-wa --currency USD --locale en-US --time-zone America/Los_Angeles
  ehub market create --name lyon --region fr-ara --currency EUR --locale fr-FR --time-zone Europe/Paris \\
    --verticals residential,luxury

The market is isolated, encrypted and ready when the command returns. `ehub user grant` lets people in.";

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its name in addresses and commands: small letters, digits and hyphens
    #[arg(long)]
    name: MarketName,
    /// Where it does business: country and subdivision, such as us-wa
    #[arg(long)]
    region: Region,
    /// What its amounts are in (ISO 4217), such as USD
    #[arg(long)]
    currency: Currency,
    /// How it writes (BCP 47), such as en-US
    #[arg(long)]
    locale: Locale,
    /// Whose day it lives in (IANA), such as America/Los_Angeles
    #[arg(long, value_name = "ZONE")]
    time_zone: ZoneName,
    /// Lines of business: residential, commercial, luxury, healthcare
    #[arg(long, value_delimiter = ',', default_value = "residential")]
    verticals: Vec<Vertical>,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &CreateArgs, out: &Output) -> Outcome {
    let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
    let new = NewMarket {
        name: args.name.clone(),
        region: args.region.clone(),
        currency: args.currency,
        locale: args.locale.clone(),
        time_zone: args.time_zone.clone(),
        verticals: args.verticals.clone(),
    };
    let made = hub.markets.create(new, &clock::moment()?).await.during(format_args!("open {}", args.name))?;
    hub.close().await;
    list::answer(&made, out)?;
    out.say(format_args!("next: ehub user grant EMAIL --market {} --role owner", made.name));
    Ok(Status::Done)
}
