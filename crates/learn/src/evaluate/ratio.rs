//! Ratio studies: how level and uniform estimated values are against the prices that were paid.
//!
//! The statistics of the IAAO Standard on Ratio Studies (2013), sections 5 and 9 and appendix B, and of Quintos (Journal
//! of Property Tax Assessment & Administration 17 (2), 2020). A ratio is estimate over price.

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{
    amounts::{AmountsError, ascending, check},
    bootstrap::{Resampling, Units, percentile},
    quantile,
    shortage::{Estimate, Figure, Needs},
};

/// Which ratios are set aside before anything is computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trim {
    /// None.
    Nothing,
    /// Those further below the first or above the third quartile than so many interquartile ranges; the standard
    /// (appendix B.1) uses 3 for extreme ratios and 1.5 for others.
    Quartiles(f64),
}

/// The statistics of a ratio study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioStudy {
    /// The number of ratios that the figures are from.
    pub rows: u64,
    /// The number of ratios that were set aside.
    pub trimmed: u64,
    /// The median ratio: the level; 1 is right.
    pub median: Figure,
    /// The mean ratio.
    pub mean: Figure,
    /// Sum of estimates over sum of prices.
    pub weighted_mean: Figure,
    /// Coefficient of dispersion, in percent: the mean distance from the median ratio over that ratio. Lower is more
    /// uniform.
    pub cod: Figure,
    /// Price-related differential: mean over weighted mean ratio. Above 1: dear ones are valued too low (regressive).
    pub prd: Figure,
    /// Price-related bias: how much ratios change, as a fraction of the median, when value doubles. Below 0: regressive.
    pub prb: Figure,
    /// Modified Kakwani index: the Gini coefficient of estimates in the order of prices over that of prices. Below 1:
    /// regressive.
    pub mki: Figure,
    /// Kakwani index: the difference of the same two. Below 0: regressive.
    pub ki: Figure,
}

/// The ranges that a study should keep to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioLimits {
    /// Of the median ratio.
    pub median: Interval,
    /// Of the coefficient of dispersion, in percent; below the lower end estimates are suspected to follow prices.
    pub cod: Interval,
    /// Of the price-related differential.
    pub prd: Interval,
    /// Of the price-related bias.
    pub prb: Interval,
    /// Of the modified Kakwani index.
    pub mki: Interval,
}

impl Default for RatioLimits {
    /// The standard's limits for residential property (tables 1-3 and 2-3), with both ends allowed, and Quintos'
    /// recommendation for the index.
    fn default() -> Self {
        let between = |lower, upper| Interval { lower, upper };
        Self {
            median: between(0.9, 1.1),
            cod: between(5.0, 15.0),
            prd: between(0.98, 1.03),
            prb: between(-0.05, 0.05),
            mki: between(0.95, 1.05),
        }
    }
}

impl RatioStudy {
    /// Studies `estimates` against `prices`, with percentile intervals over resampled rows. All figures are insufficient
    /// when `needs` are not met by what is left after trimming.
    ///
    /// # Errors
    /// When the two cannot be paired, or an estimate or price is not above 0.
    pub fn of(
        estimates: &[f64],
        prices: &[f64],
        trim: Trim,
        needs: &Needs,
        resampling: &Resampling,
    ) -> Result<Self, AmountsError> {
        let all = Ratios::of(estimates, prices)?;
        let kept = all.trimmed(trim);
        let (rows, trimmed) = (kept.ratios.len(), all.ratios.len() - kept.ratios.len());
        let figures = match needs.of_amounts(rows as u64) {
            Err(insufficient) => [Figure::Insufficient(insufficient); 8],
            Ok(()) => {
                let values = kept.statistics(&vec![1.0; rows]);
                let intervals = percentile(Units::Rows(rows), resampling, |counts| kept.statistics(counts));
                std::array::from_fn(|at| {
                    Figure::Known(Estimate { value: values[at], interval: intervals[at] })
                })
            }
        };
        let [median, mean, weighted_mean, cod, prd, prb, mki, ki] = figures;
        Ok(Self {
            rows: rows as u64,
            trimmed: trimmed as u64,
            median,
            mean,
            weighted_mean,
            cod,
            prd,
            prb,
            mki,
            ki,
        })
    }
}

/// Pairs with the orders that the statistics need.
struct Ratios {
    estimates: Vec<f64>,
    prices: Vec<f64>,
    ratios: Vec<f64>,
    by_ratio: Vec<u32>,
    by_price: Vec<u32>,
}

