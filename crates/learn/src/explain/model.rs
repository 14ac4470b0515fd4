//! Explanations of a whole model: trees and baseline together, on the scale of its calibrated chances.

use super::{ExplainError, Explainer, Explanation};
use crate::{frame::Value, odds::probability, study::Model};

/// A model made ready for explanations.
#[derive(Clone, Debug)]
pub struct ModelExplainer<'a> {
    model: &'a Model,
    trees: Explainer,
}

impl<'a> ModelExplainer<'a> {
    /// Prepares `model`.
    ///
    /// # Errors
    /// When its forest is malformed or too deep.
    pub fn new(model: &'a Model) -> Result<Self, ExplainError> {
        Ok(Self { model, trees: Explainer::new(&model.forest, model.schema.columns.len())? })
    }

    /// The log odds of `row` before calibration, in parts: those of the trees (Shapley values) and of the logistic
    /// regression (its terms less their means, which are its Shapley values), by their shares in the model.
    pub fn margins(&self, row: &[Value]) -> Explanation {
        let share = self.model.forest_share;
        let trees = self.trees.explain(row);
        let linear = self.model.logistic.contributions(row);
        let mut contributions: Vec<f64> = trees.contributions.iter().map(|part| share * part).collect();
        for (sum, part) in contributions.iter_mut().zip(&linear) {
            *sum += (1.0 - share) * part;
        }
        let base = share * trees.base + (1.0 - share) * self.model.logistic.base();
        let prediction = base + contributions.iter().sum::<f64>();
        Explanation { base, prediction, contributions }
    }

    /// The chance that the model gives `row`, in parts that sum to it; see [`Explanation::on_scale`].
    pub fn chances(&self, row: &[Value]) -> Explanation {
        self.margins(row).on_scale(|margin| self.model.calibration.apply(probability(margin)))
    }
}
