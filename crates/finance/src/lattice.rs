use std::collections::BTreeMap;

/// Mass cut from either end of a window after each convolution. Even ten thousand cuts stay at the
/// rounding error of the additions themselves, and windows shrink from the whole range of a sum to the
/// about eighteen standard deviations that carry its mass.
const TRIM_MASS: f64 = 1e-18;

/// The integer lattice that amounts are counted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Minor units per lattice step.
    pub step: u64,
    /// Each amount in steps, in the order given.
    pub units: Vec<usize>,
    /// How far a sum of steps may be from the sum of the amounts, in minor units; 0 when exact.
    pub error_bound: u64,
}

impl Grid {
    /// The greatest lattice that holds all amounts exactly, or, when their sum spans more than
    /// `points_max` of its steps, the finest one that does not, each amount rounded to it.
    /// `None` when the sum of the amounts overflows.
    pub fn of(amounts: &[u64], points_max: usize) -> Option<Self> {
        let total = amounts.iter().try_fold(0_u64, |sum, amount| sum.checked_add(*amount))?;
        let common = amounts.iter().copied().fold(0, greatest_common_divisor).max(1);
        let coarsening = (total / common).div_ceil(points_max.max(1) as u64).max(1);
        let step = common * coarsening;
        let (mut above, mut below) = (0_u64, 0_u64);
        let units = amounts
            .iter()
            .map(|amount| {
                let (quotient, rest) = (amount / step, amount % step);
                if rest > step / 2 {
                    above += step - rest;
                    quotient as usize + 1
                } else {
                    below += rest;
                    quotient as usize
                }
            })
            .collect();
        Some(Self { step, units, error_bound: above.max(below) })
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The part of a probability mass function that carries mass: `mass[i]` belongs to `first + i`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    pub first: usize,
    pub mass: Vec<f64>,
}

impl Window {
    /// All mass at zero.
    pub fn zero() -> Self {
        Self { first: 0, mass: vec![1.0] }
    }

    /// Adds an independent variable that is 1 with chance `p` and else 0.
    pub fn add_one_with(&mut self, p: f64) {
        if p <= 0.0 {
            return;
        }
        if p >= 1.0 {
            self.first += 1;
            return;
        }
        let stay = 1.0 - p;
        let mut carried = 0.0;
        for mass in &mut self.mass {
            let here = *mass;
            *mass = here * stay + carried;
            carried = here * p;
        }
        self.mass.push(carried);
        self.trim();
    }

    /// Adds an independent variable that is `stride` times a count.
    pub fn add_multiple(&mut self, stride: usize, count: &Self) {
        self.first += stride * count.first;
        if stride == 0 || count.mass.len() == 1 {
            return;
        }
        let mut sum = vec![0.0; self.mass.len() + stride * (count.mass.len() - 1)];
        for (times, chance) in count.mass.iter().enumerate() {
            let shifted = &mut sum[times * stride..];
            for (cell, mass) in shifted.iter_mut().zip(&self.mass) {
                *cell += chance * mass;
            }
        }
        self.mass = sum;
        self.trim();
    }

    fn trim(&mut self) {
        let light = |masses: &mut dyn Iterator<Item = &f64>| {
            let mut cut = 0.0;
            masses
                .take_while(|mass| {
                    cut += **mass;
                    cut < TRIM_MASS
                })
                .count()
        };
        let tail = light(&mut self.mass.iter().rev());
        self.mass.truncate(self.mass.len() - tail);
        let head = light(&mut self.mass.iter());
        if head > 0 {
            self.mass.drain(..head);
            self.first += head;
        }
    }
}

/// Counts of successes by size, grown one variable at a time: equal sizes share one cheap window, and
/// only the few distinct sizes are convolved on the lattice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(BTreeMap<usize, Window>);

impl Counts {
    pub fn add(&mut self, units: usize, p: f64) {
        self.0.entry(units).or_insert_with(Window::zero).add_one_with(p);
    }

    /// The distribution of the sum of everything added so far.
    pub fn sum(&self) -> Window {
        let mut sum = Window::zero();
        for (units, count) in &self.0 {
            sum.add_multiple(*units, count);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_is_as_coarse_as_the_amounts_allow() {
        let grid = Grid::of(&[37_500, 11_250, 6_250, 0], 1000).expect("no overflow");
        assert_eq!(grid, Grid { step: 1250, units: vec![30, 9, 5, 0], error_bound: 0 });
    }

    #[test]
    fn a_lattice_that_is_too_large_is_coarsened_and_says_by_how_much() {
        let amounts = [999_983, 1_000_003];
        let grid = Grid::of(&amounts, 100).expect("no overflow");
        assert_eq!(grid.step, 20_000);
        assert_eq!(grid.units, [50, 50]);
        assert_eq!(grid.error_bound, 17);
    }

    #[test]
    fn sums_beyond_the_integers_are_refused() {
        assert_eq!(Grid::of(&[u64::MAX, 1], 10), None);
    }

    #[test]
    fn light_ends_are_cut_and_heavy_ones_kept() {
        let mut window = Window { first: 3, mass: vec![1e-19, 1e-20, 0.5, 0.5, 1e-17, 1e-19] };
        window.trim();
        assert_eq!(window, Window { first: 5, mass: vec![0.5, 0.5, 1e-17] });
    }
}
