use std::collections::BTreeMap;

use growth::{forecast, projection, scenario};
use serde::Serialize;
use utoipa::ToSchema;

use super::{shows, words::TierWord};

/// A distribution in the numbers that people read, in major units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Spread {
    /// Expected value.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// 5 % quantile.
    pub q05: f64,
    /// Lower quartile.
    pub q25: f64,
    /// Median.
    pub q50: f64,
    /// Upper quartile.
    pub q75: f64,
    /// 95 % quantile.
    pub q95: f64,
    /// Chance of reaching what the goal needs, 0-1.
    pub p_goal: f64,
}

shows!(Spread of projection::Spread { mean, sd, q05, q25, q50, q75, q95, p_goal });

/// A stretch of a density chart.
#[derive(Debug, Serialize, ToSchema)]
pub struct DensityBucket {
    /// Smallest value, inclusive.
    pub from: f64,
    /// End, exclusive.
    pub to: f64,
    /// The chance, 0-1.
    pub mass: f64,
}

shows!(DensityBucket of projection::DensityBucket { from, to, mass });

/// Revenue signed until a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Horizon {
    /// Days from the as-of date; horizons are cumulative.
    pub days: u32,
    /// Opportunities expected to be decided until then.
    pub opportunities: usize,
    /// Added annual revenue.
    pub arr: Spread,
    /// The same per month: a twelfth of every amount.
    pub mrr: Spread,
    /// Added annual revenue as stretches of values with their chance.
    pub density: Vec<DensityBucket>,
    /// How far any quantile of `arr` may be off; 0 when exact.
    pub arr_error_bound: f64,
}

shows!(Horizon of projection::Horizon { days, opportunities, arr, mrr, density, arr_error_bound });

/// How much of the gap between today's and the goal's monthly revenue the pipeline covers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Coverage {
    /// Monthly revenue today.
    pub current_mrr: f64,
    /// Monthly revenue to reach.
    pub goal_mrr: f64,
    /// The gap per month.
    pub needed_mrr: f64,
    /// The same gap per year.
    pub needed_arr: f64,
    /// Expected added monthly revenue within the last horizon.
    pub expected_mrr: f64,
    /// Expected over needed; `null` when nothing is needed.
    pub expected_share: Option<f64>,
    /// Added monthly revenue when every opportunity is won.
    pub best_mrr: f64,
    /// Best over needed; below 1 the pipeline cannot reach the goal.
    pub best_share: Option<f64>,
}

shows!(Coverage of projection::Coverage {
    current_mrr, goal_mrr, needed_mrr, needed_arr, expected_mrr, expected_share, best_mrr, best_share,
});

/// Revenue projected per horizon, and how much of the goal it covers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Projection {
    /// Currency of every amount.
    pub currency: String,
    /// Correlation assumed between opportunities.
    pub correlation: f64,
    /// Horizons, ascending.
    pub horizons: Vec<Horizon>,
    /// How much of the way to the goal this is.
    pub coverage: Coverage,
}

shows!(Projection of projection::Projection { currency, correlation, horizons, coverage });

/// What one opportunity brings under some assumptions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contribution {
    /// The client's identifier.
    pub id: String,
    /// The client's tier.
    pub tier: TierWord,
    /// Added annual revenue if signed.
    pub arr: f64,
    /// The chance that is believed: the rule and the outcomes of the tier.
    pub believed: f64,
    /// The chance that is assumed here.
    pub chance: f64,
    /// Expected days to signature.
    pub close_days: u32,
    /// Chance times revenue; 0 when it is not worked.
    pub expected_arr: f64,
    /// Whether the team has the capacity for it.
    pub worked: bool,
}

shows!(Contribution of forecast::Contribution { id, tier, arr, believed, chance, close_days, expected_arr, worked });

/// What if so many clients of each tier sign.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScenarioRow {
    /// Stable identifier (`conservative`).
    pub name: String,
    /// As people read it.
    pub label: String,
    /// Clients that sign, per tier.
    pub closes: BTreeMap<String, u32>,
    /// Added annual revenue.
    pub added_arr: f64,
    /// The same per month.
    pub added_mrr: f64,
    /// Today's monthly revenue and the added.
    pub resulting_mrr: f64,
    /// Resulting over today's monthly revenue.
    pub growth: Option<f64>,
    /// Added over needed monthly revenue.
    pub coverage: Option<f64>,
}

shows!(ScenarioRow of scenario::ScenarioRow {
    name, label, closes, added_arr, added_mrr, resulting_mrr, growth, coverage,
});
