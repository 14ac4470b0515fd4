//! What the pipeline will bring, and when: the exact distribution of signed revenue per horizon.
//!
//! Money is exact in; the answer is statistics, and therefore floating point, in major units of the
//! currency. Annual and monthly revenue are separate blocks; shares are of MRR in MRR only.

mod memo;

use std::sync::Arc;

pub use finance::Correlation;
use finance::{Bucket, Distribution, DistributionError, TwoPoint};
use kernel::{Arr, Currency, Mrr};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

pub use self::memo::Memo;
use crate::{assessment::Assessment, metrics::ClientId};

/// Days from the as-of date that revenue is projected for; each horizon includes the ones before.
pub const HORIZONS_DAYS: [u32; 3] = [30, 60, 90];

/// Stretches of a density chart.
const DENSITY_BUCKETS: usize = 40;

/// Most decimals of an amount that the lattice resolves; further ones are rounded half up.
const DECIMALS_MAX: u32 = 4;

/// Revenue that may be signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// Identity: the client's.
    pub id: Arc<str>,
    /// Added annual revenue if signed.
    pub arr: Arr,
    /// The chance, 0-1.
    pub probability: f64,
    /// Expected days to signature.
    pub close_days: u32,
}

/// An opportunity as files and requests carry it; the currency is said once, elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpportunityRow {
    /// Identity.
    pub id: Arc<str>,
    /// Added annual revenue if signed, major units.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub arr: Decimal,
    /// The chance, 0-1.
    pub probability: f64,
    /// Expected days to signature.
    pub close_days: u32,
}

impl OpportunityRow {
    /// The opportunity in `currency`.
    pub fn in_currency(self, currency: Currency) -> Opportunity {
        let Self { id, arr, probability, close_days } = self;
        Opportunity { id, arr: Arr::new(arr, currency), probability, close_days }
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// So much annual revenue on top of today's.
    AddedArr(Arr),
    /// Monthly revenue at this level, today's included.
    MrrLevel(Mrr),
}

/// The projection cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// A chance outside 0-1, or not a number.
    #[error("opportunity `{id}`: probability {probability} is not within 0 and 1")]
    Probability {
        /// Which one.
        id: Arc<str>,
        /// What was given.
        probability: f64,
    },
    /// A negative amount, or one with more digits than can be counted.
    #[error("opportunity `{id}`: added ARR {arr} must be between 0 and 100 000 000 000")]
    Amount {
        /// Which one.
        id: Arc<str>,
        /// What was given.
        arr: Decimal,
    },
    /// Amounts of two currencies.
    #[error("opportunity `{id}` is in {found}, the current revenue in {expected}: convert one of them first")]
    Currency {
        /// Which one.
        id: Arc<str>,
        /// Its currency.
        found: Currency,
        /// The currency of the current revenue.
        expected: Currency,
    },
    /// The goal is in another currency than the current revenue.
    #[error("the goal is in {found}, the current revenue in {expected}: convert one of them first")]
    GoalCurrency {
        /// The goal's currency.
        found: Currency,
        /// The currency of the current revenue.
        expected: Currency,
    },
    /// All amounts together cannot be counted.
    #[error("the opportunities add up to more than can be counted exactly")]
    TooLarge,
}

/// Revenue projected per horizon, and how much of the goal it covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Currency of every amount.
    pub currency: Currency,
    /// Correlation assumed between opportunities, 0-0.9999.
    pub correlation: f64,
    /// Cumulative horizons, ascending.
    pub horizons: Vec<Horizon>,
    /// How much of the way to the goal this is.
    pub coverage: Coverage,
}

/// Revenue signed until a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// Days from the as-of date.
    pub days: u32,
    /// Opportunities expected to be decided until then.
    pub opportunities: usize,
    /// Added annual revenue.
    pub arr: Spread,
    /// The same per month: a twelfth of every amount.
    pub mrr: Spread,
    /// Added annual revenue as a density chart: stretches of values with their chance.
    pub density: Vec<DensityBucket>,
    /// How far any quantile of `arr` may be off; 0 when exact.
    pub arr_error_bound: f64,
}

/// A distribution in the numbers that people read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Expected value.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Reached with 95 % chance: the smallest value x with P(revenue <= x) >= 5 %.
    pub q05: f64,
    /// Lower quartile.
    pub q25: f64,
    /// Median.
    pub q50: f64,
    /// Upper quartile.
    pub q75: f64,
    /// Exceeded with at most 5 % chance.
    pub q95: f64,
    /// Chance of reaching what the goal needs, 0-1.
    pub p_goal: f64,
}

