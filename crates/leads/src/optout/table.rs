use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use serde::Deserialize;

use super::{Meaning, Scope};
use crate::text::{Pattern, PatternFault, Sets};

/// The rules that ship with the product.
pub const SHIPPED_TOML: &str = include_str!("../../../../policies/optout.toml");

/// What a rule is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Applies {
    /// The message and nothing else, courtesy aside.
    Whole,
    /// A part of the message.
    Within,
    /// A part of a message of four words or fewer, when no other rule was found.
    Short,
    /// A message without words.
    Sign,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub id: String,
    pub meaning: Meaning,
    pub applies: Applies,
    pub scope: Scope,
    pub compiled: Vec<Pattern>,
    pub signs: Vec<String>,
    pub why: String,
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    meaning: Meaning,
    applies: Applies,
    scope: Scope,
    patterns: Vec<String>,
    why: String,
    source: String,
    from: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableText {
    name: String,
    version: u32,
    description: String,
    sources: BTreeMap<String, String>,
    sets: Sets,
    rule: Vec<RuleText>,
}

/// Rules by which messages are read.
#[derive(Clone, Debug)]
pub struct Recogniser {
    pub(super) version: u32,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) courtesy: Vec<Pattern>,
}

/// What is wrong with a table of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptOutFault {
    /// It is no TOML of this form.
    #[error("the rules of opting out cannot be used: {0}")]
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

impl Recogniser {
    /// Reads and checks a table of rules.
    ///
    /// # Errors
    /// The first thing that is wrong, with its rule.
    pub fn parse(text: &str) -> Result<Self, OptOutFault> {
        let table: TableText =
            toml::from_str(text).map_err(|error| OptOutFault::Text(error.to_string().trim().to_owned()))?;
        if table.name != "opt-out" || table.description.trim().is_empty() {
            return Err(OptOutFault::Text(format!(
                "`opt-out` with a description is expected, not `{}`",
                table.name
            )));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for rule in table.rule {
            let fault = |fault: String| OptOutFault::Rule { rule: rule.id.clone(), fault };
            if rules.iter().any(|other| other.id == rule.id) {
                return Err(fault("there are two of this name".to_owned()));
            }
            if !table.sources.contains_key(&rule.source) {
                return Err(fault(format!("there is no source `{}`", rule.source)));
            }
            if rule.patterns.is_empty() || rule.why.trim().is_empty() || rule.from.year() < 1990 {
                return Err(fault("patterns, a reason and a date are needed".to_owned()));
            }
            let (mut compiled, mut signs) = (Vec::new(), Vec::new());
            match rule.applies {
                Applies::Sign => signs.clone_from(&rule.patterns),
                Applies::Whole | Applies::Within | Applies::Short => {
                    for pattern in &rule.patterns {
                        let pattern = Pattern::parse(pattern, &table.sets);
                        compiled.push(pattern.map_err(|error: PatternFault| fault(error.to_string()))?);
                    }
                }
            }
            rules.push(Rule {
                id: rule.id,
                meaning: rule.meaning,
                applies: rule.applies,
                scope: rule.scope,
                compiled,
                signs,
                why: rule.why,
                source: rule.source,
            });
        }
        let courtesy = table.sets.get("courtesy").into_iter().flatten();
        let courtesy = courtesy.map(|phrase| Pattern::parse(phrase, &table.sets)).collect::<Result<_, _>>();
        let courtesy = courtesy
            .map_err(|error| OptOutFault::Rule { rule: "@courtesy".to_owned(), fault: error.to_string() })?;
        Ok(Self { version: table.version, sources: table.sources, rules, courtesy })
    }

    /// The rules that ship with the product.
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Recogniser> = LazyLock::new(|| {
            Recogniser::parse(SHIPPED_TOML).expect("the shipped rules are valid, as a test makes sure")
        });
        &SHIPPED
    }

    /// Version of the table.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Names of the rules with their meaning, in the order of the table.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Meaning)> {
        self.rules.iter().map(|rule| (rule.id.as_str(), rule.meaning))
    }
}
