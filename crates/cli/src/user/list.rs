//! `ehub user list`.

use std::collections::HashMap;

use clap::Args;
use directory::{Membership, User};
use kernel::{HubRole, MarketId, MarketName};
use serde::Serialize;

use crate::{
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    market,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub user list
  ehub user list --market alpha
  ehub user list --format json";

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only the members of this market
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    user: User,
    markets: Vec<Belongs>,
}

#[derive(Serialize)]
struct Belongs {
    market: String,
    role: String,
}

pub async fn run(args: &ListArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let only = match &args.market {
        Some(name) => Some(market::record(&hub, name).await?.id),
        None => None,
    };
    let users = hub.directory.users().await.during("list the users")?;
    let memberships = hub.directory.all_memberships().await.during("list the memberships")?;
    let names: HashMap<MarketId, String> =
        market::all(&hub).await?.into_iter().map(|record| (record.id, record.name.to_string())).collect();
    hub.close().await;
    let listed: Vec<Listed> = users
        .into_iter()
        .filter_map(|user| {
            let own: Vec<&Membership> = memberships.iter().filter(|one| one.user_id == user.id).collect();
            if only.is_some_and(|market| own.iter().all(|one| one.market != market)) {
                return None;
            }
            let markets = own.into_iter().map(|one| Belongs {
                market: names.get(&one.market).cloned().unwrap_or_else(|| one.market.to_string()),
                role: one.role.id().to_owned(),
            });
            Some(Listed { markets: markets.collect(), user })
        })
        .collect();
    let columns = ["email", "name", "role", "markets", "password", "second_factor", "disabled"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    let yes = |is: bool| Cell::text(if is { "yes" } else { "no" });
    for Listed { user, markets } in &listed {
        let of_markets: Vec<String> =
            markets.iter().map(|one| format!("{} ({})", one.market, one.role)).collect();
        table.row(vec![
            Cell::text(&user.email),
            Cell::text(&user.name),
            Cell::maybe(user.hub_role.map(HubRole::id), Cell::text),
            if of_markets.is_empty() { Cell::none() } else { Cell::text(of_markets.join(", ")) },
            yes(user.has_password),
            yes(user.has_second_factor),
            Cell::maybe(user.disabled_at, Cell::text),
        ]);
    }
    out.answer(&Answer { json: listed, table })?;
    Ok(Status::Done)
}
