use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use learn::compare::Counts;

use crate::timeline::LeadSource;

/// What two said of one lead at one moment, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContestRow {
    /// Of whom, as an identifier without meaning.
    pub contact: String,
    /// When.
    pub at: Timestamp,
    /// How the contact came.
    pub source: Option<LeadSource>,
    /// What the incumbent said, 0 to 1.
    pub incumbent: f64,
    /// What the challenger said, 0 to 1.
    pub challenger: f64,
    /// Whether it came about.
    pub reached: bool,
}

/// Everything that two said of the same leads at the same moments, as far as the end is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contest {
    pub(super) rows: Vec<ContestRow>,
    /// The contact of each row, as a number.
    pub(super) clusters: Vec<u32>,
}

impl Contest {
    /// The contest of `rows`, of which those of one contact nearer together than `gap` count once: the first.
    pub fn of(mut rows: Vec<ContestRow>, gap: SignedDuration) -> Self {
        rows.sort_by(|one, other| (one.at, &one.contact).cmp(&(other.at, &other.contact)));
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        rows.retain(|row| {
            let far = last
                .get(&row.contact)
                .is_none_or(|last| row.at > *last && row.at.duration_since(*last) >= gap);
            if far {
                last.insert(row.contact.clone(), row.at);
            }
            far
        });
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        let clusters = rows
            .iter()
            .map(|row| {
                let next = names.len() as u32;
                *names.entry(&row.contact).or_insert(next)
            })
            .collect();
        Self { rows, clusters }
    }

    /// The rows, by time.
    pub fn rows(&self) -> &[ContestRow] {
        &self.rows
    }

    /// Whom only one of the two would have called, a day at a time, with `calls` calls a day: leads of each and those
    /// of them that reached the goal. A contact counts once, on the first such day, so that counts are of people.
    ///
    /// The incumbent's picks were in fact called first. That can only speak against a challenger: one that does as
    /// well all the same is not worse.
    pub(super) fn called_by_one(&self, calls: usize) -> (Counts, Counts) {
        let mut days: BTreeMap<i64, Vec<&ContestRow>> = BTreeMap::new();
        for row in &self.rows {
            days.entry(row.at.as_second().div_euclid(86_400)).or_default().push(row);
        }
        let (mut incumbent, mut challenger) = (Counts::default(), Counts::default());
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for rows in days.values().filter(|rows| rows.len() > calls) {
            let top = |score: fn(&ContestRow) -> f64| -> BTreeSet<&str> {
                let mut ranked: Vec<&&ContestRow> = rows.iter().collect();
                ranked.sort_by(|one, other| {
                    score(other).total_cmp(&score(one)).then_with(|| one.contact.cmp(&other.contact))
                });
                ranked.into_iter().take(calls).map(|row| row.contact.as_str()).collect()
            };
            let (by_incumbent, by_challenger) = (top(|row| row.incumbent), top(|row| row.challenger));
            for row in rows {
                let name = row.contact.as_str();
                let counts = match (by_incumbent.contains(name), by_challenger.contains(name)) {
                    (true, false) => &mut incumbent,
                    (false, true) => &mut challenger,
                    _ => continue,
                };
                if seen.insert(name) {
                    counts.rows += 1;
                    counts.positives += u64::from(row.reached);
                }
            }
        }
        (incumbent, challenger)
    }
}
