use boxed::boxed;

use crate::{Away, Budgets, Invalidations, Leases, link::Link};

/// How nodes find each other. The default is one node by itself.
#[derive(Clone, Default)]
pub struct ClusterConfig {
    /// `redis://user:password@host:port/number`; a secret, for it may hold a password. `None`: one node.
    pub redis_url: Option<String>,
    /// Begins every key and channel in Redis: the name of the hub. Empty means `ehub`.
    pub prefix: String,
    /// Names this process among the nodes: unique, new at every start.
    pub node: String,
}

impl std::fmt::Debug for ClusterConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ClusterConfig")
            .field("redis_url", &self.redis_url.as_ref().map(|_| ".."))
            .field("prefix", &self.prefix)
            .field("node", &self.node)
            .finish()
    }
}

/// Whether what is shared is really shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// One node: nothing to share.
    InProcess,
    /// Redis answers.
    Shared,
    /// Redis is away: budgets are per node, leases cannot be taken, announcements stay here.
    Degraded(Away),
}

impl Health {
    /// A word for health pages and metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::InProcess => "in process",
            Self::Shared => "shared through Redis",
            Self::Degraded(_) => "degraded: Redis is away, every node uses budgets of its own",
        }
    }
}

/// What the nodes of one hub share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cluster {
    budgets: Budgets,
    leases: Leases,
    invalidations: Invalidations,
    link: Option<Link>,
}

#[boxed]
impl Cluster {
    /// One node by itself.
    pub fn in_process() -> Self {
        Self {
            budgets: Budgets::in_process(),
            leases: Leases::in_process(),
            invalidations: Invalidations::in_process(),
            link: None,
        }
    }

    /// What `config` says. Redis may be away; it is tried again when needed. Inside a tokio runtime.
    ///
    /// # Errors
    /// When the address of Redis is none; the error does not repeat it.
    pub fn open(config: &ClusterConfig) -> Result<Self, Away> {
        let Some(url) = &config.redis_url else { return Ok(Self::in_process()) };
        let prefix = if config.prefix.is_empty() { "ehub" } else { &config.prefix };
        let link = Link::new(url, prefix)?;
        Ok(Self {
            budgets: Budgets::shared(link.clone()),
            leases: Leases::shared(link.clone()),
            invalidations: Invalidations::shared(link.clone(), &config.node),
            link: Some(link),
        })
    }

    /// Who may still do how much.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// Who is the one that does it.
    pub fn leases(&self) -> &Leases {
        &self.leases
    }

    /// What others must forget.
    pub fn invalidations(&self) -> &Invalidations {
        &self.invalidations
    }

    /// Asks Redis, when there is one, whether it answers.
    pub async fn health(&self) -> Health {
        let Some(link) = &self.link else { return Health::InProcess };
        match link.command::<String>(&redis::cmd("PING")).await {
            Ok(_) => Health::Shared,
            Err(away) => Health::Degraded(away),
        }
    }
}
