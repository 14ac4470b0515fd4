//! Client value: who is ready to buy more, what to offer, what it will bring and when, and who does what this week.
//!
//! ```
//! use growth::{
//!     assess::assess_all,
//!     import::{self, ColumnMapping, ImportOptions},
//!     policy::Policy,
//!     ranking,
//! };
//! use jiff::civil::date;
//! use kernel::Currency;
//!
//! let file = "client_id,client_name,current_mrr,satisfaction_score,usage_intensity,leads_growth_rate,\
//!             payment_history_score,last_interaction_date,leads_processed_monthly,locations_count\n\
//!             c1,Harbour Homes,2400,4.6,0.82,0.25,9,2026-01-15,240,4\n";
//! let options = ImportOptions { as_of: date(2026, 1, 19), currency: Currency::USD };
//! let clients = import::read(file.as_bytes(), &"clients.csv".into(), &ColumnMapping::default(), &options)?.clients;
//!
//! let policy = Policy::framework();
//! let assessments = assess_all(&clients, &policy, options.as_of);
//! let pairs: Vec<_> = clients.iter().zip(&assessments).collect();
//! let list = ranking::top(&pairs, &policy, 20);
//!
//! assert_eq!(assessments[0].tier.id(), "tier_2");
//! assert_eq!(assessments[0].vehicles[0].id.as_str(), "multi_market");
//! assert_eq!(list[0].client_id.as_str(), "c1");
//! # Ok::<(), import::ImportError>(())
//! ```
//!
//! **Flow.**
//! 1. [`import`] or [`profile`]: a file, or raw records, become [`metrics::ClientMetrics`]; bad rows become reasons.
//! 2. [`assess`]: metrics, [`policy`] and day become an [`assessment::Assessment`] by way of [`readiness`], [`tier`],
//!    [`vehicle`], [`probability`], [`priority`] and [`next_action`], in this order, each seeing the results before it.
//! 3. [`ranking`], [`whitespace`], [`movement`] and [`whatif`] read many assessments at once; [`projection`],
//!    [`scenario`] and [`plan`] turn them into money and work; [`proposition`] turns one into an offer.
//! 4. [`outcome`]s come back: [`posterior`] and [`backtest`] say how well the rules hold.
//! 5. [`service`] keeps snapshots, policies, plans and outcomes by way of `records`, the only file with SQL.
//!
//! **Invariants.**
//! - Everything but `records` and `service` is pure: no I/O, no clock, no randomness. The day is an argument.
//! - No constant of a rule is in code: it is in `policies/*.toml`, versioned, and every assessment names the version.
//! - Unknown is `None` all the way; nothing unknown becomes zero, and what is unknown is listed beside the result.
//! - The contributions of a readiness score sum to it exactly, in their order; the score lies in its interval.
//! - ARR and MRR are different types; money is exact, scores are `f64`, and neither turns into the other silently.
//! - Assessing neither searches names nor formats text (`examples/assess_throughput.rs` measures it).
//!
//! **To add** a constant or a rule of an existing kind (a dimension, criterion, vehicle, signal, gate, bonus): a few
//! lines of `policies/*.toml`. A metric: its member of [`metrics::ClientMetrics`], a line in `import/field.rs`, two
//! lines in `policy/metric.rs`. A step of the assessment: a file like `priority.rs` (its rules compiled from the
//! document, one function), its section in `policy/document.rs` and `policy/check.rs`, one line in `assess.rs`.

pub mod activity;
pub mod assess;
pub mod assessment;
pub mod backtest;
#[cfg(test)]
mod fixture;
pub mod forecast;
pub mod history;
pub mod import;
pub mod indicators;
pub mod metrics;
pub mod movement;
pub mod next_action;
pub mod outcome;
pub mod overview;
pub mod owner;
pub mod plan;
pub mod plan_record;
pub mod playbook;
pub mod policy;
pub mod policy_version;
pub mod posterior;
pub mod priority;
pub mod probability;
pub mod profile;
pub mod projection;
pub mod proposition;
pub mod proposition_record;
pub mod ranking;
pub mod readiness;
mod records;
pub mod report;
pub mod scenario;
pub mod service;
pub mod settings;
pub mod snapshot;
pub mod tier;
pub mod vehicle;
pub mod whatif;
pub mod whitespace;

pub use kernel::Moment;
pub use service::{Board, BoardQuery, Growth, GrowthError};
