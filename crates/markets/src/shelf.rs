//! Open markets, the least recently used of which are closed when there are too many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::MarketId;

use crate::Market;

/// The open markets of this process.
pub(crate) struct Shelf {
    open_max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    clock: u64,
    open: HashMap<MarketId, Slot>,
    doors: HashMap<MarketId, Arc<tokio::sync::Mutex<()>>>,
}

struct Slot {
    market: Market,
    used: u64,
}

impl Shelf {
    pub fn new(open_max: usize) -> Self {
        Self { open_max, inner: Mutex::default() }
    }

    /// The open market, if it is of this generation.
    pub fn get(&self, id: MarketId, generation: u32) -> Option<Market> {
        let mut inner = self.lock();
        inner.clock += 1;
        let now = inner.clock;
        let slot = inner.open.get_mut(&id)?;
        if slot.market.record().generation != generation {
            return None;
        }
        slot.used = now;
        Some(slot.market.clone())
    }

    /// What to hold while opening a market, so that it is opened once.
    pub fn door(&self, id: MarketId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.lock().doors.entry(id).or_default())
    }

    /// Puts an open market on the shelf. What comes back has made room (or was an older generation of the same) and is
    /// to be closed: markets in use stay, even when there are too many.
    pub fn put(&self, market: Market) -> Vec<Market> {
        let mut inner = self.lock();
        inner.clock += 1;
        let (id, used) = (market.id(), inner.clock);
        let mut leaving: Vec<Market> =
            inner.open.insert(id, Slot { market, used }).map(|slot| slot.market).into_iter().collect();
        while inner.open.len() > self.open_max {
            // One handle is the shelf's own; more mean that somebody works in it.
            let idle = inner.open.iter().filter(|(other, slot)| **other != id && slot.market.handles() == 1);
            let Some(oldest) = idle.min_by_key(|(_, slot)| slot.used).map(|(id, _)| *id) else { break };
            leaving.extend(inner.open.remove(&oldest).map(|slot| slot.market));
        }
        // Doors that nobody stands at are not needed any more.
        inner.doors.retain(|_, door| Arc::strong_count(door) > 1);
        leaving
    }

    /// Takes a market off the shelf.
    pub fn remove(&self, id: MarketId) -> Option<Market> {
        self.lock().open.remove(&id).map(|slot| slot.market)
    }

    /// Takes all markets off the shelf.
    pub fn drain(&self) -> Vec<Market> {
        self.lock().open.drain().map(|(_, slot)| slot.market).collect()
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.lock().open.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
