//! `ehub demo`: a hub with a simulated client base, in the browser.

mod clients;
mod gohighlevel;
mod leads;
mod markets;
mod story;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use directory::{Email, User};
use growth::service::{Growth, GrowthError};

use self::gohighlevel::Office;
use crate::{
    clock,
    config::{Config, LISTEN, Layer},
    exit::{During, Failure, Outcome},
    hub::{self, Hub},
    output::Output,
    serve,
};

/// Where to listen and to keep the demo.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Directory that the demo lives in [default: the platform's data directory, enterprisehub/demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
    /// Emulate GoHighLevel as well, and connect the market `summit` with it
    #[arg(long)]
    gohighlevel: bool,
}

const EXAMPLES: &str = "\
Examples:
  ehub demo
  ehub demo --no-open --listen 127.0.0.1:0 --data /tmp/demo
  ehub demo --gohighlevel

The clients are invented and every page says so. The next start finds everything as it was left; delete the
directory to begin again. Neither the configuration file nor the environment has a say in it.";

/// The visitor of a demo.
const VISITOR: &str = "visitor@localhost";

/// Starts the demo and serves it until asked to stop.
pub fn run(args: &DemoArgs, out: &Output) -> Outcome {
    let data = match &args.data {
        Some(data) => data.clone(),
        None => hub::data_dir("demo")?,
    };
    let flags = Layer {
        listen: Some(args.listen),
        data: Some(data.clone()),
        log: Some("warn".to_owned()),
        ..Layer::default()
    };
    let config = Config::resolve(flags, Layer::default(), None)?;
    serve::log(&config)?;
    serve::to_its_end(async {
        let bound = serve::bind(&config).await?;
        prepare(&config).await?;
        let mut config = bound.known(config);
        let office = match args.gohighlevel {
            true => Some(Office::open(&mut config, &bound.url).await?),
            false => None,
        };
        let hub = Hub::open_or_begin(&config).await?;
        check(&hub.growth, &data).await?;
        let visitor = visitor(&hub).await?;
        if let Some(office) = &office {
            office.connect(&hub, &visitor).await?;
        }
        let link = hub.sign_in_link(&visitor, &bound.url).await?;
        let greeting = format!(
            "EnterpriseHub demo, with simulated clients, is at {}\nSign in, once, within 30 minutes: {link}\n",
            bound.url
        );
        let greet = || {
            out.data(greeting.as_bytes())?;
            out.say(format_args!("its data is in {}; Ctrl-C stops it", data.display()));
            if let Some(office) = &office {
                out.say(format_args!("GoHighLevel is emulated at {}", office.base()));
            }
            out.say(format_args!(
                "the same from a shell: ehub growth assess --top 20 --data {}",
                data.display()
            ));
            if !args.no_open && !open(&link) {
                out.say("no browser could be opened: follow the link");
            }
            Ok(())
        };
        bound.serve(&hub, greet).await
    })
}

/// Whoever opens the demo: its operator.
async fn visitor(hub: &Hub) -> Outcome<User> {
    let email: Email = VISITOR.parse().during("name the visitor")?;
    hub.directory.ensure_operator(email, "Visitor", &clock::moment()?).await.during("let the visitor in")
}

/// Makes the demo's store when the directory has none: aside, and put in place whole, so that an interrupted first
/// start leaves nothing half told.
async fn prepare(config: &Config) -> Outcome<()> {
    let data = &config.data.value;
    let file = hub::database_file(data);
    if file.exists() {
        return Ok(());
    }
    if ["keys", "markets"].iter().any(|folder| data.join(folder).exists()) {
        // Another hub's, kept in PostgreSQL, or a first start that was interrupted at its very end.
        return Err(Failure::new(format_args!("{} has keys or markets, and no hub", data.display()))
            .advise("name another directory with --data DIR, or delete this one if it is the demo's"));
    }
    let aside = data.join("unfinished");
    if aside.exists() {
        std::fs::remove_dir_all(&aside).during(format_args!("clear {}", aside.display()))?;
    }
    let mut elsewhere = config.clone();
    elsewhere.data.value.clone_from(&aside);
    let hub = Hub::open_or_begin(&elsewhere).await?;
    story::tell(&hub.growth).await?;
    let visitor = visitor(&hub).await?;
    markets::open(&hub, &visitor).await?;
    hub.close().await;
    put_in_place(&aside, data)
}

/// Moves everything out of `aside`, the hub's own database last: while it is missing, the demo is not there.
fn put_in_place(aside: &Path, data: &Path) -> Outcome<()> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(aside).during(format_args!("look into {}", aside.display()))? {
        names.push(entry?.file_name());
    }
    let last = hub::database_file(aside);
    names.sort_by_key(|name| aside.join(name) == last);
    for name in names {
        let place = data.join(&name);
        std::fs::rename(aside.join(&name), &place)
            .during(format_args!("put {} in place", place.display()))?;
    }
    std::fs::remove_dir_all(aside).during(format_args!("clear {}", aside.display()))
}

/// Refuses a hub that did not begin as a demo. What a visitor imported into the demo is welcome in it.
async fn check(growth: &Growth, data: &Path) -> Outcome<()> {
    let snapshots = growth.snapshots().await.during("look at the demo's snapshots")?;
    if snapshots.iter().any(|snapshot| snapshot.simulated) {
        return Ok(());
    }
    Err(Failure::new(format_args!("the hub in {} is not a demo", data.display()))
        .advise("`ehub serve --data DIR` serves it; the demo needs a directory of its own"))
}

/// Opens the browser of the person, where there is a screen to show it on.
fn open(url: &str) -> bool {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"];
    let has_screen = !cfg!(target_os = "linux")
        || screen.iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    has_screen && webbrowser::open(url).is_ok()
}

/// What a telling of the story stumbled over.
fn cannot(what: impl std::fmt::Display, error: GrowthError) -> Failure {
    Failure::new(format_args!("cannot {what}: {error}")).advise("delete the demo's directory and start again")
}
