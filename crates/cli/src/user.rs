//! `ehub user`: the people who may sign in.

use clap::{Args, Subcommand, ValueEnum};
use directory::{Email, NewUser};
use kernel::HubRole;

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::{self, Hub},
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

/// What to do with users.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UserArgs {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  ehub user add ana@example.org --name 'Ana Ortiz'
  ehub user list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a person; `ehub sign-in-link` then lets them in
    #[command(after_help = ADD)]
    Add(AddArgs),
    /// List everybody
    #[command(after_help = LIST)]
    List(StoreArgs),
}

const ADD: &str = "\
Examples:
  ehub user add ana@example.org --name 'Ana Ortiz'
  ehub user add lead@example.org --role operator --data /var/lib/enterprisehub";

const LIST: &str = "\
Examples:
  ehub user list
  ehub user list --format json";

#[derive(Debug, Args)]
struct AddArgs {
    /// E-mail address, which is what the person signs in with
    email: Email,
    /// What they are called; the e-mail address unless given
    #[arg(long, default_value = "")]
    name: String,
    /// What they may do
    #[arg(long, value_enum, default_value_t)]
    role: RoleName,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RoleName {
    /// Runs the hub: markets, users, keys, backups
    Operator,
    /// Client expansion
    #[default]
    Growth,
    /// Reads and verifies audit chains
    Auditor,
    /// Nothing in the hub: only what memberships of markets say
    None,
}

/// Runs the verb.
pub fn run(args: &UserArgs, out: &Output) -> Outcome {
    match &args.verb {
        Verb::Add(args) => hub::block_on(add(args, out)),
        Verb::List(store) => hub::block_on(list(store, out)),
    }
}

async fn add(args: &AddArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&args.store.load(args.store.layer())?).await?;
    let hub_role = match args.role {
        RoleName::Operator => Some(HubRole::Operator),
        RoleName::Growth => Some(HubRole::Growth),
        RoleName::Auditor => Some(HubRole::Auditor),
        RoleName::None => None,
    };
    let new = NewUser { email: args.email.clone(), name: args.name.clone(), hub_role };
    let user = hub
        .directory
        .add_user(new, &clock::moment()?)
        .await
        .during(format_args!("add {}", args.email))?;
    match user.hub_role {
        Some(role) => out.say(format_args!("{} may sign in as {}", user.email, role.label().to_lowercase())),
        None => out.say(format_args!("{} may sign in, once they belong to a market", user.email)),
    }
    out.say(format_args!("next: ehub sign-in-link --email {}", user.email));
    Ok(Status::Done)
}

async fn list(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let users = hub.directory.users().await.during("list the users")?;
    let mut table = Table::new(&[
        ("email", Align::Left),
        ("name", Align::Left),
        ("role", Align::Left),
        ("password", Align::Left),
        ("disabled", Align::Left),
    ]);
    for user in &users {
        table.row(vec![
            Cell::text(&user.email),
            Cell::text(&user.name),
            Cell::maybe(user.hub_role, Cell::text),
            Cell::text(if user.has_password { "yes" } else { "no" }),
            Cell::maybe(user.disabled_at, Cell::text),
        ]);
    }
    out.answer(&Answer { json: users, table })?;
    Ok(Status::Done)
}
