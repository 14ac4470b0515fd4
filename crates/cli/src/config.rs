//! The hub's configuration: flags before environment before file before defaults.
//!
//! Every key is declared once, in [`Layer`]; a layer is what one of the sources says.

mod layer;
mod show;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::Args;
use connect::{Site, ghl::tokens::Secret};
use serde::{Deserialize, Serialize};
use server::oidc::ClientSecret;

pub use layer::Layer;
pub use show::{ConfigArgs, run, without_password};

use crate::exit::{Failure, Outcome};

/// Where the hub listens unless told otherwise: this machine only.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4780);

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One readable line per event.
    #[default]
    Text,
    /// One JSON object per event.
    Json,
}

/// Whether people have to set the second step of signing in up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Who wants to.
    #[default]
    Optional,
    /// Everybody, before anything but their account opens.
    Required,
}

/// Which configuration file to read, and where the hub's data is.
#[derive(Clone, Debug, Default, Args)]
pub struct StoreArgs {
    /// Configuration file (TOML) [env: EHUB_CONFIG]
    #[arg(long, value_name = "FILE", help_heading = "Hub")]
    pub config: Option<PathBuf>,
    /// Directory of the embedded store [env: EHUB_DATA]
    #[arg(long, value_name = "DIR", help_heading = "Hub")]
    pub data: Option<PathBuf>,
    /// PostgreSQL to use instead of the embedded store [env: EHUB_DATABASE_URL]
    #[arg(long, value_name = "URL", help_heading = "Hub")]
    pub database_url: Option<String>,
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An argument.
    Flag,
    /// A variable of the environment.
    Environment,
    /// The configuration file.
    File(PathBuf),
    /// Nobody.
    Default,
}

/// A value and who said it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

/// The configuration in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Address to serve on.
    pub listen: Setting<SocketAddr>,
    /// Directory of the embedded databases.
    pub data: Setting<PathBuf>,
    /// PostgreSQL, when it is used.
    pub database_url: Setting<Option<String>>,
    /// Read replicas of it.
    pub database_replicas: Setting<Vec<String>>,
    /// The file with the key at the top, when it is not the hub's own.
    pub key_file: Setting<Option<PathBuf>>,
    /// The program that wraps keys, when there is one.
    pub key_program: Setting<Option<String>>,
    /// Where pages and API put backups.
    pub backups: Setting<PathBuf>,
    /// Most open markets.
    pub markets_open_max: Setting<usize>,
    /// Redis, when it is used.
    pub redis_url: Setting<Option<String>>,
    /// Hosts that may be reached although they are not public.
    pub egress_allow: Setting<Vec<Site>>,
    /// The only hosts that may be reached; none: any public one.
    pub egress_only: Setting<Vec<Site>>,
    /// The OpenID provider's issuer, when there is one.
    pub oidc_issuer: Setting<Option<String>>,
    /// What the provider calls the hub.
    pub oidc_client_id: Setting<Option<String>>,
    /// The hub's secret at the provider.
    pub oidc_client_secret: Setting<Option<ClientSecret>>,
    /// The button's text.
    pub oidc_label: Setting<String>,
    /// Where GoHighLevel's API is, when it is not GoHighLevel itself.
    pub ghl_base: Setting<Option<String>>,
    /// Where GoHighLevel asks for consent, when it is another page than its own.
    pub ghl_consent: Setting<Option<String>>,
    /// The client identifier of the hub's app at GoHighLevel.
    pub ghl_client_id: Setting<Option<String>>,
    /// The secret of that app.
    pub ghl_client_secret: Setting<Option<Secret>>,
    /// The file with the keys that GoHighLevel signs webhooks with, when they are not the published ones.
    pub ghl_webhook_keys_file: Setting<Option<PathBuf>>,
    /// Seconds between two comparisons with GoHighLevel.
    pub ghl_reconcile_seconds: Setting<u32>,
    /// Whether everybody has to have a second step.
    pub second_factor: Setting<SecondFactor>,
    /// Kafka's servers, when events go there.
    pub kafka_brokers: Setting<Option<String>>,
    /// The file with settings of its client.
    pub kafka_settings_file: Setting<Option<PathBuf>>,
    /// Who reads `/metrics` without signing in.
    pub metrics_allow: Setting<Vec<IpAddr>>,
    /// Address for links.
    pub public_url: Setting<Option<String>>,
    /// Log filter.
    pub log: Setting<String>,
    /// Log line format.
    pub log_format: Setting<LogFormat>,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => out.write_str("flag"),
            Self::Environment => out.write_str("environment"),
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Default => out.write_str("default"),
        }
    }
}

