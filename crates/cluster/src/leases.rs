//! Leases: of all nodes, one does it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boxed::boxed;
use jiff::Timestamp;

use crate::{Away, link::Link};

/// The right to be the one who does something, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What for.
    pub name: String,
    /// Who has it, as given on acquiring.
    pub owner: String,
    /// Grows with every holder of this name, also over restarts: a write that carries a lower token than one
    /// seen before comes from a holder who does not know that the lease was lost.
    pub token: i64,
    /// When it ends unless renewed, by this node's clock; never later than its real end.
    pub expires_at: Timestamp,
}

/// Leases of one process, or of all nodes when Redis is configured. Cheap to clone.
///
/// In process the instants given decide when a lease ends; in Redis its own clock does, so that clocks of nodes
/// need not agree.
#[derive(Clone, Debug)]
pub struct Leases(Place);

#[derive(Clone, Debug)]
enum Place {
    Local(Arc<Mutex<HashMap<String, Held>>>),
    Shared(Link),
}

#[derive(Clone, Copy, Debug)]
struct Held {
    token: i64,
    until: i64,
}

#[boxed]
impl Leases {
    /// Leases of this process alone.
    pub fn in_process() -> Self {
        Self(Place::Local(Arc::default()))
    }

    pub(crate) fn shared(link: Link) -> Self {
        Self(Place::Shared(link))
    }

    /// The lease `name` for `owner` during `ttl`; `None` while somebody has it, also the same owner.
    ///
    /// # Errors
    /// [`Away`] when Redis is configured and does not answer: then nobody can know who has it.
    pub async fn acquire(
        &self,
        name: &str,
        owner: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Option<Lease>, Away> {
        let token = match &self.0 {
            Place::Local(held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let now = now.as_microsecond();
                match held.get(name) {
                    Some(other) if other.until > now => None,
                    before => {
                        let token = before.map_or(now, |before| now.max(before.token + 1));
                        held.insert(name.to_owned(), Held { token, until: end(now, ttl) });
                        Some(token)
                    }
                }
            }
            Place::Shared(link) => {
                let token: i64 = link.script(ACQUIRE, &key(name), &[millis(ttl)]).await?;
                (token > 0).then_some(token)
            }
        };
        let (name, owner) = (name.to_owned(), owner.to_owned());
        Ok(token.map(|token| Lease { name, owner, token, expires_at: later(now, ttl) }))
    }

    /// The same lease until `ttl` from now; `None` when it has ended or been released: then somebody else may
    /// have it, and the work must stop.
    ///
    /// # Errors
    /// As [`Leases::acquire`]; the lease lasts until its `expires_at`.
    pub async fn renew(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<Option<Lease>, Away> {
        let renewed = match &self.0 {
            Place::Local(held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let now = now.as_microsecond();
                match held.get_mut(&lease.name) {
                    Some(own) if own.token == lease.token && own.until > now => {
                        own.until = end(now, ttl);
                        true
                    }
                    _ => false,
                }
            }
            Place::Shared(link) => {
                let kept: i64 = link.script(RENEW, &key(&lease.name), &[lease.token, millis(ttl)]).await?;
                kept == 1
            }
        };
        Ok(renewed.then(|| Lease { expires_at: later(now, ttl), ..lease.clone() }))
    }

    /// Gives a lease back. One that was lost meanwhile stays with its new holder.
    ///
    /// # Errors
    /// As [`Leases::acquire`]; then the lease ends by itself.
    pub async fn release(&self, lease: &Lease) -> Result<(), Away> {
        match &self.0 {
            Place::Local(held) => {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(own) = held.get_mut(&lease.name).filter(|own| own.token == lease.token) {
                    own.until = i64::MIN;
                }
                Ok(())
            }
            Place::Shared(link) => {
                link.script::<i64>(RELEASE, &key(&lease.name), &[lease.token]).await.map(|_| ())
            }
        }
    }
}

fn key(name: &str) -> String {
    format!("lease:{name}")
}

fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4).max(1)
}

fn end(now: i64, ttl: Duration) -> i64 {
    now.saturating_add(millis(ttl).saturating_mul(1000))
}

fn later(now: Timestamp, ttl: Duration) -> Timestamp {
    Timestamp::from_microsecond(end(now.as_microsecond(), ttl)).unwrap_or(Timestamp::MAX)
}

/// Tokens are microseconds of Redis' clock, or one more than the last: they grow even when Redis lost its data.
const ACQUIRE: &str = "
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local held = redis.call('HMGET', KEYS[1], 'token', 'until')
if held[2] and tonumber(held[2]) > now then return 0 end
local token = now
if held[1] and tonumber(held[1]) >= token then token = tonumber(held[1]) + 1 end
local ttl = tonumber(ARGV[1])
redis.call('HSET', KEYS[1], 'token', string.format('%.0f', token), 'until', string.format('%.0f', now + ttl * 1000))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + 86400000))
return token
";

const RENEW: &str = "
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local held = redis.call('HMGET', KEYS[1], 'token', 'until')
if held[1] ~= ARGV[1] or not held[2] or tonumber(held[2]) <= now then return 0 end
local ttl = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + ttl * 1000))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + 86400000))
return 1
";

const RELEASE: &str = "
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', '0')
return 1
";
