use crate::{
    distribution::{Moments, TwoPoint, moments},
    lattice::Window,
    normal,
    support::Support,
};

/// Ends of the integration over the hidden factor; beyond lies 8e-11 of its mass.
const FACTOR_MAX: f64 = 6.5;

/// Spacing of the nodes in units of the sharpest feature of one conditional chance: the error of the
/// marginals is then about exp(-(2 pi / 0.8)^2 / 2) = 4e-14.
const SPACING_MARGINAL: f64 = 0.8;

/// Spacing in units of the sharpest feature of the whole sum, which narrows as variables are added:
/// the error of cumulated chances is then below 1e-5.
const SPACING_SUM: f64 = 1.5;

/// Most nodes that large sums may ask for; the marginals never need that many.
const NODES_MAX: f64 = 4096.0;

/// How strongly the variables of a sum depend on one hidden factor, from 0 (not at all) to 0.9999.
///
/// Variable i comes when sqrt(rho) Z + sqrt(1 - rho) e_i <= Phi^-1(p_i) with a common standard normal Z
/// and own e_i: the one-factor probit model (Gaussian copula) of credit risk. Each keeps its chance p_i;
/// two with latent correlation rho come together more often than independent ones.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Correlation(f64);

/// The number is no correlation that the model takes.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a correlation: give a number from 0 to 0.9999")]
pub struct CorrelationError(pub f64);

impl Correlation {
    /// Independence.
    pub const NONE: Self = Self(0.0);

    /// The strongest correlation that the quadrature resolves.
    pub const MAX: Self = Self(0.9999);