impl StoreArgs {
    /// What these arguments say.
    pub fn layer(&self) -> Layer {
        Layer { data: self.data.clone(), database_url: self.database_url.clone(), ..Layer::default() }
    }

    /// The configuration in force when the arguments say `flags`.
    ///
    /// # Errors
    /// When a file or a variable cannot be understood.
    pub fn load(&self, flags: Layer) -> Outcome<Config> {
        let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = self.config.clone().or_else(|| environment("EHUB_CONFIG").map(PathBuf::from));
        let file = match named {
            Some(path) => Some(read(&path)?),
            None => match crate::hub::config_dir().map(|dir| dir.join("ehub.toml")) {
                Some(path) if path.is_file() => Some(read(&path)?),
                _ => None,
            },
        };
        Config::resolve(flags, layer::from_environment(environment)?, file)
    }
}

impl Config {
    /// The first of the layers that says something decides.
    ///
    /// # Errors
    /// When a database URL file cannot be read, or no directory for data is known.
    pub fn resolve(flags: Layer, environment: Layer, file: Option<(PathBuf, Layer)>) -> Outcome<Self> {
        let layers = [(Source::Flag, flags), (Source::Environment, environment)]
            .into_iter()
            .chain(file.map(|(path, layer)| (Source::File(path), layer)))
            .collect::<Vec<_>>();
        let database_url =
            secret(first(&layers, |layer| direct_or_file(&layer.database_url, &layer.database_url_file)))?;
        let redis_url =
            secret(first(&layers, |layer| direct_or_file(&layer.redis_url, &layer.redis_url_file)))?;
        let client_secret =
            secret(first(&layers, |layer| direct_or_file(&None, &layer.oidc_client_secret_file)))?;
        let ghl_secret =
            secret(first(&layers, |layer| direct_or_file(&None, &layer.ghl_client_secret_file)))?;
        let replicas = secret(first(&layers, |layer| direct_or_file(&None, &layer.database_replicas_file)))?;
        let database_replicas = Setting {
            value: replicas.value.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
            source: replicas.source,
        };
        let data = match first(&layers, |layer| layer.data.clone()) {
            Some(data) => data,
            None => Setting { value: crate::hub::data_dir("hub")?, source: Source::Default },
        };
        let beside = data.value.join("backups");
        Ok(Self {
            listen: or(first(&layers, |layer| layer.listen), LISTEN),
            data,
            database_url,
            database_replicas,
            key_file: or(first(&layers, |layer| layer.key_file.clone().map(Some)), None),
            key_program: or(first(&layers, |layer| layer.key_program.clone().map(Some)), None),
            backups: or(first(&layers, |layer| layer.backups.clone()), beside),
            markets_open_max: or(first(&layers, |layer| layer.markets_open_max), markets::OPEN_MAX),
            redis_url,
            egress_allow: sites("egress_allow", first(&layers, |layer| layer.egress_allow.clone()))?,
            egress_only: sites("egress_only", first(&layers, |layer| layer.egress_only.clone()))?,
            oidc_issuer: or(first(&layers, |layer| layer.oidc_issuer.clone().map(Some)), None),
            oidc_client_id: or(first(&layers, |layer| layer.oidc_client_id.clone().map(Some)), None),
            oidc_client_secret: Setting {
                value: client_secret.value.map(ClientSecret::new),
                source: client_secret.source,
            },
            oidc_label: or(first(&layers, |layer| layer.oidc_label.clone()), "Single sign-on".to_owned()),
            ghl_base: or(first(&layers, |layer| layer.ghl_base.clone().map(Some)), None),
            ghl_consent: or(first(&layers, |layer| layer.ghl_consent.clone().map(Some)), None),
            ghl_client_id: or(first(&layers, |layer| layer.ghl_client_id.clone().map(Some)), None),
            ghl_client_secret: Setting {
                value: ghl_secret.value.map(Secret::new),
                source: ghl_secret.source,
            },
            ghl_webhook_keys_file: or(
                first(&layers, |layer| layer.ghl_webhook_keys_file.clone().map(Some)),
                None,
            ),
            ghl_reconcile_seconds: or(first(&layers, |layer| layer.ghl_reconcile_seconds), 900),
            second_factor: or(first(&layers, |layer| layer.second_factor), SecondFactor::default()),
            kafka_brokers: or(first(&layers, |layer| layer.kafka_brokers.clone().map(Some)), None),
            kafka_settings_file: or(
                first(&layers, |layer| layer.kafka_settings_file.clone().map(Some)),
                None,
            ),
            metrics_allow: or(first(&layers, |layer| layer.metrics_allow.clone()), Vec::new()),
            public_url: or(first(&layers, |layer| layer.public_url.clone().map(Some)), None),
            log: or(first(&layers, |layer| layer.log.clone()), "info".to_owned()),
            log_format: or(first(&layers, |layer| layer.log_format), LogFormat::default()),
        })
    }
}

