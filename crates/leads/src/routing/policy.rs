use std::{collections::BTreeSet, sync::LazyLock};

use kernel::{PolicyKey, Vertical};
use serde::{Deserialize, Serialize};

use super::{Agent, Clock, Wanted};
use crate::timeline::LeadSource;

/// The default policy as it is written, with its comments.
pub const ROUTING_TOML: &str = include_str!("../../../../policies/routing.toml");

/// A routing policy that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    key: PolicyKey,
    document: Document,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    version: u32,
    description: String,
    clock: Clock,
    rules: Vec<Rule>,
}

/// Which leads go to which agents. What is empty or absent is no condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Names the rule in every decision that it makes.
    pub name: String,
    /// Lines of business.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub verticals: BTreeSet<Vertical>,
    /// Areas in which they are looking.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub areas: BTreeSet<String>,
    /// Least price, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_from: Option<u64>,
    /// Highest price, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_to: Option<u64>,
    /// How they came.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<LeadSource>,
    /// Languages that they asked to be served in (`es`).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub languages: BTreeSet<String>,
    /// Agents who are asked.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub agents: BTreeSet<String>,
    /// Teams whose agents are asked.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<String>,
}

/// Why a text is no routing policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
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

impl Policy {
    /// Reads a policy as written in `policies/routing.toml`.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value cannot be.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let document: Document =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        document.check()?;
        let key = PolicyKey { name: document.name.clone(), version: document.version };
        Ok(Self { key, document })
    }

    /// The policy as TOML; comments are not kept.
    ///
    /// # Errors
    /// None that a checked policy is known to cause; the writer's own failure is passed on.
    pub fn to_toml(&self) -> Result<String, PolicyError> {
        toml::to_string(&self.document).map_err(|error| PolicyError::Unreadable(error.to_string()))
    }

    /// The policy that ships with the product.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Policy> = LazyLock::new(|| {
            // Part of the program, read by the tests of this module.
            Policy::from_toml(ROUTING_TOML).expect("the embedded policy is valid")
        });
        &SHIPPED
    }

    /// Name and version.
    pub fn key(&self) -> &PolicyKey {
        &self.key
    }

    /// What it is for.
    pub fn description(&self) -> &str {
        &self.document.description
    }

    /// How fast somebody has to act.
    pub fn clock(&self) -> &Clock {
        &self.document.clock
    }

    /// The rules, in the order in which they are tried.
    pub fn rules(&self) -> &[Rule] {
        &self.document.rules
    }
}

impl Document {
    fn check(&self) -> Result<(), PolicyError> {
        let clock = &self.clock;
        ensure(!self.name.trim().is_empty(), "name", "name the policy")?;
        ensure(self.version >= 1, "version", "versions count from 1")?;
        ensure(clock.first_action_seconds >= 1, "clock.first_action_seconds", "must be at least 1")?;
        ensure(
            !clock.first_action_source.trim().is_empty(),
            "clock.first_action_source",
            "say where it comes from",
        )?;
        let ascending = clock.escalations.is_sorted_by(|one, other| one.after_minutes < other.after_minutes);
        ensure(ascending, "clock.escalations", "must be ascending by time, each time once")?;
        let sourced = clock.escalations.iter().all(|step| !step.source.trim().is_empty());
        ensure(sourced, "clock.escalations", "say where each time comes from")?;
        ensure(!self.rules.is_empty(), "rules", "without a rule nobody gets a lead")?;
        for (place, rule) in self.rules.iter().enumerate() {
            let key = |part: &str| format!("rules[{place}].{part}");
            ensure(!rule.name.trim().is_empty(), &key("name"), "decisions name their rule")?;
            let again = self.rules[..place].iter().any(|other| other.name == rule.name);
            ensure(!again, &key("name"), "another rule has this name")?;
            let range = rule.price_from.zip(rule.price_to).is_none_or(|(from, to)| from <= to);
            ensure(range, &key("price_from"), "must not be above price_to")?;
        }
        Ok(())
    }
}

fn ensure(holds: bool, key: &str, reason: &str) -> Result<(), PolicyError> {
    if holds { Ok(()) } else { Err(PolicyError::Invalid { key: key.to_owned(), reason: reason.to_owned() }) }
}

impl Rule {
    /// Whether every condition holds. What is not known fails a condition that asks for it.
    pub fn holds(&self, wanted: &Wanted) -> bool {
        let within = |price: Option<u64>| match (self.price_from, self.price_to) {
            (None, None) => true,
            (from, to) => price.is_some_and(|price| {
                from.is_none_or(|from| from <= price) && to.is_none_or(|to| price <= to)
            }),
        };
        let language = wanted.language_asked_for.as_ref().map(|asked| asked.language().to_owned());
        asks(&self.verticals, wanted.vertical.as_ref())
            && asks(&self.areas, wanted.area.as_ref())
            && asks(&self.sources, wanted.source.as_ref())
            && asks(&self.languages, language.as_ref())
            && within(wanted.price)
    }

    /// Whether the rule asks this agent.
    pub fn names(&self, agent: &Agent) -> bool {
        let everybody = self.agents.is_empty() && self.teams.is_empty();
        let team = agent.team.as_ref().is_some_and(|team| self.teams.contains(team));
        everybody || team || self.agents.contains(&agent.id)
    }
}

fn asks<T: Ord>(condition: &BTreeSet<T>, value: Option<&T>) -> bool {
    condition.is_empty() || value.is_some_and(|value| condition.contains(value))
}
