//! What became of messages.

use jiff::Timestamp;
use kernel::Ulid;

/// Why a delivery exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something happened.
    Event,
    /// A person sent it again.
    Replay,
    /// A person tried the endpoint.
    Test,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Event, Self::Replay, Self::Test];

    /// Its identifier.
    pub fn id(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Replay => "replay",
            Self::Test => "test",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.id() == id)
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be tried, for the first time or again.
    Waiting,
    /// The receiver answered 2xx.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// Its content is gone: the person was erased.
    Dropped,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Dropped];

    /// Its identifier.
    pub fn id(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// A word for tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Dropped => "Dropped",
        }
    }

    /// The state with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id() == id)
    }
}

/// One message on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier.
    pub id: Ulid,
    /// Its number in the market's log, ascending.
    pub seq: u64,
    /// The message: `webhook-id` as the receiver sees it.
    pub message_id: Ulid,
    /// The endpoint.
    pub endpoint_id: Ulid,
    /// What happened.
    pub topic: String,
    /// Why it exists.
    pub cause: Cause,
    /// Where it stands.
    pub state: DeliveryState,
    /// Why it ended, if not by success.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried next; `None` once ended.
    pub next_at: Option<Timestamp>,
    /// What was tried, the first first.
    pub attempts: Vec<Attempt>,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// Why there was none: `timeout`, `tls`, `refused`, ...
    pub error: Option<String>,
}

/// Deliveries of an endpoint by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// [`DeliveryState::Waiting`].
    pub waiting: u64,
    /// [`DeliveryState::Delivered`].
    pub delivered: u64,
    /// [`DeliveryState::Failed`].
    pub failed: u64,
    /// [`DeliveryState::Dropped`].
    pub dropped: u64,
}
