//! `ehub market policy`: limits, retention and quiet hours of a market.

use std::path::PathBuf;

use clap::Args;
use kernel::MarketName;

use super::enter;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::Output,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub market policy alpha > policy.toml
  ehub market policy alpha --from policy.toml --note 'Quiet hours from eight'

Without --from, the policy in force is written to standard output, to be changed and saved again. Every version is kept.";

#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// The market's name
    name: MarketName,
    /// A policy (TOML) to be in force from now on
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// What was changed, and why
    #[arg(long, value_name = "TEXT", default_value = "", requires = "from")]
    note: String,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &PolicyArgs, out: &Output) -> Outcome {
    let text = match &args.from {
        Some(file) => Some(std::fs::read_to_string(file).during(format_args!("read {}", file.display()))?),
        None => None,
    };
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let market = enter(&hub, &args.name).await?;
    match text {
        Some(text) => {
            let version =
                market.save_policy(&text, &args.note, &clock::moment()?).await.during("save the policy")?;
            out.say(format_args!("version {version} is in force in {}", args.name));
        }
        None => {
            let saved = market.policies().await.during("read the policy")?.into_iter().next();
            // As it was written, comments included.
            let text = saved.map_or_else(|| markets::policy::SHIPPED_TOML.to_owned(), |version| version.text);
            out.data(text.as_bytes())?;
        }
    }
    hub.close().await;
    Ok(Status::Done)
}
