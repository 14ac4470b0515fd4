//! Who is offered a lead: rules, then who has room and is at work, then whose turn it is.
//!
//! ```
//! use leads::routing::{Agent, Policy, Router, Wanted};
//!
//! let now = "2026-03-02T10:00:00Z".parse().unwrap();
//! let agents = [Agent::named("ana"), Agent::named("ben")];
//! let mut router = Router::new(Policy::shipped().clone());
//! let first = router.route("lead 1", &Wanted::default(), &agents, now);
//! let second = router.route("lead 2", &Wanted::default(), &agents, now);
//! assert_eq!((first.agent.as_deref(), second.agent.as_deref()), (Some("ana"), Some("ben")));
//! assert_eq!(first.to_string(), "ana: rule `everybody`; their turn among 2");
//! ```
//!
//! **Turns.** Everybody who could take a lead earns a share of it by weight; whoever has earned most gets it and pays
//! for all of it. Credit is in millionths of a lead and sums to zero. It is earned only where one could have taken the
//! lead: being away is neither punished nor repaid. There is no chance in it: the same leads and agents in the same
//! order give the same turns.
//!
//! **What is not asked.** A language counts only where the contact asked for it. Nothing about who somebody is reaches a
//! rule.

mod agent;
mod clock;
mod fairness;
mod policy;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use kernel::{Locale, PolicyKey, Vertical};
use serde::{Deserialize, Serialize};

pub use agent::{Absence, Agent, AgentError, DayHours, Hours};
pub use clock::{Clock, Due, Escalation, EscalationAction};
pub use fairness::{AgentShare, Balance, FairnessReport, fairness};
pub use policy::{Policy, PolicyError, Rule};

use crate::timeline::LeadSource;

/// A whole lead in the unit of credit.
const LEAD: i64 = 1_000_000;

/// What a lead told us that a rule may ask for. All of it is about what is wanted, none about who wants it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Line of business.
    pub vertical: Option<Vertical>,
    /// Where they are looking, as the market names its areas.
    pub area: Option<String>,
    /// What they want to pay, in whole units of the market's currency.
    pub price: Option<u64>,
    /// How they came.
    pub source: Option<LeadSource>,
    /// The language that they asked to be served in. Never a guess.
    pub language_asked_for: Option<Locale>,
}

/// Why somebody whom a rule named did not get a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// Has as many open leads as they can hold.
    Full {
        /// How many they hold.
        open: u32,
    },
    /// Was given as many leads today as they take.
    EnoughToday {
        /// How many they were given.
        today: u32,
    },
    /// Away for a time.
    Absent {
        /// When they are back.
        until: Timestamp,
    },
    /// Outside of their working hours.
    OffHours {
        /// When they begin; none when they do not within two weeks.
        begins: Option<Timestamp>,
    },
    /// Does not serve what is wanted: vertical, area, price or language.
    DoesNotServe {
        /// What.
        what: String,
    },
    /// Takes no part in turns at all: weight 0.
    NoWeight,
    /// Somebody else's turn.
    NotTheirTurn {
        /// What they have earned, in millionths of a lead.
        credit: i64,
    },
    /// Had it already and did not act.
    HadIt,
}

/// What was decided on one lead. Its `Display` is the reason in a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Which lead.
    pub lead: String,
    /// Who is offered it; none when nobody can take it now.
    pub agent: Option<String>,
    /// The rule that named the agents; none when no rule held.
    pub rule: Option<String>,
    /// How many could have taken it.
    pub candidates: usize,
    /// Everybody else whom the rule named, and why not.
    pub passed_over: Vec<(String, PassedOver)>,
    /// What each who could have taken it earned by it, in millionths of a lead: what fairness is measured against.
    pub entitlements: Vec<(String, i64)>,
    /// Until when somebody has to act; when nobody could take it, from when the first one can.
    pub due: Due,
    /// The policy that decided.
    pub policy: PolicyKey,
    /// When it was decided.
    pub at: Timestamp,
}

/// Decides, and remembers whose turn it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Router {
    policy: Policy,
    credit: BTreeMap<String, i64>,
}

impl Router {
    /// Turns that begin now.
    pub fn new(policy: Policy) -> Self {
        Self { policy, credit: BTreeMap::new() }
    }

    /// Turns that go on from `credit`, as [`Router::credit`] gave it.
    pub fn resume(policy: Policy, credit: BTreeMap<String, i64>) -> Self {
        Self { policy, credit }
    }

