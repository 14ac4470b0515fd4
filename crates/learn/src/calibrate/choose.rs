use serde::{Deserialize, Serialize};

use super::{CalibrateError, Calibration, Method, check};
use crate::evaluate::log_loss_of;

/// Rows, and a fifth of it positives and negatives each, below which only the level is calibrated.
pub const ROWS_MIN: usize = 100;

/// Rows that isotonic regression needs before it is tried. Below, it was the worst of all methods on every data set
/// that it was measured on (X Education leads, Telco churn, Bank marketing).
pub const ISOTONIC_ROWS_MIN: usize = 5_001;

const FOLDS: usize = 5;

/// How sure an improvement must be: the 95 % quantile of the normal distribution, in standard errors.
const CLEARLY: f64 = 1.644_853_626_951_472_2;

/// A calibration and why it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The chosen map, fitted on all rows.
    pub calibration: Calibration,
    /// Every method that was tried, in the order of [`Method`]; the first is [`Method::Raw`].
    pub trials: Vec<Trial>,
    /// Rows that it was chosen on.
    pub rows: usize,
    /// Positive outcomes among them.
    pub positives: usize,
}

/// How one method did on rows that it was not fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The method.
    pub method: Method,
    /// Mean log loss, out of fold.
    pub log_loss: f64,
    /// Mean log loss saved against raw predictions.
    pub gain: f64,
    /// Standard error of `gain`, rows taken as independent.
    pub gain_error: f64,
}

/// The calibration for a model that made `predictions` for rows it was not trained on.
///
/// Each method is fitted on four fifths of the rows and judged on the fifth, five times. From raw predictions on, a
/// method takes the place of the simpler one before it when it saves log loss clearly: by more than 1.64 standard
/// errors. With fewer than [`ROWS_MIN`] rows, or few positives or negatives, only [`Method::Level`] is tried;
/// [`Method::Isotonic`] from [`ISOTONIC_ROWS_MIN`] rows on.
///
/// The order of the rows does not matter: the folds go round through the rows sorted by prediction.
///
/// # Errors
/// When the slices do not belong together or are empty, or a prediction is no probability.
pub fn choose(predictions: &[f64], outcomes: &[bool]) -> Result<Choice, CalibrateError> {
    check(predictions, outcomes)?;
    let mut rows: Vec<(f64, bool)> = predictions.iter().copied().zip(outcomes.iter().copied()).collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let positives = rows.iter().filter(|row| row.1).count();
    let raw: Vec<f64> = rows.iter().map(|&(p, positive)| log_loss_of(p, positive)).collect();
    let mut trials = vec![trial(Method::Raw, &raw, &raw)];
    let (mut method, mut least) = (Method::Raw, raw.clone());
    for richer in methods(rows.len(), positives) {
        let losses = out_of_fold(richer, &rows)?;
        trials.push(trial(richer, &raw, &losses));
        let against_simpler = trial(richer, &least, &losses);
        if against_simpler.gain > CLEARLY * against_simpler.gain_error && against_simpler.gain > 0.0 {
            (method, least) = (richer, losses);
        }
    }
    let (sorted, alike): (Vec<f64>, Vec<bool>) = rows.iter().copied().unzip();
    let calibration = Calibration::fit(method, &sorted, &alike)?;
    Ok(Choice { calibration, trials, rows: rows.len(), positives })
}

/// The methods worth trying on so many rows.
fn methods(rows: usize, positives: usize) -> Vec<Method> {
    let rarer = positives.min(rows - positives);
    if rows < ROWS_MIN || rarer < ROWS_MIN / 5 {
        // Fewer than a fold each cannot be judged at all.
        return if rows < 2 * FOLDS { vec![] } else { vec![Method::Level] };
    }
    let mut methods = vec![Method::Level, Method::Platt, Method::Beta];
    if rows >= ISOTONIC_ROWS_MIN {
        methods.push(Method::Isotonic);
    }
    methods
}

/// The log loss of each row under `method` fitted on the other folds.
fn out_of_fold(method: Method, rows: &[(f64, bool)]) -> Result<Vec<f64>, CalibrateError> {
    let mut losses = vec![0.0; rows.len()];
    // Rows of one class go round separately, so that every fold has its share.
    let mut seen = [0_usize; 2];
    let folds: Vec<usize> = rows
        .iter()
        .map(|row| {
            let seen = &mut seen[usize::from(row.1)];
            *seen += 1;
            (*seen - 1) % FOLDS
        })
        .collect();
    for fold in 0..FOLDS {
        let others = rows.iter().zip(&folds).filter(|(_, f)| **f != fold).map(|(row, _)| *row);
        let (predictions, outcomes): (Vec<f64>, Vec<bool>) = others.unzip();
        let calibration = Calibration::fit(method, &predictions, &outcomes)?;
        for (index, (p, positive)) in rows.iter().enumerate() {
            if folds[index] == fold {
                losses[index] = log_loss_of(calibration.apply(*p), *positive);
            }
        }
    }
    Ok(losses)
}

fn trial(method: Method, raw: &[f64], losses: &[f64]) -> Trial {
    let rows = raw.len() as f64;
    let log_loss = losses.iter().sum::<f64>() / rows;
    let gain = raw.iter().zip(losses).map(|(before, after)| before - after).sum::<f64>() / rows;
    let squares = raw.iter().zip(losses).map(|(before, after)| (before - after - gain).powi(2)).sum::<f64>();
    let gain_error = (squares / (rows - 1.0).max(1.0) / rows).sqrt();
    Trial { method, log_loss, gain, gain_error }
}
