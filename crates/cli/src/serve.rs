//! `ehub serve`: the hub on a socket, until it is asked to stop.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use clap::Args;
use directory::Email;
use server::{App, Clock, Entropy, Parts, oidc::OidcConfig};
use tokio::{net::TcpListener, runtime::Runtime};
use tracing_subscriber::EnvFilter;

use crate::{
    clock,
    config::{Config, LogFormat, SecondFactor, Setting, StoreArgs},
    exit::{During, Failure, Outcome, Status},
    hub::Hub,
    output::{self, Output},
};

/// Where to listen, over which store.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one [env: EHUB_LISTEN] [default: 127.0.0.1:4780]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Address under which people reach the hub [env: EHUB_PUBLIC_URL] [default: the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// E-mail of the operator that a new hub begins with
    #[arg(long, value_name = "EMAIL", default_value = OPERATOR)]
    operator: Email,
    /// What to log: info, or a filter such as server=debug,warn [env: EHUB_LOG] [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How log lines are written [env: EHUB_LOG_FORMAT] [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    #[command(flatten)]
    store: StoreArgs,
}

const EXAMPLES: &str = "\
Examples:
  ehub serve
  ehub serve --listen 0.0.0.0:4780 --public-url https://hub.example.org --data /var/lib/enterprisehub
  ehub serve --database-url postgres://ehub@db.example.org/ehub --log-format json
  EHUB_LISTEN=127.0.0.1:0 ehub serve --config ehub.toml

A new hub prints a one-time sign-in link for its operator; later, `ehub sign-in-link` makes another.
SIGTERM or Ctrl-C stops it after running requests have finished.";

/// The operator that a hub begins with when nobody is named.
const OPERATOR: &str = "operator@localhost";

/// Serves until asked to stop.
pub fn run(args: &ServeArgs, out: &Output) -> Outcome {
    let mut flags = args.store.layer();
    flags.listen = args.listen;
    flags.public_url.clone_from(&args.public_url);
    flags.log.clone_from(&args.log);
    flags.log_format = args.log_format;
    let config = args.store.load(flags)?;
    log(&config)?;
    to_its_end(async {
        let bound = bind(&config).await?;
        let hub = Hub::open_or_begin(&bound.known(config)).await?;
        let new = hub.directory.users().await.during("look the users up")?.is_empty();
        let operator = hub
            .directory
            .ensure_operator(args.operator.clone(), "Operator", &clock::moment()?)
            .await
            .during("set the operator up")?;
        let mut greeting = format!("EnterpriseHub is at {}\n", bound.url);
        if new {
            let link = hub.sign_in_link(&operator, &bound.url).await?;
            greeting.push_str(&format!("Sign in, once, within 30 minutes: {link}\n"));
        } else {
            out.say("`ehub sign-in-link` makes a new link to sign in with");
        }
        bound.serve(&hub, || out.data(greeting.as_bytes())).await
    })
}

/// Runs `work` to its end, and nothing longer: a thread that still computes then, on a model for example, is not waited for,
/// because nobody is there any more to keep what it finds.
///
/// # Errors
/// Those of `work`, and when the process may have no threads.
pub fn to_its_end(work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = Runtime::new()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

/// A socket that is open, and what to call it.
pub struct Bound {
    listener: TcpListener,
    /// The address under which people reach the hub, without a slash at the end.
    pub url: String,
    metrics_allowed: Vec<IpAddr>,
    backups: PathBuf,
    second_factor_required: bool,
    oidc: Option<OidcConfig>,
}

impl Bound {
    /// The configuration with the address under which people reach the hub, which is known once the socket is open.
    pub fn known(&self, config: Config) -> Config {
        let public_url = Setting { value: Some(self.url.clone()), ..config.public_url.clone() };
        Config { public_url, ..config }
    }
}

/// Opens the socket that the configuration names.
///
/// # Errors
/// When the address is taken or not this machine's.
pub async fn bind(config: &Config) -> Outcome<Bound> {
    let listen = config.listen.value;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(format_args!("cannot listen on {listen}: {error}"))
            .advise("choose another with --listen ADDR:PORT; port 0 takes a free one")
    })?;
    let url = match &config.public_url.value {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", reachable(listener.local_addr()?)),
    };
    let metrics_allowed = config.metrics_allow.value.clone();
    let backups = config.backups.value.clone();
    let second_factor_required = config.second_factor.value == SecondFactor::Required;
    Ok(Bound { listener, url, metrics_allowed, backups, second_factor_required, oidc: oidc(config)? })
}

/// The OpenID provider that the configuration names.
fn oidc(config: &Config) -> Outcome<Option<OidcConfig>> {
    match (&config.oidc_issuer.value, &config.oidc_client_id.value) {
        (None, None) => Ok(None),
        (Some(issuer), Some(client_id)) => Ok(Some(OidcConfig {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            client_secret: config.oidc_client_secret.value.clone(),
            label: config.oidc_label.value.clone(),
        })),
        _ => Err(Failure::new("an OpenID provider needs both oidc_issuer and oidc_client_id")
            .advise("`ehub config show` says which of them is set, and where")),
    }
}

/// An address that a browser on this machine can open.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

impl Bound {
    /// Serves the hub until the process is asked to stop; `greet` is called once it is ready to answer.
    ///
    /// # Errors
    /// When the hub cannot be built or the socket fails.
    pub async fn serve(self, hub: &Hub, greet: impl FnOnce() -> Outcome<()>) -> Outcome {
        let stop = stop()?;
        let app = App::build(Parts {
            config: server::Config {
                public_url: self.url,
                metrics_allowed: self.metrics_allowed,
                backups: Some(self.backups),
                oidc: self.oidc,
                second_factor_required: self.second_factor_required,
                ..server::Config::default()
            },
            hub: hub.shared(),
            clock: Clock::system(),
            entropy: Entropy::system(),
        })
        .await
        .during("start the server")?;
        greet()?;
        server::serve(app, self.listener, stop).await.during("serve")?;
        hub.close().await;
        Ok(Status::Done)
    }
}

/// Resolves when the process is asked to stop. Listens from now on, so that no signal is missed.
pub fn stop() -> Outcome<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        let interrupted = async {
            if tokio::signal::ctrl_c().await.is_err() {
                // A console that cannot be listened to never asks to stop.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = terminated => {}
            () = interrupted => {}
        }
    })
}

/// Sends log lines to standard error as the configuration asks.
///
/// # Errors
/// When the filter cannot be understood.
pub fn log(config: &Config) -> Outcome<()> {
    let filter = EnvFilter::try_new(&config.log.value).map_err(|error| {
        Failure::new(format_args!("the log filter `{}` cannot be used: {error}", config.log.value))
            .advise("write a level such as info, or targets such as server=debug,warn")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format.value {
        LogFormat::Text => lines.with_ansi(output::bold(&std::io::stderr())).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_on_every_address_is_reached_on_this_machines_own() {
        for (bound, shown) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(reachable(bound.parse().expect("an address")).to_string(), shown);
        }
    }
}
