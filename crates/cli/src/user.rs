//! `ehub user`: the people who may sign in.

use clap::{Args, Subcommand, ValueEnum};
use directory::{Email, Role};

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
  ehub user add lead@example.org --role owner --data /var/lib/enterprisehub";

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
    /// Everything, including users
    Owner,
    /// The daily work
    #[default]
    Member,
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
    let role = match args.role {
        RoleName::Owner => Role::Owner,
        RoleName::Member => Role::Member,
    };
    let user = hub
        .directory
        .add_user(args.email.clone(), &args.name, role, clock::now(), u128::from_le_bytes(clock::entropy()?))
        .await
        .during(format_args!("add {}", args.email))?;
    out.say(format_args!("{} may sign in as {}", user.email, role.label().to_lowercase()));
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
            Cell::text(user.role.id()),
            Cell::text(if user.has_password { "yes" } else { "no" }),
            Cell::maybe(user.disabled_at, Cell::text),
        ]);
    }
    out.answer(&Answer { json: users, table })?;
    Ok(Status::Done)
}
