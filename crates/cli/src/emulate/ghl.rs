//! `ehub emulate ghl`: GoHighLevel on this machine, until it is asked to stop.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use emulator::ghl::{Clock, Emulator, Options};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    clock,
    exit::{Failure, Outcome, Status},
    output::{Format, Output},
    serve,
};

/// Where GoHighLevel's emulator listens when nothing else is said.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4790);

/// How the emulated world begins.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GhlArgs {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Locations (sub-accounts)
    #[arg(long, value_name = "N", default_value_t = 2)]
    locations: usize,
    /// Invented contacts in each of them
    #[arg(long, value_name = "N", default_value_t = 50)]
    contacts: usize,
    /// Where events are sent, by plain http
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// The same seed makes the same world
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many times faster than real time its clock runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1)]
    speed: u32,
}

const EXAMPLES: &str = "\
Examples:
  ehub emulate ghl
  ehub emulate ghl --listen 127.0.0.1:0 --contacts 5000 --format json
  ehub emulate ghl --webhook-url http://127.0.0.1:4780/webhooks/ghl --speed 60
  curl -X POST http://127.0.0.1:4790/__emulator/faults -d '{\"class\": 1, \"count\": 3}'

Everything is invented, kept in memory and gone when it stops. What it prints first says how to connect; the addresses
below /__emulator tell the truth, move the clock and inject faults. It asks nobody for a password: keep it on this
machine.";

/// Emulates until asked to stop.
pub fn run(args: &GhlArgs, out: &Output) -> Outcome {
    if let Some(url) = args.webhook_url.as_deref().filter(|url| !url.starts_with("http://")) {
        return Err(Failure::new(format_args!("webhooks cannot be sent to {url}"))
            .advise("the emulator speaks plain http: name an http:// address on this machine"));
    }
    Runtime::new()?.block_on(async {
        let stop = serve::stop()?;
        let options = Options {
            locations: args.locations,
            contacts: args.contacts,
            seed: args.seed,
            webhook_url: args.webhook_url.clone(),
            ..Options::default()
        };
        let clock = Clock::faster(clock::now, args.speed);
        let emulated = Emulator::start(args.listen, options, clock).await.map_err(|error| {
            Failure::new(format_args!("cannot emulate at {}: {error}", args.listen))
                .advise("choose another address with --listen ADDR:PORT; port 0 takes a free one")
        })?;
        let connection = emulated.connection();
        match out.format() {
            Format::Json => out.data(format!("{connection}\n").as_bytes())?,
            Format::Table | Format::Csv => out.data(greeting(&connection).as_bytes())?,
        }
        out.say("Ctrl-C stops it");
        stop.await;
        Ok(Status::Done)
    })
}

fn greeting(connection: &Value) -> String {
    let text = |name: &str| connection[name].as_str().unwrap_or("none").to_owned();
    let mut greeting = format!(
        "GoHighLevel is emulated at {}\n\n  consent page        {}\n  client id           {}\n  client secret       {}\n  \
         app id              {}\n  company id          {}\n  webhooks go to      {}\n  webhook public key  {}\n\nlocations\n",
        text("base"),
        text("consent"),
        text("clientId"),
        text("clientSecret"),
        text("appId"),
        text("companyId"),
        text("webhookUrl"),
        text("webhookPublicKey"),
    );
    for location in connection["locations"].as_array().into_iter().flatten() {
        let text = |name: &str| location[name].as_str().unwrap_or_default();
        greeting.push_str(&format!(
            "  {}  {} ({} contacts)\n",
            text("id"),
            text("name"),
            location["contacts"]
        ));
    }
    greeting.push_str("\nwhat GoHighLevel does not have\n");
    for address in connection["addresses"].as_array().into_iter().flatten() {
        let text = |name: &str| address[name].as_str().unwrap_or_default();
        greeting.push_str(&format!("  {}\n      {}\n", text("address"), text("about")));
    }
    greeting
}
