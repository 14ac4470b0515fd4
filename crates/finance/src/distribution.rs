use crate::{
    correlated::{self, Correlation},
    support::{Support, Values},
};

/// Largest lattice, in steps from nothing to everything, that many independent variables are summed on.
/// 262 144 steps are two megabytes and, with 5 000 variables, well under a second.
pub const LATTICE_POINTS_MAX: usize = 1 << 18;

/// The same for few of them, which leave time for more steps.
pub const LATTICE_POINTS_MAX_FEW: usize = 1 << 20;

/// Variables up to which [`LATTICE_POINTS_MAX_FEW`] holds.
const FEW: usize = 100;

/// The same for correlated sums, which are computed once per node of the quadrature.
pub const LATTICE_POINTS_MAX_CORRELATED: usize = 1 << 17;

/// Cumulated rounding that a comparison with a probability forgives.
const PROBABILITY_SLACK: f64 = 1e-12;

/// An amount that comes with some chance, and else not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoPoint {
    /// The amount in minor units (cents), or in whatever integer unit the caller counts.
    pub amount: u64,
    /// The chance, 0-1; both ends are allowed and mean never and surely.
    pub probability: f64,
}

/// A sum has no distribution that this crate can give.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A chance outside 0-1, or not a number.
    #[error("variable {index} has probability {probability}, which is not within 0 and 1")]
    Probability {
        /// Position of the variable, from 0, counted through all stages.
        index: usize,
        /// What was given.
        probability: f64,
    },
    /// The amounts add up to more than 64 bits hold.
    #[error("the amounts add up to more than {max} minor units", max = u64::MAX)]
    TooLarge,
}

/// The distribution of a sum of two-point variables.
///
/// Mean and standard deviation come from the exact moments. Everything else is read from the probability
/// mass on a lattice of minor units, or on the list of all outcomes where there are few: exact up to rounding
/// (about 1e-14) when `error_bound` is 0; otherwise every value is off by at most `error_bound` minor units,
/// whatever happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    mean: f64,
    sd: f64,
    values: Values,
    mass: Vec<f64>,
    error_bound: u64,
}

/// A stretch of values and the chance that the sum falls into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Smallest value, inclusive, in minor units.
    pub from: u64,
    /// End, exclusive, in minor units.
    pub to: u64,
    /// The chance, 0-1.
    pub mass: f64,
}

impl Distribution {
    /// The distribution of the sum of independent `variables`.
    ///
    /// # Errors
    /// When a probability is outside 0-1 or the amounts overflow.
    pub fn independent(variables: &[TwoPoint]) -> Result<Self, DistributionError> {
        Ok(only(Self::cumulative(&[variables], Correlation::NONE)?))
    }

    /// The distribution of the sum of `variables` that share one hidden factor; see [`Correlation`].
    ///
    /// # Errors
    /// When a probability is outside 0-1 or the amounts overflow.
    pub fn correlated(variables: &[TwoPoint], correlation: Correlation) -> Result<Self, DistributionError> {
        Ok(only(Self::cumulative(&[variables], correlation)?))
    }

    /// One distribution per stage: of the sum of its variables and those of all stages before. The
    /// stages are computed in one pass, on one lattice.
    ///
    /// # Errors
    /// When a probability is outside 0-1 or the amounts overflow.
    pub fn cumulative(
        stages: &[&[TwoPoint]],
        correlation: Correlation,
    ) -> Result<Vec<Self>, DistributionError> {
        let all: Vec<TwoPoint> = stages.concat();
        for (index, TwoPoint { probability, .. }) in all.iter().copied().enumerate() {
            if !(0.0..=1.0).contains(&probability) {
                return Err(DistributionError::Probability { index, probability });
            }
        }
        let independent = correlation == Correlation::NONE;
        let points_max = match (independent, all.len()) {
            (true, 0..=FEW) => LATTICE_POINTS_MAX_FEW,
            (true, _) => LATTICE_POINTS_MAX,
            (false, _) => LATTICE_POINTS_MAX_CORRELATED,
        };
        let support = Support::of(&all, points_max, !independent).ok_or(DistributionError::TooLarge)?;
        let lengths: Vec<usize> = stages.iter().map(|stage| stage.len()).collect();
        let sums = if independent {
            let probabilities: Vec<f64> = all.iter().map(|variable| variable.probability).collect();
            support
                .windows(&lengths, &probabilities)
                .into_iter()
                .zip(moments(&lengths, &all, &probabilities))
                .map(|(window, Moments { mean, variance })| (window, mean, variance))
                .collect()
        } else {
            correlated::mixtures(&support, &lengths, &all, correlation)
        };
        Ok(sums
            .into_iter()
            .map(|(window, mean, variance)| {
                let (values, mass) = support.place(window);
                let error_bound = support.error_bound();
                Self { mean, sd: variance.max(0.0).sqrt(), values, mass, error_bound }
            })
            .collect())
    }

