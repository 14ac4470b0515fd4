use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The share to which something has happened, by the time waited: Kaplan's and Meier's estimate (JASA 53, 1958), in
/// which rows that are still open count for as long as they were watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    steps: Vec<Step>,
    rows: usize,
}

/// The curve after one wait at which something happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The wait.
    pub wait: SignedDuration,
    /// The share to which it has happened by then, 0-1.
    pub happened: f64,
    /// Standard error of the share (Greenwood's formula).
    pub error: f64,
    /// Rows that were watched up to then.
    pub watched: usize,
}

impl Waiting {
    /// The curve of `waits`: each how long a row was watched, and whether it then happened.
    pub fn of(waits: impl IntoIterator<Item = (SignedDuration, bool)>) -> Self {
        let mut waits: Vec<(SignedDuration, bool)> = waits.into_iter().collect();
        waits.sort_unstable();
        let rows = waits.len();
        let (mut steps, mut open, mut greenwood) = (Vec::new(), 1.0, 0.0);
        let mut before = 0;
        for wait in waits.chunk_by(|one, other| one.0 == other.0) {
            let watched = rows - before;
            let events = wait.iter().filter(|(_, happened)| *happened).count();
            before += wait.len();
            if events == 0 {
                continue;
            }
            let (at_risk, events) = (watched as f64, events as f64);
            open *= 1.0 - events / at_risk;
            if at_risk > events {
                greenwood += events / (at_risk * (at_risk - events));
            }
            let error = open * greenwood.sqrt();
            steps.push(Step { wait: wait[0].0, happened: 1.0 - open, error, watched });
        }
        Self { steps, rows }
    }

    /// The share to which it has happened after `wait`.
    pub fn happened_by(&self, wait: SignedDuration) -> f64 {
        let steps = self.steps.partition_point(|step| step.wait <= wait);
        steps.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(0.0, |step| step.happened)
    }

    /// The wait after which it has happened to `share` of all; none when that was never seen.
    pub fn until(&self, share: f64) -> Option<SignedDuration> {
        self.steps.iter().find(|step| step.happened >= share).map(|step| step.wait)
    }

    /// The curve, ascending.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Rows that it rests on.
    pub fn rows(&self) -> usize {
        self.rows
    }
}
