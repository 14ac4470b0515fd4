use std::path::PathBuf;

use cluster::{Bus, ClusterConfig};
use connect::EgressPolicy;
use kernel::Chance;
use markets::KeySource;

/// Where a hub's databases are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// SQLite files in the data directory.
    Embedded,
    /// A PostgreSQL server.
    Server {
        /// URL of the hub's database, of a role that may create databases and roles: markets get their own.
        url: String,
        /// URLs of read replicas, for analytics over many markets.
        replicas: Vec<String>,
    },
}

impl std::fmt::Debug for Location {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // URLs hold passwords.
        out.write_str(match self {
            Self::Embedded => "Embedded",
            Self::Server { .. } => "Server",
        })
    }
}

/// What a hub is opened with.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// The hub's directory: its databases when embedded, its key file unless named otherwise, files that are being made.
    pub data: PathBuf,
    /// Where its databases are.
    pub location: Location,
    /// Where the key at the top is; `None`: in a file of the data directory that the first start makes.
    pub key: Option<KeySource>,
    /// Most markets whose databases are open at the same time.
    pub open_max: usize,
    /// Which other servers may be connected to: webhooks, identity providers.
    pub egress: EgressPolicy,
    /// Where events go beside webhooks.
    pub bus: Bus,
    /// What nodes share; without Redis, this process is the only node.
    pub cluster: ClusterConfig,
    /// Randomness for keys, nonces and passwords.
    pub chance: Chance,
}

impl HubConfig {
    /// A hub that lives in `data` and nowhere else.
    pub fn embedded(data: impl Into<PathBuf>, chance: Chance) -> Self {
        let cluster = ClusterConfig {
            redis_url: None,
            prefix: String::new(),
            node: kernel::Ulid::from_bytes(chance.bytes()).to_string(),
        };
        Self {
            data: data.into(),
            location: Location::Embedded,
            key: None,
            open_max: markets::OPEN_MAX,
            egress: EgressPolicy::public(),
            bus: Bus::None,
            cluster,
            chance,
        }
    }

    /// A hub whose databases are on a PostgreSQL server; `data` holds its key file.
    pub fn on_server(data: impl Into<PathBuf>, url: impl Into<String>, chance: Chance) -> Self {
        let location = Location::Server { url: url.into(), replicas: Vec::new() };
        Self { location, ..Self::embedded(data, chance) }
    }

    pub(crate) fn key_source(&self) -> KeySource {
        self.key.clone().unwrap_or_else(|| KeySource::Own(self.data.join("keys").join("hub.key")))
    }
}
