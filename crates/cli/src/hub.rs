//! Where a hub lives on this machine, and how a command gets at it.

use std::{
    future::Future,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ::hub::{DATABASE_FILE, HubConfig, Location};
use cluster::Bus;
use connect::{
    EgressPolicy,
    ghl::{oauth::App, signature::Keys},
};
use directory::{LINK_LIFETIME, Token, User};
use markets::KeySource;

use crate::{
    clock,
    config::Config,
    exit::{During, Failure, Outcome},
};

/// The name of the product's directory among those of other products.
const DIRECTORY: &str = "enterprisehub";

/// An open hub, as the configuration says.
#[derive(Clone)]
pub struct Hub(::hub::Hub);

impl Deref for Hub {
    type Target = ::hub::Hub;

    fn deref(&self) -> &::hub::Hub {
        &self.0
    }
}

impl Hub {
    /// Opens the hub where the configuration says, which must be there: whoever mistypes its directory shall not be
    /// shown an empty hub.
    ///
    /// # Errors
    /// When there is none, and as [`Hub::open_or_begin`].
    pub async fn open(config: &Config) -> Outcome<Self> {
        let data = &config.data.value;
        if config.database_url.value.is_none() && !database_file(data).exists() {
            return Err(Failure::new(format_args!("there is no hub in {}", data.display()))
                .advise("`ehub serve`, `ehub market create` or `ehub growth import` begins one there; --data DIR names another"));
        }
        Self::open_or_begin(config).await
    }

    /// Opens the hub where the configuration says, making it on the first use: for what may be the first thing that is
    /// done with a hub.
    ///
    /// # Errors
    /// When a store or a key cannot be had, or the store belongs to a newer version.
    pub async fn open_or_begin(config: &Config) -> Outcome<Self> {
        let doing = match &config.database_url.value {
            Some(_) => "open the hub in its PostgreSQL database".to_owned(),
            None => format!("open the hub in {}", config.data.value.display()),
        };
        // Taken once, so that a system without chance says so now and not in the middle of a change.
        clock::entropy::<1>()?;
        ::hub::Hub::open(hub_config(config)?, clock::now()).await.during(doing).map(Self)
    }

    /// A link below `base` that signs `user` in once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_in_link(&self, user: &User, base: &str) -> Outcome<String> {
        let token = self
            .directory
            .issue_link(user.id, LINK_LIFETIME, &clock::moment()?, clock::entropy()?)
            .await
            .during(format_args!("make a sign-in link for {}", user.email))?;
        Ok(format!("{}{}", base.trim_end_matches('/'), sign_in_path(&token)))
    }

    /// The services, for the server.
    pub fn shared(&self) -> ::hub::Hub {
        self.0.clone()
    }
}

/// What a hub is opened with when the configuration says `config`.
fn hub_config(config: &Config) -> Outcome<HubConfig> {
    let data = config.data.value.clone();
    let mut wanted = HubConfig::embedded(data, clock::chance());
    if let Some(url) = &config.database_url.value {
        let replicas = config.database_replicas.value.clone();
        wanted.location = Location::Server { url: url.clone(), replicas };
    }
    wanted.key = match (&config.key_program.value, &config.key_file.value) {
        (Some(program), _) => {
            let mut words = program.split_whitespace().map(str::to_owned);
            let path = words.next().unwrap_or_default().into();
            Some(KeySource::Program { path, arguments: words.collect() })
        }
        (None, Some(file)) => Some(KeySource::Given(file.clone())),
        (None, None) => None,
    };
    wanted.open_max = config.markets_open_max.value;
    wanted.egress = egress(config);
    wanted.cluster.redis_url.clone_from(&config.redis_url.value);
    wanted.bus = bus(config)?;
    wanted.gohighlevel = gohighlevel(config, wanted.gohighlevel)?;
    wanted.clock = Some(Arc::new(clock::now));
    Ok(wanted)
}