/// A stretch of a density chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DensityBucket {
    /// Smallest value, inclusive.
    pub from: f64,
    /// End, exclusive.
    pub to: f64,
    /// The chance, 0-1.
    pub mass: f64,
}

/// How much of the gap between today's and the goal's monthly revenue the pipeline covers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Monthly revenue today.
    pub current_mrr: f64,
    /// Monthly revenue to reach.
    pub goal_mrr: f64,
    /// The gap per month; 0 when the goal is reached already.
    pub needed_mrr: f64,
    /// The same gap per year.
    pub needed_arr: f64,
    /// Expected added monthly revenue within the last horizon.
    pub expected_mrr: f64,
    /// Expected over needed; `None` when nothing is needed.
    pub expected_share: Option<f64>,
    /// Added monthly revenue when every opportunity is won, the late ones too.
    pub best_mrr: f64,
    /// Best over needed; `None` when nothing is needed. Below 1 the pipeline cannot reach the goal.
    pub best_share: Option<f64>,
}

impl Goal {
    /// The goal's currency.
    pub fn currency(&self) -> Currency {
        match self {
            Self::AddedArr(arr) => arr.currency(),
            Self::MrrLevel(mrr) => mrr.currency(),
        }
    }

    /// Monthly revenue to add to `current`; nothing when the goal is reached.
    pub fn needed(&self, current: Mrr) -> Mrr {
        let needed = match self {
            Self::AddedArr(arr) => arr.per_month().amount(),
            Self::MrrLevel(mrr) => mrr.amount() - current.amount(),
        };
        Mrr::new(needed.max(Decimal::ZERO), current.currency())
    }

    /// Annual revenue to add; exact also where the monthly figure has no end of decimals.
    fn needed_per_year(&self, current: Mrr) -> Arr {
        match self {
            Self::AddedArr(arr) => Arr::new(arr.amount().max(Decimal::ZERO), arr.currency()),
            Self::MrrLevel(_) => self.needed(current).per_year(),
        }
    }
}

/// The opportunities that assessments see: every client with something to offer.
pub fn opportunities<'a>(assessments: impl IntoIterator<Item = &'a Assessment>) -> Vec<Opportunity> {
    assessments
        .into_iter()
        .filter(|assessment| assessment.potential_arr.amount() > Decimal::ZERO)
        .map(|assessment| Opportunity {
            id: Arc::from(ClientId::as_str(&assessment.client_id)),
            arr: assessment.potential_arr,
            probability: assessment.success_probability,
            close_days: assessment.close_days,
        })
        .collect()
}

/// Projects signed revenue for [`HORIZONS_DAYS`].
///
/// # Errors
/// When an opportunity's chance or amount is out of range, or currencies mix.
pub fn project(
    opportunities: &[Opportunity],
    current: Mrr,
    goal: Goal,
    correlation: Correlation,
) -> Result<Projection, ProjectionError> {
    let currency = current.currency();
    if goal.currency() != currency {
        return Err(ProjectionError::GoalCurrency { found: goal.currency(), expected: currency });
    }
    check(opportunities, currency)?;
    let needed = goal.needed_per_year(current);
    let scale = Scale::of(opportunities);
    let mut earlier = None;
    let stages: Vec<Vec<TwoPoint>> = HORIZONS_DAYS
        .iter()
        .map(|days| {
            let stage = scale.variables(opportunities, earlier, *days);
            earlier = Some(*days);
            stage
        })
        .collect();
    let slices: Vec<&[TwoPoint]> = stages.iter().map(Vec::as_slice).collect();
    let sums = Distribution::cumulative(&slices, correlation).map_err(|error| match error {
        DistributionError::TooLarge => ProjectionError::TooLarge,
        DistributionError::Probability { probability, .. } => {
            // Checked above; kept as an error so that no input can end the program.
            ProjectionError::Probability { id: Arc::from(""), probability }
        }
    })?;
    let mut count = 0;
    let horizons: Vec<Horizon> = HORIZONS_DAYS
        .iter()
        .zip(&stages)
        .zip(&sums)
        .map(|((days, stage), sum)| {
            count += stage.len();
            scale.horizon(*days, count, sum, needed)
        })
        .collect();
    let everything: Decimal = opportunities.iter().map(|opportunity| opportunity.arr.amount()).sum();
    let expected_mrr = horizons.last().map_or(0.0, |last| last.mrr.mean);
    let coverage = coverage(current, goal, expected_mrr, Arr::new(everything, currency).per_month());
    Ok(Projection { currency, correlation: correlation.value(), horizons, coverage })
}

