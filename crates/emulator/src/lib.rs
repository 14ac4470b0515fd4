//! Stand-ins for the systems that EnterpriseHub works with, stateful and able to fail: what the outside world does can
//! be tried on one machine, repeated from a seed, and held against a truth that is known.
//!
//! ```
//! # async fn example() -> Result<(), emulator::ghl::StartError> {
//! use emulator::ghl::{Clock, Emulator, Options, Rule};
//!
//! let clock = Clock::standing("2026-11-21T10:00:00Z".parse().unwrap_or_default());
//! let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), Options::default(), clock).await?;
//! // The next request finds the ten-second budget used up.
//! emulated.inject(Rule::once(1)).ok();
//! println!("{}", emulated.base());
//! # Ok(())
//! # }
//! ```
//!
//! **Invariants.** Time and chance are arguments. State lives in memory and ends with the process. What a system is
//! published to take and answer is read from its own description, not restated; validators and client libraries that
//! nobody here wrote hold the emulator to it (`cargo xtask test --only ghl`). No code is shared with the clients that
//! are tried on it: each is the other's oracle.
//!
//! **To add a system**: a module beside [`ghl`] with its own `Emulator`.

pub mod ghl;
