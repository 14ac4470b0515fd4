//! Gradient-boosted decision trees over histograms, grown leaf by leaf.
//!
//! After LightGBM (Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree"): values are binned
//! once, the leaf whose best split gains most is split next, a sibling's histogram is what the smaller child leaves of
//! the parent's, and levels of a category are put into two groups by their mean gradient. A missing value goes to the side
//! where it lowers the loss more.
//!
//! ```
//! use learn::frame::{Column, ColumnSchema, Frame, Kind, Schema, Value};
//! use learn::gbdt::{Binner, Lesson, Objective, Parameters, boost};
//!
//! let x: Vec<f64> = (0..200).map(f64::from).collect();
//! let target: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x >= 120.0))).collect();
//! let column = ColumnSchema { name: "x".into(), kind: Kind::Number, levels: vec![], left_out: None, writing: Default::default() };
//! let frame = Frame::new(Schema { columns: vec![column], missing: vec![] }, vec![Column::Number(x)])?;
//!
//! let binner = Binner::new(&frame, 254);
//! let bins = binner.bins(&frame);
//! let rows: Vec<u32> = (0..200).collect();
//! let lesson = Lesson { binner: &binner, bins: &bins, target: &target, rows: &rows, threads: 1 };
//! let parameters = Parameters { rounds_max: 100, ..Parameters::default() };
//! let forest = boost(lesson, Objective::Binary, &parameters, None).forest;
//!
//! assert!(forest.predict(&[Value::Number(150.0)]) > 0.95);
//! assert!(forest.predict(&[Value::Number(50.0)]) < 0.05);
//! # Ok::<(), learn::frame::FrameError>(())
//! ```

mod binning;
mod boost;
mod columns;
mod forest;
mod grower;
mod histogram;
mod objective;
mod parameters;
mod scorer;
mod split;
mod statistics;
#[cfg(test)]
mod tests;

pub use binning::{Binner, Bins};
pub use boost::{Boosted, Lesson, Watch, boost};
pub use forest::{Forest, LevelSet, Node, Test, Tree};
pub use objective::Objective;
pub use parameters::{CategoryParameters, Parameters};
pub use scorer::Scorer;
