//! What happened to one contact, and when it became known.
//!
//! Two times belong to everything: `at`, when it happened, and `known_at`, when we learned of it. A question "as of"
//! a moment is answered from what was known then, so that a score can be repeated and a model cannot be trained on what
//! nobody knew.
//!
//! ```
//! use leads::timeline::{Entry, Happening, Timeline, What};
//!
//! let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
//! let view = Happening {
//!     at: at("2026-03-02T10:00:00Z"),
//!     what: What::ListingView { listing: "mls-7".into(), price: Some(480_000) },
//! };
//! let mut timeline = Timeline::default();
//! // The tracker told us two hours late.
//! timeline.add(Entry::told("view-1", at("2026-03-02T12:00:00Z"), view));
//! assert_eq!(timeline.as_of(at("2026-03-02T11:00:00Z")).len(), 0);
//! assert_eq!(timeline.as_of(at("2026-03-02T12:00:00Z")).len(), 1);
//! ```

#[cfg(test)]
mod tests;
mod what;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use what::{Answer, AppointmentStep, Direction, LeadSource, LeadSourceError, Sort, What};

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Happening {
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// One thing that we were told: that something happened, that it was otherwise, or that it never was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Names the happening within the contact, whatever is told of it later (`appointment:ve9EPM:booked`).
    pub id: String,
    /// When the source wrote this version; [`Entry::known_at`] where it does not say. The later one counts, in whatever
    /// order versions arrive.
    pub revised_at: Timestamp,
    /// When we learned of it.
    pub known_at: Timestamp,
    /// What is said to have happened; none when the source deleted it.
    pub happening: Option<Happening>,
}

impl Entry {
    /// That `happening` was, told at `known_at`.
    pub fn told(id: impl Into<String>, known_at: Timestamp, happening: Happening) -> Self {
        Self { id: id.into(), revised_at: known_at, known_at, happening: Some(happening) }
    }

    /// That the source deleted `id`, told at `known_at`.
    pub fn deleted(id: impl Into<String>, known_at: Timestamp) -> Self {
        Self { id: id.into(), revised_at: known_at, known_at, happening: None }
    }

    /// The same, as the source wrote it at `revised_at`.
    #[must_use]
    pub fn revised(self, revised_at: Timestamp) -> Self {
        Self { revised_at, ..self }
    }
}

/// Everything that we were told of one contact. The order in which entries are added does not matter, and an entry
/// that is told twice is there once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Timeline {
    /// Versions by the happening's name, ascending by what the source wrote last.
    versions: BTreeMap<String, Vec<Version>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    revised_at: Timestamp,
    known_at: Timestamp,
    happening: Option<Happening>,
}

/// What was known at a moment of what had happened until then, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View<'a> {
    as_of: Timestamp,
    happenings: Vec<&'a Happening>,
}

impl Timeline {
    /// Adds what we were told; whether it was new.
    pub fn add(&mut self, entry: Entry) -> bool {
        let Entry { id, revised_at, known_at, happening } = entry;
        let versions = self.versions.entry(id).or_default();
        let version = Version { revised_at, known_at, happening };
        match versions.binary_search(&version) {
            Ok(_) => false,
            Err(place) => {
                versions.insert(place, version);
                true
            }
        }
    }

    /// Everything that we were told, by happening.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.versions.iter().flat_map(|(id, versions)| {
            versions.iter().map(|version| Entry {
                id: id.clone(),
                revised_at: version.revised_at,
                known_at: version.known_at,
                happening: version.happening.clone(),
            })
        })
    }

    /// Whether we were told anything at all.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// What was known at `as_of` of what had happened until then.
    ///
    /// Of several versions the one that the source wrote last counts. What the source deleted is gone, also when
    /// another version arrives later: webhooks overtake each other, and a deletion is final. Two happenings that are
    /// equal in every respect, the instant included, are one that was told under two names.
    pub fn as_of(&self, as_of: Timestamp) -> View<'_> {
        self.view(as_of, as_of)
    }

    /// What is known at `known_at` of what had happened until `until`: for outcomes, which are looked up later.
    pub fn view(&self, known_at: Timestamp, until: Timestamp) -> View<'_> {
        let mut happenings: Vec<&Happening> = self
            .versions
            .values()
            .filter_map(|versions| current(versions, known_at))
            .filter(|happening| happening.at <= until)
            .collect();
        happenings.sort_unstable();
        happenings.dedup();
        View { as_of: until, happenings }
    }

    /// The moments at which we learned something, ascending, each once.
    pub fn learned_at(&self) -> Vec<Timestamp> {
        let mut moments: Vec<Timestamp> =
            self.versions.values().flatten().map(|version| version.known_at).collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// The version that counts at `known_at`; none when nothing is known yet, or it was deleted.
fn current(versions: &[Version], known_at: Timestamp) -> Option<&Happening> {
    let mut last = None;
    for version in versions.iter().filter(|version| version.known_at <= known_at) {
        last = Some(version.happening.as_ref()?);
    }
    last
}

impl<'a> View<'a> {
    /// The moment that the view ends at.
    pub fn until(&self) -> Timestamp {
        self.as_of
    }

    /// What happened, in order.
    pub fn happenings(&self) -> &[&'a Happening] {
        &self.happenings
    }

    /// How many things happened.
    pub fn len(&self) -> usize {
        self.happenings.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.happenings.is_empty()
    }

    /// The first thing that happened.
    pub fn first(&self) -> Option<&'a Happening> {
        self.happenings.first().copied()
    }
}

impl From<Vec<Entry>> for Timeline {
    fn from(entries: Vec<Entry>) -> Self {
        entries.into_iter().collect()
    }
}

impl From<Timeline> for Vec<Entry> {
    fn from(timeline: Timeline) -> Self {
        timeline.entries().collect()
    }
}

impl FromIterator<Entry> for Timeline {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut timeline = Self::default();
        for entry in entries {
            timeline.add(entry);
        }
        timeline
    }
}