    /// What each agent has earned, in millionths of a lead; sums to 0.
    pub fn credit(&self) -> &BTreeMap<String, i64> {
        &self.credit
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Offers `lead` to one of `agents`, whose open leads and leads of today are as they are before it. Their order
    /// does not matter.
    pub fn route(&mut self, lead: &str, wanted: &Wanted, agents: &[Agent], now: Timestamp) -> Decision {
        self.route_again(lead, wanted, agents, &[], now)
    }

    /// Offers `lead` to one of `agents` other than those who had it already.
    pub fn route_again(
        &mut self,
        lead: &str,
        wanted: &Wanted,
        agents: &[Agent],
        had_it: &[&str],
        now: Timestamp,
    ) -> Decision {
        let rule = self.policy.rules().iter().find(|rule| rule.holds(wanted)).cloned();
        let mut named: Vec<&Agent> =
            agents.iter().filter(|agent| rule.as_ref().is_some_and(|rule| rule.names(agent))).collect();
        named.sort_by(|one, other| one.id.cmp(&other.id));
        named.dedup_by(|one, other| one.id == other.id);

        let (mut candidates, mut passed_over) = (Vec::new(), Vec::new());
        for agent in named {
            let held = had_it.contains(&agent.id.as_str()).then_some(PassedOver::HadIt);
            match held.or_else(|| agent.cannot(wanted, now)) {
                Some(why) => passed_over.push((agent.id.clone(), why)),
                None => candidates.push(agent),
            }
        }
        let entitlements = self.turn(&candidates);
        let chosen = entitlements.chosen.map(|place| candidates[place]);
        for agent in candidates.iter().filter(|agent| chosen.is_none_or(|chosen| chosen.id != agent.id)) {
            let credit = self.credit.get(&agent.id).copied().unwrap_or_default();
            passed_over.push((agent.id.clone(), PassedOver::NotTheirTurn { credit }));
        }
        let begins = match chosen {
            Some(_) => Some(now),
            None => passed_over.iter().filter_map(|(_, why)| why.ends()).min(),
        };
        Decision {
            lead: lead.to_owned(),
            agent: chosen.map(|agent| agent.id.clone()),
            rule: rule.map(|rule| rule.name),
            candidates: candidates.len(),
            passed_over,
            entitlements: entitlements.earned,
            due: self.policy.clock().due(begins),
            policy: self.policy.key().clone(),
            at: now,
        }
    }

    /// Everybody earns by weight, and the one with most credit pays; equal ones in the order of their names.
    fn turn(&mut self, candidates: &[&Agent]) -> Turn {
        let total: u64 = candidates.iter().map(|agent| u64::from(agent.weight)).sum();
        let mut earned = Vec::with_capacity(candidates.len());
        for agent in candidates {
            let share = (LEAD as u64 * u64::from(agent.weight) / total.max(1)) as i64;
            *self.credit.entry(agent.id.clone()).or_default() += share;
            earned.push((agent.id.clone(), share));
        }
        let credit = |agent: &Agent| self.credit.get(&agent.id).copied().unwrap_or_default();
        let chosen = (0..candidates.len()).min_by(|one, other| {
            let (one, other) = (candidates[*one], candidates[*other]);
            credit(other).cmp(&credit(one)).then_with(|| one.id.cmp(&other.id))
        });
        if let Some(place) = chosen {
            let paid: i64 = earned.iter().map(|(_, share)| share).sum();
            *self.credit.entry(candidates[place].id.clone()).or_default() -= paid;
        }
        Turn { chosen, earned }
    }
}

struct Turn {
    chosen: Option<usize>,
    earned: Vec<(String, i64)>,
}

impl PassedOver {
    /// When the reason ends by itself, if that is known.
    fn ends(&self) -> Option<Timestamp> {
        match self {
            Self::Absent { until } => Some(*until),
            Self::OffHours { begins } => *begins,
            _ => None,
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { open } => write!(out, "holds {open} open leads, as many as they can"),
            Self::EnoughToday { today } => write!(out, "was given {today} today, as many as they take"),
            Self::Absent { until } => write!(out, "is away until {until}"),
            Self::OffHours { begins: Some(at) } => write!(out, "is not at work before {at}"),
            Self::OffHours { begins: None } => out.write_str("is not at work within two weeks"),
            Self::DoesNotServe { what } => write!(out, "does not serve {what}"),
            Self::NoWeight => out.write_str("takes no part in turns"),
            Self::NotTheirTurn { .. } => out.write_str("was not next"),
            Self::HadIt => out.write_str("had it and did not act"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.agent, &self.rule) {
            (Some(agent), Some(rule)) => {
                write!(out, "{agent}: rule `{rule}`; ")?;
                match self.candidates {
                    1 => out.write_str("the only one who could take it"),
                    candidates => write!(out, "their turn among {candidates}"),
                }
            }
            (_, None) => out.write_str("nobody: no rule is for such a lead"),
            (None, Some(rule)) => {
                write!(out, "nobody: rule `{rule}`")?;
                for (place, (agent, why)) in self.passed_over.iter().enumerate() {
                    write!(out, "{} {agent} {why}", if place == 0 { ";" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}