impl Ratios {
    fn of(estimates: &[f64], prices: &[f64]) -> Result<Self, AmountsError> {
        check(estimates, prices, true)?;
        if let Some(row) = estimates.iter().position(|estimate| *estimate <= 0.0) {
            return Err(AmountsError::NotPositive { row });
        }
        Ok(Self::sorted(estimates.to_vec(), prices.to_vec()))
    }

    fn sorted(estimates: Vec<f64>, prices: Vec<f64>) -> Self {
        let ratios: Vec<f64> =
            estimates.iter().zip(&prices).map(|(estimate, price)| estimate / price).collect();
        let (by_ratio, by_price) = (ascending(&ratios), ascending(&prices));
        Self { estimates, prices, ratios, by_ratio, by_price }
    }

    fn trimmed(&self, trim: Trim) -> Self {
        let sorted: Vec<f64> = self.by_ratio.iter().map(|&row| self.ratios[row as usize]).collect();
        let quartiles = (quantile::of_ascending(&sorted, 0.25), quantile::of_ascending(&sorted, 0.75));
        let inside = match (trim, quartiles) {
            (Trim::Quartiles(times), (Some(first), Some(third))) => {
                let reach = times * (third - first);
                Interval { lower: first - reach, upper: third + reach }
            }
            _ => Interval { lower: f64::NEG_INFINITY, upper: f64::INFINITY },
        };
        let keep = |values: &[f64]| {
            let kept = values.iter().zip(&self.ratios).filter(|(_, ratio)| inside.contains(**ratio));
            kept.map(|(value, _)| *value).collect::<Vec<f64>>()
        };
        Self::sorted(keep(&self.estimates), keep(&self.prices))
    }

    /// Median, mean and weighted mean ratio, COD, PRD, PRB, MKI and KI of the rows counted by `counts`.
    fn statistics(&self, counts: &[f64]) -> [f64; 8] {
        let at = |place: usize| self.by_ratio[place] as usize;
        let median = quantile::counted_median(|p| self.ratios[at(p)], self.ratios.len(), |p| counts[at(p)])
            .unwrap_or(f64::NAN);
        let (mut rows, mut ratios, mut estimates, mut prices, mut apart) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (row, count) in counts.iter().enumerate() {
            rows += count;
            ratios += count * self.ratios[row];
            estimates += count * self.estimates[row];
            prices += count * self.prices[row];
            apart += count * (self.ratios[row] - median).abs();
        }
        let (mean, weighted_mean) = (ratios / rows, estimates / prices);
        let (gini_estimates, gini_prices) =
            (self.gini(&self.estimates, counts), self.gini(&self.prices, counts));
        [
            median,
            mean,
            weighted_mean,
            100.0 * apart / (rows * median),
            mean / weighted_mean,
            self.bias(median, counts),
            gini_estimates / gini_prices,
            gini_estimates - gini_prices,
        ]
    }

    /// The slope of `(ratio - median) / median` on the binary logarithm of half of `estimate / median + price`.
    fn bias(&self, median: f64, counts: &[f64]) -> f64 {
        let point = |row: usize| {
            let value = 0.5 * (self.estimates[row] / median + self.prices[row]);
            (libm::log2(value), (self.ratios[row] - median) / median)
        };
        let (mut rows, mut mean_x, mut mean_y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (row, count) in counts.iter().enumerate() {
            if *count <= 0.0 {
                continue;
            }
            // Weighted running moments (West, Communications of the ACM 22, 1979): no second pass over logarithms.
            let (x, y) = point(row);
            rows += count;
            let (from_x, share) = (x - mean_x, count / rows);
            mean_x += share * from_x;
            mean_y += share * (y - mean_y);
            xx += count * from_x * (x - mean_x);
            xy += count * from_x * (y - mean_y);
        }
        if xx > 0.0 { xy / xx } else { f64::NAN }
    }

    /// The Gini coefficient of `values` in the order of prices.
    fn gini(&self, values: &[f64], counts: &[f64]) -> f64 {
        let (mut rank, mut weighted, mut sum) = (0.0, 0.0, 0.0);
        for &row in &self.by_price {
            let (value, count) = (values[row as usize], counts[row as usize]);
            // The copies of a row take the next `count` ranks.
            weighted += value * count * (rank + 0.5 * (count + 1.0));
            sum += value * count;
            rank += count;
        }
        (2.0 * weighted / sum - (rank + 1.0)) / rank
    }
}
