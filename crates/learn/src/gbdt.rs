//! Gradient-boosted decision trees.

mod forest;
mod objective;

pub use forest::{Forest, LevelSet, Node, Test, Tree};
pub use objective::Objective;
