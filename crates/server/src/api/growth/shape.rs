//! What the growth API sends: one public shape per value of the domain, which itself knows no API.
//!
//! Money is a plain number in major units, its currency said once beside it; `arr` is per year, `mrr` per month,
//! always by name. Numbers are unrounded. What is not known is `null`.
//!
//! **To add a shape**: a struct with [`utoipa::ToSchema`], and `shows!` with its fields: the compiler then says
//! what the domain has and the shape does not fit.

mod assessment;
mod client;
mod indicators;
mod money;
mod plan;
mod policy;
mod proposition;
mod snapshot;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Timestamp, civil::Date};
use kernel::{Arr, Currency, Interval, Mrr, PolicyKey, Ulid};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    assessment::{Assessment, HistoryPoint, NamedAssessment, WhitespaceRow},
    client::{Client, ClientLine},
    indicators::{Indicators, Outcome},
    money::{Contribution, Horizon, Projection, ScenarioRow, Spread},
    plan::{Action, Owner, Plan},
    policy::{PolicyDiff, PolicyVersion},
    proposition::{Proposition, PropositionSummary, Section},
    snapshot::{Movement, Notice, Rejection, Snapshot},
    words::{ActionStatusWord, LevelWord, OutcomeWord, TierWord},
};

/// Made of a value of the domain.
pub trait Shown<T: ?Sized> {
    /// The public shape of `value`.
    fn shown(value: &T) -> Self;
}

/// `shows!(Shape of Domain { field, .. })`: the shape takes these fields of the domain's value, each in its own
/// public shape.
macro_rules! shows {
    ($shape:ident of $domain:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::api::growth::shape::Shown<$domain> for $shape {
            fn shown(value: &$domain) -> Self {
                Self { $($field: $crate::api::growth::shape::Shown::shown(&value.$field),)+ }
            }
        }
    };
}
pub(super) use shows;

macro_rules! itself {
    ($($type:ty),+) => { $(impl Shown<$type> for $type {
        fn shown(value: &$type) -> Self {
            value.clone()
        }
    })+ };
}

itself!(bool, f64, u32, u64, usize, String, Date, Timestamp, Ulid);

macro_rules! as_text {
    ($($type:ty),+) => { $(impl Shown<$type> for String {
        fn shown(value: &$type) -> Self {
            value.to_string()
        }
    })+ };
}

as_text!(
    Currency,
    Arc<str>,
    &'static str,
    growth::metrics::ClientId,
    growth::metrics::VehicleId,
    growth::plan::OwnerId,
    growth::import::ColumnTarget
);

impl Shown<Decimal> for f64 {
    fn shown(value: &Decimal) -> Self {
        value.to_f64().unwrap_or(f64::NAN)
    }
}

impl Shown<Arr> for f64 {
    fn shown(value: &Arr) -> Self {
        value.to_f64()
    }
}

impl Shown<Mrr> for f64 {
    fn shown(value: &Mrr) -> Self {
        value.to_f64()
    }
}

impl Shown<Interval> for [f64; 2] {
    fn shown(value: &Interval) -> Self {
        [value.lower, value.upper]
    }
}

impl<A, B: Shown<A>> Shown<Option<A>> for Option<B> {
    fn shown(value: &Option<A>) -> Self {
        value.as_ref().map(B::shown)
    }
}

impl<A, B: Shown<A>> Shown<Vec<A>> for Vec<B> {
    fn shown(value: &Vec<A>) -> Self {
        many(value)
    }
}

impl<A, B: Shown<A>> Shown<BTreeMap<growth::assessment::Tier, A>> for BTreeMap<String, B> {
    fn shown(value: &BTreeMap<growth::assessment::Tier, A>) -> Self {
        value.iter().map(|(tier, value)| (tier.id().to_owned(), B::shown(value))).collect()
    }
}

impl<A, B: Shown<A>> Shown<BTreeMap<growth::assessment::ReadinessLevel, A>> for BTreeMap<String, B> {
    fn shown(value: &BTreeMap<growth::assessment::ReadinessLevel, A>) -> Self {
        value.iter().map(|(level, value)| (level.id().to_owned(), B::shown(value))).collect()
    }
}

/// The public shapes of many values.
pub fn many<A, B: Shown<A>>(values: &[A]) -> Vec<B> {
    values.iter().map(B::shown).collect()
}

/// A version of a policy by its name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyName {
    /// The policy's name.
    #[schema(example = "framework", min_length = 1, max_length = 80)]
    pub name: String,
    /// Counts up from 1 within the name.
    #[schema(example = 1, minimum = 1)]
    pub version: u32,
}

shows!(PolicyName of PolicyKey { name, version });

impl From<PolicyName> for PolicyKey {
    fn from(PolicyName { name, version }: PolicyName) -> Self {
        Self { name, version }
    }
}
