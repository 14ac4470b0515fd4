//! A policy being edited: where it starts from, what it says now, and what is wrong with it.

use std::collections::BTreeMap;

use growth::{
    Growth,
    policy::{Fault, Knob, Policy, PolicyError, knobs, turned},
};
use kernel::PolicyKey;
use maud::{Markup, html};

use crate::{
    design::{Address, Errors, Tone, notice},
    pages::growth::frame,
    problem::Problem,
};

/// The draft.
pub struct Draft {
    /// The version that it starts from.
    pub from: PolicyKey,
    /// That version.
    pub base: Policy,
    /// The knobs of the base, and where the draft's stand.
    pub knobs: Vec<(Knob, f64)>,
    /// The draft as text.
    pub toml: String,
    /// The draft, or why it is none.
    pub policy: Result<Policy, Vec<Fault>>,
}

impl Draft {
    /// The version that `address` starts from (the one that counts, without `from`), with the knobs turned as it says.
    ///
    /// # Errors
    /// When there is no such version, or the database fails.
    pub async fn turned(address: &Address, growth: &Growth) -> Result<Self, Problem> {
        let from = match address.get("from") {
            Some(text) => frame::policy_key(text)
                .ok_or_else(|| Problem::not_found("There is no such policy version."))?,
            None => growth.active_policy().await?,
        };
        let base = growth.policy(&from).await?;
        let mut turns = BTreeMap::new();
        let mut faults = Vec::new();
        let mut standing = Vec::new();
        for knob in knobs(base.document()) {
            let mut value = knob.value;
            if let Some(text) = address.get(&knob.key) {
                match text.trim().parse::<f64>() {
                    // A slider stands on steps: as close to the value as it can is where the value stands.
                    Ok(turn) if (turn - knob.value).abs() <= knob.step / 2.0 => {}
                    Ok(turn) => {
                        value = turn;
                        turns.insert(knob.key.clone(), turn);
                    }
                    Err(_) => faults.push(Fault {
                        key: knob.key.clone(),
                        value: text.to_owned(),
                        reason: "must be a number".to_owned(),
                    }),
                }
            }
            standing.push((knob, value));
        }
        let policy = if faults.is_empty() { compile(&base, &turns) } else { Err(faults) };
        let toml = match &policy {
            Ok(policy) if *policy != base => policy.to_toml().map_err(growth::GrowthError::from)?,
            _ => growth.policy_text(&from).await?,
        };
        Ok(Self { from, base, knobs: standing, toml, policy })
    }

    /// A draft written as text.
    ///
    /// # Errors
    /// When there is no version to start from, or the database fails.
    pub async fn written(from: &str, toml: String, growth: &Growth) -> Result<Self, Problem> {
        let from = match frame::policy_key(from) {
            Some(key) => key,
            None => growth.active_policy().await?,
        };
        let base = growth.policy(&from).await?;
        let policy = Policy::from_toml(&toml).map_err(faults);
        Ok(Self {
            from,
            knobs: knobs(base.document()).into_iter().map(|knob| (knob.clone(), knob.value)).collect(),
            base,
            toml,
            policy,
        })
    }

    /// The address with the knobs that are turned, and without those that stand where they stood.
    pub fn address(&self, address: &Address) -> Address {
        let stands = |name: &str, text: &str| {
            let knob = self.knobs.iter().find(|(knob, _)| knob.key == name);
            knob.is_some_and(|(knob, value)| knob.value == *value && text.trim().parse::<f64>().is_ok())
        };
        address.filtered(|name, text| !stands(name, text))
    }

    /// The draft, when it is valid and says something else than its base.
    pub fn changed(&self) -> Option<&Policy> {
        self.policy.as_ref().ok().filter(|policy| !same_rules(policy, &self.base))
    }

    /// What is wrong, for the fields that say so.
    pub fn errors(&self) -> Errors {
        let mut errors = Errors::default();
        for fault in self.policy.as_ref().err().into_iter().flatten() {
            errors.add(&fault.key, format!("{} is not possible: {}.", fault.value, fault.reason));
        }
        errors
    }

    /// Every fault with key, value and reason; nothing when there is none.
    pub fn faults(&self) -> Markup {
        let Err(faults) = &self.policy else { return html! {} };
        notice(
            Tone::Bad,
            "This is no policy yet: nothing is saved",
            html! {
                ul { @for fault in faults { li { code { (fault.key) } " = " code { (fault.value) } ": " (fault.reason) "." } } }
            },
        )
    }
}

/// Whether two policies say the same, whatever their versions.
fn same_rules(one: &Policy, other: &Policy) -> bool {
    let mut document = one.document().clone();
    document.version = other.key().version;
    document == *other.document()
}

fn compile(base: &Policy, turns: &BTreeMap<String, f64>) -> Result<Policy, Vec<Fault>> {
    Policy::new(turned(base.document(), turns)?).map_err(faults)
}

fn faults(error: PolicyError) -> Vec<Fault> {
    match error {
        PolicyError::Invalid(faults) => faults,
        PolicyError::Unreadable(reason) | PolicyError::Unwritable(reason) => {
            // The reader's message has the line and column, and quotes the line.
            vec![Fault { key: "text".to_owned(), value: "TOML".to_owned(), reason }]
        }
    }
}
