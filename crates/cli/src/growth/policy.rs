//! `ehub growth policy`: the versioned constants behind every score.

mod diff;

use clap::{Args, Subcommand};
use growth::policy::{FRAMEWORK_TOML, LEGACY_TOML};
use kernel::PolicyKey;

use super::constants;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    source,
    table::{Align, Cell, Table},
};

/// What to do with policies.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct PolicyArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every version that was saved, and which is active
    #[command(after_help = LIST)]
    List(StoreArgs),
    /// Print a policy as TOML
    #[command(after_help = SHOW)]
    Show(ShowArgs),
    /// What a draft would change, before it is saved
    Diff(diff::DiffArgs),
    /// Save a policy as a new version
    #[command(after_help = SAVE)]
    Save(SaveArgs),
    /// Make a version the one that counts
    #[command(after_help = ACTIVATE)]
    Activate(ActivateArgs),
}

const EXAMPLES: &str = "\
Examples:
  ehub growth policy show framework > my-policy.toml
  ehub growth policy diff my-policy.toml --clients clients.csv
  ehub growth policy save my-policy.toml --activate";

const LIST: &str = "\
Examples:
  ehub growth policy list
  ehub growth policy list --format json";

const SHOW: &str = "\
Examples:
  ehub growth policy show framework > my-policy.toml     as shipped, with its comments
  ehub growth policy show framework@2                    a version of the hub's
  ehub growth policy show                                the hub's active one";

const SAVE: &str = "\
Examples:
  ehub growth policy save my-policy.toml --note 'Satisfaction counts more'
  ehub growth policy save my-policy.toml --activate";

const ACTIVATE: &str = "\
Examples:
  ehub growth policy activate framework@2";

#[derive(Debug, Args)]
struct ShowArgs {
    /// A shipped policy's name, or NAME@VERSION of the hub; the hub's active one unless given
    policy: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct SaveArgs {
    /// The policy as TOML; `-` reads standard input
    file: std::path::PathBuf,
    /// Why it is changed
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Make it the one that counts at once
    #[arg(long)]
    activate: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Debug, Args)]
struct ActivateArgs {
    /// The version
    #[arg(value_name = "NAME@VERSION", value_parser = constants::key)]
    policy: PolicyKey,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the verb.
pub fn run(args: &PolicyArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::List(store) => hub::block_on(list(store, out)),
        Verb::Show(args) => show(args, out),
        Verb::Diff(args) => diff::run(args, out),
        Verb::Save(args) => hub::block_on(save(args, out)),
        Verb::Activate(args) => hub::block_on(activate(args, out)),
    }
}

async fn list(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let versions = hub.growth.policies().await.during("list the policies")?;
    let mut table = Table::new(&[
        ("policy", Align::Left),
        ("active", Align::Left),
        ("created_at", Align::Left),
        ("created_by", Align::Left),
        ("note", Align::Left),
    ]);
    for version in &versions {
        table.row(vec![
            Cell::text(format_args!("{}@{}", version.key.name, version.key.version)),
            Cell::text(if version.active { "active" } else { "" }),
            Cell::maybe(version.created_at, Cell::text),
            Cell::maybe(version.created_by.as_ref(), Cell::text),
            Cell::text(&version.note),
        ]);
    }
    out.answer(&Answer { json: versions, table })?;
    Ok(Status::Done)
}

fn show(args: &ShowArgs, out: &Output) -> Outcome {
    let text = match args.policy.as_deref() {
        Some(name) if name == growth::policy::Policy::framework().key().name => FRAMEWORK_TOML.to_owned(),
        Some(name) if name == growth::policy::Policy::legacy().key().name => LEGACY_TOML.to_owned(),
        named => hub::block_on(async {
            let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
            let key = match named {
                Some(text) => constants::key(text).map_err(|wanted| {
                    Failure::new(format_args!("`{text}` is no policy: {wanted}"))
                        .advise("`ehub growth policy list` shows them")
                })?,
                None => hub.growth.active_policy().await.during("find the active policy")?,
            };
            hub.growth.policy_text(&key).await.during(format_args!("show {key}"))
        })?,
    };
    out.data(text.as_bytes())?;
    Ok(Status::Done)
}

async fn save(args: &SaveArgs, out: &Output) -> Outcome {
    let name = source::named(&args.file);
    let text = String::from_utf8(source::bytes(&args.file)?)
        .map_err(|_| Failure::new(format_args!("{name} is not UTF-8 text")))?;
    let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
    let saved = hub
        .growth
        .save_policy(&text, &args.note, &clock::moment()?)
        .await
        .during(format_args!("save {name}"))?;
    if args.activate {
        hub.growth
            .activate_policy(&saved, &clock::moment()?)
            .await
            .during(format_args!("activate {saved}"))?;
    } else {
        out.say(format_args!("next: ehub growth policy activate {}@{}", saved.name, saved.version));
    }
    let mut table = Table::new(&[("policy", Align::Left), ("active", Align::Left)]);
    let active = if args.activate { "active" } else { "" };
    table.row(vec![Cell::text(format_args!("{}@{}", saved.name, saved.version)), Cell::text(active)]);
    out.answer(&Answer { json: saved, table })?;
    Ok(Status::Done)
}

async fn activate(args: &ActivateArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    hub.growth
        .activate_policy(&args.policy, &clock::moment()?)
        .await
        .during(format_args!("activate {}", args.policy))?;
    out.say(format_args!("{} counts from now on", args.policy));
    Ok(Status::Done)
}
