use std::time::Duration;

use crate::EgressError;

/// Where a request was when time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for its turn among the requests of its lane.
    Turn,
    /// Resolving the name, connecting, shaking hands.
    Connecting,
    /// Waiting for the beginning of the answer.
    Headers,
    /// Reading the answer.
    Body,
}

impl Stage {
    /// What it was doing: "timed out while ...".
    pub fn label(self) -> &'static str {
        match self {
            Self::Turn => "waiting for its turn",
            Self::Connecting => "connecting",
            Self::Headers => "waiting for the answer",
            Self::Body => "reading the answer",
        }
    }
}

/// Why there is no answer. Names hosts; never paths, headers or bodies.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The target is not allowed.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The name has no address.
    #[error("the name {host} cannot be resolved")]
    Resolve {
        /// The host.
        host: String,
    },
    /// Nobody answers there.
    #[error("{host} cannot be connected to: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// What the operating system said.
        reason: String,
    },
    /// The certificate or the handshake is not acceptable.
    #[error("no secure connection to {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// Time ran out.
    #[error("{host} took too long ({})", .stage.label())]
    Timeout {
        /// The host.
        host: String,
        /// What the request was doing.
        stage: Stage,
    },
    /// The answer is longer than allowed.
    #[error("the answer of {host} is longer than {bytes_max} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        bytes_max: usize,
    },
    /// What came is no HTTP, too many headers, or broke off.
    #[error("{host} does not answer in HTTP: {reason}")]
    Protocol {
        /// The host.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// The last requests to this target failed, so it is left alone for a while.
    #[error("{host} failed repeatedly and is left alone for {} s", .retry_after.as_secs())]
    BreakerOpen {
        /// The host.
        host: String,
        /// How long.
        retry_after: Duration,
    },
    /// The target asked for a pause, or has been sent its share.
    #[error("{host} is to be left alone for {} s", .retry_after.as_secs())]
    Paused {
        /// The host.
        host: String,
        /// How long.
        retry_after: Duration,
    },
    /// The trust store or a given certificate cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

impl ConnectError {
    /// A word for logs and delivery tables, without any name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Egress(_) => "refused",
            Self::Resolve { .. } => "name",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } => "too-large",
            Self::Protocol { .. } => "protocol",
            Self::BreakerOpen { .. } => "breaker",
            Self::Paused { .. } => "paused",
            Self::Setup(_) => "setup",
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        !matches!(self, Self::Egress(_) | Self::TooLarge { .. } | Self::Setup(_))
    }
}
