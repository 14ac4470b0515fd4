use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::{
    assessment::NextAction,
    metrics::VehicleId,
    policy::{Condition, Metric, Relation},
};

const STANDARD: &str = include_str!("../../../../policies/propositions.toml");

/// What a value proposition may say, and under which numbers: texts per vehicle, findings, discount
/// rules, terms, next steps. Data of the operator, edited in `policies/propositions.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommercialPolicy {
    /// Name, shown as a source.
    pub name: String,
    /// Counts up from 1 within the name.
    pub version: u32,
    /// Initial term, months.
    pub term_months: u32,
    /// Days to pay an invoice.
    pub payment_days: u32,
    /// All discounts together, fraction of the annual price.
    pub discount_limit: f64,
    /// Shares of today's measured return that the investment is calculated with, fractions.
    pub return_shares: Vec<f64>,
    /// Findings at most.
    pub finding_limit: usize,
    /// Success stories at most.
    pub stories: usize,
    /// Locations and leads of a comparable client lie within this ratio.
    pub story_size_ratio: f64,
    /// Whether success stories name the client.
    pub story_names: StoryNames,
    /// Why the price is what it is.
    pub justification: Vec<String>,
    /// When the price may be reduced.
    pub discounts: Vec<Discount>,
    /// What a metric shows and which vehicles answer it.
    pub findings: Vec<FindingRule>,
    /// Texts per vehicle.
    pub vehicles: BTreeMap<VehicleId, VehicleText>,
    /// Questions that concern every proposition.
    pub objections: Vec<Objection>,
    /// Dated steps by the next action of the assessment, keyed by its identifier.
    pub steps: BTreeMap<String, Vec<StepRule>>,
}

/// Whether success stories name the client they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryNames {
    /// By name, as in the data.
    Named,
    /// By position only ("Client A").
    Anonymous,
}

/// A rule that reduces the annual price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discount {
    /// What it is called.
    pub name: String,
    /// Fraction of the annual price.
    pub fraction: f64,
    /// When it is given.
    pub condition: String,
    /// Listed only when so many programs are proposed.
    #[serde(default)]
    pub minimum_vehicles: usize,
}

/// What a metric shows when it passes a threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingRule {
    /// The metric that shows it.
    pub metric: Metric,
    /// How it must relate to the threshold.
    pub relation: Relation,
    /// From where it is worth mentioning, in the metric's unit.
    pub threshold: f64,
    /// The finding in a few words.
    pub title: String,
    /// What it usually means.
    pub meaning: String,
    /// Vehicles that answer it.
    pub vehicles: Vec<VehicleId>,
}

impl FindingRule {
    /// The rule as a condition of the assessment policy's kind.
    pub fn condition(&self) -> Condition {
        Condition { metric: self.metric, relation: self.relation, threshold: self.threshold }
    }
}

/// What is said of a vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleText {
    /// What it is, one or two sentences.
    pub description: String,
    /// What it changes, in a few words.
    pub outcome: String,
    /// What it consists of.
    pub features: Vec<String>,
    /// What the client gains.
    pub advantages: Vec<String>,
    /// Questions it raises.
    pub objections: Vec<Objection>,
}

/// A question a client may have, and our answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A dated step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRule {
    /// Days after the day of the proposition.
    pub days: u32,
    /// The step in a few words.
    pub title: String,
    /// What happens in it.
    pub detail: String,
}

/// Why a commercial policy is refused.
#[derive(Debug, thiserror::Error)]
pub enum CommercialPolicyError {
    /// Not the expected TOML.
    #[error("the commercial policy cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A number hides in prose, where no source can be given for it.
    #[error("the commercial policy has a number in prose, where its source cannot be shown: \"{0}\"")]
    NumberInProse(String),
    /// A constant lies outside its range.
    #[error("the commercial policy's `{field}` is {value}: {expected}")]
    Range {
        /// Name of the constant.
        field: &'static str,
        /// As found.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
    /// Steps for an action that does not exist.
    #[error("the commercial policy has steps for `{0}`, which is no next action")]
    Action(String),
}

impl CommercialPolicy {
    /// The policy that ships.
    pub fn standard() -> Self {
        static POLICY: LazyLock<CommercialPolicy> = LazyLock::new(|| {
            // The text is part of the program and read by the tests of this module.
            CommercialPolicy::from_toml(STANDARD).expect("the embedded commercial policy is valid")
        });
        POLICY.clone()
    }

