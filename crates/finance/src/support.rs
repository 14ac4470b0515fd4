use crate::{
    distribution::TwoPoint,
    lattice::{Counts, Grid, Window},
};

/// Most variables whose every outcome is listed where no lattice holds their amounts: 65 536 outcomes.
const LISTED_MAX: usize = 16;

/// The same for correlated sums, which are computed once per node of the quadrature.
const LISTED_MAX_CORRELATED: usize = 12;

/// What the cells of a [`Window`] over a sum stand for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Support {
    /// Multiples of a step.
    Lattice(Grid),
    /// Outcomes: bit i of a cell's index says whether variable i comes.
    Listed {
        /// The amounts, in the order given.
        amounts: Vec<u64>,
    },
}

impl Support {
    /// An exact support wherever one is small enough, else a lattice of at most `points_max` steps with its bound.
    /// `None` when the sum of the amounts overflows.
    pub fn of(variables: &[TwoPoint], points_max: usize, correlated: bool) -> Option<Self> {
        let amounts: Vec<u64> = variables.iter().map(|variable| variable.amount).collect();
        let grid = Grid::of(&amounts, points_max)?;
        let listed_max = if correlated { LISTED_MAX_CORRELATED } else { LISTED_MAX };
        Some(if grid.error_bound > 0 && amounts.len() <= listed_max {
            Self::Listed { amounts }
        } else {
            Self::Lattice(grid)
        })
    }

    /// How far any value may be from the truth; 0 when exact.
    pub fn error_bound(&self) -> u64 {
        match self {
            Self::Lattice(grid) => grid.error_bound,
            Self::Listed { .. } => 0,
        }
    }

    /// Per stage, the distribution of the sum up to its end, for independent variables with `probabilities`.
    pub fn windows(&self, lengths: &[usize], probabilities: &[f64]) -> Vec<Window> {
        match self {
            Self::Lattice(grid) => {
                let mut counts = Counts::default();
                let mut variables = grid.units.iter().zip(probabilities);
                let mut stage = |length: &usize| {
                    for (units, p) in variables.by_ref().take(*length) {
                        counts.add(*units, *p);
                    }
                    counts.sum()
                };
                lengths.iter().map(&mut stage).collect()
            }
            Self::Listed { .. } => {
                let mut mass = vec![1.0];
                let mut variables = probabilities.iter();
                let mut stage = |length: &usize| {
                    for p in variables.by_ref().take(*length) {
                        let comes: Vec<f64> = mass.iter().map(|mass| mass * p).collect();
                        mass.iter_mut().for_each(|mass| *mass *= 1.0 - p);
                        mass.extend(comes);
                    }
                    Window { first: 0, mass: mass.clone() }
                };
                lengths.iter().map(&mut stage).collect()
            }
        }
    }

    /// The values that a window's cells stand for, ascending, each once, with their mass.
    pub fn place(&self, window: Window) -> (Values, Vec<f64>) {
        match self {
            Self::Lattice(grid) => {
                (Values::Even { first: window.first as u64 * grid.step, step: grid.step }, window.mass)
            }
            Self::Listed { amounts } => {
                let mut sums = vec![0_u64];
                for amount in amounts {
                    if sums.len() >= window.mass.len() {
                        break;
                    }
                    sums.extend_from_within(..);
                    let half = sums.len() / 2;
                    sums[half..].iter_mut().for_each(|sum| *sum += amount);
                }
                let mut outcomes: Vec<(u64, f64)> = sums.into_iter().zip(window.mass).collect();
                outcomes.sort_by_key(|(value, _)| *value);
                let (mut values, mut masses) = (Vec::new(), Vec::new());
                for same in outcomes.chunk_by(|one, two| one.0 == two.0) {
                    values.push(same[0].0);
                    masses.push(same.iter().map(|(_, mass)| mass).sum());
                }
                (Values::Listed(values), masses)
            }
        }
    }
}

/// The values of a distribution, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// `first`, `first + step`, ...
    Even { first: u64, step: u64 },
    /// These.
    Listed(Vec<u64>),
}

impl Values {
    /// The value at `index`.
    pub fn at(&self, index: usize) -> u64 {
        match self {
            Self::Even { first, step } => first + index as u64 * step,
            Self::Listed(values) => values[index],
        }
    }

    /// The first index whose value reaches `goal`; beyond the last when none does.
    pub fn reaching(&self, goal: u64) -> usize {
        match self {
            Self::Even { first, step } => {
                usize::try_from(goal.saturating_sub(*first).div_ceil(*step)).unwrap_or(usize::MAX)
            }
            Self::Listed(values) => values.partition_point(|value| *value < goal),
        }
    }

    /// Units of which every distance between values is a multiple.
    pub fn step(&self) -> u64 {
        match self {
            Self::Even { step, .. } => *step,
            Self::Listed(_) => 1,
        }
    }
}
