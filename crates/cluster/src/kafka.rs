//! The bus over Kafka (feature `kafka`).

use std::{fmt, sync::Arc, time::Duration};

use boxed::boxed;
use futures::StreamExt as _;
use rdkafka::{
    ClientConfig, Message as _,
    config::FromClientConfig as _,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    error::KafkaError,
    message::{Header, Headers as _, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer as _},
};

use crate::{BusError, Event};

/// The topic in Kafka, unless named otherwise.
pub const TOPIC: &str = "ehub.events";
/// How long the brokers may take to confirm an event.
const CONFIRM_MAX: Duration = Duration::from_secs(20);

/// Where the brokers are, and what is said there.
#[derive(Clone)]
pub struct KafkaConfig {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// The topic ([`TOPIC`]); the operator makes it, with as many partitions as events are to be handled at once.
    pub topic: String,
    /// The consumer group of the nodes of this hub: each event goes to one of them.
    pub group: String,
    /// Further settings of librdkafka, by their names there: credentials, timeouts.
    pub settings: Vec<(String, String)>,
}

impl fmt::Debug for KafkaConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Settings hold passwords.
        let names: Vec<&str> = self.settings.iter().map(|(name, _)| name.as_str()).collect();
        write!(out, "KafkaConfig({} {} {names:?})", self.brokers, self.topic)
    }
}

impl KafkaConfig {
    /// The usual topic and group at these brokers.
    pub fn at(brokers: impl Into<String>) -> Self {
        let group = "ehub".to_owned();
        Self { brokers: brokers.into(), topic: TOPIC.to_owned(), group, settings: Vec::new() }
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.brokers).set("client.id", "enterprisehub");
        for (name, value) in &self.settings {
            client.set(name, value);
        }
        client
    }
}

/// The sending side. Cheap to clone.
#[derive(Clone)]
pub struct Kafka(Arc<Inner>);

struct Inner {
    producer: FutureProducer,
    topic: String,
}

impl fmt::Debug for Kafka {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Kafka({})", self.0.topic)
    }
}

#[boxed]
impl Kafka {
    /// A producer that writes each event once and in order (`enable.idempotence`), confirmed by all replicas in sync.
    /// Brokers may be away; they are looked for in the background.
    ///
    /// # Errors
    /// When a setting is none of librdkafka's.
    pub fn open(config: &KafkaConfig) -> Result<Self, BusError> {
        let mut client = config.client();
        client
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", CONFIRM_MAX.as_millis().to_string())
            .set("linger.ms", "5");
        let producer = FutureProducer::from_config(&client).map_err(plain)?;
        Ok(Self(Arc::new(Inner { producer, topic: config.topic.clone() })))
    }

    /// Writes an event and waits until the brokers confirm it. Events of one market and subject go to one partition
    /// and stay in the order in which this returned.
    ///
    /// # Errors
    /// When nobody confirms in time; the event may arrive nevertheless.
    pub async fn publish(&self, event: &Event) -> Result<(), BusError> {
        let key = format!("{}/{}", event.market, event.key);
        let mut headers = OwnedHeaders::new_with_capacity(5);
        for (name, value) in [
            ("id", Some(event.id.as_str())),
            ("market", Some(event.market.as_str())),
            ("topic", Some(event.topic.as_str())),
            ("key", Some(event.key.as_str())),
            ("person", event.person.as_deref()),
        ] {
            if let Some(value) = value {
                headers = headers.insert(Header { key: name, value: Some(value) });
            }
        }
        let record = FutureRecord::to(&self.0.topic).key(&key).payload(&event.payload).headers(headers);
        match self.0.producer.send(record, CONFIRM_MAX).await {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(BusError(error.to_string())),
        }
    }

    /// Whether a broker answers within `wait`. Blocks the thread: ask from a blocking task.
    ///
    /// # Errors
    /// What is wrong.
    pub fn ping(&self, wait: Duration) -> Result<(), BusError> {
        let asked = self.0.producer.client().fetch_metadata(Some(&self.0.topic), wait);
        asked.map(|_| ()).map_err(|error| BusError(error.to_string()))
    }
}

/// The receiving side: one of the group's nodes.
pub struct Listener {
    consumer: StreamConsumer,
}

impl fmt::Debug for Listener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Listener(..)")
    }
}

impl Listener {
    /// Joins the group.
    ///
    /// # Errors
    /// When a setting is none of librdkafka's.
    pub fn join(config: &KafkaConfig) -> Result<Self, BusError> {
        let mut client = config.client();
        client
            .set("group.id", &config.group)
            // Only what was handled is committed; a new group begins at the beginning.
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest");
        let consumer = StreamConsumer::from_config(&client).map_err(plain)?;
        consumer.subscribe(&[&config.topic]).map_err(|error| BusError(error.to_string()))?;
        Ok(Self { consumer })
    }

    /// Hands every event to `handle` in the order of its partition, until `handle` fails or the bus does. What was
    /// handled is committed afterwards: a node that is lost between has others handle it once more, so `handle`
    /// tells repetitions by [`Event::id`] (an inbox does). What is no event of ours is passed over with a warning.
    ///
    /// # Errors
    /// What `handle` returned, or when the bus gives nothing any more.
    pub async fn each<E: From<BusError>>(&self, mut handle: impl AsyncFnMut(Event) -> Result<(), E>) -> E {
        let mut stream = self.consumer.stream();
        while let Some(message) = stream.next().await {
            let message = match message {
                Ok(message) => message,
                Err(error) => return BusError(error.to_string()).into(),
            };
            match read(&message) {
                Some(event) => {
                    if let Err(error) = handle(event).await {
                        return error;
                    }
                }
                None => tracing::warn!(
                    partition = message.partition(),
                    offset = message.offset(),
                    "a message on the bus is no event of a hub"
                ),
            }
            if let Err(error) = self.consumer.commit_message(&message, CommitMode::Async) {
                return BusError(error.to_string()).into();
            }
        }
        BusError("the bus gives nothing any more".to_owned()).into()
    }
}

/// What went wrong, without the value of a setting: it may be a password.
fn plain(error: KafkaError) -> BusError {
    match error {
        KafkaError::ClientConfig(_, what, name, _) => BusError(format!("the setting `{name}`: {what}")),
        other => BusError(other.to_string()),
    }
}

fn read(message: &rdkafka::message::BorrowedMessage<'_>) -> Option<Event> {
    let headers = message.headers()?;
    let header = |name: &str| {
        let found = headers.iter().find(|header| header.key == name)?;
        Some(std::str::from_utf8(found.value?).ok()?.to_owned())
    };
    Some(Event {
        id: header("id")?,
        market: header("market")?,
        topic: header("topic")?,
        key: header("key")?,
        person: header("person"),
        payload: message.payload()?.to_vec(),
    })
}
