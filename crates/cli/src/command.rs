//! The tree of commands.

use std::process::ExitCode;

use clap::{Parser, Subcommand, error::ErrorKind};

use crate::{
    audit, completions, config, demo, emulate,
    exit::{Outcome, Status},
    ghl, growth, key, leads, market, market_server,
    output::{self, Output, OutputArgs},
    serve, sign_in_link, user, webhook,
};

/// Turns what a real-estate organisation already has into decisions that are scored, explained, acted on
/// and checked against what happened.
#[derive(Debug, Parser)]
#[command(name = "ehub", version, arg_required_else_help = true)]
#[command(after_help = EXAMPLES)]
pub struct Ehub {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: OutputArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub demo                                          try it with a simulated client base
  ehub growth assess --clients clients.csv           who is ready to buy more, and why
  ehub growth assess --clients - --format json       the same from standard input, for programs
  ehub serve --listen 0.0.0.0:4780                   serve your own hub
  ehub market list                                   its markets; `ehub market create` opens one

Exit status: 0 all good, 2 some rows rejected, 1 nothing done.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a hub with a simulated client base and open it in the browser
    Demo(demo::DemoArgs),
    /// Start the hub
    Serve(serve::ServeArgs),
    /// Client expansion: who is ready to buy more, what to offer, what it brings, who does what
    Growth(Box<growth::GrowthArgs>),
    /// Leads: take them in, score them, learn what becomes of them
    Leads(leads::LeadsArgs),
    /// Markets: open, show, back up, restore, export, move, erase, delete
    Market(Box<market::MarketArgs>),
    /// Make a new one-time link with which an existing user signs in
    SignInLink(sign_in_link::SignInLinkArgs),
    /// Manage the people who may sign in, and what they may do
    User(user::UserArgs),
    /// Manage API keys, for programs
    Key(key::KeyArgs),
    /// Verify, show, export and sign the audit chains
    Audit(audit::AuditArgs),
    /// GoHighLevel: connect a market to a location, fill it, find out what is wrong
    Ghl(ghl::GhlArgs),
    /// Webhooks of a market: list endpoints, show what was sent, send it again
    Webhook(webhook::WebhookArgs),
    /// PostgreSQL servers that markets can be placed on
    Server(market_server::ServerArgs),
    /// Stand in for a system outside, to try integrations on this machine
    Emulate(emulate::EmulateArgs),
    /// Show the configuration in force
    Config(config::ConfigArgs),
    /// Write the script that makes a shell complete these commands
    #[command(after_help = COMPLETIONS)]
    Completions(completions::CompletionsArgs),
}

const COMPLETIONS: &str = "\
Examples:
  ehub completions bash > ~/.local/share/bash-completion/completions/ehub
  ehub completions zsh > ~/.zfunc/_ehub
  ehub completions fish > ~/.config/fish/completions/ehub.fish";

/// Parses the arguments of the process, runs the command and says how it ended.
pub fn main() -> ExitCode {
    let arguments = match Ehub::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            // Status 2 means "some rows rejected" here, so a wrong call is a 1: nothing was done.
            let asked_for_help = matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = usage.print();
            return if asked_for_help { ExitCode::SUCCESS } else { Status::NothingDone.into() };
        }
    };
    let out = Output::new(arguments.output);
    match run(&arguments.command, &out) {
        Ok(status) => status.into(),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            Status::NothingDone.into()
        }
    }
}

fn run(command: &Command, out: &Output) -> Outcome {
    match command {
        Command::Demo(args) => demo::run(args, out),
        Command::Serve(args) => serve::run(args, out),
        Command::Growth(args) => growth::run(args, out),
        Command::Leads(args) => leads::run(args, out),
        Command::Market(args) => market::run(args, out),
        Command::SignInLink(args) => sign_in_link::run(args, out),
        Command::User(args) => user::run(args, out),
        Command::Key(args) => key::run(args, out),
        Command::Audit(args) => audit::run(args, out),
        Command::Ghl(args) => ghl::run(args, out),
        Command::Webhook(args) => webhook::run(args, out),
        Command::Server(args) => market_server::run(args, out),
        Command::Emulate(args) => emulate::run(args, out),
        Command::Config(args) => config::run(args, out),
        Command::Completions(args) => completions::run(args, out),
    }
}
