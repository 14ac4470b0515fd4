//! What may be told about many without telling about one: thresholds, withheld cells that stay withheld, exact
//! noise, and a budget for it.
//!
//! ```
//! use disclosure::{Cell, Rules, Shown, Table};
//!
//! // Contacts of seven markets (numbered 0 to 6) in two regions and two months.
//! let north = |month: u64| Cell::new((0..5).map(|market| (market, 20 + month)));
//! let south = |month: u64| Cell::new((5..7).map(|market| (market, 10 + month)));
//! let table = Table::new(2, 2, vec![north(0), north(1), south(0), south(1)])?;
//! let told = table.protect(Rules::STANDARD);
//!
//! // Two markets are too few, and no total may give them away.
//! assert!(matches!(told.cell(1, 0), Shown::Withheld(_)));
//! assert!(matches!(told.row_total(1), Shown::Withheld(_)));
//! # Ok::<(), disclosure::TableError>(())
//! ```
//!
//! ```
//! use disclosure::{Budget, DiscreteLaplace, Epsilon};
//!
//! let mut budget = Budget::new(Epsilon::from_micro(1_000_000));
//! let epsilon = Epsilon::from_micro(250_000);
//! budget.spend(epsilon)?;
//!
//! // Random bits are an argument; here a poor generator that serves as an example.
//! let mut state = 7_u64;
//! let mut bits = || {
//!     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
//!     (state ^ (state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd)
//! };
//! let noise = DiscreteLaplace::for_epsilon(1, epsilon)?;
//! let told = 1_000 + noise.sample(&mut bits);
//! assert!((900..1_100).contains(&told));
//! assert_eq!(noise.within(0.95), 12); // the error bar: 95 of 100 draws are at most 12 away
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Flow.** Contributions per cell ([`Cell`]) -> [`Rules`] judge each alone -> [`Table::protect`] withholds more
//! until nothing withheld follows from what is told -> optionally noise ([`DiscreteLaplace`],
//! [`DiscreteGaussian`]) paid from a [`Budget`].
//!
//! **Invariants.** Pure functions: no I/O, no clock, no source of chance. The samplers use integers only and
//! are exact for the distribution they name (Canonne, Kamath, Steinke 2020), so that no floating-point
//! artefact tells more than the privacy parameter says. A budget never falls below zero.
//!
//! **To add a rule**: a variant of [`Withheld`], its judgement in `rules.rs`, and the attack it stops as a test.

mod bits;
mod budget;
mod epsilon;
mod gaussian;
mod laplace;
mod linked;
mod overlap;
mod ratio;
mod rules;
mod table;

pub use bits::Bits;
pub use budget::{Budget, Overspent};
pub use epsilon::Epsilon;
pub use gaussian::DiscreteGaussian;
pub use laplace::DiscreteLaplace;
pub use linked::{Figure, unlink};
pub use overlap::{GroupSet, too_close};
pub use ratio::{NoiseError, Ratio};
pub use rules::{Cell, Rules, Withheld};
pub use table::{Protected, Shown, Table, TableError};

/// `value` held within what one contributor may add to a figure: the sensitivity that noise is made for.
pub fn clamp(value: u64, at_most: u64) -> u64 {
    value.min(at_most)
}
