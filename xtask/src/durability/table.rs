//! What came of the runs with one kind of fault.

use std::collections::BTreeSet;

use super::writer::Found;

/// The runs with one kind of fault.
#[derive(Default)]
pub struct Row {
    /// What it stood on: SQLite, PostgreSQL.
    pub ground: &'static str,
    /// What was done to it.
    pub fault: String,
    /// Whether every place was tried, or a sample.
    pub is_sampled: bool,
    /// Runs.
    pub runs: u64,
    /// Runs in which the fault hit.
    pub hits: u64,
    /// Operations acknowledged, all runs together.
    pub acknowledged: u64,
    /// Operations that the client was told had failed, or was told nothing of.
    pub refused: u64,
    /// Acknowledged and not there.
    lost: Vec<String>,
    /// There by half, twice, or a chain that does not verify.
    broken: Vec<String>,
    /// Could not be done once there was no fault any more.
    stuck: Vec<String>,
}

impl Row {
    /// A row without runs.
    pub fn new(ground: &'static str, fault: impl Into<String>) -> Self {
        Self { ground, fault: fault.into(), ..Self::default() }
    }

    /// Counts one run: what was acknowledged under the fault, what was there after it, and what was there after every
    /// operation had been sent again.
    pub fn count(
        &mut self,
        place: &str,
        all: u64,
        hit: bool,
        acknowledged: &BTreeSet<u64>,
        after: &Found,
        finished: &Found,
    ) {
        self.runs += 1;
        self.hits += u64::from(hit);
        self.acknowledged += acknowledged.len() as u64;
        self.refused += all - acknowledged.len() as u64;
        let say = |list: &mut Vec<String>, what: String| {
            list.push(format!("{} {}, {place}: {what}", self.ground, self.fault))
        };
        for lost in acknowledged.difference(&after.present) {
            say(&mut self.lost, format!("{lost} was acknowledged and is not there"));
        }
        for broken in after.broken.iter().chain(&finished.broken) {
            say(&mut self.broken, broken.clone());
        }
        for absent in (0..all).filter(|operation| !finished.present.contains(operation)) {
            say(&mut self.stuck, format!("{absent} could not be done afterwards"));
        }
    }

    /// Notes something that must not be, found after all runs.
    pub fn complain(&mut self, what: String) {
        self.broken.push(format!("{}: {what}", self.ground));
    }

    /// The heads of [`Row::cells`].
    pub const HEADS: [&'static str; 9] = [
        "on",
        "fault",
        "runs",
        "hit",
        "acknowledged",
        "refused or unanswered",
        "lost",
        "by half, twice or chain broken",
        "not done when sent again",
    ];

    /// The row as text.
    pub fn cells(&self) -> Vec<String> {
        let runs = if self.is_sampled { format!("{} (sampled)", self.runs) } else { self.runs.to_string() };
        let counts = [
            self.hits,
            self.acknowledged,
            self.refused,
            self.lost.len() as u64,
            self.broken.len() as u64,
            self.stuck.len() as u64,
        ];
        let mut cells = vec![self.ground.to_owned(), self.fault.clone(), runs];
        cells.extend(counts.map(|count| count.to_string()));
        cells
    }

    /// Everything that must not be, and a campaign that did not hit or acknowledge anything.
    pub fn complaints(rows: &[Self]) -> Vec<String> {
        let mut complaints = Vec::new();
        for row in rows {
            for list in [&row.lost, &row.broken, &row.stuck] {
                complaints.extend(list.iter().take(5).cloned());
            }
            if row.hits == 0 || row.acknowledged == 0 {
                complaints.push(format!(
                    "{} {}: {} hits, {} acknowledged",
                    row.ground, row.fault, row.hits, row.acknowledged
                ));
            }
        }
        complaints
    }
}
