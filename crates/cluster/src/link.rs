//! The way to Redis: one multiplexed connection, opened when needed, given up soon when Redis is away.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{FromRedisValue, Script, aio::MultiplexedConnection};
use tokio::time::{Instant, timeout};

/// How long a command may take: budgets are asked on every request.
const ANSWER_MAX: Duration = Duration::from_millis(250);
/// How long opening a connection may take.
const CONNECT_MAX: Duration = Duration::from_millis(500);
/// How long nobody tries again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Redis does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis does not answer: {reason}")]
pub struct Away {
    /// What went wrong, without address or password.
    pub reason: String,
}

/// A connection to Redis that comes back by itself. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    client: redis::Client,
    /// Begins every key, so that several hubs can share one Redis.
    prefix: String,
    opening: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Set while Redis is away.
    away: Option<(Instant, Away)>,
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Link(..)")
    }
}

impl Link {
    /// A link to the server at `url` (`redis://user:password@host:port/number`), not yet opened.
    ///
    /// # Errors
    /// When the address is none. The error does not repeat it.
    pub(crate) fn new(url: &str, prefix: &str) -> Result<Self, Away> {
        let client = redis::Client::open(url).map_err(away)?;
        let inner = Inner {
            client,
            prefix: prefix.to_owned(),
            opening: tokio::sync::Mutex::default(),
            state: Mutex::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// A key or channel of this hub.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.0.prefix)
    }

    /// The client, to open connections of one's own (subscriptions).
    pub(crate) fn client(&self) -> &redis::Client {
        &self.0.client
    }

    /// Runs a script on one key.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        text: &'static str,
        key: &str,
        arguments: &[i64],
    ) -> Result<T, Away> {
        let script = Script::new(text);
        let mut invocation = script.key(self.key(key));
        for argument in arguments {
            invocation.arg(*argument);
        }
        self.with(async |mut connection| invocation.invoke_async(&mut connection).await).await
    }

    /// Runs one command.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Away> {
        self.with(async |mut connection| command.query_async(&mut connection).await).await
    }

    async fn with<T>(
        &self,
        work: impl AsyncFnOnce(MultiplexedConnection) -> redis::RedisResult<T>,
    ) -> Result<T, Away> {
        let connection = self.connection().await?;
        let outcome = match timeout(ANSWER_MAX, work(connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => away(error),
            Err(_) => Away { reason: "no answer in time".to_owned() },
        };
        Err(self.gone(outcome))
    }

    async fn connection(&self) -> Result<MultiplexedConnection, Away> {
        if let Some(known) = self.known()? {
            return Ok(known);
        }
        // One caller opens; the others wait for what comes of it.
        let _opening = self.0.opening.lock().await;
        if let Some(known) = self.known()? {
            return Ok(known);
        }
        let opened = timeout(CONNECT_MAX, self.0.client.get_multiplexed_async_connection()).await;
        let opened = match opened {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(self.gone(away(error))),
            Err(_) => return Err(self.gone(Away { reason: "cannot be reached in time".to_owned() })),
        };
        let was_away = self.state(|state| {
            state.connection = Some(opened.clone());
            state.away.take().is_some()
        });
        if was_away {
            tracing::info!("Redis answers again: budgets are shared between nodes");
        }
        Ok(opened)
    }

    /// The open connection; nothing when one should be opened now; an error while nobody should try.
    fn known(&self) -> Result<Option<MultiplexedConnection>, Away> {
        self.state(|state| match (&state.connection, &state.away) {
            (Some(connection), _) => Ok(Some(connection.clone())),
            (None, Some((since, away))) if since.elapsed() < PAUSE => Err(away.clone()),
            (None, _) => Ok(None),
        })
    }

    fn gone(&self, away: Away) -> Away {
        let was_there = self.state(|state| {
            state.connection = None;
            state.away.replace((Instant::now(), away.clone())).is_none()
        });
        if was_there {
            tracing::warn!(reason = %away.reason, "Redis is away: every node uses budgets of its own");
        }
        away
    }

    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The kind of an error: its text could repeat an address or a key.
pub(crate) fn away(error: redis::RedisError) -> Away {
    Away { reason: error.category().to_owned() }
}
