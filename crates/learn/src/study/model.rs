use serde::{Deserialize, Serialize};

use crate::{
    calibrate::Calibration,
    frame::{Frame, Schema, Value},
    gbdt::{Forest, Scorer},
    logistic::Logistic,
    odds::probability,
};

/// Trees and a logistic regression whose log odds are averaged, then calibrated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The columns that it looks at, in the order of a row's values.
    pub schema: Schema,
    /// The trees.
    pub forest: Forest,
    /// The baseline, which also has a part in the model.
    pub logistic: Logistic,
    /// The weight of the trees, from 0 to 1; the logistic regression has the rest.
    pub forest_share: f64,
    /// What turns the average into a probability that happens as often as it says.
    pub calibration: Calibration,
}

impl Model {
    /// The log odds for `row`, whose values stand in the order of the schema, before calibration.
    pub fn raw(&self, row: &[Value]) -> f64 {
        self.blended(|| self.forest.raw(row), row)
    }

    /// The probability of the outcome for `row`, whose values stand in the order of the schema.
    pub fn predict(&self, row: &[Value]) -> f64 {
        self.calibration.apply(probability(self.raw(row)))
    }

    /// The probability of the outcome for each row of `frame`, which has the columns of the schema.
    pub fn predict_all(&self, frame: &Frame) -> Vec<f64> {
        self.ready().predict_all(frame)
    }

    /// The model laid out for many predictions.
    pub fn ready(&self) -> Ready<'_> {
        Ready { model: self, scorer: Scorer::new(&self.forest) }
    }

    fn blended(&self, trees: impl FnOnce() -> f64, row: &[Value]) -> f64 {
        let share = self.forest_share;
        // A part without weight is not asked.
        let trees = if share > 0.0 { share * trees() } else { 0.0 };
        let logistic = if share < 1.0 { (1.0 - share) * self.logistic.margin(row) } else { 0.0 };
        trees + logistic
    }
}

/// A [`Model`] laid out for many predictions: the same answers, faster.
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    model: &'a Model,
    scorer: Scorer,
}

impl Ready<'_> {
    /// As [`Model::predict`].
    pub fn predict(&self, row: &[Value]) -> f64 {
        let raw = self.model.blended(|| self.scorer.raw(row), row);
        self.model.calibration.apply(probability(raw))
    }

    /// As [`Model::predict_all`].
    pub fn predict_all(&self, frame: &Frame) -> Vec<f64> {
        let trees =
            if self.model.forest_share > 0.0 { self.scorer.raw_all(frame) } else { vec![0.0; frame.rows()] };
        let mut row = Vec::with_capacity(frame.columns().len());
        let predict = |(at, trees): (usize, f64)| {
            frame.row_into(at, &mut row);
            self.model.calibration.apply(probability(self.model.blended(|| trees, &row)))
        };
        trees.into_iter().enumerate().map(predict).collect()
    }
}

/// `answer` to each row of `frame`.
pub(super) fn each_row(frame: &Frame, answer: impl Fn(&[Value]) -> f64) -> Vec<f64> {
    let mut row = Vec::with_capacity(frame.columns().len());
    let answer = |at| {
        frame.row_into(at, &mut row);
        answer(&row)
    };
    (0..frame.rows()).map(answer).collect()
}