    /// Reads and checks a policy.
    ///
    /// # Errors
    /// When the text is not of the expected shape, a constant is out of range or prose holds a digit.
    pub fn from_toml(text: &str) -> Result<Self, CommercialPolicyError> {
        let policy: Self = toml::from_str(text)?;
        policy.check()?;
        Ok(policy)
    }

    fn check(&self) -> Result<(), CommercialPolicyError> {
        let fraction = |field, value: f64| match value {
            v if v > 0.0 && v <= 1.0 => Ok(()),
            value => {
                Err(CommercialPolicyError::Range { field, value, expected: "a fraction above 0, at most 1" })
            }
        };
        fraction("discount_limit", self.discount_limit)?;
        for share in &self.return_shares {
            fraction("return_shares", *share)?;
        }
        for discount in &self.discounts {
            fraction("discounts.fraction", discount.fraction)?;
        }
        if !(self.story_size_ratio >= 1.0 && self.story_size_ratio.is_finite()) {
            let expected = "a ratio of at least 1";
            let value = self.story_size_ratio;
            return Err(CommercialPolicyError::Range { field: "story_size_ratio", value, expected });
        }
        if let Some(action) = self.steps.keys().find(|action| NextAction::from_id(action).is_none()) {
            return Err(CommercialPolicyError::Action(action.clone()));
        }
        match self.prose().find(|text| text.chars().any(char::is_numeric)) {
            Some(text) => Err(CommercialPolicyError::NumberInProse(text.to_owned())),
            None => Ok(()),
        }
    }

    fn prose(&self) -> impl Iterator<Item = &str> {
        let objections = self.objections.iter().chain(self.vehicles.values().flat_map(|v| &v.objections));
        let vehicles = self.vehicles.values().flat_map(|vehicle| {
            [&vehicle.description, &vehicle.outcome]
                .into_iter()
                .chain(&vehicle.features)
                .chain(&vehicle.advantages)
        });
        (self.justification.iter())
            .chain(self.discounts.iter().flat_map(|rule| [&rule.name, &rule.condition]))
            .chain(self.findings.iter().flat_map(|rule| [&rule.title, &rule.meaning]))
            .chain(vehicles)
            .chain(objections.flat_map(|pair| [&pair.question, &pair.answer]))
            .chain(self.steps.values().flatten().flat_map(|step| [&step.title, &step.detail]))
            .map(String::as_str)
    }

    /// `commercial policy v1`, as a source.
    pub(super) fn source(&self, field: &str) -> String {
        format!("{} policy v{}: {field}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_ships_covers_every_vehicle_and_action() {
        let commercial = CommercialPolicy::standard();
        for vehicle in &crate::policy::Policy::framework().document().vehicles {
            assert!(commercial.vehicles.contains_key(&vehicle.id), "{}", vehicle.id);
            let answered = commercial.findings.iter().any(|rule| rule.vehicles.contains(&vehicle.id));
            assert!(answered, "no finding leads to {}", vehicle.id);
        }
        for action in NextAction::ALL {
            assert!(commercial.steps.contains_key(action.id()), "{action}");
        }
    }

    #[test]
    fn a_number_in_prose_is_refused() {
        let text = STANDARD.replace("One consolidated invoice", "Saves 30 % of the work");
        assert!(matches!(
            CommercialPolicy::from_toml(&text),
            Err(CommercialPolicyError::NumberInProse(prose)) if prose.contains("30")
        ));
    }

    #[test]
    fn a_constant_out_of_range_is_refused() {
        for (found, put) in [
            ("discount_limit = 0.15", "discount_limit = 15"),
            ("return_shares = [0.05", "return_shares = [0.0"),
            ("story_size_ratio = 3.0", "story_size_ratio = nan"),
            ("[[steps.monitor]]", "[[steps.wait]]"),
        ] {
            assert!(STANDARD.contains(found), "{found}");
            assert!(CommercialPolicy::from_toml(&STANDARD.replace(found, put)).is_err(), "{put}");
        }
    }
}
