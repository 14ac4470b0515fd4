//! Sums of derivatives per bin.

use std::{
    ops::{Add, AddAssign, Sub},
    thread,
};

use super::columns::Columns;

/// First and second derivative of the loss, of one row or summed over rows, with the number of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub gradient: f64,
    pub hessian: f64,
    pub rows: u32,
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            gradient: self.gradient + other.gradient,
            hessian: self.hessian + other.hessian,
            rows: self.rows + other.rows,
        }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Sums {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows.saturating_sub(other.rows),
        }
    }
}

/// First and second derivative of the loss at one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Derivatives {
    pub gradient: f64,
    pub hessian: f64,
}

/// Where the bins of each column begin in a histogram.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    begins: Vec<usize>,
}

impl Layout {
    pub fn of(columns: &Columns<'_>) -> Self {
        let mut begins = vec![0];
        let mut end = 0;
        for feature in 0..columns.count() {
            end += columns.len(feature);
            begins.push(end);
        }
        Self { begins }
    }

    pub fn len(&self) -> usize {
        self.begins.last().copied().unwrap_or_default()
    }

    pub fn range(&self, feature: usize) -> std::ops::Range<usize> {
        self.begins[feature]..self.begins[feature + 1]
    }
}

/// Cells that are added up on one thread.
const PARALLEL_MIN: usize = 400_000;

/// Sums per bin of every column, over the rows of one node.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    pub cells: Vec<Sums>,
}

impl Histogram {
    pub fn zero(layout: &Layout) -> Self {
        Self { cells: vec![Sums::default(); layout.len()] }
    }

    /// Sums `derivatives`, those of `rows` in their order, for what is asked by `features`, which ascend, on up to `threads`
    /// threads.
    pub fn fill(
        &mut self,
        layout: &Layout,
        columns: &Columns<'_>,
        features: &[usize],
        rows: &[u32],
        derivatives: &[Derivatives],
        threads: usize,
    ) {
        let fill = |features: &[usize], cells: &mut [Sums], begin: usize| {
            for &feature in features {
                let range = layout.range(feature);
                fill(
                    &mut cells[range.start - begin..range.end - begin],
                    columns.bins(feature),
                    rows,
                    derivatives,
                );
            }
        };
        // Below that, starting threads takes longer than the work.
        if threads <= 1 || features.len() < 2 || rows.len() * features.len() < PARALLEL_MIN {
            return fill(features, &mut self.cells, 0);
        }
        thread::scope(|scope| {
            let (mut rest, mut begin) = (&mut self.cells[..], 0);
            for part in features.chunks(features.len().div_ceil(threads)) {
                let end = part.last().map_or(begin, |last| layout.range(*last).end);
                let (cells, behind) = std::mem::take(&mut rest).split_at_mut(end - begin);
                scope.spawn(move || fill(part, cells, begin));
                (rest, begin) = (behind, end);
            }
        });
    }

    /// Takes the sums of `part` away for the columns `features`: what is left is the sibling's.
    pub fn subtract(&mut self, layout: &Layout, features: &[usize], part: &Self) {
        for &feature in features {
            let range = layout.range(feature);
            for (cell, part) in self.cells[range.clone()].iter_mut().zip(&part.cells[range]) {
                *cell = *cell - *part;
            }
        }
    }

    /// The sums over all rows of the node, by column `feature`.
    pub fn of<'a>(&'a self, layout: &Layout, feature: usize) -> &'a [Sums] {
        &self.cells[layout.range(feature)]
    }
}

fn fill(cells: &mut [Sums], bins: &[u8], rows: &[u32], derivatives: &[Derivatives]) {
    cells.fill(Sums::default());
    for (row, at) in rows.iter().zip(derivatives) {
        let cell = &mut cells[bins[*row as usize] as usize];
        cell.gradient += at.gradient;
        cell.hessian += at.hessian;
        cell.rows += 1;
    }
}
