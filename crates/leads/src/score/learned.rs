use kernel::Interval;
use learn::{
    explain::{ExplainError, Explainer},
    frame::{ColumnSchema, Value},
    odds,
    study::Model,
};

use super::{Basis, Parts};
use crate::{
    features::{Feature, Features},
    prior::Missing,
    share,
};

/// Judged rows that an interval is read from: those whose scores are nearest.
pub const SIMILAR_ROWS: usize = 100;

/// A model that learned from a market's outcomes, made ready to score its leads.
#[derive(Clone, Debug)]
pub struct Learned {
    id: String,
    version: u32,
    rows: u64,
    model: Model,
    explainer: Explainer,
    columns: Vec<Source>,
    /// Scores and outcomes of rows that the model did not learn from, ascending by score, equal scores by outcome.
    judged: Vec<(f64, bool)>,
}

/// Where a column of the model comes from.
#[derive(Clone, Debug)]
struct Source {
    feature: Feature,
    /// The model's code of each level of the feature; empty for numbers.
    codes: Vec<Option<u32>>,
}

/// Why a model cannot score leads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LearnedError {
    /// It asks for a column that is no feature, or one of another kind.
    #[error("the model asks for {column:?}, which is no feature of a lead or one of another kind")]
    Column {
        /// The column.
        column: String,
    },
    /// It was not judged, or not on as many rows as there are outcomes.
    #[error(
        "there are {predictions} judged predictions and {outcomes} outcomes; a model is used after it was judged"
    )]
    NotJudged {
        /// Predictions.
        predictions: usize,
        /// Outcomes.
        outcomes: usize,
    },
    /// Its trees cannot be explained.
    #[error(transparent)]
    Explain(#[from] ExplainError),
}

impl Learned {
    /// The model, which was trained on `rows` rows, and the scores that it gave to rows that it had not seen, with what
    /// became of them.
    ///
    /// # Errors
    /// When a column is no feature, the model was not judged, or its trees cannot be explained.
    pub fn new(
        id: impl Into<String>,
        version: u32,
        rows: u64,
        model: Model,
        predictions: &[f64],
        outcomes: &[bool],
    ) -> Result<Self, LearnedError> {
        if predictions.is_empty() || predictions.len() != outcomes.len() {
            return Err(LearnedError::NotJudged { predictions: predictions.len(), outcomes: outcomes.len() });
        }
        let columns = model.schema.columns.iter().map(Source::of).collect::<Result<Vec<_>, _>>()?;
        let explainer = Explainer::new(&model.forest, columns.len())?;
        let mut judged: Vec<(f64, bool)> =
            predictions.iter().copied().zip(outcomes.iter().copied()).collect();
        judged.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        Ok(Self { id: id.into(), version, rows, model, explainer, columns, judged })
    }

    /// The model itself.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What its scores rest on.
    pub(super) fn basis(&self) -> Basis {
        Basis::Model {
            id: self.id.clone(),
            version: self.version,
            rows: self.rows,
            judged_rows: self.judged.len() as u64,
        }
    }

    pub(crate) fn probability(&self, features: &Features) -> f64 {
        self.model.predict(&self.row(features))
    }

    pub(super) fn margin(&self, features: &Features) -> f64 {
        self.model.raw(&self.row(features))
    }

    /// The probability whose log-odds before calibration are `margin`.
    pub(super) fn chance(&self, margin: f64) -> f64 {
        self.model.calibration.apply(odds::probability(margin))
    }

    pub(super) fn parts(&self, features: &Features, missing: &[Missing]) -> Parts {
        let row = self.row(features);
        let share = self.model.forest_share;
        let trees = self.explainer.explain(&row);
        let line = self.model.logistic.contributions(&row);
        let mut contributions = vec![0.0; Feature::ALL.len()];
        for (source, (of_trees, of_line)) in self.columns.iter().zip(trees.contributions.iter().zip(&line)) {
            contributions[source.feature as usize] = share * of_trees + (1.0 - share) * of_line;
        }
        let base = share * trees.base + (1.0 - share) * self.model.logistic.base();
        let probability = self.model.predict(&row);
        Parts { base, contributions, interval: self.similar(probability), missing: missing.to_vec() }
    }

    /// The probability, off by as much as judged leads with scores near it were: with 90 % confidence, how often they
    /// reached the goal (Wilson) against how often their scores said they would. Over the [`SIMILAR_ROWS`] nearest; all of
    /// them where there are fewer.
    fn similar(&self, probability: f64) -> Interval {
        let wanted = SIMILAR_ROWS.min(self.judged.len());
        let (mut from, mut to) = {
            let place = self.judged.partition_point(|(score, _)| *score < probability);
            (place, place)
        };
        while to - from < wanted {
            let below = from.checked_sub(1).map(|place| probability - self.judged[place].0);
            let above = self.judged.get(to).map(|(score, _)| score - probability);
            match (below, above) {
                (Some(below), Some(above)) if below <= above => from -= 1,
                (Some(_), None) => from -= 1,
                _ => to += 1,
            }
        }
        let near = &self.judged[from..to];
        let positive = near.iter().filter(|(_, positive)| *positive).count();
        let said = near.iter().map(|(score, _)| score).sum::<f64>() / wanted as f64;
        let seen = share::interval(positive as u64, wanted as u64);
        Interval {
            lower: (probability + seen.lower - said).clamp(0.0, 1.0),
            upper: (probability + seen.upper - said).clamp(0.0, 1.0),
        }
    }

    fn row(&self, features: &Features) -> Vec<Value> {
        let value = |source: &Source| match features.value(source.feature) {
            Value::Level(code) => {
                source.codes.get(code as usize).copied().flatten().map_or(Value::Missing, Value::Level)
            }
            value => value,
        };
        self.columns.iter().map(value).collect()
    }
}

impl Source {
    fn of(column: &ColumnSchema) -> Result<Self, LearnedError> {
        let feature = Feature::named(&column.name).filter(|feature| feature.spec().kind == column.kind);
        let Some(feature) = feature else {
            return Err(LearnedError::Column { column: column.name.clone() });
        };
        let codes = feature.spec().levels.iter().map(|level| column.code(level)).collect();
        Ok(Self { feature, codes })
    }
}
