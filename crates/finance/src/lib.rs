mod beta;
mod correlated;
mod distribution;
mod lattice;
pub mod normal;

pub use beta::{Beta, BetaError};
pub use correlated::{Correlation, CorrelationError};
pub use distribution::{
    Bucket, Distribution, DistributionError, LATTICE_POINTS_MAX, LATTICE_POINTS_MAX_CORRELATED, TwoPoint,
};