    /// Expected value in minor units, exact.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation in minor units, exact.
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// How far any value read from the distribution may be from the truth, in minor units; 0 when the
    /// amounts fit the lattice.
    pub fn error_bound(&self) -> u64 {
        self.error_bound
    }

    /// Every value that carries mass, ascending, in minor units, with its chance.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (u64, f64)> + '_ {
        self.mass.iter().enumerate().map(|(index, mass)| (self.value(index), *mass))
    }

    /// The smallest value x with P(sum <= x) >= `q`, in minor units; `q` is clamped to 0-1.
    pub fn quantile(&self, q: f64) -> u64 {
        let mut cumulated = 0.0;
        let index = self
            .mass
            .iter()
            .position(|mass| {
                cumulated += mass;
                *mass > 0.0 && cumulated >= q - PROBABILITY_SLACK
            })
            .unwrap_or(self.mass.len() - 1);
        self.value(index)
    }

    /// Chance that the sum reaches `goal` minor units.
    pub fn p_at_least(&self, goal: u64) -> f64 {
        let from = self.values.reaching(goal).min(self.mass.len());
        // From the light end on, so that small tails keep their digits.
        if from == 0 {
            1.0
        } else {
            self.mass[from..].iter().rev().fold(0.0, |sum, mass| sum + mass).min(1.0)
        }
    }

    /// The mass in at most `count` stretches of equal width for a density chart. The outermost 0.05 % on
    /// either side are counted in the first and the last stretch; the masses sum to 1.
    pub fn buckets(&self, count: usize) -> Vec<Bucket> {
        const TAIL: f64 = 0.0005;
        let (from, to) = (self.quantile(TAIL), self.quantile(1.0 - TAIL));
        let step = self.values.step();
        let steps = (to - from) / step + 1;
        let width = steps.div_ceil(count.max(1) as u64) * step;
        let last = (to - from) / width;
        let mut buckets: Vec<Bucket> = (0..=last)
            .map(|index| Bucket { from: from + index * width, to: from + (index + 1) * width, mass: 0.0 })
            .collect();
        for (value, mass) in self.points() {
            let index = (value.saturating_sub(from) / width).min(last);
            buckets[index as usize].mass += mass;
        }
        buckets
    }

    fn value(&self, index: usize) -> u64 {
        self.values.at(index)
    }
}

/// Mean and variance of a sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    pub mean: f64,
    pub variance: f64,
}

/// Per stage, the moments of the sum up to its end, for independent variables with `probabilities`.
pub(crate) fn moments(lengths: &[usize], variables: &[TwoPoint], probabilities: &[f64]) -> Vec<Moments> {
    let mut sum = Moments::default();
    let mut variables = variables.iter().zip(probabilities);
    lengths
        .iter()
        .map(|length| {
            for (variable, p) in variables.by_ref().take(*length) {
                let amount = variable.amount as f64;
                sum.mean += amount * p;
                sum.variance += amount * amount * p * (1.0 - p);
            }
            sum
        })
        .collect()
}

fn only(mut distributions: Vec<Distribution>) -> Distribution {
    distributions.swap_remove(0)
}

