//! Drift: noticing that the world is no longer the one a model was trained on.
//!
//! Two kinds of watch. **Streams** are fed one number at a time (the loss of each prediction once its outcome is
//! known, or the score itself while outcomes are still out) and say when their mean or distribution moves:
//! [`Adwin`], [`PageHinkley`], [`Kswin`], [`Ddm`], [`HddmA`]. **Batches** of a feature or score are compared with
//! those of training: [`psi`], [`kolmogorov_smirnov`], [`chi_square`]; whoever looks at many features at once
//! adjusts the p-values ([`adjust`]) or meets drift everywhere.
//!
//! ```
//! use learn::drift::{Adwin, Detector, Signal};
//!
//! let mut adwin = Adwin::default();
//! let stream = (0..2_000).map(|i| if i < 1_000 { f64::from(i % 2) * 0.2 } else { f64::from(i % 2) * 0.9 });
//! let mut found = Vec::new();
//! for (place, loss) in stream.enumerate() {
//!     if adwin.update(loss)? == Signal::Drift {
//!         found.push(place);
//!     }
//! }
//! assert_eq!(found.len(), 1);
//! assert!((1_000..1_100).contains(&found[0]));
//! # Ok::<(), learn::drift::DriftError>(())
//! ```
//!
//! The detectors of streams have the meaning, and the defaults, of the Python package river 0.26, which their tests
//! compare them with. Outcomes of slow business come months later: then the drift of scores and features has to
//! warn, and these do. Not here on purpose: EDDM and HDDM_W, which gave false alarms on a stream without any
//! change.

mod adjust;
mod adwin;
mod columns;
mod ddm;
mod hddm;
mod ks;
mod kswin;
mod page_hinkley;
mod psi;
mod table;

pub use adjust::{Adjustment, adjust};
pub use adwin::{Adwin, AdwinOptions};
pub use columns::{ColumnDrift, Shift, columns};
pub use ddm::Ddm;
pub use hddm::HddmA;
pub use ks::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use kswin::Kswin;
pub use page_hinkley::{Direction, PageHinkley};
pub use psi::{PSI_MODERATE, PSI_STRONG, psi, psi_of_counts};
pub use table::{ChiSquare, chi_square};

use serde::{Deserialize, Serialize};

/// What a detector says after one more number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Nothing unusual.
    Stable,
    /// Change may be coming: keep rows for training.
    Warning,
    /// The stream has changed. The next number begins a new stream.
    Drift,
}

/// Watches a stream of numbers.
pub trait Detector {
    /// Takes the next number of the stream.
    ///
    /// # Errors
    /// When it is not finite, or outside of what the detector is for; the detector is then as it was before.
    fn update(&mut self, value: f64) -> Result<Signal, DriftError>;
}

/// Why numbers cannot be watched or compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DriftError {
    /// A number that is infinite or none, or beyond ±1e100, where squares overflow.
    #[error("{value} (number {place}) is no finite number within ±1e100")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
        /// What it is.
        value: f64,
    },
    /// A number outside of 0-1 for a detector of error rates.
    #[error("{value} is no error rate: it must lie in 0-1")]
    NotAShare {
        /// What it is.
        value: f64,
    },
    /// Nothing to compare.
    #[error("one of the samples is empty")]
    Empty,
    /// Tables of different numbers of categories, or of fewer than two that occur.
    #[error(
        "{reference} categories cannot be compared with {current}: it takes the same ones, and two that occur"
    )]
    Categories {
        /// Categories of the reference.
        reference: usize,
        /// Categories of the current sample.
        current: usize,
    },
    /// Frames that do not hold the same columns.
    #[error("column {column:?} is not the same in both frames; read the rows with the model's schema")]
    OtherColumns {
        /// The column.
        column: String,
    },
    /// Fewer than two bins.
    #[error("{bins} bins tell nothing: it takes two")]
    Bins {
        /// What was asked for.
        bins: usize,
    },
    /// A p-value outside of 0-1.
    #[error("p-value {place} is {value}, which is no probability")]
    PValue {
        /// Its place, from 0.
        place: usize,
        /// What it is.
        value: f64,
    },
    /// An option outside of its range.
    #[error("option {name} is {value}, which is outside of its range")]
    Option {
        /// Which.
        name: &'static str,
        /// What was given.
        value: f64,
    },
}

fn finite(value: f64) -> Result<f64, DriftError> {
    if value.abs() <= 1e100 { Ok(value) } else { Err(DriftError::NotFinite { place: 0, value }) }
}

fn share(value: f64) -> Result<f64, DriftError> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(DriftError::NotAShare { value }) }
}

fn all_finite(values: &[f64]) -> Result<(), DriftError> {
    match values.iter().position(|value| finite(*value).is_err()) {
        Some(place) => Err(DriftError::NotFinite { place, value: values[place] }),
        None if values.is_empty() => Err(DriftError::Empty),
        None => Ok(()),
    }
}

/// A mean that is updated value by value, as river does it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mean {
    count: f64,
    value: f64,
}

impl Mean {
    fn update(&mut self, value: f64) {
        self.count += 1.0;
        self.value += (1.0 / self.count) * (value - self.value);
    }
}