fn first<T>(layers: &[(Source, Layer)], pick: impl Fn(&Layer) -> Option<T>) -> Option<Setting<T>> {
    layers.iter().find_map(|(source, layer)| Some(Setting { value: pick(layer)?, source: source.clone() }))
}

fn or<T>(setting: Option<Setting<T>>, value: T) -> Setting<T> {
    setting.unwrap_or(Setting { value, source: Source::Default })
}

/// The hosts of a list, each of which must be one.
fn sites(key: &str, setting: Option<Setting<Vec<String>>>) -> Outcome<Setting<Vec<Site>>> {
    let Some(Setting { value, source }) = setting else { return Ok(or(None, Vec::new())) };
    let sites = value.iter().map(|text| {
        text.parse::<Site>().map_err(|error| Failure::new(format_args!("{key} ({source}): {error}")))
    });
    Ok(Setting { value: sites.collect::<Outcome<_>>()?, source })
}

/// The setting of something that may come from a file, which must then be readable.
fn secret(setting: Option<Setting<Outcome<String>>>) -> Outcome<Setting<Option<String>>> {
    Ok(match setting {
        Some(Setting { value, source }) => Setting { value: Some(value?), source },
        None => Setting { value: None, source: Source::Default },
    })
}

/// What a layer names, directly or by file.
fn direct_or_file(direct: &Option<String>, file: &Option<PathBuf>) -> Option<Outcome<String>> {
    match (direct, file) {
        (Some(url), _) => Some(Ok(url.clone())),
        (None, Some(path)) => Some(
            std::fs::read_to_string(path)
                .map(|text| text.trim().to_owned())
                .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", path.display()))),
        ),
        (None, None) => None,
    }
}

fn read(path: &Path) -> Outcome<(PathBuf, Layer)> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", path.display())))?;
    let layer = toml::from_str(&text).map_err(|error| {
        Failure::new(format_args!("{}: {}", path.display(), error.to_string().trim_end()))
            .advise("`ehub config show --help` lists the keys")
    })?;
    Ok((path.to_owned(), layer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(port: u16) -> Layer {
        Layer { listen: Some(([127, 0, 0, 1], port).into()), data: Some("d".into()), ..Layer::default() }
    }

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let file = || Some((PathBuf::from("ehub.toml"), listen(3)));
        let port = |flags, environment, file| {
            Config::resolve(flags, environment, file)
                .map(|config| (config.listen.value.port(), config.listen.source.to_string()))
        };
        let none = Layer::default;
        assert_eq!(port(listen(1), listen(2), file()).expect("valid"), (1, "flag".into()));
        assert_eq!(port(none(), listen(2), file()).expect("valid"), (2, "environment".into()));
        assert_eq!(port(none(), none(), file()).expect("valid"), (3, "ehub.toml".into()));
        assert_eq!(port(none(), none(), None).expect("valid"), (4780, "default".into()));
    }

    #[test]
    fn a_nearer_url_wins_over_a_farther_file_of_a_url() {
        let flags = Layer { database_url: Some("postgres://near".into()), ..Layer::default() };
        let environment = Layer { database_url_file: Some("/nowhere".into()), ..Layer::default() };
        let config = Config::resolve(flags, environment.clone(), None).expect("valid");
        assert_eq!(config.database_url.value.as_deref(), Some("postgres://near"));
        let failure = Config::resolve(Layer::default(), environment, None).expect_err("no such file");
        assert!(failure.to_string().contains("/nowhere"), "{failure}");
    }
}
