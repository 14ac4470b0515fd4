use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use connect::ghl::signature::Rejection;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kernel::{MarketId, Moment};
use markets::{Market, SealingKey};
use store::inbox::Inbox;

use crate::{GoHighLevel, GoHighLevelError, records::places};

/// How long it is believed where a location belongs: within that, every node hears of another node's changes.
const PLACE_FOR: Duration = Duration::from_secs(10);
/// How long it is believed that a location is nobody's: it may be connected at any moment.
const NOBODYS_FOR: Duration = Duration::from_secs(2);
/// How long an entered market is used without asking the hub whether it still may be.
const DOOR_FOR: Duration = Duration::from_secs(2);
/// How long the key of a day is kept: it is asked for once in this time instead of for every event.
const KEY_FOR: Duration = Duration::from_secs(300);
/// Locations that are nobody's and are remembered.
const NOBODYS_MAX: usize = 10_000;

/// What the hot path of webhooks remembers, so that most of them ask no database but for their own commit.
#[derive(Default)]
pub(crate) struct Gate {
    places: RwLock<HashMap<String, Timed<Option<places::Place>>>>,
    doors: RwLock<HashMap<MarketId, Timed<Arc<Door>>>>,
    /// Webhooks since the last good one whose signature no key fits.
    refused: AtomicU32,
}

/// An open market, ready for events.
pub(super) struct Door {
    pub market: Market,
    pub inbox: Inbox,
    /// The key of a day, and until when it is used without asking.
    key: RwLock<Option<(Date, SealingKey, Timestamp)>>,
}

/// Something that is believed for a while. When that is over, one caller looks again and the others go on meanwhile.
struct Timed<T> {
    value: T,
    until: Timestamp,
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// What is remembered under `key`; nothing when this caller is the one to look again.
fn remembered<K, T>(all: &RwLock<HashMap<K, Timed<T>>>, key: &K, now: Timestamp, wait: Duration) -> Option<T>
where
    K: std::hash::Hash + Eq,
    T: Clone,
{
    if let Some(known) = read(all).get(key)
        && known.until > now
    {
        return Some(known.value.clone());
    }
    let mut all = write(all);
    let known = all.get_mut(key)?;
    if known.until > now {
        return Some(known.value.clone());
    }
    known.until = later(now, wait);
    None
}

impl Gate {
    /// Forgets where a location belongs: it was connected or disconnected.
    pub(crate) fn forget_place(&self, location: &str) {
        write(&self.places).remove(location);
    }

    /// Webhooks in a row whose signature no key fits.
    pub(crate) fn refused_in_a_row(&self) -> u32 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Counts what came of a signature.
    pub(super) fn verified(&self, verdict: Result<(), Rejection>) {
        match verdict {
            Ok(()) if self.refused_in_a_row() == 0 => {}
            Ok(()) => self.refused.store(0, Ordering::Relaxed),
            Err(Rejection::Wrong) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            // Whoever does not sign at all is not GoHighLevel with another key.
            Err(Rejection::Missing | Rejection::Malformed) => {}
        }
    }

    fn forget_door(&self, market: MarketId) {
        write(&self.doors).remove(&market);
    }
}

impl GoHighLevel {
    /// Where a location belongs.
    pub(super) async fn place(
        &self,
        location: &str,
        now: Timestamp,
    ) -> Result<Option<places::Place>, GoHighLevelError> {
        let gate = &self.0.gate;
        let name = location.to_owned();
        if let Some(place) = remembered(&gate.places, &name, now, NOBODYS_FOR) {
            return Ok(place);
        }
        let place = places::of_location(&self.0.hub, location).await?;
        let until = later(now, if place.is_some() { PLACE_FOR } else { NOBODYS_FOR });
        let mut all = write(&gate.places);
        if all.len() >= NOBODYS_MAX {
            all.retain(|_, known| known.value.is_some());
        }
        all.insert(name, Timed { value: place.clone(), until });
        Ok(place)
    }

    /// The market, entered.
    pub(super) async fn door(&self, market: MarketId, now: Timestamp) -> Result<Arc<Door>, GoHighLevelError> {
        let gate = &self.0.gate;
        if let Some(door) = remembered(&gate.doors, &market, now, DOOR_FOR) {
            return Ok(door);
        }
        let entered = match self.0.markets.enter_by_id(market).await {
            Ok(entered) => entered,
            Err(error) => {
                gate.forget_door(market);
                return Err(error.into());
            }
        };
        let mut doors = write(&gate.doors);
        // The same database: those who wait for its next commit stay together.
        let same = doors
            .get(&market)
            .filter(|known| known.value.market.record().generation == entered.record().generation);
        let door = match same {
            Some(known) => known.value.clone(),
            None => Arc::new(Door {
                inbox: Inbox::new(entered.db().clone()),
                market: entered,
                key: RwLock::new(None),
            }),
        };
        doors.insert(market, Timed { value: door.clone(), until: later(now, DOOR_FOR) });
        Ok(door)
    }

    /// Forgets an entered market: it did not take an event, or it is gone.
    pub(crate) fn shut(&self, market: MarketId) {
        self.0.gate.forget_door(market);
    }

    /// The key for what arrives now.
    pub(super) async fn day_key(&self, door: &Door, now: Timestamp) -> Result<SealingKey, GoHighLevelError> {
        let day = TimeZone::UTC.to_datetime(now).date();
        let known = read(&door.key).clone();
        if let Some((of, key, until)) = known
            && of == day
            && until > now
        {
            return Ok(key);
        }
        let at = Moment { entropy: 0, ..self.moment(now) };
        let key = door.market.day_key(day, &at).await?;
        *write(&door.key) = Some((day, key.clone(), later(now, KEY_FOR)));
        Ok(key)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Gate({} places, {} doors)", read(&self.places).len(), read(&self.doors).len())
    }
}
