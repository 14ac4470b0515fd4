//! Why a forest predicts what it predicts: exact additive contributions of every column.
//!
//! ```
//! use learn::{explain::{self, Explainer, Unit}, frame::{ColumnSchema, Kind, Schema, Value}};
//! use learn::gbdt::{Forest, Node, Objective, Test, Tree};
//!
//! // One question: has somebody visited more than twice?
//! let forest = Forest {
//!     objective: Objective::Binary,
//!     base: -1.0,
//!     trees: vec![Tree { nodes: vec![
//!         Node::Split { feature: 0, test: Test::Threshold(2.0), missing_left: true, left: 1, right: 2, cover: 100.0 },
//!         Node::Leaf { value: -0.5, cover: 75.0 },
//!         Node::Leaf { value: 1.5, cover: 25.0 },
//!     ] }],
//! };
//! let column = ColumnSchema { name: "Visits".into(), kind: Kind::Number, levels: vec![], left_out: None, writing: Default::default() };
//! let schema = Schema { columns: vec![column], ..Schema::default() };
//! let row = [Value::Number(7.0)];
//!
//! let explainer = Explainer::new(&forest, schema.columns.len())?;
//! let margins = explainer.explain(&row);
//! assert!((margins.prediction - forest.raw(&row)).abs() < 1e-9);
//! let chances = margins.on_scale(|margin| forest.objective.prediction(margin));
//! let reasons = explain::reasons(&schema, &row, &chances, Unit::Chance);
//! assert_eq!(reasons[0].to_string(), "Visits is 7: raises the chance by 35.4 points");
//! # Ok::<(), learn::explain::ExplainError>(())
//! ```
//!
//! Contributions are the Shapley values of the game in which unknown columns are averaged over the training rows as the
//! tree distributes them ("path-dependent" TreeSHAP: Lundberg et al., Nature Machine Intelligence 2, 2020). They sum to
//! the prediction less the average prediction.

mod model;
mod quadrature;
mod tree;
mod words;

use serde::{Deserialize, Serialize};

pub use model::ModelExplainer;
pub use words::{Reason, Said, Unit, factors, in_words, reasons};

use crate::{frame::Value, gbdt::Forest};
use tree::Walked;

/// A forest made ready for explanations.
#[derive(Clone, Debug)]
pub struct Explainer {
    columns: usize,
    expected: f64,
    trees: Vec<Walked>,
}

/// Why a forest cannot be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// A tree is no tree: a child before its parent, a node with two parents or none, or no node at all.
    #[error("tree {tree} is malformed at node {node}")]
    Malformed {
        /// The tree's place in the forest.
        tree: usize,
        /// The node's place in the tree.
        node: usize,
    },
    /// A tree asks for a column that the schema does not have.
    #[error("tree {tree} asks for column {column}, and there are {columns}")]
    Column {
        /// The tree's place in the forest.
        tree: usize,
        /// The column asked for.
        column: u32,
        /// How many there are.
        columns: usize,
    },
    /// A path asks more columns than can be explained exactly.
    #[error("tree {tree} asks {columns} columns on one path; up to {} can be explained", tree::COLUMNS_MAX)]
    TooDeep {
        /// The tree's place in the forest.
        tree: usize,
        /// The number of different columns on the path.
        columns: usize,
    },
    /// A leaf's value, a cover or the base is not a finite number.
    #[error("tree {tree} has a number that is not finite at node {node}")]
    NotFinite {
        /// The tree's place in the forest.
        tree: usize,
        /// The node's place in the tree.
        node: usize,
    },
}

/// A prediction in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The average prediction: what is said when nothing is known.
    pub base: f64,
    /// The prediction of the row.
    pub prediction: f64,
    /// What each column adds, in the schema's order: they sum to `prediction - base`.
    pub contributions: Vec<f64>,
}

impl Explainer {
    /// Prepares `forest`, which was trained with a schema of `columns` columns.
    ///
    /// # Errors
    /// When the forest is malformed or too deep.
    pub fn new(forest: &Forest, columns: usize) -> Result<Self, ExplainError> {
        let mut expected = forest.base;
        let mut trees = Vec::with_capacity(forest.trees.len());
        for (place, tree) in forest.trees.iter().enumerate() {
            let walked = Walked::of(tree, place, columns)?;
            expected += walked.expected();
            trees.push(walked);
        }
        if !expected.is_finite() {
            return Err(ExplainError::NotFinite { tree: 0, node: 0 });
        }
        Ok(Self { columns, expected, trees })
    }

    /// The average margin over the training rows.
    pub fn expected(&self) -> f64 {
        self.expected
    }

    /// The margin of `row` (whose values stand in the schema's order; absent ones are missing) in parts.
    pub fn explain(&self, row: &[Value]) -> Explanation {
        let mut contributions = vec![0.0; self.columns];
        let mut scratch = Vec::new();
        for tree in &self.trees {
            tree.add(row, &mut contributions, &mut scratch);
        }
        let prediction = self.expected + contributions.iter().sum::<f64>();
        Explanation { base: self.expected, prediction, contributions }
    }
}

impl Explanation {
    /// The same on another scale, such as chances instead of log odds: `to` is applied to base and prediction, and the
    /// contributions are stretched by one common factor so that they still sum to the difference.
    ///
    /// That keeps signs, order and proportions. (On a bent scale the parts of a sum are not unique; this is the choice
    /// in which no column's share depends on the order of columns. A constant `to` leaves nothing to explain.)
    pub fn on_scale(&self, to: impl Fn(f64) -> f64) -> Self {
        let (base, prediction) = (to(self.base), to(self.prediction));
        let total: f64 = self.contributions.iter().sum();
        let difference = prediction - base;
        // Contributions that cancel out leave no slope to read off: then the scale's own slope at the base is used.
        let factor = if total.abs() > 1e-9 * self.size() {
            difference / total
        } else {
            let step = 1e-4;
            (to(self.base + step) - to(self.base - step)) / (2.0 * step)
        };
        let mut contributions: Vec<f64> = self.contributions.iter().map(|part| part * factor).collect();
        settle(&mut contributions, difference);
        Self { base, prediction, contributions }
    }

    /// The sum of the contributions' sizes.
    pub fn size(&self) -> f64 {
        self.contributions.iter().map(|part| part.abs()).sum()
    }
}

/// Puts what rounding left between the sum of `parts` and `sum` onto the largest part.
fn settle(parts: &mut [f64], sum: f64) {
    let left = sum - parts.iter().sum::<f64>();
    if let Some(largest) = parts.iter_mut().max_by(|one, other| one.abs().total_cmp(&other.abs())) {
        *largest += left;
    }
}
