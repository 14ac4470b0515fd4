//! `ehub user add`.

use clap::Args;
use directory::{Email, NewUser};
use kernel::HubRole;

use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::Output,
};

pub const EXAMPLES: &str = "\
Examples:
  ehub user add ana@example.org --name 'Ana Ortiz' --role growth
  ehub user add lead@example.org --role operator --data /var/lib/enterprisehub
  ehub user add agent@broker.example                  no role in the hub: `ehub user grant` lets them into a market";

#[derive(Debug, Args)]
pub struct AddArgs {
    /// E-mail address, which is what the person signs in with
    email: Email,
    /// What they are called; the e-mail address unless given
    #[arg(long, default_value = "")]
    name: String,
    /// What they may do in the hub: operator, growth or auditor; nothing unless given
    #[arg(long)]
    role: Option<HubRole>,
    #[command(flatten)]
    store: StoreArgs,
}

pub async fn run(args: &AddArgs, out: &Output) -> Outcome {
    let hub = Hub::open_or_begin(&args.store.load(args.store.layer())?).await?;
    let new = NewUser { email: args.email.clone(), name: args.name.clone(), hub_role: args.role };
    let user =
        hub.directory.add_user(new, &clock::moment()?).await.during(format_args!("add {}", args.email))?;
    match user.hub_role {
        Some(role) => out.say(format_args!("{} may sign in as {}", user.email, role.label().to_lowercase())),
        None => {
            out.say(format_args!("{} may sign in; `ehub user grant` lets them into a market", user.email))
        }
    }
    out.say(format_args!("next: ehub sign-in-link --email {}", user.email));
    hub.close().await;
    Ok(Status::Done)
}
