//! What uncertain money adds up to, and what scarce hours are best spent on.
//!
//! ```
//! use finance::{Correlation, Distribution, TwoPoint, Work, allocate};
//!
//! // Three deals, in cents: what will they bring, and will it be 50 000 dollars?
//! let deals = [(37_500_00, 0.6), (11_250_00, 0.7), (6_250_00, 0.75)]
//!     .map(|(amount, probability)| TwoPoint { amount, probability });
//! let revenue = Distribution::independent(&deals)?;
//! assert_eq!(revenue.mean(), 35_062_50.0);
//! assert_eq!(revenue.quantile(0.5), 43_750_00);
//! assert!((revenue.p_at_least(50_000_00) - 0.315).abs() < 1e-12);
//!
//! // Deals that live or die together spread wider around the same mean.
//! let together = Distribution::correlated(&deals, Correlation::new(0.3)?)?;
//! assert!(together.sd() > revenue.sd());
//!
//! // One person, two weeks of ten hours: which of them to work on, and when?
//! let works = [(22_500.0, 8.0), (7_875.0, 6.0), (4_687.5, 4.0)].map(|(value, hours)| Work {
//!     value,
//!     hours: vec![hours],
//!     owners: vec![0],
//!     weeks: 0..=1,
//! });
//! let plan = allocate(&works, &[vec![10.0, 10.0]])?;
//! assert_eq!((plan.value, plan.gap()), (35_062.5, 0.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Flow.** Amounts with chances ([`TwoPoint`]) go onto an integer lattice (or, few and odd, are listed) and are convolved into a
//! [`Distribution`], directly or once per node of a hidden factor ([`Correlation`]); counts of wins and
//! losses turn into a belief about a chance ([`Beta`]); works with value and hours ([`Work`]) and a
//! calendar of capacity go through [`allocate`] and come back placed, with a bound that no plan exceeds.
//!
//! **Invariants.** Pure functions: no I/O, no clock, no randomness; the same question has the same
//! answer to the last bit. Nothing approximates in silence: a distribution carries its `error_bound`, an
//! allocation its `gap`. Amounts are integers of the caller's smallest unit; currencies are the caller's.
//!
//! **To add an engine**: one file named after the idea, its error enum beside it, vectors from an
//! independent source and a property against brute force in its tests, a `pub use` here.

mod allocation;
mod beta;
mod correlated;
mod distribution;
mod lattice;
pub mod normal;
mod proportion;
mod sequence;
mod support;

pub use allocation::{
    Allocation, AllocationError, EXACT_CHOICES_MAX, EXACT_NODES_MAX, Placement, Proof, Work, allocate,
};
pub use beta::{Beta, BetaError};
pub use correlated::{Correlation, CorrelationError};
pub use distribution::{
    Bucket, Distribution, DistributionError, LATTICE_POINTS_MAX, LATTICE_POINTS_MAX_CORRELATED,
    LATTICE_POINTS_MAX_FEW, TwoPoint,
};
pub use proportion::wilson;
pub use sequence::Sequence;
