//! `ehub user`: the people who may sign in, and what they may do.

mod access;
mod add;
mod list;

use clap::{Args, Subcommand};
use directory::{Email, User};

use crate::{
    exit::{During, Failure, Outcome},
    hub::{self, Hub},
    output::Output,
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
  ehub user add ana@example.org --name 'Ana Ortiz' --role growth
  ehub user grant ana@example.org --market alpha --role manager
  ehub user list";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a person; `ehub sign-in-link` then lets them in
    #[command(after_help = add::EXAMPLES)]
    Add(add::AddArgs),
    /// List everybody, or the members of a market
    #[command(after_help = list::EXAMPLES)]
    List(list::ListArgs),
    /// Give a person another role in the hub, or none
    #[command(after_help = access::ROLE)]
    Role(access::RoleArgs),
    /// Make a person belong to a market, or change as what they belong
    #[command(after_help = access::GRANT)]
    Grant(access::GrantArgs),
    /// Take a person out of a market
    #[command(after_help = access::REVOKE)]
    Revoke(access::RevokeArgs),
    /// Shut a person out: sessions, links and keys end at once
    #[command(after_help = access::DISABLE)]
    Disable(access::OneArgs),
    /// Let a disabled person in again
    #[command(after_help = access::ENABLE)]
    Enable(access::OneArgs),
    /// End all sessions of a person
    #[command(after_help = access::END_SESSIONS)]
    EndSessions(access::OneArgs),
    /// Remove the second factor of a person who lost it
    #[command(after_help = access::RESET)]
    ResetSecondFactor(access::SureArgs),
    /// Take a person's name and address away for good; what they did keeps a subject
    #[command(after_help = access::ERASE)]
    Erase(access::SureArgs),
}

/// Runs the verb.
pub fn run(args: &UserArgs, out: &Output) -> Outcome {
    hub::block_on(async {
        match &args.verb {
            Verb::Add(args) => add::run(args, out).await,
            Verb::List(args) => list::run(args, out).await,
            Verb::Role(args) => access::role(args, out).await,
            Verb::Grant(args) => access::grant(args, out).await,
            Verb::Revoke(args) => access::revoke(args, out).await,
            Verb::Disable(args) => access::disable(args, out).await,
            Verb::Enable(args) => access::enable(args, out).await,
            Verb::EndSessions(args) => access::end_sessions(args, out).await,
            Verb::ResetSecondFactor(args) => access::reset_second_factor(args, out).await,
            Verb::Erase(args) => access::erase(args, out).await,
        }
    })
}

/// The user with this e-mail address, who must be there.
///
/// # Errors
/// When there is none, or the store fails.
pub async fn by_email(hub: &Hub, email: &Email) -> Outcome<User> {
    hub.directory.user_by_email(email).await.during("look the user up")?.ok_or_else(|| {
        Failure::new(format_args!("there is no user {email}"))
            .advise(format_args!("`ehub user list` shows everybody, `ehub user add {email}` adds them"))
    })
}
