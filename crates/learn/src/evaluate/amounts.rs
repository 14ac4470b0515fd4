//! How far predicted amounts are from the true ones.

use serde::{Deserialize, Serialize};

use super::{
    bootstrap::{Resampling, Units, counted_mean, percentile},
    quantile,
    shortage::{Estimate, Figure, Needs},
};

/// Why predicted and true amounts cannot be held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountsError {
    /// There are more of the one than of the other.
    #[error("{predictions} predictions and {truths} true amounts cannot be paired")]
    Lengths {
        /// The number of predictions.
        predictions: usize,
        /// The number of true amounts.
        truths: usize,
    },
    /// A number is not finite.
    #[error("row {row} has an amount that is not a number")]
    NotANumber {
        /// The first such row, counted from 0.
        row: usize,
    },
    /// A true amount is not above 0, so that there is no relative error.
    #[error("row {row} has an amount that is not above 0, which no ratio can be taken of")]
    NotPositive {
        /// The first such row, counted from 0.
        row: usize,
    },
    /// More rows than can be numbered.
    #[error("more than {} rows cannot be evaluated at once", u32::MAX)]
    TooMany,
}

/// Checks that the two are as long and finite; above 0 as well where `positive`.
pub(super) fn check(predictions: &[f64], truths: &[f64], positive: bool) -> Result<(), AmountsError> {
    if predictions.len() != truths.len() {
        return Err(AmountsError::Lengths { predictions: predictions.len(), truths: truths.len() });
    }
    if u32::try_from(truths.len()).is_err() {
        return Err(AmountsError::TooMany);
    }
    for (row, (prediction, truth)) in predictions.iter().zip(truths).enumerate() {
        if !(prediction.is_finite() && truth.is_finite()) {
            return Err(AmountsError::NotANumber { row });
        }
        if positive && *truth <= 0.0 {
            return Err(AmountsError::NotPositive { row });
        }
    }
    Ok(())
}

/// Relative errors `|prediction - truth| / truth`, row by row.
fn relative(predictions: &[f64], truths: &[f64]) -> Result<Vec<f64>, AmountsError> {
    check(predictions, truths, true)?;
    Ok(predictions.iter().zip(truths).map(|(prediction, truth)| (prediction - truth).abs() / truth).collect())
}

/// Median of the relative errors (MdAPE) as a fraction: 0.08 is 8 %. None without rows.
///
/// # Errors
/// When the amounts cannot be paired or a true amount is not above 0.
pub fn mdape(predictions: &[f64], truths: &[f64]) -> Result<Option<f64>, AmountsError> {
    let mut errors = relative(predictions, truths)?;
    errors.sort_unstable_by(f64::total_cmp);
    Ok(quantile::median(&errors))
}

/// Mean of the relative errors (MAPE) as a fraction. None without rows.
///
/// # Errors
/// When the amounts cannot be paired or a true amount is not above 0.
pub fn mape(predictions: &[f64], truths: &[f64]) -> Result<Option<f64>, AmountsError> {
    let errors = relative(predictions, truths)?;
    Ok((!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64))
}

/// The share of rows whose relative error is at most `within` (PE10 is `within` 0.1). None without rows.
///
/// # Errors
/// When the amounts cannot be paired or a true amount is not above 0.
pub fn share_within(predictions: &[f64], truths: &[f64], within: f64) -> Result<Option<f64>, AmountsError> {
    let errors = relative(predictions, truths)?;
    let near = errors.iter().filter(|error| **error <= within).count();
    Ok((!errors.is_empty()).then(|| near as f64 / errors.len() as f64))
}

/// The figures of predicted amounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmountFigures {
    /// The number of rows.
    pub rows: u64,
    /// Mean absolute error, in the amounts' unit.
    pub mean_absolute_error: Figure,
    /// Root of the mean squared error, in the amounts' unit.
    pub root_mean_squared_error: Figure,
    /// Share of the variance that is explained (R squared); 0 is predicting the mean, below 0 worse than that.
    pub r_squared: Figure,
    /// Figures of relative errors; none when some true amount is not above 0.
    pub relative: Option<RelativeFigures>,
}

/// The figures of relative errors, as fractions of the true amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelativeFigures {
    /// Median relative error (MdAPE).
    pub median: Figure,
    /// Mean relative error (MAPE).
    pub mean: Figure,
    /// Share of rows within 10 % of the truth (PE10).
    pub within_10: Figure,
    /// Share of rows within 20 % of the truth (PE20).
    pub within_20: Figure,
}

