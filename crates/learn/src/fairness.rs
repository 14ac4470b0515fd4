//! What a model must not know, and whether its decisions fall on groups alike.
//!
//! Three looks at the same question, for none of them is enough alone:
//!
//! - **Names** ([`names`]): protected attributes and what is known to stand in for them are refused by the column's name.
//! - **Association** ([`association`]): where groups are lawfully known, columns that tell them apart are flagged.
//! - **Impact** ([`impact`]): how often each group is chosen, against the four-fifths rule, with intervals; too few rows
//!   are said, not judged.

pub mod association;
pub mod impact;
pub mod names;
mod tails;
