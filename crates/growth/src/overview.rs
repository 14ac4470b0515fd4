//! A client base at a glance: how many of which tier and level, how scores are spread, what is known.

use kernel::{Arr, Currency};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    assessment::{Assessment, ReadinessLevel, Tier},
    policy::Policy,
};

/// Width of a bin of the readiness histogram, points.
pub const BIN_POINTS: u32 = 5;
/// Bins of the readiness histogram: 0-100.
const BINS: usize = (100 / BIN_POINTS) as usize;

/// What a client base looks like under one policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    /// Clients assessed.
    pub clients: usize,
    /// Of these, clients with at least one unknown dimension.
    pub partial: usize,
    /// Mean share of the policy's weight whose inputs are known, 0-1; `None` without clients.
    pub coverage_mean: Option<f64>,
    /// Median readiness score; `None` without clients.
    pub score_median: Option<f64>,
    /// Every tier, best first.
    pub tiers: Vec<TierCount>,
    /// Every level, best first.
    pub levels: Vec<LevelCount>,
    /// Clients per [`BIN_POINTS`] points of readiness; 100 counts in the last bin.
    pub bins: Vec<usize>,
    /// Every dimension of the policy, in its order.
    pub dimensions: Vec<DimensionKnown>,
}

/// The clients of one tier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierCount {
    /// The tier.
    pub tier: Tier,
    /// How many.
    pub clients: usize,
    /// Added annual revenue if all of them bought.
    pub potential_arr: Arr,
    /// The middle one of their true multiples, (current + added) / current; `None` where nobody has one.
    pub multiple_median: Option<f64>,
}

/// The clients of one readiness level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LevelCount {
    /// The level.
    pub level: ReadinessLevel,
    /// How many.
    pub clients: usize,
}

/// Of how many clients a dimension of readiness is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DimensionKnown {
    /// The dimension (`satisfaction`).
    pub name: String,
    /// Its weight in the policy, 0-1.
    pub weight: f64,
    /// Clients of whom it is known.
    pub known: usize,
}

impl Overview {
    /// The overview of `assessments`, which follow from `policy`; amounts are in `currency`.
    pub fn of(assessments: &[Assessment], policy: &Policy, currency: Currency) -> Self {
        let mut bins = vec![0; BINS];
        let dimensions = &policy.document().readiness.dimensions;
        let mut known: Vec<DimensionKnown> = dimensions
            .iter()
            .map(|dimension| DimensionKnown {
                name: dimension.name.clone(),
                weight: dimension.weight,
                known: 0,
            })
            .collect();
        for assessment in assessments {
            // Scores lie in 0-100, so the cast keeps the whole number.
            let bin = (assessment.readiness.score / f64::from(BIN_POINTS)) as usize;
            bins[bin.min(BINS - 1)] += 1;
            let mut factors = assessment.readiness.factors.iter().peekable();
            for dimension in &mut known {
                // Factors keep the policy's order, so one walk over both finds them all.
                if factors.next_if(|factor| factor.name == dimension.name).is_some() {
                    dimension.known += 1;
                }
            }
        }
        let clients = assessments.len();
        let coverage: f64 = assessments.iter().map(|one| one.readiness.coverage).sum();
        Self {
            clients,
            partial: assessments.iter().filter(|one| one.readiness.coverage < 1.0).count(),
            coverage_mean: (clients > 0).then(|| coverage / clients as f64),
            score_median: median(assessments.iter().map(|one| one.readiness.score)),
            tiers: Tier::ALL.iter().map(|tier| TierCount::of(*tier, assessments, currency)).collect(),
            levels: ReadinessLevel::ALL
                .iter()
                .map(|level| LevelCount {
                    level: *level,
                    clients: assessments.iter().filter(|one| one.readiness.level == *level).count(),
                })
                .collect(),
            bins,
            dimensions: known,
        }
    }

    /// Clients of a level.
    pub fn at_level(&self, level: ReadinessLevel) -> usize {
        self.levels.iter().filter(|count| count.level == level).map(|count| count.clients).sum()
    }
}

impl TierCount {
    fn of(tier: Tier, assessments: &[Assessment], currency: Currency) -> Self {
        let of_tier = || assessments.iter().filter(move |one| one.tier == tier);
        let potential: Decimal = of_tier().map(|one| one.potential_arr.amount()).sum();
        Self {
            tier,
            clients: of_tier().count(),
            potential_arr: Arr::new(potential, currency),
            multiple_median: median(of_tier().filter_map(|one| one.multiple)),
        }
    }
}

/// The middle value; of an even number the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values.get(middle).copied()
    } else {
        Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assess::assess_all,
        fixture::{AS_OF, blank, eighty, tier_one},
        metrics::ClientMetrics,
    };

    fn overview(clients: &[ClientMetrics]) -> Overview {
        let policy = Policy::framework();
        Overview::of(&assess_all(clients, &policy, AS_OF), &policy, Currency::USD)
    }

    #[test]
    fn everybody_is_counted_once_in_each_distribution() {
        let base = overview(&[tier_one("a"), tier_one("b"), eighty("c"), blank("d")]);
        assert_eq!((base.clients, base.partial), (4, 1));
        assert_eq!(base.bins.iter().sum::<usize>(), 4);
        assert_eq!(base.bins[16], 3, "80 counts in the bin from 80: {:?}", base.bins);
        assert_eq!(base.levels.iter().map(|level| level.clients).collect::<Vec<_>>(), [3, 0, 0, 1]);
        assert_eq!(base.tiers.iter().map(|tier| tier.clients).collect::<Vec<_>>(), [2, 0, 0, 2]);
        assert_eq!(base.tiers[0].potential_arr.amount(), Decimal::from(75_000));
        // 28 800 today, 37 500 more.
        let multiple = base.tiers[0].multiple_median.expect("a multiple");
        assert!((multiple - 66_300.0 / 28_800.0).abs() < 1e-12);
        assert!(base.dimensions.iter().all(|dimension| dimension.known == 3), "{:?}", base.dimensions);
        assert_eq!(base.coverage_mean, Some(0.75));
    }

    #[test]
    fn a_dimension_that_one_client_lacks_is_known_of_the_others() {
        let base = overview(&[eighty("a"), ClientMetrics { usage_intensity: None, ..eighty("b") }]);
        let known: Vec<usize> = base.dimensions.iter().map(|dimension| dimension.known).collect();
        assert_eq!(known, [2, 1, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn without_clients_there_are_no_averages() {
        let base = overview(&[]);
        assert_eq!((base.coverage_mean, base.score_median, base.clients), (None, None, 0));
        assert_eq!(median([3.0, 1.0, 2.0, 10.0].into_iter()), Some(2.5));
    }
}
