//! The best question to ask the rows of one node.

use super::{Parameters, binning::MISSING_BIN, columns::Order, histogram::Sums};

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BinSet([u64; 4]);

impl BinSet {
    pub fn insert(&mut self, bin: u8) {
        self.0[bin as usize / 64] |= 1 << (bin % 64);
    }

    pub fn contains(&self, bin: u8) -> bool {
        self.0[bin as usize / 64] >> (bin % 64) & 1 == 1
    }

    fn of_all(bins: impl Iterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bins.for_each(|bin| set.insert(bin));
        set
    }
}

/// Which bins go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BinTest {
    /// Bins up to this one, that of missing values apart.
    UpTo(u8),
    /// The bins in the set, that of missing values apart.
    In(BinSet),
}

impl BinTest {
    pub fn passes(&self, bin: u8, missing_left: bool) -> bool {
        if bin == MISSING_BIN {
            return missing_left;
        }
        match self {
            Self::UpTo(last) => bin <= *last,
            Self::In(set) => set.contains(bin),
        }
    }
}

/// A question, and what it gains.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Split {
    pub feature: usize,
    pub test: BinTest,
    pub missing_left: bool,
    pub gain: f64,
    pub left: Sums,
    pub right: Sums,
    /// The penalty on squared values in both children.
    pub l2: f64,
}

/// The value of a leaf with these sums, before the learning rate.
pub(super) fn leaf_value(sums: Sums, l2: f64) -> f64 {
    if sums.rows == 0 { 0.0 } else { -sums.gradient / (sums.hessian + l2) }
}

/// How much a node of these sums lowers the loss, doubled.
fn gain(sums: Sums, l2: f64) -> f64 {
    sums.gradient * sums.gradient / (sums.hessian + l2)
}

/// Looks for the best question to one node.
pub(super) struct Search<'a> {
    parameters: &'a Parameters,
    total: Sums,
    best: Option<Split>,
    /// Gain of leaving the node as it is, and what must be gained beyond it.
    bar: f64,
}

impl<'a> Search<'a> {
    pub fn new(parameters: &'a Parameters, total: Sums) -> Self {
        let bar = gain(total, parameters.l2) + parameters.gain_min.max(1e-10);
        Self { parameters, total, best: None, bar }
    }

    pub fn best(self) -> Option<Split> {
        self.best
    }

    /// Tries the questions to one column.
    pub fn column(&mut self, feature: usize, order: Order, cells: &[Sums]) {
        match order {
            Order::Number => self.number(feature, cells),
            Order::Category(bins) => self.category(feature, &cells[..bins]),
        }
    }

    fn is_too_small(&self, sums: Sums) -> bool {
        sums.rows < self.parameters.leaf_rows_min.max(1) || sums.hessian < self.parameters.leaf_hessian_min
    }

    /// Keeps the question when it is better than the best so far; ties go to the one that came first.
    fn offer(&mut self, feature: usize, left: Sums, l2: f64, test: impl FnOnce() -> (BinTest, bool)) {
        let right = self.total - left;
        if self.is_too_small(left) || self.is_too_small(right) {
            return;
        }
        let gain = gain(left, l2) + gain(right, l2) - self.bar;
        if gain > self.best.as_ref().map_or(0.0, |best| best.gain) {
            let (test, missing_left) = test();
            self.best = Some(Split { feature, test, missing_left, gain, left, right, l2 });
        }
    }

    fn number(&mut self, feature: usize, cells: &[Sums]) {
        let missing = cells[MISSING_BIN as usize];
        let l2 = self.parameters.l2;
        let mut below = Sums::default();
        for (bin, cell) in cells.iter().enumerate().skip(1) {
            below += *cell;
            if cell.rows == 0 {
                continue;
            }
            let test = BinTest::UpTo(bin as u8);
            if missing.rows == 0 {
                // Nobody knows where missing values belong: with the many.
                let left_is_larger = 2 * below.rows >= self.total.rows;
                self.offer(feature, below, l2, || (test, left_is_larger));
            } else {
                self.offer(feature, below, l2, || (test, false));
                self.offer(feature, below + missing, l2, || (test, true));
            }
        }
    }

    fn category(&mut self, feature: usize, cells: &[Sums]) {
        let categories = &self.parameters.categories;
        let present = cells.iter().filter(|cell| cell.rows > 0).count();
        if present <= categories.alone_max {
            for (bin, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.rows > 0) {
                let test = BinTest::In(BinSet::of_all(std::iter::once(bin as u8)));
                let missing_left = self.missing_goes_left(bin as u8 == MISSING_BIN, cells, *cell);
                self.offer(feature, *cell, self.parameters.l2, || (test, missing_left));
            }
            return;
        }
        let mut order: Vec<u8> = (0..cells.len())
            .filter(|bin| cells[*bin].rows > 0 && f64::from(cells[*bin].rows) >= categories.smoothing)
            .map(|bin| bin as u8)
            .collect();
        let mean = |bin: u8| {
            let cell = cells[bin as usize];
            cell.gradient / (cell.hessian + categories.smoothing)
        };
        order.sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
        self.grouped(feature, cells, &order);
        order.reverse();
        self.grouped(feature, cells, &order);
    }

    /// Tries the groups that begin with the first of `order`.
    fn grouped(&mut self, feature: usize, cells: &[Sums], order: &[u8]) {
        let categories = self.parameters.categories.clone();
        let l2 = self.parameters.l2 + categories.l2;
        let most = categories.group_levels_max.min(order.len().div_ceil(2));
        let mut group = Sums::default();
        let mut added = 0;
        for (at, bin) in order.iter().enumerate().take(most) {
            let cell = cells[*bin as usize];
            group += cell;
            added += cell.rows;
            let rest = self.total - group;
            if rest.rows < categories.group_rows_min || self.is_too_small(rest) {
                break;
            }
            if added < categories.group_rows_min || self.is_too_small(group) {
                continue;
            }
            added = 0;
            let chosen = BinSet::of_all(order[..=at].iter().copied());
            let missing_left = self.missing_goes_left(chosen.contains(MISSING_BIN), cells, group);
            self.offer(feature, group, l2, || (BinTest::In(chosen), missing_left));
        }
    }

    /// Where a missing level goes: with the group it was counted in, or, when there was none, with the many.
    fn missing_goes_left(&self, is_in_group: bool, cells: &[Sums], group: Sums) -> bool {
        if cells[MISSING_BIN as usize].rows > 0 { is_in_group } else { 2 * group.rows >= self.total.rows }
    }
}
