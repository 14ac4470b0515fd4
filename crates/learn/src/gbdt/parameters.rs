//! How trees are grown.

use serde::{Deserialize, Serialize};

/// The knobs of training, named by what they bound.
///
/// The defaults are LightGBM's where it has them (<https://lightgbm.readthedocs.io/en/stable/Parameters.html>), except
/// for the learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// Trees at most.
    pub rounds_max: usize,
    /// What a leaf's value is multiplied with before it is added; above 0, at most 1.
    pub learning_rate: f64,
    /// Leaves of a tree at most; from 2.
    pub leaves_max: usize,
    /// Questions from the root to a leaf at most.
    pub depth_max: usize,
    /// Training rows in a leaf at least.
    pub leaf_rows_min: u32,
    /// Sum of second derivatives in a leaf at least.
    pub leaf_hessian_min: f64,
    /// Penalty on squared leaf values, added to the sum of second derivatives.
    pub l2: f64,
    /// How much a split must gain.
    pub gain_min: f64,
    /// Pull of a leaf's value towards its parent's: a node of as many rows counts half (LightGBM's `path_smooth`).
    pub smoothing: f64,
    /// Share of the columns that each tree may ask; above 0, at most 1.
    pub column_share: f64,
    /// Share of the rows that each tree learns from; above 0, at most 1.
    pub row_share: f64,
    /// Different values that a number is told apart by, at most 254.
    pub bins_max: usize,
    /// How categories are split.
    pub categories: CategoryParameters,
    /// Where chance (of rows and columns) begins.
    pub seed: u64,
}

/// How levels of a category are put into two groups: by the mean of their gradients, after Fisher (1958), as LightGBM
/// does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CategoryParameters {
    /// Up to so many levels, each is tried alone against the others.
    pub alone_max: usize,
    /// Levels in the smaller group at most.
    pub group_levels_max: usize,
    /// Rows that must be added to a group before its gain is looked at again.
    pub group_rows_min: u32,
    /// Added to the sum of second derivatives when levels are put in order; levels with fewer rows are not asked for.
    pub smoothing: f64,
    /// Added to [`Parameters::l2`] in splits by groups of levels.
    pub l2: f64,
    /// Categories with at least so many levels are asked by how often the target is met in them, not by groups of levels;
    /// none: no category is.
    pub statistics_from: Option<usize>,
    /// Rows of a level that count as much as the mean over all rows in such a statistic.
    pub statistics_strength: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            rounds_max: 1000,
            learning_rate: 0.05,
            leaves_max: 31,
            depth_max: 64,
            leaf_rows_min: 20,
            leaf_hessian_min: 1e-3,
            l2: 0.0,
            gain_min: 0.0,
            smoothing: 0.0,
            column_share: 1.0,
            row_share: 1.0,
            bins_max: 254,
            categories: CategoryParameters::default(),
            seed: 0,
        }
    }
}

impl Default for CategoryParameters {
    fn default() -> Self {
        Self {
            alone_max: 4,
            group_levels_max: 32,
            group_rows_min: 100,
            smoothing: 10.0,
            l2: 10.0,
            statistics_from: None,
            statistics_strength: 10.0,
        }
    }
}