#[cfg(test)]
#[allow(clippy::inconsistent_digit_grouping, reason = "amounts are written as dollars_cents")]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// 10 chances of 60 % on 37 500, 20 of 70 % on 11 250 and 20 of 75 % on 6 250 dollars, in cents.
    fn fifty_clients() -> Vec<TwoPoint> {
        [(10, 37_500_00, 0.6), (20, 11_250_00, 0.7), (20, 6_250_00, 0.75)]
            .into_iter()
            .flat_map(|(times, amount, probability)| vec![TwoPoint { amount, probability }; times])
            .collect()
    }

    #[test]
    fn fifty_clients_bring_what_the_tables_say() {
        let sum = Distribution::independent(&fifty_clients()).expect("valid");
        assert!((sum.mean() - 476_250_00.0).abs() < 1e-4);
        assert!((sum.sd() - 63_663_54.431_697).abs() < 1e-4);
        assert!((sum.p_at_least(400_000_00) - 0.883_061_726_167_117_4).abs() < 1e-12);
        let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(|q| sum.quantile(q));
        assert_eq!(quantiles, [368_750_00, 433_750_00, 477_500_00, 520_000_00, 580_000_00]);
        assert_eq!(sum.error_bound(), 0);
    }

    #[test]
    fn nothing_to_win_is_surely_zero() {
        for variables in [&[][..], &[TwoPoint { amount: 5, probability: 0.0 }]] {
            let sum = Distribution::independent(variables).expect("valid");
            assert_eq!(sum.points().collect::<Vec<_>>(), [(0, 1.0)]);
            assert_eq!((sum.mean(), sum.sd(), sum.quantile(0.95)), (0.0, 0.0, 0));
            assert_eq!((sum.p_at_least(0), sum.p_at_least(1)), (1.0, 0.0));
        }
    }

    #[test]
    fn what_is_certain_only_shifts() {
        let sum = Distribution::independent(&[
            TwoPoint { amount: 70, probability: 1.0 },
            TwoPoint { amount: 30, probability: 0.25 },
        ])
        .expect("valid");
        assert_eq!(
            sum.points().filter(|(_, mass)| *mass > 0.0).collect::<Vec<_>>(),
            [(70, 0.75), (100, 0.25)]
        );
        assert_eq!((sum.quantile(0.0), sum.quantile(0.75), sum.quantile(0.76)), (70, 70, 100));
    }

    #[test]
    fn chances_outside_zero_and_one_are_refused_by_position() {
        for probability in [-0.01, 1.01, f64::NAN] {
            let variables = [TwoPoint { amount: 1, probability: 0.5 }, TwoPoint { amount: 1, probability }];
            let refused = Distribution::independent(&variables);
            assert!(matches!(refused, Err(DistributionError::Probability { index: 1, .. })), "{probability}");
        }
    }

    /// Amounts without a common lattice.
    fn odd(count: u64) -> Vec<TwoPoint> {
        (0..count)
            .map(|i| TwoPoint { amount: 1_234_567 + i * i * 7_919, probability: 0.1 + 0.04 * i as f64 })
            .collect()
    }

    #[test]
    fn few_amounts_without_a_common_lattice_are_counted_exactly() {
        let sum = Distribution::independent(&odd(9)).expect("valid");
        assert_eq!(sum.error_bound(), 0);
        let truth = enumerate(&odd(9));
        for goal in truth.keys().copied().flat_map(|value| [value, value + 1]) {
            let at_least: f64 = truth.range(goal..).map(|(_, mass)| mass).sum();
            assert!((sum.p_at_least(goal) - at_least).abs() < 1e-14, "{goal}");
        }
        for q in [0.05, 0.5, 0.95] {
            let x = sum.quantile(q);
            assert!(truth.range(..=x).map(|(_, mass)| mass).sum::<f64>() >= q - 1e-12);
            assert!(truth.range(..x).map(|(_, mass)| mass).sum::<f64>() < q);
        }
        let buckets = sum.buckets(40);
        assert!((buckets.iter().map(|bucket| bucket.mass).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_amounts_without_a_common_lattice_stay_within_the_stated_bound() {
        let sum = Distribution::independent(&odd(17)).expect("valid");
        assert!(sum.error_bound() > 0 && sum.error_bound() <= 17 * sum.values.step() / 2);
        let truth = enumerate(&odd(17));
        for goal in [10_000_000, 15_000_000, 22_500_000] {
            let p = sum.p_at_least(goal);
            let at_least = |goal: u64| truth.range(goal..).map(|(_, mass)| mass).sum::<f64>();
            assert!(p <= at_least(goal - sum.error_bound()) + 1e-12, "{goal}");
            assert!(p >= at_least(goal + sum.error_bound()) - 1e-12, "{goal}");
        }
    }

    #[test]
    fn forty_deals_in_whole_dollars_are_counted_exactly() {
        let deals: Vec<TwoPoint> =
            (0..40_u64).map(|i| TwoPoint { amount: 5_003 + 997 * i, probability: 0.02 * i as f64 }).collect();
        assert_eq!(Distribution::independent(&deals).expect("valid").error_bound(), 0);
    }

    #[test]
    fn a_stage_lists_only_its_own_outcomes() {
        let all = odd(6);
        let staged =
            Distribution::cumulative(&[&all[..2], &[], &all[2..]], Correlation::NONE).expect("valid");
        for (sum, until) in staged.iter().zip([2, 2, 6]) {
            let truth: Vec<(u64, f64)> = enumerate(&all[..until]).into_iter().collect();
            let found: Vec<(u64, f64)> = sum.points().collect();
            assert_eq!(found.len(), truth.len());
            assert!(
                found.iter().zip(&truth).all(|(one, two)| one.0 == two.0 && (one.1 - two.1).abs() < 1e-15)
            );
        }
    }

    #[test]
    fn buckets_hold_all_mass_in_order() {
        let sum = Distribution::independent(&fifty_clients()).expect("valid");
        let buckets = sum.buckets(40);
        assert!(buckets.len() <= 40 && buckets.len() > 20, "{}", buckets.len());
        assert!((buckets.iter().map(|bucket| bucket.mass).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(buckets.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    fn enumerate(variables: &[TwoPoint]) -> BTreeMap<u64, f64> {
        let mut truth = BTreeMap::new();
        for subset in 0..1_u32 << variables.len() {
            let (mut value, mut mass) = (0, 1.0);
            for (index, variable) in variables.iter().enumerate() {
                if subset >> index & 1 == 1 {
                    value += variable.amount;
                    mass *= variable.probability;
                } else {
                    mass *= 1.0 - variable.probability;
                }
            }
            *truth.entry(value).or_insert(0.0) += mass;
        }
        truth
    }

    proptest! {
        #[test]
        fn the_sum_is_what_enumerating_every_outcome_gives(
            variables in prop::collection::vec((0_u64..40, prop_oneof![0.0_f64..=1.0, Just(0.0), Just(1.0)]), 0..10),
            split in 0_usize..10,
        ) {
            let variables: Vec<TwoPoint> = variables
                .into_iter()
                .map(|(amount, probability)| TwoPoint { amount, probability })
                .collect();
            let truth = enumerate(&variables);
            let (early, late) = variables.split_at(split.min(variables.len()));
            let staged = Distribution::cumulative(&[early, late], Correlation::NONE).expect("valid");
            prop_assert_eq!(staged[0].quantile(1.0), Distribution::independent(early).expect("valid").quantile(1.0));
            let sum = &staged[1];
            let mean: f64 = truth.iter().map(|(value, mass)| *value as f64 * mass).sum();
            let variance: f64 = truth.iter().map(|(value, mass)| (*value as f64 - mean).powi(2) * mass).sum();
            prop_assert!((sum.mean() - mean).abs() < 1e-9);
            prop_assert!((sum.sd() - variance.sqrt()).abs() < 1e-6);
            for goal in 0..400 {
                let at_least: f64 = truth.range(goal..).map(|(_, mass)| mass).sum();
                prop_assert!((sum.p_at_least(goal) - at_least).abs() < 1e-12);
            }
            for q in [0.05, 0.31, 0.5, 0.95] {
                let x = sum.quantile(q);
                prop_assert!(truth.range(..=x).map(|(_, mass)| mass).sum::<f64>() >= q - 1e-11);
                prop_assert!(truth.range(..x).map(|(_, mass)| mass).sum::<f64>() < q);
            }
        }
    }
}
