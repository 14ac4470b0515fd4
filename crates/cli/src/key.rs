//! `ehub key`: API keys, for programs.

use clap::{Args, Subcommand};
use directory::{ApiKey, KEY_LIFETIME, KEY_LIFETIME_MAX, KeyScope, KeyState, KeyWanted};
use jiff::SignedDuration;
use kernel::{HubRole, MarketId, MarketName, MarketRole, Ulid};
use serde_json::{Value, json};

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    market,
    output::{Answer, Format, Output},
    table::{Align, Cell, Table},
};

/// What to do with API keys.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub key create 'Website leads' --market alpha --role agent > key.txt
  ehub key list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key and print it, this once
    #[command(after_help = CREATE)]
    Create(CreateArgs),
    /// List keys: of the hub and of every market, or of one market
    #[command(after_help = LIST)]
    List(ListArgs),
    /// Take a key back, at once
    #[command(after_help = REVOKE)]
    Revoke(RevokeArgs),
}

const CREATE: &str = "\
Examples:
  ehub key create 'Nightly figures' --role growth --days 365
  ehub key create 'Website leads' --market alpha --role agent > key.txt

The key is written to standard output once and is stored as a hash only: who loses it makes another.";

const LIST: &str = "\
Examples:
  ehub key list
  ehub key list --market alpha --format json";

const REVOKE: &str = "\
Examples:
  ehub key revoke 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P";

#[derive(Debug, Args)]
struct CreateArgs {
    /// What it is for
    name: String,
    /// The market that it opens; the hub itself unless given
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    /// What it may do: in the hub operator, growth or auditor; in a market owner, manager, analyst, agent or viewer
    #[arg(long)]
    role: String,
    /// How many days it works
    #[arg(long, value_name = "N", default_value_t = KEY_LIFETIME.as_hours() / 24,
        value_parser = clap::value_parser!(i64).range(1..=KEY_LIFETIME_MAX.as_hours() / 24))]
    days: i64,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only the keys of this market
    #[arg(long, value_name = "NAME")]
    market: Option<MarketName>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct RevokeArgs {
    /// The key's identifier, as `list` prints it: the part between the underscores
    key: Ulid,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &KeyArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Create(args) => create(args, out).await,
            Verb::List(args) => list(args, out).await,
            Verb::Revoke(args) => revoke(args, out).await,
        }
    })
}

async fn create(args: &CreateArgs, out: &Output) -> Outcome {
    let wrong = |error: &dyn std::fmt::Display| Failure::new(error);
    let config = args.store.load(args.store.layer())?;
    let hub = match &args.market {
        None => Hub::open_or_begin(&config).await?,
        Some(_) => Hub::open(&config).await?,
    };
    let scope = match &args.market {
        None => KeyScope::Hub(args.role.parse::<HubRole>().map_err(|error| wrong(&error))?),
        Some(name) => {
            let role = args.role.parse::<MarketRole>().map_err(|error| wrong(&error))?;
            KeyScope::Market(market::record(&hub, name).await?.id, role)
        }
    };
    let wanted = KeyWanted {
        name: args.name.clone(),
        scope,
        lifetime: SignedDuration::from_hours(24 * args.days),
        created_by: None,
    };
    let made = hub
        .directory
        .create_key(wanted, &clock::moment()?, clock::entropy()?)
        .await
        .during("make the key")?;
    hub.close().await;
    match out.format() {
        Format::Json => {
            let json = json!({
                "id": made.key.id, "name": made.key.name, "role": args.role,
                "market": args.market.as_ref().map(ToString::to_string),
                "expires_at": made.key.expires_at, "key": made.text,
            });
            out.data(format!("{json}\n").as_bytes())?;
        }
        Format::Table | Format::Csv => out.data(format!("{}\n", made.text).as_bytes())?,
    }
    out.say(format_args!("works until {}; it is not shown again", made.key.expires_at));
    Ok(Status::Done)
}

/// The keys of the hub and of every market, with the names of their markets.
async fn everywhere(hub: &Hub, only: Option<&MarketName>) -> Outcome<Vec<(Option<String>, ApiKey)>> {
    let mut places: Vec<(Option<String>, Option<MarketId>)> = Vec::new();
    match only {
        Some(name) => places.push((Some(name.to_string()), Some(market::record(hub, name).await?.id))),
        None => {
            places.push((None, None));
            let markets = market::all(hub).await?.into_iter();
            places.extend(markets.map(|record| (Some(record.name.to_string()), Some(record.id))));
        }
    }
    let mut found = Vec::new();
    for (name, id) in places {
        let keys = hub.directory.keys(id).await.during("list the keys")?;
        found.extend(keys.into_iter().map(|key| (name.clone(), key)));
    }
    Ok(found)
}

async fn list(args: &ListArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let keys = everywhere(&hub, args.market.as_ref()).await?;
    hub.close().await;
    let now = clock::now();
    let columns = ["id", "name", "market", "role", "state", "expires_at", "last_used_at"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    let mut json = Vec::new();
    for (market, key) in keys {
        let state = match key.state(now) {
            KeyState::Working => "working",
            KeyState::Expired => "expired",
            KeyState::Revoked => "revoked",
        };
        table.row(vec![
            Cell::text(key.id),
            Cell::text(&key.name),
            Cell::maybe(market.as_ref(), Cell::text),
            Cell::text(key.scope.role_id()),
            Cell::text(state),
            Cell::text(key.expires_at),
            Cell::maybe(key.last_used_at, Cell::text),
        ]);
        json.push(json!({
            "id": key.id, "name": key.name, "market": market, "role": key.scope.role_id(), "state": state,
            "created_at": key.created_at, "expires_at": key.expires_at, "last_used_at": key.last_used_at,
            "revoked_at": key.revoked_at,
        }));
    }
    out.answer(&Answer { json: Value::from(json), table })?;
    Ok(Status::Done)
}

async fn revoke(args: &RevokeArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let known = everywhere(&hub, None).await?.into_iter().find(|(_, key)| key.id == args.key);
    let (_, key) = known.ok_or_else(|| {
        Failure::new(format_args!("there is no key {}", args.key)).advise("`ehub key list` shows them all")
    })?;
    hub.directory
        .revoke_key(key.scope.market(), key.id, &clock::moment()?)
        .await
        .during(format_args!("take the key {} back", key.id))?;
    out.say(format_args!("`{}` does not work any more", key.name));
    hub.close().await;
    Ok(Status::Done)
}
