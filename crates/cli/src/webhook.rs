//! `ehub webhook`: where a market tells others what happened.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use kernel::{MarketName, Ulid};
use markets::Market;
use serde_json::{Value, json};
use webhooks::{EndpointState, ReplayRange};

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    market,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// What to do with webhooks.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WebhookArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub webhook list --market alpha
  ehub webhook replay 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --market alpha --since 2026-01-19T00:00:00Z

Endpoints are made in the browser or by the API, where their secret is shown once.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the endpoints of a market and how they are doing
    #[command(after_help = LIST)]
    List(ListArgs),
    /// Show what was sent to an endpoint, the latest first
    #[command(after_help = LOG)]
    Log(LogArgs),
    /// Send messages to an endpoint again, with the same identifiers
    #[command(after_help = REPLAY)]
    Replay(ReplayArgs),
}

const LIST: &str = "\
Examples:
  ehub webhook list --market alpha";

const LOG: &str = "\
Examples:
  ehub webhook log 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --market alpha --limit 20";

const REPLAY: &str = "\
Examples:
  ehub webhook replay 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --market alpha --since 2026-01-19T00:00:00Z
  ehub webhook replay 01KA7Q4W6Z9X8Y7V6T5S4R3Q2P --market alpha --since 2026-01-19T00:00:00Z --all

They are queued; a running hub sends them.";

#[derive(Debug, Args)]
struct ListArgs {
    /// Of which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct LogArgs {
    /// The endpoint's identifier
    endpoint: Ulid,
    /// Of which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct ReplayArgs {
    /// The endpoint's identifier
    endpoint: Ulid,
    /// Of which market
    #[arg(long, value_name = "NAME")]
    market: MarketName,
    /// What was told from this instant on
    #[arg(long, value_name = "INSTANT")]
    since: Timestamp,
    /// What was told before this instant [default: now]
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
    /// Also what has arrived
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &WebhookArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::List(args) => list(args, out).await,
            Verb::Log(args) => log(args, out).await,
            Verb::Replay(args) => replay(args, out).await,
        }
    })
}

async fn entered(store: &StoreArgs, name: &MarketName) -> Outcome<(Hub, Market)> {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let market = market::enter(&hub, name).await?;
    Ok((hub, market))
}

async fn list(args: &ListArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(&args.store, &args.market).await?;
    let endpoints = hub.webhooks.endpoints(&market).await.during("list the endpoints")?;
    hub.close().await;
    let columns = ["id", "host", "description", "topics", "state", "created_at"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    let mut json = Vec::new();
    for endpoint in endpoints {
        let state = match endpoint.state {
            EndpointState::Enabled => "enabled".to_owned(),
            EndpointState::Failing { since } => format!("failing since {since}"),
            EndpointState::Disabled { reason, .. } => format!("disabled: {}", reason.label()),
        };
        // Its path may hold a token, so that the host has to do.
        table.row(vec![
            Cell::text(endpoint.id),
            Cell::text(&endpoint.host),
            Cell::text(&endpoint.description),
            Cell::text(&endpoint.topics),
            Cell::text(&state),
            Cell::text(endpoint.created_at),
        ]);
        json.push(json!({
            "id": endpoint.id, "host": endpoint.host, "description": endpoint.description,
            "topics": endpoint.topics.to_string(), "state": state, "created_at": endpoint.created_at,
        }));
    }
    out.answer(&Answer { json: Value::from(json), table })?;
    Ok(Status::Done)
}

async fn log(args: &LogArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(&args.store, &args.market).await?;
    let deliveries = hub
        .webhooks
        .deliveries(&market, args.endpoint, None, None, args.limit)
        .await
        .during("read the log of the endpoint")?;
    hub.close().await;
    let columns = ["message", "topic", "cause", "state", "attempts", "last", "created_at", "next_at"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    let mut json = Vec::new();
    for delivery in deliveries {
        let last = delivery.attempts.last().map(|attempt| match (attempt.status, &attempt.error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => error.clone(),
            (None, None) => "-".to_owned(),
        });
        table.row(vec![
            Cell::text(delivery.message_id),
            Cell::text(&delivery.topic),
            Cell::text(delivery.cause.id()),
            Cell::text(delivery.state.id()),
            Cell::text(delivery.attempts.len()),
            Cell::maybe(last.as_ref(), Cell::text),
            Cell::text(delivery.created_at),
            Cell::maybe(delivery.next_at, Cell::text),
        ]);
        json.push(json!({
            "message": delivery.message_id, "topic": delivery.topic, "cause": delivery.cause.id(),
            "state": delivery.state.id(), "attempts": delivery.attempts.len(), "last": last,
            "created_at": delivery.created_at, "next_at": delivery.next_at,
        }));
    }
    out.answer(&Answer { json: Value::from(json), table })?;
    Ok(Status::Done)
}

async fn replay(args: &ReplayArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(&args.store, &args.market).await?;
    let moment = clock::moment()?;
    let range =
        ReplayRange { from: args.since, until: args.until.unwrap_or(moment.now), missing_only: !args.all };
    let count = hub
        .webhooks
        .replay_range(&market, args.endpoint, range, &moment)
        .await
        .during("send the messages again")?;
    hub.close().await;
    out.say(format_args!("{count} messages are queued; a running hub sends them"));
    Ok(Status::Done)
}
