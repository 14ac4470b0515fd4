use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::Deserialize;

use crate::{
    place::State,
    text::{Pattern, Sets},
};

/// The rules that ship with the product.
pub const SHIPPED_TOML: &str = include_str!("../../../../policies/wording.toml");

/// Class of rules that hold only where a state protects the source of income.
pub(super) const SOURCE_OF_INCOME: &str = "source_of_income";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    Block,
    Warn,
    Clear,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub id: String,
    pub class: String,
    pub effect: Effect,
    pub patterns: Vec<Pattern>,
    pub why: String,
    pub instead: String,
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    class: String,
    verdict: Effect,
    patterns: Vec<String>,
    why: String,
    instead: Option<String>,
    source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomeText {
    states: Vec<State>,
    status: String,
    as_of: Date,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    name: String,
    version: u32,
    description: String,
    sources: BTreeMap<String, String>,
    source_of_income: IncomeText,
    sets: Sets,
    rule: Vec<RuleText>,
}

/// Rules by which outgoing texts are judged.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) version: u32,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) income_protected: Vec<State>,
}

/// What is wrong with a table of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordingFault {
    /// It is no TOML of this form.
    #[error("the rules of wording cannot be used: {0}")]
    Text(String),
    /// A rule is wrong.
    #[error("rule {rule}: {fault}")]
    Rule {
        /// Which.
        rule: String,
        /// What.
        fault: String,
    },
}

impl Rules {
    /// Reads and checks a table of rules.
    ///
    /// # Errors
    /// The first thing that is wrong, with its rule.
    pub fn parse(text: &str) -> Result<Self, WordingFault> {
        let table: TableText =
            toml::from_str(text).map_err(|error| WordingFault::Text(error.to_string().trim().to_owned()))?;
        if table.name != "wording" || table.description.trim().is_empty() {
            return Err(WordingFault::Text(format!(
                "`wording` with a description is expected, not `{}`",
                table.name
            )));
        }
        let income = table.source_of_income;
        if income.source.trim().is_empty() || income.status.trim().is_empty() || income.as_of.year() < 2000 {
            return Err(WordingFault::Text("source_of_income: source, status and day are needed".to_owned()));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for rule in table.rule {
            let fault = |fault: String| WordingFault::Rule { rule: rule.id.clone(), fault };
            if rules.iter().any(|other| other.id == rule.id) {
                return Err(fault("there are two of this name".to_owned()));
            }
            if !table.sources.contains_key(&rule.source) {
                return Err(fault(format!("there is no source `{}`", rule.source)));
            }
            if rule.verdict != Effect::Clear && rule.instead.is_none() {
                return Err(fault("it does not say what to write instead".to_owned()));
            }
            if rule.patterns.is_empty() {
                return Err(fault("it has no patterns".to_owned()));
            }
            let patterns = rule.patterns.iter().map(|pattern| Pattern::parse(pattern, &table.sets));
            let patterns = patterns.collect::<Result<_, _>>().map_err(|error| fault(error.to_string()))?;
            rules.push(Rule {
                id: rule.id,
                class: rule.class,
                effect: rule.verdict,
                patterns,
                why: rule.why,
                instead: rule.instead.unwrap_or_default(),
                source: rule.source,
            });
        }
        Ok(Self { version: table.version, sources: table.sources, rules, income_protected: income.states })
    }

    /// The rules that ship with the product.
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Rules> = LazyLock::new(|| {
            Rules::parse(SHIPPED_TOML).expect("the shipped rules are valid, as a test makes sure")
        });
        &SHIPPED
    }

    /// Version of the table.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Names of the rules that find something.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|rule| rule.effect != Effect::Clear).map(|rule| rule.id.as_str())
    }
}
