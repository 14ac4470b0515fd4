//! The hub's configuration: flags before environment before file before defaults.
//!
//! Every key is declared once, in [`Layer`]; a layer is what one of the sources says.

mod show;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::Args;
use serde::{Deserialize, Serialize};

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

/// What one source says; also the keys of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Address and port to serve on; port 0 takes a free one. Default `127.0.0.1:4780`.
    pub listen: Option<SocketAddr>,
    /// Directory of the embedded databases. Default: the platform's data directory.
    pub data: Option<PathBuf>,
    /// `postgres://...` to keep the hub in PostgreSQL instead of `data`.
    pub database_url: Option<String>,
    /// File that holds the database URL, so that its password stays out of arguments and environment.
    pub database_url_file: Option<PathBuf>,
    /// File with the URLs of read replicas of that PostgreSQL, one per line, for figures over many markets.
    pub database_replicas_file: Option<PathBuf>,
    /// File with the key that wraps all others. Default: `keys/hub.key` in `data`, made at the first start.
    pub key_file: Option<PathBuf>,
    /// Program (with arguments) of a key service that wraps instead: gets `wrap` or `unwrap`, bytes on standard input.
    pub key_program: Option<String>,
    /// Most markets whose databases are open at the same time. Default 50.
    pub markets_open_max: Option<usize>,
    /// `redis://...` that the nodes of one hub share budgets and leases through. Default: one node.
    pub redis_url: Option<String>,
    /// File that holds the Redis URL, so that its password stays out of arguments and environment.
    pub redis_url_file: Option<PathBuf>,
    /// Addresses, beside this machine's own, that may read `/metrics` without signing in.
    pub metrics_allow: Option<Vec<IpAddr>>,
    /// Address under which people reach the hub, for links. Default: the address it listens on.
    pub public_url: Option<String>,
    /// What is logged: `info`, or a filter such as `server=debug,warn`. Default `info`.
    pub log: Option<String>,
    /// `text` or `json`. Default `text`.
    pub log_format: Option<LogFormat>,
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
    /// Most open markets.
    pub markets_open_max: Setting<usize>,
    /// Redis, when it is used.
    pub redis_url: Setting<Option<String>>,
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
        Config::resolve(flags, from_environment(environment)?, file)
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
        let replicas = secret(first(&layers, |layer| direct_or_file(&None, &layer.database_replicas_file)))?;
        let database_replicas = Setting {
            value: replicas.value.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
            source: replicas.source,
        };
        let data = match first(&layers, |layer| layer.data.clone()) {
            Some(data) => data,
            None => Setting { value: crate::hub::data_dir("hub")?, source: Source::Default },
        };
        Ok(Self {
            listen: or(first(&layers, |layer| layer.listen), LISTEN),
            data,
            database_url,
            database_replicas,
            key_file: or(first(&layers, |layer| layer.key_file.clone().map(Some)), None),
            key_program: or(first(&layers, |layer| layer.key_program.clone().map(Some)), None),
            markets_open_max: or(first(&layers, |layer| layer.markets_open_max), markets::OPEN_MAX),
            redis_url,
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

/// What the environment says; `get` gives the value of a variable that is set and not empty.
fn from_environment(get: impl Fn(&str) -> Option<String>) -> Outcome<Layer> {
    Ok(Layer {
        listen: parsed(&get, "EHUB_LISTEN", "an address and a port, such as 127.0.0.1:4780")?,
        data: get("EHUB_DATA").map(PathBuf::from),
        database_url: get("EHUB_DATABASE_URL"),
        database_url_file: get("EHUB_DATABASE_URL_FILE").map(PathBuf::from),
        database_replicas_file: get("EHUB_DATABASE_REPLICAS_FILE").map(PathBuf::from),
        key_file: get("EHUB_KEY_FILE").map(PathBuf::from),
        key_program: get("EHUB_KEY_PROGRAM"),
        markets_open_max: parsed(&get, "EHUB_MARKETS_OPEN_MAX", "a number of markets, such as 50")?,
        redis_url: get("EHUB_REDIS_URL"),
        redis_url_file: get("EHUB_REDIS_URL_FILE").map(PathBuf::from),
        metrics_allow: get("EHUB_METRICS_ALLOW")
            .map(|text| {
                let all = text.split(',').map(|one| one.trim().parse());
                let wanted = "a list of addresses, such as 10.0.0.7,10.0.0.8";
                all.collect::<Result<_, _>>().map_err(|_| misunderstood("EHUB_METRICS_ALLOW", &text, wanted))
            })
            .transpose()?,
        public_url: get("EHUB_PUBLIC_URL"),
        log: get("EHUB_LOG"),
        log_format: match get("EHUB_LOG_FORMAT").as_deref() {
            None => None,
            Some("text") => Some(LogFormat::Text),
            Some("json") => Some(LogFormat::Json),
            Some(other) => return Err(misunderstood("EHUB_LOG_FORMAT", other, "text or json")),
        },
    })
}

fn parsed<T: std::str::FromStr>(
    get: impl Fn(&str) -> Option<String>,
    name: &str,
    wanted: &str,
) -> Outcome<Option<T>> {
    get(name).map(|text| text.parse().map_err(|_| misunderstood(name, &text, wanted))).transpose()
}

fn misunderstood(name: &str, value: &str, wanted: &str) -> Failure {
    Failure::new(format_args!("{name} is `{value}`, which is not {wanted}"))
        .advise(format_args!("unset {name} or correct it"))
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

    #[test]
    fn a_variable_that_cannot_be_understood_is_named() {
        let get = |name: &str| (name == "EHUB_LISTEN").then(|| "localhost".to_owned());
        let failure = from_environment(get).expect_err("no port");
        assert!(failure.to_string().contains("EHUB_LISTEN is `localhost`"), "{failure}");
    }
}
