use std::collections::VecDeque;

use super::{Detector, DriftError, Signal, finite};

/// A window over the stream that grows while nothing changes and drops its old part when the old and the new differ.
///
/// A. Bifet and R. Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007 (ADWIN2). The
/// window is kept as buckets of 1, 2, 4, ... numbers, so that n numbers take memory for about log n. Numbers should
/// be of the order of 1: the bound is made for values in 0-1.
///
/// After drift the window that is left can still be read; the next number begins a new one.
#[derive(Clone, Debug)]
pub struct Adwin {
    options: AdwinOptions,
    /// By size: row i holds buckets of 2^i numbers, oldest first.
    rows: Vec<VecDeque<Bucket>>,
    width: f64,
    total: f64,
    /// Sum of squared distances from the mean.
    variance: f64,
    updates: u64,
    drifted: bool,
}

/// How an [`Adwin`] watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdwinOptions {
    /// The chance of a false alarm that each check may have (0.002).
    pub delta: f64,
    /// Numbers between two checks (32).
    pub clock: u64,
    /// Buckets of one size that are kept before two are merged (5).
    pub buckets_max: usize,
    /// Numbers that each part of the window needs for a comparison (5).
    pub part_min: u32,
    /// Numbers before the first check (10).
    pub grace: u64,
}

impl Default for AdwinOptions {
    fn default() -> Self {
        Self { delta: 0.002, clock: 32, buckets_max: 5, part_min: 5, grace: 10 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    total: f64,
    variance: f64,
}

impl Default for Adwin {
    fn default() -> Self {
        Self::begin(AdwinOptions::default())
    }
}

impl Adwin {
    /// A detector with `options`.
    ///
    /// # Errors
    /// When `delta` is not inside 0-1, or a count is 0.
    pub fn new(options: AdwinOptions) -> Result<Self, DriftError> {
        let AdwinOptions { delta, clock, buckets_max, part_min, .. } = options;
        let refused = |name, value| Err(DriftError::Option { name, value });
        match () {
            () if !(delta > 0.0 && delta < 1.0) => refused("delta", delta),
            () if clock == 0 => refused("clock", 0.0),
            () if buckets_max == 0 => refused("buckets_max", 0.0),
            () if part_min == 0 => refused("part_min", 0.0),
            () => Ok(Self::begin(options)),
        }
    }

    fn begin(options: AdwinOptions) -> Self {
        Self {
            options,
            rows: vec![VecDeque::new()],
            width: 0.0,
            total: 0.0,
            variance: 0.0,
            updates: 0,
            drifted: false,
        }
    }

    /// Numbers in the window.
    pub fn width(&self) -> u64 {
        self.width as u64
    }

    /// Mean of the window; 0 when it is empty.
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 { self.total / self.width } else { 0.0 }
    }

    /// Sum of the window.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Sum of the squared distances of the window's numbers from their mean.
    pub fn squares(&self) -> f64 {
        self.variance
    }

    fn insert(&mut self, value: f64) {
        self.rows[0].push_back(Bucket { total: value, variance: 0.0 });
        if self.width > 0.0 {
            let distance = value - self.total / self.width;
            self.variance += self.width * distance * distance / (self.width + 1.0);
        }
        self.width += 1.0;
        self.total += value;
        self.compress();
    }

    /// Merges the two oldest buckets of each size that has too many.
    fn compress(&mut self) {
        let mut row = 0;
        while row < self.rows.len() && self.rows[row].len() > self.options.buckets_max {
            if row + 1 == self.rows.len() {
                self.rows.push(VecDeque::new());
            }
            let (Some(one), Some(other)) = (self.rows[row].pop_front(), self.rows[row].pop_front()) else {
                break;
            };
            let size = size(row);
            let apart = one.total / size - other.total / size;
            let between = size * size * apart * apart / (2.0 * size);
            let merged =
                Bucket { total: one.total + other.total, variance: one.variance + other.variance + between };
            self.rows[row + 1].push_back(merged);
            row += 1;
        }
    }

    /// Drops old buckets while any cut through the window shows two different means; whether it dropped one.
    fn detect(&mut self) -> bool {
        let mut changed = false;
        while self.has_cut() {
            changed = true;
            self.drop_oldest();
        }
        changed
    }

    fn has_cut(&self) -> bool {
        let part_min = f64::from(self.options.part_min);
        let (mut old, mut old_total) = (0.0, 0.0);
        for (row, buckets) in self.rows.iter().enumerate().rev() {
            for bucket in buckets {
                old += size(row);
                old_total += bucket.total;
                let new = self.width - old;
                if new < 1.0 {
                    return false;
                }
                let apart = old_total / old - (self.total - old_total) / new;
                if old >= part_min && new >= part_min && apart.abs() > self.bound(old, new) {
                    return true;
                }
            }
        }
        false
    }

    /// How far the means of two parts may lie apart by chance.
    fn bound(&self, old: f64, new: f64) -> f64 {
        let part_min = f64::from(self.options.part_min);
        let confidence = libm::log(2.0 * libm::log(self.width) / self.options.delta);
        let inverse = 1.0 / (old - part_min + 1.0) + 1.0 / (new - part_min + 1.0);
        let variance = (self.variance / self.width).max(0.0);
        (2.0 * inverse * variance * confidence).sqrt() + 2.0 / 3.0 * confidence * inverse
    }

    fn drop_oldest(&mut self) {
        let row = self.rows.len() - 1;
        let size = size(row);
        if let Some(bucket) = self.rows[row].pop_front() {
            self.width -= size;
            self.total -= bucket.total;
            let apart = bucket.total / size - self.total / self.width;
            self.variance -= bucket.variance + size * self.width * apart * apart / (size + self.width);
        }
        if self.rows[row].is_empty() && row > 0 {
            self.rows.pop();
        }
    }
}

/// Numbers in a bucket of row `row`.
fn size(row: usize) -> f64 {
    libm::ldexp(1.0, row as i32)
}

impl Detector for Adwin {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = finite(value)?;
        if self.drifted {
            *self = Self::begin(self.options);
        }
        self.insert(value);
        self.updates += 1;
        let due = self.updates.is_multiple_of(self.options.clock) && self.width > self.options.grace as f64;
        self.drifted = due && self.detect();
        Ok(if self.drifted { Signal::Drift } else { Signal::Stable })
    }
}
