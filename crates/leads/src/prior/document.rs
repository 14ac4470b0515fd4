use std::collections::BTreeMap;

use learn::frame::Kind;
use serde::{Deserialize, Serialize};

use crate::features::{Absent, Feature};

/// The largest contribution that a policy may give, in log-odds: e^5 is 148 times the odds.
const LOG_ODDS_MAX: f64 = 5.0;

/// What a constant rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// People's experience.
    Judgement,
    /// A study of something near supports the sign, and not the size.
    Direction,
    /// A study of the same measures it.
    Study,
    /// A market's own outcomes.
    Outcomes,
}

/// A prior policy as it is written; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorDocument {
    /// Name, `[a-z0-9_-]+`.
    pub name: String,
    /// Counts up from 1 within the name.
    pub version: u32,
    /// What the policy is for.
    pub description: String,
    /// Within how many days the goal is to happen.
    pub horizon_days: u32,
    /// Where every lead begins.
    pub base: BaseSection,
    /// How unsure the rule is of itself.
    pub doubt: DoubtSection,
    /// When a model takes over.
    pub switch: SwitchSection,
    /// What moves a lead from the base.
    pub factors: Vec<FactorSection>,
}

/// Where every lead begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseSection {
    /// The chance of a lead of whom nothing is known, above 0 and below 1.
    pub probability: f64,
    /// What it rests on.
    pub evidence: Evidence,
    /// Where it comes from.
    pub source: String,
}

/// How unsure the rule is of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtSection {
    /// Half the interval's width in log-odds when everything is known, 0-5.
    pub log_odds: f64,
    /// What it rests on.
    pub evidence: Evidence,
    /// Where it comes from.
    pub source: String,
}

/// From how many outcomes on a model is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchSection {
    /// Leads that reached the goal, at least 1.
    pub positive_min: u64,
    /// Leads that did not, at least 1.
    pub negative_min: u64,
    /// What it rests on.
    pub evidence: Evidence,
    /// Where it comes from.
    pub source: String,
}

/// What one feature adds: a curve for numbers, `yes` and `no` for answers, levels for categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorSection {
    /// Name of the feature.
    pub feature: String,
    /// Points of value and log-odds, ascending by value: straight between them, level beyond them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<[f64; 2]>,
    /// What yes adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<f64>,
    /// What no adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<f64>,
    /// What each level adds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, f64>,
    /// What a missing value adds.
    #[serde(default)]
    pub absent: f64,
    /// What the constants rest on.
    pub evidence: Evidence,
    /// Where they come from.
    pub source: String,
}

/// Why a text is no prior policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriorError {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    #[error("the policy cannot be read: {0}")]
    Unreadable(String),
    /// A value that cannot be.
    #[error("{key}: {reason}")]
    Invalid {
        /// Where, as a path.
        key: String,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl PriorDocument {
    /// The factors with their features, when every value can be.
    pub(super) fn check(&self) -> Result<Vec<(Feature, &FactorSection)>, PriorError> {
        let name = self
            .name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
        ensure(name && !self.name.is_empty(), "name", || "use a-z, 0-9, _ and -".to_owned())?;
        ensure(self.version >= 1, "version", || "versions count from 1".to_owned())?;
        let days = (1..=730).contains(&self.horizon_days);
        ensure(days, "horizon_days", || "must be within 1 and 730".to_owned())?;
        let base = self.base.probability;
        ensure(base > 0.0 && base < 1.0, "base.probability", || "must lie between 0 and 1".to_owned())?;
        let doubt = (0.0..=LOG_ODDS_MAX).contains(&self.doubt.log_odds);
        ensure(doubt, "doubt.log_odds", || format!("must be within 0 and {LOG_ODDS_MAX}"))?;
        let outcomes = self.switch.positive_min >= 1 && self.switch.negative_min >= 1;
        ensure(outcomes, "switch", || "a model needs outcomes of both kinds".to_owned())?;
        for (key, source) in
            [("base", &self.base.source), ("doubt", &self.doubt.source), ("switch", &self.switch.source)]
        {
            ensure(!source.trim().is_empty(), &format!("{key}.source"), || {
                "say where it comes from".to_owned()
            })?;
        }
        let mut rules: Vec<(Feature, &FactorSection)> = Vec::with_capacity(self.factors.len());
        for (place, section) in self.factors.iter().enumerate() {
            let key = |part: &str| format!("factors[{place}].{part}");
            let feature = Feature::named(&section.feature);
            let Some(feature) = feature else {
                return Err(PriorError::Invalid {
                    key: key("feature"),
                    reason: format!("there is no feature `{}`", section.feature),
                });
            };
            let again = rules.iter().any(|(known, _)| *known == feature);
            ensure(!again, &key("feature"), || format!("{feature} has a factor already"))?;
            ensure(!section.source.trim().is_empty(), &key("source"), || {
                "say where it comes from".to_owned()
            })?;
            section.check(feature, key)?;
            rules.push((feature, section));
        }
        Ok(rules)
    }
}

impl FactorSection {
    fn check(&self, feature: Feature, key: impl Fn(&str) -> String) -> Result<(), PriorError> {
        let spec = feature.spec();
        let answers = self.yes.is_some() && self.no.is_some();
        let (curve, levels) = (!self.curve.is_empty(), !self.levels.is_empty());
        let (right, wanted) = match spec.kind {
            Kind::Boolean => {
                (answers && !curve && !levels, "an answer needs `yes` and `no`, and nothing else")
            }
            Kind::Category => (levels && !curve && !answers, "a category needs `levels`, and nothing else"),
            Kind::Number | Kind::Date => {
                (curve && !levels && !answers, "a number needs a `curve`, and nothing else")
            }
        };
        ensure(right, &key("feature"), || wanted.to_owned())?;
        for [one, other] in self.curve.windows(2).filter_map(|pair| pair.first_chunk::<2>()) {
            ensure(one[0] < other[0], &key("curve"), || format!("{} must come before {}", other[0], one[0]))?;
        }
        ensure(self.curve.iter().all(|[x, _]| x.is_finite()), &key("curve"), || {
            "values must be numbers".to_owned()
        })?;
        for level in self.levels.keys() {
            let known = spec.levels.contains(&level.as_str());
            ensure(known, &key("levels"), || format!("`{level}` is none of {}", spec.levels.join(", ")))?;
        }
        let adds = self.curve.iter().map(|[_, adds]| *adds);
        let adds =
            adds.chain(self.levels.values().copied()).chain(self.yes).chain(self.no).chain([self.absent]);
        for log_odds in adds {
            let small = (-LOG_ODDS_MAX..=LOG_ODDS_MAX).contains(&log_odds);
            ensure(small, &key("log-odds"), || format!("{log_odds} is not within {LOG_ODDS_MAX} of 0"))?;
        }
        let bounded = spec.absent == Absent::Never || !self.extremes_miss(self.absent);
        ensure(bounded, &key("absent"), || {
            "what is not known cannot add more, or less, than every value that it could have".to_owned()
        })
    }

    fn extremes_miss(&self, absent: f64) -> bool {
        let adds = self.curve.iter().map(|[_, adds]| *adds);
        let adds: Vec<f64> =
            adds.chain(self.levels.values().copied()).chain(self.yes).chain(self.no).collect();
        !adds.iter().any(|adds| *adds <= absent) || !adds.iter().any(|adds| *adds >= absent)
    }
}

fn ensure(holds: bool, key: &str, reason: impl FnOnce() -> String) -> Result<(), PriorError> {
    if holds { Ok(()) } else { Err(PriorError::Invalid { key: key.to_owned(), reason: reason() }) }
}