/// GoHighLevel as the configuration names it, over what is published.
fn gohighlevel(config: &Config, published: gohighlevel::Config) -> Outcome<gohighlevel::Config> {
    let app = match (&config.ghl_client_id.value, &config.ghl_client_secret.value) {
        (None, None) => None,
        (Some(client_id), Some(client_secret)) => {
            Some(App { client_id: client_id.clone(), client_secret: client_secret.clone() })
        }
        _ => {
            return Err(Failure::new(
                "GoHighLevel's app needs both ghl_client_id and ghl_client_secret_file",
            )
            .advise("`ehub config show` says which of them is set, and where"));
        }
    };
    let webhook_keys = match &config.ghl_webhook_keys_file.value {
        None => published.webhook_keys.clone(),
        Some(file) => {
            let text = std::fs::read_to_string(file).during(format_args!("read {}", file.display()))?;
            // A list of keys, or one key as it is published.
            let keys = Keys::parse(&text).or_else(|error| Keys::one("configured", &text).map_err(|_| error));
            keys.during(format_args!("take the keys in {}", file.display()))?
        }
    };
    let seconds = config.ghl_reconcile_seconds.value;
    if !(1..=86_400).contains(&seconds) {
        return Err(Failure::new(format_args!("ghl_reconcile_seconds is {seconds}"))
            .advise("write a number of seconds from 1 to 86400"));
    }
    let public_url = config.public_url.value.clone();
    Ok(gohighlevel::Config {
        base: config.ghl_base.value.clone().unwrap_or_else(|| published.base.clone()),
        consent: config.ghl_consent.value.clone().unwrap_or_else(|| published.consent.clone()),
        app,
        webhook_keys,
        public_url: public_url.or_else(|| Some(format!("http://{}", config.listen.value))),
        reconcile_every: Duration::from_secs(seconds.into()),
        ..published
    })
}

/// Where events go beside webhooks.
#[cfg(feature = "kafka")]
fn bus(config: &Config) -> Outcome<Bus> {
    use cluster::kafka::{Kafka, KafkaConfig};

    let Some(brokers) = &config.kafka_brokers.value else { return Ok(Bus::None) };
    let mut wanted = KafkaConfig::at(brokers);
    if let Some(file) = &config.kafka_settings_file.value {
        let text = std::fs::read_to_string(file).during(format_args!("read {}", file.display()))?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        wanted.settings.extend(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())));
    }
    Kafka::open(&wanted).during("reach Kafka").map(Bus::Kafka)
}

/// Where events go beside webhooks: nowhere, in a build without Kafka.
#[cfg(not(feature = "kafka"))]
fn bus(config: &Config) -> Outcome<Bus> {
    match &config.kafka_brokers.value {
        None => Ok(Bus::None),
        Some(_) => Err(Failure::new("kafka_brokers is set, and this ehub was built without Kafka")
            .advise("build it with `cargo build --release --features kafka`, or remove the setting")),
    }
}

/// Where outgoing requests may go.
pub fn egress(config: &Config) -> EgressPolicy {
    let allowed = EgressPolicy::public().trusting(config.egress_allow.value.iter().cloned());
    match config.egress_only.value.as_slice() {
        [] => allowed,
        only => allowed.only(only.iter().cloned()),
    }
}

/// The file of the embedded store in a data directory.
pub fn database_file(data: &Path) -> PathBuf {
    data.join(DATABASE_FILE)
}

/// Runs the use case of a command that ends, on this thread.
///
/// # Errors
/// What `work` returns.
pub fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// The directory of `ehub.toml`, where the platform has a place for configuration.
pub fn config_dir() -> Option<PathBuf> {
    platform(Place::Config).map(|dir| dir.join(DIRECTORY))
}

/// The platform's data directory for the hub called `name` (`hub`, `demo`).
///
/// # Errors
/// When neither the platform's variable nor a home directory is known.
pub fn data_dir(name: &str) -> Outcome<PathBuf> {
    platform(Place::Data).map(|dir| dir.join(DIRECTORY).join(name)).ok_or_else(|| {
        Failure::new("no directory for data is known: neither XDG_DATA_HOME nor HOME is set")
            .advise("name one with --data DIR")
    })
}

#[derive(Clone, Copy)]
enum Place {
    Config,
    Data,
}

/// XDG on Linux and other Unix systems, Application Support on macOS, AppData on Windows.
fn platform(place: Place) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home =
        |below: &str| std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(below));
    let (xdg, windows, unix) = match place {
        Place::Config => ("XDG_CONFIG_HOME", "APPDATA", ".config"),
        Place::Data => ("XDG_DATA_HOME", "LOCALAPPDATA", ".local/share"),
    };
    variable(xdg).or_else(|| {
        if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else if cfg!(windows) {
            variable(windows)
        } else {
            home(unix)
        }
    })
}

/// Where the server answers a sign-in link.
fn sign_in_path(token: &Token) -> String {
    format!("/sign-in/link/{}", token.as_str())
}
