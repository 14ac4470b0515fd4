//! The words that every other crate speaks: money, identity, dates, factors, validation.
//!
//! ```
//! use kernel::{Arr, Currency, Mrr};
//! use rust_decimal::Decimal;
//!
//! let added = Arr::new(Decimal::from(343_750), Currency::USD);
//! let monthly: Mrr = added.per_month();
//! assert_eq!(monthly.amount().round_dp(2).to_string(), "28645.83");
//! ```
//!
//! **Flow.** Nothing flows here: the crate holds values and the arithmetic that keeps them honest.
//!
//! **Invariants.** No I/O, no async, no clock, no randomness, no business rule. A type is here only
//! when two crates above need to mean the same thing by it.
//!
//! **To add a word**: one file named after it, a doc comment with its unit and range, a `pub use` here.

mod actor;
mod chance;
mod factor;
mod id;
mod locale;
mod market_name;
mod moment;
mod money;
mod policy;
mod region;
mod rejection;
mod role;
mod ulid;
mod vertical;
mod word;

pub use actor::Actor;
pub use chance::Chance;
pub use factor::{Factor, Interval};
pub use id::{MarketId, PersonId};
pub use locale::{Locale, LocaleError};
pub use market_name::{MarketName, MarketNameError};
pub use moment::{Ids, Moment};
pub use money::{Arr, Currency, CurrencyError, CurrencyMismatch, Money, Mrr};
pub use policy::PolicyKey;
pub use region::{Region, RegionError};
pub use rejection::{Notice, Rejection};
pub use role::{HubRole, HubRoleError, MarketRole, MarketRoleError};
pub use ulid::{Ulid, UlidError};
pub use vertical::{Vertical, VerticalError};