    /// The correlation `rho`.
    ///
    /// # Errors
    /// When it is outside 0-0.9999 or not a number.
    pub fn new(rho: f64) -> Result<Self, CorrelationError> {
        if (0.0..=Self::MAX.0).contains(&rho) { Ok(Self(rho)) } else { Err(CorrelationError(rho)) }
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The chance of a variable with threshold `Phi^-1(p)` once the factor is known.
    fn conditional(self, threshold: f64, factor: f64) -> f64 {
        if threshold.is_infinite() {
            return if threshold > 0.0 { 1.0 } else { 0.0 };
        }
        normal::cumulative((threshold - self.0.sqrt() * factor) / (1.0 - self.0).sqrt())
    }

    /// Nodes and weights of the integration over the factor, for sums as diverse as `variables`.
    ///
    /// The trapezoidal rule: on analytic integrands that die off at both ends it converges exponentially
    /// (Trefethen and Weideman, SIAM Review 56, 2014), and unlike Gauss-Hermite it can be made as fine as
    /// the conditional chances are steep, which is what strong correlation needs.
    fn nodes(self, variables: &[TwoPoint]) -> Vec<(f64, f64)> {
        let steepness = self.0 / (1.0 - self.0);
        let marginal = SPACING_MARGINAL / (1.0 + steepness).sqrt();
        let sum = SPACING_SUM / (1.0 + steepness * effective_count(variables)).sqrt();
        let spacing = marginal.min(sum.max(2.0 * FACTOR_MAX / NODES_MAX));
        let half = (FACTOR_MAX / spacing).ceil() as i32;
        let mut nodes: Vec<(f64, f64)> = (-half..=half)
            .map(|index| {
                let factor = f64::from(index) * FACTOR_MAX / f64::from(half);
                (factor, normal::density(factor))
            })
            .collect();
        let total: f64 = nodes.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut nodes {
            *weight /= total;
        }
        nodes
    }
}

/// How many equal variables would average out as well as these: (sum a)^2 / sum a^2.
fn effective_count(variables: &[TwoPoint]) -> f64 {
    let sum: f64 = variables.iter().map(|variable| variable.amount as f64).sum();
    let squares: f64 = variables.iter().map(|variable| (variable.amount as f64).powi(2)).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Per stage, distribution, mean and variance of the sum up to its end under `correlation`.
pub(crate) fn mixtures(
    support: &Support,
    lengths: &[usize],
    variables: &[TwoPoint],
    correlation: Correlation,
) -> Vec<(Window, f64, f64)> {
    let thresholds: Vec<f64> =
        variables.iter().map(|variable| normal::quantile(variable.probability)).collect();
    let mut stages: Vec<Mixture> = lengths.iter().map(|_| Mixture::default()).collect();
    for (factor, weight) in correlation.nodes(variables) {
        let conditional: Vec<f64> =
            thresholds.iter().map(|threshold| correlation.conditional(*threshold, factor)).collect();
        let windows = support.windows(lengths, &conditional);
        let given = windows.into_iter().zip(moments(lengths, variables, &conditional));
        for (stage, (window, moments)) in stages.iter_mut().zip(given) {
            stage.add(weight, &window, moments);
        }
    }
    let exact_means = moments(
        lengths,
        variables,
        &variables.iter().map(|variable| variable.probability).collect::<Vec<f64>>(),
    );
    stages
        .into_iter()
        .zip(exact_means)
        .map(|(stage, Moments { mean, .. })| {
            let variance = stage.variance_within + stage.mean_square - stage.mean * stage.mean;
            (stage.window(), mean, variance)
        })
        .collect()
}

#[derive(Default)]
struct Mixture {
    cells: std::collections::VecDeque<f64>,
    first: usize,
    mean: f64,
    mean_square: f64,
    variance_within: f64,
}

impl Mixture {
    fn add(&mut self, weight: f64, window: &Window, given: Moments) {
        self.mean += weight * given.mean;
        self.mean_square += weight * given.mean * given.mean;
        self.variance_within += weight * given.variance;
        if self.cells.is_empty() {
            self.first = window.first;
        }
        while self.first > window.first {
            self.cells.push_front(0.0);
            self.first -= 1;
        }
        let offset = window.first - self.first;
        if self.cells.len() < offset + window.mass.len() {
            self.cells.resize(offset + window.mass.len(), 0.0);
        }
        for (cell, mass) in self.cells.range_mut(offset..).zip(&window.mass) {
            *cell += weight * mass;
        }
    }

    fn window(self) -> Window {
        Window { first: self.first, mass: self.cells.into() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Distribution;

    fn fifty_clients() -> Vec<TwoPoint> {
        [(10, 37_500, 0.6), (20, 11_250, 0.7), (20, 6_250, 0.75)]
            .into_iter()
            .flat_map(|(times, amount, probability)| vec![TwoPoint { amount, probability }; times])
            .collect()
    }

    // numpy: 120-point Gauss-Hermite, convolution in a dictionary.
    #[test]
    fn correlation_widens_the_sum_as_the_tables_say() {
        for (rho, sd, p_goal, quantiles) in [
            (0.1, 103_796.400_251, 0.769_279_950_654_810_3, [295_000, 406_250, 482_500, 552_500, 636_250]),
            (0.3, 157_299.787_194, 0.695_751_124_834_379_6, [186_250, 367_500, 496_250, 603_750, 701_250]),
        ] {
            let rho = Correlation::new(rho).expect("valid");
            let sum = Distribution::correlated(&fifty_clients(), rho).expect("valid");
            assert!((sum.mean() - 476_250.0).abs() < 1e-6);
            assert!((sum.sd() - sd).abs() < 1e-4, "{rho:?}: {}", sum.sd());
            assert!((sum.p_at_least(400_000) - p_goal).abs() < 1e-6, "{rho:?}: {}", sum.p_at_least(400_000));
            assert_eq!([0.05, 0.25, 0.5, 0.75, 0.95].map(|q| sum.quantile(q)), quantiles, "{rho:?}");
        }
    }

    #[test]
    fn the_faintest_correlation_is_almost_independence() {
        let independent = Distribution::independent(&fifty_clients()).expect("valid");
        let faint = Distribution::correlated(&fifty_clients(), Correlation::new(1e-9).expect("valid"));
        let faint = faint.expect("valid");
        for goal in (0..800_000).step_by(50_000) {
            assert!((faint.p_at_least(goal) - independent.p_at_least(goal)).abs() < 1e-6, "{goal}");
        }
    }

    #[test]
    fn the_strongest_correlation_moves_all_together() {
        let variables = vec![TwoPoint { amount: 1, probability: 0.3 }; 20];
        let sum = Distribution::correlated(&variables, Correlation::MAX).expect("valid");
        assert!((sum.p_at_least(1) - 0.3).abs() < 0.01);
        assert!((sum.p_at_least(20) - 0.3).abs() < 0.01);
    }

    #[test]
    fn certain_variables_stay_certain() {
        let variables = [TwoPoint { amount: 7, probability: 1.0 }, TwoPoint { amount: 9, probability: 0.0 }];
        let sum = Distribution::correlated(&variables, Correlation::new(0.5).expect("valid")).expect("valid");
        assert_eq!((sum.quantile(0.0), sum.quantile(1.0), sum.sd()), (7, 7, 0.0));
    }

    #[test]
    fn few_amounts_without_a_common_lattice_are_counted_exactly() {
        let odd = [(8_464_449, 0.3), (13_311_087, 0.8), (1_821_907, 0.5)]
            .map(|(amount, probability)| TwoPoint { amount, probability });
        let sum = Distribution::correlated(&odd, Correlation::new(0.4).expect("valid")).expect("valid");
        assert_eq!(sum.error_bound(), 0);
        assert_eq!(sum.points().count(), 8);
        // All three come together or one is missing: the largest value is their sum, to the cent.
        assert_eq!(sum.quantile(1.0), 23_597_443);
        assert!(
            (sum.points().map(|(value, mass)| value as f64 * mass).sum::<f64>() - sum.mean()).abs() < 1e-3
        );
    }

    #[test]
    fn only_zero_to_just_below_one_is_a_correlation() {
        for rho in [-0.1, 1.0, 0.99995, f64::NAN] {
            assert!(Correlation::new(rho).is_err(), "{rho}");
        }
    }

    proptest! {
        #[test]
        fn every_variable_keeps_its_chance(
            p in prop_oneof![0.0_f64..=1.0, 0.0_f64..1e-4, Just(0.0), Just(1.0)],
            rho in 0.0_f64..=0.9999,
        ) {
            let correlation = Correlation::new(rho).expect("valid");
            let threshold = normal::quantile(p);
            let nodes = correlation.nodes(&[TwoPoint { amount: 1, probability: p }]);
            let marginal: f64 = nodes
                .iter()
                .map(|(factor, weight)| weight * correlation.conditional(threshold, *factor))
                .sum();
            prop_assert!((marginal - p).abs() < 1e-9, "{p} became {marginal} under {rho}");
        }

        #[test]
        fn correlated_sums_keep_their_mean_and_never_narrow(
            variables in prop::collection::vec((1_u64..50, 0.01_f64..0.99), 1..12),
            rho in 0.01_f64..0.95,
        ) {
            let variables: Vec<TwoPoint> = variables
                .into_iter()
                .map(|(amount, probability)| TwoPoint { amount, probability })
                .collect();
            let correlated = Distribution::correlated(&variables, Correlation::new(rho).expect("valid")).expect("valid");
            let independent = Distribution::independent(&variables).expect("valid");
            let mean: f64 = correlated.points().map(|(value, mass)| value as f64 * mass).sum();
            prop_assert!((mean - independent.mean()).abs() < 1e-6);
            prop_assert!(correlated.sd() >= independent.sd() - 1e-6);
            let square: f64 = correlated.points().map(|(value, mass)| (value as f64 - mean).powi(2) * mass).sum();
            prop_assert!((square.sqrt() - correlated.sd()).abs() < 1e-4);
        }
    }
}
