//! `ehub growth plan owner`: the people who work on opportunities.

use clap::{Args, Subcommand};
use growth::owner::{Owner, OwnerDraft};

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Failure, Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// What to do with owners.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct OwnerArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub growth plan owner add 'Ana Ortiz' ana@example.org --hours 12
  ehub growth plan owner list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a person, or change the one with this e-mail
    #[command(after_help = ADD)]
    Add(AddArgs),
    /// List everybody
    #[command(after_help = LIST)]
    List(StoreArgs),
}

const ADD: &str = "\
Examples:
  ehub growth plan owner add 'Ana Ortiz' ana@example.org --hours 12
  ehub growth plan owner add 'Ana Ortiz' ana@example.org --hours 0 --inactive";

const LIST: &str = "\
Examples:
  ehub growth plan owner list";

#[derive(Debug, Args)]
struct AddArgs {
    /// Their name
    name: String,
    /// Their e-mail address
    email: String,
    /// Hours per week for expansion work
    #[arg(long, value_name = "N")]
    hours: f64,
    /// New plans do not count on them
    #[arg(long)]
    inactive: bool,
    #[command(flatten)]
    store: StoreArgs,
}

pub(super) async fn run(args: &OwnerArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Add(args) => {
            let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
            let draft = OwnerDraft {
                name: args.name.clone(),
                email: args.email.clone(),
                weekly_hours: args.hours,
                active: !args.inactive,
            };
            let email = args.email.trim().to_lowercase();
            let known = owners(&hub).await?.into_iter().find(|owner| owner.email == email);
            let saved = hub
                .growth
                .save_owner(known.map(|owner| owner.id), &draft, &clock::moment()?)
                .await
                .during(format_args!("save the owner {}", args.email))?;
            answer(vec![saved], out)
        }
        Verb::List(store) => {
            let hub = Hub::open(&store.load(store.layer())?).await?;
            answer(owners(&hub).await?, out)
        }
    }
}

/// The owner with this e-mail.
pub(super) async fn by_email(hub: &Hub, email: &str) -> Outcome<Owner> {
    let wanted = email.trim().to_lowercase();
    owners(hub).await?.into_iter().find(|owner| owner.email == wanted).ok_or_else(|| {
        Failure::new(format_args!("there is no owner {email}"))
            .advise("`ehub growth plan owner list` shows everybody")
    })
}

pub(super) async fn owners(hub: &Hub) -> Outcome<Vec<Owner>> {
    hub.growth.owners().await.during("list the owners")
}

fn answer(owners: Vec<Owner>, out: &Output) -> Outcome {
    let mut table = Table::new(&[
        ("name", Align::Left),
        ("email", Align::Left),
        ("weekly_hours", Align::Right),
        ("active", Align::Left),
    ]);
    for owner in &owners {
        table.row(vec![
            Cell::text(&owner.name),
            Cell::text(&owner.email),
            Cell::number(owner.weekly_hours, 1),
            Cell::text(if owner.active { "yes" } else { "no" }),
        ]);
    }
    out.answer(&Answer { json: owners, table })?;
    Ok(Status::Done)
}
