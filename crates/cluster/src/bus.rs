//! The bus between nodes and other programs of the operator: what left an outbox, in order per subject.

use boxed::boxed;

/// Something that was told by a market.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Its identity: repetitions have the same.
    pub id: String,
    /// The market that tells it.
    pub market: String,
    /// What happened: `contact.created`.
    pub topic: String,
    /// Its subject, whose events stay in order.
    pub key: String,
    /// The person under whose key the payload is sealed, if under a person's.
    pub person: Option<String>,
    /// Sealed: the bus keeps things for longer than they may be readable.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Event({} {} of {})", self.id, self.topic, self.market)
    }
}

/// The bus did not take an event, or gave none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus: {0}")]
pub struct BusError(pub String);

/// Where events go beside webhooks. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Bus {
    /// Nowhere: the default.
    #[default]
    None,
    /// To Kafka.
    #[cfg(feature = "kafka")]
    Kafka(crate::kafka::Kafka),
}

#[boxed]
impl Bus {
    /// Whether events go nowhere.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Hands over an event; once this returns it is as durable as the bus makes things.
    ///
    /// # Errors
    /// When the bus did not confirm it; it may have been taken nevertheless.
    pub async fn publish(&self, event: &Event) -> Result<(), BusError> {
        match self {
            Self::None => {
                let _ = event;
                Ok(())
            }
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.publish(event).await,
        }
    }
}
