use std::collections::{HashMap, HashSet};

use kernel::PersonId;
use store::{Session, StoreError, Tx};

use crate::{
    band::{self, Band, Capacity, Ranked, Standing},
    records::ranking,
};

/// What became of the open leads when they were ranked.
#[derive(Default)]
pub(super) struct Ranking {
    /// The bands of those that were asked for, and of those with a place.
    pub bands: HashMap<PersonId, Band>,
    /// Those that have another band than before.
    pub changed: HashSet<PersonId>,
}

/// Ranks all open leads again after those of `scored` got new chances, and keeps the bands.
///
/// Only those that can have a place are looked at: as many as there are places by chance alone, and those that have a place.
/// Whoever is in neither has fewer rivals below than places above, also when each that has a place is given its head
/// start, so that the answer is that of [`band::assign`] over all leads.
pub(super) async fn rank(
    tx: &mut Tx,
    capacity: &Capacity,
    scored: &[PersonId],
) -> Result<Ranking, StoreError> {
    let mut candidates: HashMap<PersonId, Ranked> = HashMap::new();
    let first = ranking::first(tx, capacity.planned()).await?;
    for standing in first.into_iter().chain(ranking::placed(tx).await?) {
        candidates.entry(standing.contact).or_insert_with(|| Ranked {
            lead: standing.contact.to_string(),
            margin: standing.margin,
            previous: standing.band,
        });
    }
    let mut candidates: Vec<(PersonId, Ranked)> = candidates.into_iter().collect();
    // Rows are locked in one order, whoever ranks.
    candidates.sort_unstable_by_key(|(contact, _)| *contact);
    let leads: Vec<Ranked> = candidates.iter().map(|(_, ranked)| ranked.clone()).collect();
    let mut made = Ranking::default();
    for ((contact, ranked), standing) in candidates.iter().zip(band::assign(&leads, capacity)) {
        if ranked.previous != Some(standing.band) && ranking::put(tx, *contact, standing.band).await? {
            made.changed.insert(*contact);
        }
        made.bands.insert(*contact, standing.band);
    }
    for contact in scored {
        if !made.bands.contains_key(contact) {
            if ranking::put(tx, *contact, Band::Cold).await? {
                made.changed.insert(*contact);
            }
            made.bands.insert(*contact, Band::Cold);
        }
    }
    Ok(made)
}

/// Whether fewer leads have a place than there are places for: somebody who had one is won or lost.
pub(super) async fn has_room<'a>(
    on: impl Into<Session<'a>>,
    capacity: &Capacity,
) -> Result<bool, StoreError> {
    let mut on = on.into();
    let (hot, warm) = ranking::places(again(&mut on)).await?;
    let full = hot == capacity.today() && hot + warm == capacity.planned();
    if full {
        return Ok(false);
    }
    let of = ranking::open(on).await?;
    Ok(hot < capacity.today().min(of) || hot + warm < capacity.planned().min(of))
}

/// The places of leads with these log-odds among the open ones, from 1, and how many of those there are; equal chances
/// share a place.
pub(super) async fn ranks<'a>(
    on: impl Into<Session<'a>>,
    margins: &[f64],
) -> Result<(Vec<usize>, usize), StoreError> {
    let mut on = on.into();
    let of = ranking::open(again(&mut on)).await?;
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_unstable_by(|one, other| margins[*other].total_cmp(&margins[*one]));
    let mut ranks = vec![1; margins.len()];
    let (mut above, mut last) = (0, None);
    for at in order {
        let margin = margins[at];
        if last != Some(margin) {
            // Each step counts only what lies between, so that all steps together count every lead once.
            above += ranking::between(again(&mut on), margin, last).await?;
            last = Some(margin);
        }
        ranks[at] = above + 1;
    }
    Ok((ranks, of))
}

/// The same place to ask once more.
fn again<'a>(on: &'a mut Session<'_>) -> Session<'a> {
    match on {
        Session::Db(db) => Session::Db(db),
        Session::Tx(tx) => Session::Tx(tx),
    }
}

/// Where a lead of this band and place stands among `of`.
pub(super) fn standing(band: Band, rank: usize, of: usize, capacity: &Capacity) -> Standing {
    let (hot, planned) = (capacity.today().min(of), capacity.planned().min(of));
    let (places, last) = match band {
        Band::Hot => (hot, hot),
        Band::Warm => (planned - hot, planned),
        Band::Cold => (of - planned, of),
    };
    Standing { band, rank, of, places, kept: rank > last }
}
