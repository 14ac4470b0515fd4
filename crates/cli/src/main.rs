//! `ehub`: the hub, and the work of its lines of business from a shell.
//!
//! ```text
//! ehub demo                                   a hub with a simulated client base, in the browser
//! ehub growth assess --clients clients.csv    who is ready to buy more, and why
//! ```
//!
//! **Flow.** [`command`] parses the arguments; one file per verb turns them into a call of a domain
//! service and the answer into an [`output::Answer`]; [`exit`] turns what went wrong into a sentence
//! and a status.
//!
//! **Invariants.** Data goes to standard output and talk to standard error. No business rule and no SQL
//! lives here. Only [`clock`] reads the clock and the system's entropy.
//!
//! **To add a verb**: one file with its `Args` and its `run`, a variant in [`command`] (or in
//! [`growth`]), a line in `tests/help.rs`.

mod audit;
mod clock;
mod command;
mod completions;
mod config;
mod demo;
mod emulate;
mod exit;
mod ghl;
mod growth;
mod hub;
mod key;
mod leads;
mod market;
mod market_server;
mod output;
mod progress;
mod secret;
mod serve;
mod sign_in_link;
mod source;
mod sure;
mod table;
mod user;
mod webhook;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
