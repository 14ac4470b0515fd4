use std::{path::PathBuf, sync::Arc, time::Instant};

use cluster::{Bus, ClusterConfig};
use connect::{EgressPolicy, ghl::Clock};
use jiff::Timestamp;
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
#[derive(Clone)]
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
    /// GoHighLevel, and the hub's app there.
    pub gohighlevel: gohighlevel::Config,
    /// Tells the time to what waits for other systems' limits; `None`: it goes on from the moment of opening.
    pub clock: Option<Clock>,
    /// Randomness for keys, nonces and passwords.
    pub chance: Chance,
}

impl std::fmt::Debug for HubConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "HubConfig({:?}, {})", self.location, self.data.display())
    }
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
            gohighlevel: gohighlevel::Config { node: cluster.node.clone(), ..gohighlevel::Config::default() },
            clock: None,
            cluster,
            chance,
        }
    }

    /// A hub whose databases are on a PostgreSQL server; `data` holds its key file.
    pub fn on_server(data: impl Into<PathBuf>, url: impl Into<String>, chance: Chance) -> Self {
        let location = Location::Server { url: url.into(), replicas: Vec::new() };
        Self { location, ..Self::embedded(data, chance) }
    }

    /// The clock, which goes on from `now` by the time that passes when none was given.
    pub(crate) fn clock(&self, now: Timestamp) -> Clock {
        self.clock.clone().unwrap_or_else(|| {
            let opened = Instant::now();
            Arc::new(move || now.checked_add(opened.elapsed()).unwrap_or(Timestamp::MAX))
        })
    }

    pub(crate) fn key_source(&self) -> KeySource {
        self.key.clone().unwrap_or_else(|| KeySource::Own(self.data.join("keys").join("hub.key")))
    }
}
