use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::MarketId;
use markets::Market;

use super::Side;
use crate::{learning::Kind, service::policy::Current};

/// Markets of which policies and models are kept ready in memory.
const MARKETS_MAX: usize = 500;

/// What of models is kept in memory: read and made ready once, asked again only when the database says that it changed.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<HashMap<MarketId, Kept>>>);

#[derive(Default)]
struct Kept {
    /// The database that it is from: a restored one may count its changes anew.
    generation: u32,
    policy: Option<(String, Current)>,
    sides: HashMap<Kind, (u64, Side)>,
}

impl Shelf {
    fn with<T>(&self, market: &Market, f: impl FnOnce(&mut Kept) -> T) -> T {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.len() >= MARKETS_MAX && !shelf.contains_key(&market.id()) {
            shelf.clear();
        }
        let kept = shelf.entry(market.id()).or_default();
        let generation = market.record().generation;
        if kept.generation != generation {
            *kept = Kept { generation, ..Kept::default() };
        }
        f(kept)
    }

    /// The policy that was made of `text`.
    pub(crate) fn policy(&self, market: &Market, text: &str) -> Option<Current> {
        self.with(market, |kept| {
            kept.policy.as_ref().filter(|(known, _)| known == text).map(|(_, current)| current.clone())
        })
    }

    pub(crate) fn keep_policy(&self, market: &Market, text: &str, current: &Current) {
        self.with(market, |kept| kept.policy = Some((text.to_owned(), current.clone())));
    }

    /// Those who answer `question`, as of a revision of the line-up.
    pub(super) fn side(&self, market: &Market, kind: Kind, question: &str, revision: u64) -> Option<Side> {
        self.with(market, |kept| {
            let (known, side) = kept.sides.get(&kind)?;
            (*known == revision && side.question == question).then(|| side.clone())
        })
    }

    pub(super) fn keep_side(&self, market: &Market, revision: u64, side: &Side) {
        self.with(market, |kept| kept.sides.insert(side.kind, (revision, side.clone())));
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Shelf")
    }
}