/// How much of the gap `expected_mrr`, and `best`, cover. Monthly over monthly, nothing else.
fn coverage(current: Mrr, goal: Goal, expected_mrr: f64, best: Mrr) -> Coverage {
    let needed_arr = goal.needed_per_year(current);
    let needed_mrr = needed_arr.to_f64() / 12.0;
    let share = |mrr: f64| (needed_mrr > 0.0).then(|| mrr / needed_mrr);
    let goal_mrr = match goal {
        Goal::AddedArr(_) => current.to_f64() + needed_mrr,
        Goal::MrrLevel(level) => level.to_f64(),
    };
    Coverage {
        current_mrr: current.to_f64(),
        goal_mrr,
        needed_mrr,
        needed_arr: needed_arr.to_f64(),
        expected_mrr,
        expected_share: share(expected_mrr),
        best_mrr: best.to_f64(),
        best_share: share(best.to_f64()),
    }
}

fn check(opportunities: &[Opportunity], currency: Currency) -> Result<(), ProjectionError> {
    let amounts = Decimal::ZERO..=Decimal::from(100_000_000_000_u64);
    for Opportunity { id, arr, probability, .. } in opportunities {
        if arr.currency() != currency {
            return Err(ProjectionError::Currency {
                id: id.clone(),
                found: arr.currency(),
                expected: currency,
            });
        }
        if !(0.0..=1.0).contains(probability) {
            return Err(ProjectionError::Probability { id: id.clone(), probability: *probability });
        }
        if !amounts.contains(&arr.amount()) {
            return Err(ProjectionError::Amount { id: id.clone(), arr: arr.amount() });
        }
    }
    Ok(())
}

/// Minor units of this set of opportunities: as many decimals as their amounts use.
struct Scale {
    decimals: u32,
    units_per_major: f64,
}

impl Scale {
    fn of(opportunities: &[Opportunity]) -> Self {
        let used = opportunities.iter().map(|opportunity| opportunity.arr.amount().normalize().scale());
        let decimals = used.max().unwrap_or(0).min(DECIMALS_MAX);
        Self { decimals, units_per_major: 10_f64.powi(decimals as i32) }
    }

    fn units(&self, amount: Decimal) -> Decimal {
        amount * Decimal::from(10_u64.pow(self.decimals))
    }

    /// What is decided after `earlier` days and until `days`.
    fn variables(&self, opportunities: &[Opportunity], earlier: Option<u32>, days: u32) -> Vec<TwoPoint> {
        opportunities
            .iter()
            .filter(|opportunity| {
                opportunity.close_days <= days
                    && earlier.is_none_or(|earlier| opportunity.close_days > earlier)
            })
            .map(|opportunity| TwoPoint {
                // In range: at most 1e11 with four decimals.
                amount: self.units(opportunity.arr.amount()).round().to_u64().unwrap_or(u64::MAX),
                probability: opportunity.probability,
            })
            .collect()
    }

    fn horizon(&self, days: u32, opportunities: usize, sum: &Distribution, needed: Arr) -> Horizon {
        let major = |units: f64| units / self.units_per_major;
        let quantile = |q: f64| major(sum.quantile(q) as f64);
        let goal = self.units(needed.amount()).ceil().to_u64().unwrap_or(u64::MAX);
        let arr = Spread {
            mean: major(sum.mean()),
            sd: major(sum.sd()),
            q05: quantile(0.05),
            q25: quantile(0.25),
            q50: quantile(0.5),
            q75: quantile(0.75),
            q95: quantile(0.95),
            p_goal: sum.p_at_least(goal),
        };
        let density = sum
            .buckets(DENSITY_BUCKETS)
            .into_iter()
            .map(|Bucket { from, to, mass }| DensityBucket {
                from: major(from as f64),
                to: major(to as f64),
                mass,
            })
            .collect();
        let arr_error_bound = major(sum.error_bound() as f64);
        Horizon { days, opportunities, mrr: arr.per_month(), arr, density, arr_error_bound }
    }
}

impl Spread {
    /// A twelfth of every amount; the chance of the goal is the same, its amount being divided too.
    fn per_month(self) -> Self {
        Self {
            mean: self.mean / 12.0,
            sd: self.sd / 12.0,
            q05: self.q05 / 12.0,
            q25: self.q25 / 12.0,
            q50: self.q50 / 12.0,
            q75: self.q75 / 12.0,
            q95: self.q95 / 12.0,
            p_goal: self.p_goal,
        }
    }
}

#[cfg(test)]
mod tests;
