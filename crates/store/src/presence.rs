//! Whether a run of the program is alive, as PostgreSQL knows: it holds a lock on a connection of its own, which the
//! server takes away when the process dies.
//!
//! Nothing rests on it but waiting: whoever is taken for dead by mistake (its connection broke) finds its claim gone when
//! it commits.

use std::time::{Duration, Instant};

use kernel::Ulid;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;

use crate::{Query, StoreError, Tx};

/// How often the connection is looked after.
const LOOK_AFTER: Duration = Duration::from_secs(10);

/// How long a server may take to answer before it is said to be busy.
const PATIENCE: Duration = Duration::from_secs(4);

/// The lock of this process on one database.
#[derive(Default)]
pub(crate) struct Presence(Mutex<Option<Held>>);

struct Held {
    boot: Ulid,
    connection: PgConnection,
    seen: Instant,
}

impl Presence {
    /// Makes sure that the lock of `boot` is held, as far as that was seen lately.
    pub(crate) async fn hold(&self, pool: &PgPool, boot: Ulid) -> Result<(), StoreError> {
        let mut held = self.0.lock().await;
        if let Some(held) = held.as_mut().filter(|held| held.boot == boot) {
            if held.seen.elapsed() < LOOK_AFTER {
                return Ok(());
            }
            if held.connection.ping().await.is_ok() {
                held.seen = Instant::now();
                return Ok(());
            }
        }
        let connecting = async {
            let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
            sqlx::query("SELECT pg_advisory_lock($1)").bind(lock_of(boot)).execute(&mut connection).await?;
            Ok::<_, StoreError>(connection)
        };
        let connection = tokio::time::timeout(PATIENCE, connecting).await.map_err(|_| StoreError::Busy)??;
        *held = Some(Held { boot, connection, seen: Instant::now() });
        Ok(())
    }

    pub(crate) async fn close(&self) {
        if let Some(held) = self.0.lock().await.take() {
            // The server sees the end of the connection either way.
            let _ = held.connection.close().await;
        }
    }
}

/// Whether no process holds the lock of `boot`.
pub(crate) async fn is_gone(tx: &mut Tx, boot: Ulid) -> Result<bool, StoreError> {
    // Shared, so that two who ask at once do not take each other for the holder.
    let query = Query::new("SELECT pg_try_advisory_xact_lock_shared(?) AS gone").bind(lock_of(boot));
    tx.one(query).await?.bool("gone")
}

/// PostgreSQL's locks are numbers; this one is not likely to meet another.
fn lock_of(boot: Ulid) -> i64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, format!("boot {boot}").as_bytes());
    digest.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
