//! `ehub market move`.

use clap::Args;
use kernel::MarketName;
use markets::Placement;

use super::{list, open};
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    output::Output,
    progress,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub market move alpha --server east
  ehub market move alpha --embedded

The database is copied while the market is in use. Then the market closes for as long as it takes to read the database
once, and to bring over what was written meanwhile; changes are refused until the new one has taken over, and nothing
acknowledged is lost. `ehub server list` names the servers.";

#[derive(Debug, Args)]
pub struct MoveArgs {
    /// The market's name
    name: MarketName,
    #[command(flatten)]
    to: To,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// To a database of its own on this server
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// To a file in the hub's data directory
    #[arg(long)]
    embedded: bool,
}

pub async fn run(args: &MoveArgs, out: &Output) -> Outcome {
    let (hub, record) = open(&args.store, &args.name).await?;
    let place = match &args.to.server {
        None => Placement::Embedded,
        Some(name) => {
            let servers = hub.markets.servers().await.during("list the servers")?;
            let server = servers.iter().find(|server| server.name == *name).ok_or_else(|| {
                Failure::new(format_args!("there is no server `{name}` for markets"))
                    .advise("`ehub server list` shows them, `ehub server add` adds one")
            })?;
            Placement::Server(server.id)
        }
    };
    let spinner = progress::spinner("moving", out.quiet());
    let done = hub.markets.move_to(&record.name, place, &clock::moment()?).await;
    spinner.finish_and_clear();
    let moved = done.during(format_args!("move {}", record.name))?;
    hub.close().await;
    list::answer(&moved, out)?;
    Ok(Status::Done)
}
