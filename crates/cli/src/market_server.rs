//! `ehub server`: PostgreSQL servers that markets can be placed on.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    clock,
    config::{StoreArgs, without_password},
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    secret,
    table::{Align, Cell, Table},
};

/// What to do with servers.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServerArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub server add east --url-file /run/secrets/east-url
  ehub server list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a PostgreSQL server, or change the one of this name
    #[command(after_help = ADD)]
    Add(AddArgs),
    /// List the servers, without their passwords
    #[command(after_help = LIST)]
    List(StoreArgs),
}

const ADD: &str = "\
Examples:
  ehub server add east --url-file /run/secrets/east-url
  ehub server add east --url-file east-url --replica-file east-replica-url --pool-size 5

The role in the URL must be allowed to create databases and roles. URLs are read from files (`-`: standard input), so
that their passwords stay out of arguments, and are stored sealed.";

const LIST: &str = "\
Examples:
  ehub server list";

#[derive(Debug, Args)]
struct AddArgs {
    /// What to call it in `ehub market move --server`
    name: String,
    /// File whose first line is the postgres:// URL
    #[arg(long, value_name = "FILE")]
    url_file: PathBuf,
    /// File whose first line is the URL of a read replica; may be repeated
    #[arg(long, value_name = "FILE")]
    replica_file: Vec<PathBuf>,
    /// Most connections to one market's database from one process
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pool_size: u32,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &ServerArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Add(args) => add(args, out).await,
            Verb::List(store) => list(store, out).await,
        }
    })
}

async fn add(args: &AddArgs, out: &Output) -> Outcome {
    let url = secret::read(&args.url_file)?;
    let replicas = args.replica_file.iter().map(|file| secret::read(file)).collect::<Outcome<Vec<_>>>()?;
    let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
    hub.markets
        .put_server(&args.name, &url, args.pool_size, &replicas, &clock::moment()?)
        .await
        .during(format_args!("add the server {}", args.name))?;
    hub.close().await;
    out.say(format_args!("next: ehub market move NAME --server {}", args.name));
    Ok(Status::Done)
}

async fn list(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let servers = hub.markets.servers().await.during("list the servers")?;
    hub.close().await;
    let mut table = Table::new(&[
        ("name", Align::Left),
        ("url", Align::Left),
        ("replicas", Align::Right),
        ("pool_size", Align::Right),
    ]);
    let mut json = Vec::new();
    for server in servers {
        let url = without_password(&server.admin_url);
        table.row(vec![
            Cell::text(&server.name),
            Cell::text(&url),
            Cell::text(server.replicas.len()),
            Cell::text(server.pool_size),
        ]);
        json.push(json!({
            "id": server.id, "name": server.name, "url": url, "replicas": server.replicas.len(),
            "pool_size": server.pool_size,
        }));
    }
    out.answer(&Answer { json: Value::from(json), table })?;
    Ok(Status::Done)
}
