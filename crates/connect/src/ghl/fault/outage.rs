use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

/// Locations that fail alike before it counts as an outage.
const LOCATIONS_MIN: usize = 3;
/// Failures and successes older than this are history.
const MEMORY: Duration = Duration::from_secs(5 * 60);

/// Watches whether the same fails for many: then it is GoHighLevel, not a location.
///
/// An outage of a family of operations begins when, within five minutes, three locations saw nothing but failures
/// there, and ends with the first success.
#[derive(Clone, Debug, Default)]
pub struct Outages {
    failing: BTreeMap<String, BTreeMap<String, Timestamp>>,
    out: BTreeSet<String>,
}

impl Outages {
    /// Tells that a request of `family` for `location` failed (for lack of an answer or with a failure of theirs) or
    /// succeeded. Says whether the family is out now.
    pub fn report(&mut self, family: &str, location: &str, failed: bool, now: Timestamp) -> bool {
        if !failed {
            self.out.remove(family);
            if let Some(locations) = self.failing.get_mut(family) {
                locations.remove(location);
            }
            return false;
        }
        let locations = self.failing.entry(family.to_owned()).or_default();
        locations.insert(location.to_owned(), now);
        let oldest = now.checked_sub(MEMORY).unwrap_or(Timestamp::MIN);
        locations.retain(|_, at| *at >= oldest);
        if locations.len() >= LOCATIONS_MIN {
            self.out.insert(family.to_owned());
        }
        self.out.contains(family)
    }

    /// Families that are out.
    pub fn out(&self) -> impl Iterator<Item = &str> {
        self.out.iter().map(String::as_str)
    }

    /// Whether a family is out.
    pub fn is_out(&self, family: &str) -> bool {
        self.out.contains(family)
    }
}
