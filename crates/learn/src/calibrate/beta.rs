use serde::{Deserialize, Serialize};

use super::{CalibrateError, check_classes, platt::RIDGE};
use crate::{
    logistic::solve::{Design, minimise},
    odds::{loss, probability, uncertain},
};

/// Beta calibration: calibrated log-odds = `a` ln p - `b` ln(1 - p) + `intercept`, with `a` and `b` at least 0.
///
/// M. Kull, T. Silva Filho and P. Flach, "Beta calibration: a well-founded and easily implemented improvement on
/// logistic calibration for binary classifiers", AISTATS 2017. Unlike Platt's line it can leave a probability as it
/// is (1, 1, 0) and bends the two ends apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beta {
    a: f64,
    b: f64,
    intercept: f64,
}

impl Beta {
    /// The member of the family with the smallest log loss.
    ///
    /// Coefficients below 0 would turn the order around at one end, so the best member without them is taken: as the
    /// authors do, with `a` or `b` left out (two parameters), or both (the base rate).
    ///
    /// # Errors
    /// When the slices do not belong together, a prediction is no probability, or all outcomes are alike.
    pub fn fit(predictions: &[f64], outcomes: &[bool]) -> Result<Self, CalibrateError> {
        check_classes(predictions, outcomes)?;
        let targets: Vec<f64> = outcomes.iter().map(|positive| f64::from(u8::from(*positive))).collect();
        let ends: Vec<[f64; 2]> = predictions.iter().map(|p| ends(*p)).collect();
        let full = minimise(&Design::dense(ends.iter().copied()), &targets, RIDGE);
        if let [a, b] = full.coefficients[..]
            && a >= 0.0
            && b >= 0.0
        {
            return Ok(Self { a, b, intercept: full.intercept });
        }
        // The loss is convex: the best member without negative coefficients lies where one of them is 0.
        let only = |end: usize| minimise(&Design::dense(ends.iter().map(|e| [e[end]])), &targets, RIDGE);
        let (of_a, of_b, none) =
            (only(0), only(1), minimise(&Design::dense(ends.iter().map(|_| [])), &targets, 0.0));
        let candidates = [
            Self { a: of_a.coefficients[0], b: 0.0, intercept: of_a.intercept },
            Self { a: 0.0, b: of_b.coefficients[0], intercept: of_b.intercept },
            Self { a: 0.0, b: 0.0, intercept: none.intercept },
        ];
        let loss_of = |beta: &Self| {
            let margins = ends.iter().map(|end| beta.margin(*end));
            margins.zip(&targets).map(|(margin, target)| loss(margin, *target)).sum::<f64>()
        };
        let fit = candidates.into_iter().filter(|beta| beta.a >= 0.0 && beta.b >= 0.0);
        let best = fit.min_by(|one, other| loss_of(one).total_cmp(&loss_of(other)));
        Ok(best.unwrap_or(candidates[2]))
    }

    /// How strongly ln p counts; at least 0.
    pub fn a(&self) -> f64 {
        self.a
    }

    /// How strongly -ln(1 - p) counts; at least 0.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// What is added to the log-odds.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    fn margin(&self, [low, high]: [f64; 2]) -> f64 {
        self.a * low + self.b * high + self.intercept
    }

    pub(super) fn apply(&self, p: f64) -> f64 {
        probability(self.margin(ends(p)))
    }
}

/// ln p and -ln(1 - p), both rising in p.
fn ends(p: f64) -> [f64; 2] {
    let p = uncertain(p);
    [libm::log(p), -libm::log1p(-p)]
}
