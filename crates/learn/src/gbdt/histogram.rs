//! Sums of derivatives per bin.

use std::ops::{Add, AddAssign, Sub};

use super::binning::{Binner, Bins};

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
    pub fn of(binner: &Binner) -> Self {
        let mut begins = vec![0];
        let mut end = 0;
        for feature in &binner.features {
            end += feature.len();
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

/// Sums per bin of every column, over the rows of one node.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    pub cells: Vec<Sums>,
}

impl Histogram {
    pub fn zero(layout: &Layout) -> Self {
        Self { cells: vec![Sums::default(); layout.len()] }
    }

    /// Sums `derivatives` over `rows` for the columns `features`; `gathered` is scratch.
    pub fn fill(
        &mut self,
        layout: &Layout,
        bins: &Bins,
        features: &[usize],
        rows: &[u32],
        derivatives: &[Derivatives],
        gathered: &mut Vec<Derivatives>,
    ) {
        gathered.clear();
        gathered.extend(rows.iter().map(|row| derivatives[*row as usize]));
        for &feature in features {
            let cells = &mut self.cells[layout.range(feature)];
            cells.fill(Sums::default());
            let column = &bins.columns[feature];
            for (row, at) in rows.iter().zip(gathered.iter()) {
                let cell = &mut cells[column[*row as usize] as usize];
                cell.gradient += at.gradient;
                cell.hessian += at.hessian;
                cell.rows += 1;
            }
        }
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
