//! What a model is worth, on rows that it has not seen.
//!
//! Single figures are functions of two slices ([`auc`], [`brier`], [`ece`], ..). [`Judged`] sorts the rows once and gives
//! all of them; [`Report`] puts them together with intervals, tables and what they must not be shown without: the number
//! of rows, the base rate, the split and the date.
//!
//! Too few rows are an outcome of their own ([`Insufficient`], with the number that it would take), never a figure.

pub mod amounts;
pub mod bootstrap;
mod chances;
mod confusion;
mod judged;
mod lift;
mod losses;
mod proportion;
mod quantile;
mod ranking;
pub mod ratio;
mod reliability;
pub mod report;
mod shortage;

pub use chances::{ChanceDifferences, ChanceFigures};
pub use confusion::Confusion;
pub use judged::{Judged, JudgedError};
pub use lift::{AtCapacity, LiftRow, precision_at};
pub use losses::{BrierParts, brier, log_loss, log_loss_of};
pub(crate) use proportion::wilson;
pub use ranking::{auc, average_precision};
pub use reliability::{BINS, Bin, Binning, CalibrationLine, ece, ece_by_chance};
pub use report::Report;
pub use shortage::{Estimate, Figure, Insufficient, Lacking, Needs};