impl AmountFigures {
    /// The figures of `predictions`, with percentile intervals over resampled rows. All are insufficient when `needs`
    /// are not met.
    ///
    /// # Errors
    /// When the amounts cannot be paired.
    pub fn of(
        predictions: &[f64],
        truths: &[f64],
        needs: &Needs,
        resampling: &Resampling,
    ) -> Result<Self, AmountsError> {
        check(predictions, truths, false)?;
        let errors = relative(predictions, truths).ok();
        let figures = match needs.of_amounts(truths.len() as u64) {
            Err(insufficient) => [Figure::Insufficient(insufficient); 7],
            Ok(()) => {
                let prepared = Prepared::of(predictions, truths, errors.as_deref());
                let values = prepared.figures(&vec![1.0; truths.len()]);
                let intervals =
                    percentile(Units::Rows(truths.len()), resampling, |counts| prepared.figures(counts));
                std::array::from_fn(|at| {
                    Figure::Known(Estimate { value: values[at], interval: intervals[at] })
                })
            }
        };
        let [mean_absolute_error, root_mean_squared_error, r_squared, median, mean, within_10, within_20] =
            figures;
        Ok(Self {
            rows: truths.len() as u64,
            mean_absolute_error,
            root_mean_squared_error,
            r_squared,
            relative: errors.map(|_| RelativeFigures { median, mean, within_10, within_20 }),
        })
    }

    /// `one` less `other` on the same truths: differences of mean and median relative error with paired intervals; below
    /// 0 the first is better.
    ///
    /// # Errors
    /// When the amounts cannot be paired or a true amount is not above 0.
    pub fn difference(
        one: &[f64],
        other: &[f64],
        truths: &[f64],
        needs: &Needs,
        resampling: &Resampling,
    ) -> Result<AmountDifferences, AmountsError> {
        let (first, second) = (relative(one, truths)?, relative(other, truths)?);
        let figures = match needs.of_amounts(truths.len() as u64) {
            Err(insufficient) => [Figure::Insufficient(insufficient); 2],
            Ok(()) => {
                let (first, second) = (Sorted::of(&first), Sorted::of(&second));
                let difference = |counts: &[f64]| {
                    [first.median(counts) - second.median(counts), first.mean(counts) - second.mean(counts)]
                };
                let values = difference(&vec![1.0; truths.len()]);
                let intervals = percentile(Units::Rows(truths.len()), resampling, difference);
                std::array::from_fn(|at| {
                    Figure::Known(Estimate { value: values[at], interval: intervals[at] })
                })
            }
        };
        let [median, mean] = figures;
        Ok(AmountDifferences { median, mean })
    }
}

/// The relative errors of one model less those of another on the same rows, as fractions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmountDifferences {
    /// Difference of the medians; below 0 the first is better.
    pub median: Figure,
    /// Difference of the means; below 0 the first is better.
    pub mean: Figure,
}

/// Values with their order.
struct Sorted<'a> {
    values: &'a [f64],
    order: Vec<u32>,
}

impl<'a> Sorted<'a> {
    fn of(values: &'a [f64]) -> Self {
        Self { values, order: ascending(values) }
    }

    fn median(&self, counts: &[f64]) -> f64 {
        let row = |place: usize| self.order[place] as usize;
        quantile::counted_median(|at| self.values[row(at)], self.values.len(), |at| counts[row(at)])
            .unwrap_or(f64::NAN)
    }

    fn mean(&self, counts: &[f64]) -> f64 {
        counted_mean(self.values, counts).unwrap_or(f64::NAN)
    }

    fn share_up_to(&self, bound: f64, counts: &[f64]) -> f64 {
        let near = self.values.iter().zip(counts).filter(|(value, _)| **value <= bound);
        near.map(|(_, count)| count).sum::<f64>() / counts.iter().sum::<f64>()
    }
}

/// The rows of `values` in ascending order, equal ones in the order they stand in.
pub(super) fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(values.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by(|&one, &other| values[one as usize].total_cmp(&values[other as usize]));
    order
}

struct Prepared<'a> {
    absolute: Vec<f64>,
    squared: Vec<f64>,
    truths: &'a [f64],
    relative: Option<Sorted<'a>>,
}

impl<'a> Prepared<'a> {
    fn of(predictions: &[f64], truths: &'a [f64], relative: Option<&'a [f64]>) -> Self {
        let misses = || predictions.iter().zip(truths).map(|(prediction, truth)| prediction - truth);
        Self {
            absolute: misses().map(f64::abs).collect(),
            squared: misses().map(|miss| miss * miss).collect(),
            truths,
            relative: relative.map(Sorted::of),
        }
    }

    fn figures(&self, counts: &[f64]) -> [f64; 7] {
        let absolute = counted_mean(&self.absolute, counts).unwrap_or(f64::NAN);
        let squared = counted_mean(&self.squared, counts).unwrap_or(f64::NAN);
        let mean = counted_mean(self.truths, counts).unwrap_or(f64::NAN);
        let (mut spread, mut total) = (0.0, 0.0);
        for (truth, count) in self.truths.iter().zip(counts) {
            spread += count * (truth - mean).powi(2);
            total += count;
        }
        let r_squared = if spread > 0.0 { 1.0 - squared * total / spread } else { f64::NAN };
        let relative = match &self.relative {
            None => [f64::NAN; 4],
            Some(sorted) => [
                sorted.median(counts),
                sorted.mean(counts),
                sorted.share_up_to(0.1, counts),
                sorted.share_up_to(0.2, counts),
            ],
        };
        let [median, mean, within_10, within_20] = relative;
        [absolute, squared.sqrt(), r_squared, median, mean, within_10, within_20]
    }
}
