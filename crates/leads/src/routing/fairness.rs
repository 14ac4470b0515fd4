use std::collections::BTreeMap;

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{Decision, LEAD};
use crate::share;

/// The least number of leads that an agent must have been due for the test to hold: the usual rule for Pearson's test
/// (Cochran, Biometrics 10, 1954).
const EXPECTED_MIN: f64 = 5.0;

/// What one agent was given, and what was due to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentShare {
    /// Who.
    pub agent: String,
    /// Decisions in which they could have taken the lead.
    pub could: u64,
    /// Leads that they were offered.
    pub offered: u64,
    /// Leads of those that they accepted.
    pub accepted: u64,
    /// Leads that were due to them by weight, of those that they could have taken.
    pub due: f64,
    /// Their fraction of all leads offered.
    pub share: f64,
    /// The fraction that was due.
    pub share_due: f64,
    /// With 90 % confidence, how often they accept (Wilson); none without an offer.
    pub acceptance: Option<Interval>,
}

/// Whether what was given fits what was due.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// Too few leads to tell.
    Insufficient {
        /// Leads that were offered.
        leads: u64,
        /// Leads that were due to the agent who was due fewest.
        due_least: f64,
    },
    /// Pearson's test of the leads offered against those due. A small chance means that something other than turns
    /// decides; turns themselves are evener than chance and give one near 1.
    Tested {
        /// Leads that were offered.
        leads: u64,
        /// The statistic.
        chi_square: f64,
        /// Agents less one.
        degrees: u32,
        /// How often leads handed out by lot, with these shares, would lie this far off or further.
        p_value: f64,
    },
}

/// How leads were shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FairnessReport {
    /// Everybody who could have taken a lead, by name.
    pub agents: Vec<AgentShare>,
    /// The most that anybody was given more or less than was due, in leads.
    pub off_most: f64,
    /// Leads that nobody could take.
    pub untaken: u64,
    /// Whether what was given fits what was due.
    pub balance: Balance,
}

/// How `decisions` shared the leads; `accepted` says of a decision whether the agent accepted it.
pub fn fairness<'a>(
    decisions: impl IntoIterator<Item = &'a Decision>,
    accepted: impl Fn(&Decision) -> bool,
) -> FairnessReport {
    #[derive(Default)]
    struct Tally {
        could: u64,
        offered: u64,
        accepted: u64,
        due: i64,
    }
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut leads, mut untaken) = (0_u64, 0_u64);
    for decision in decisions {
        for (agent, due) in &decision.entitlements {
            let tally = tallies.entry(agent).or_default();
            tally.could += 1;
            tally.due += due;
        }
        match &decision.agent {
            Some(agent) => {
                leads += 1;
                let tally = tallies.entry(agent).or_default();
                tally.offered += 1;
                tally.accepted += u64::from(accepted(decision));
            }
            None => untaken += 1,
        }
    }
    let shared = |tally: &Tally, name: &str| {
        let due = tally.due as f64 / LEAD as f64;
        let acceptance = (tally.offered > 0).then(|| share::interval(tally.accepted, tally.offered));
        AgentShare {
            agent: name.to_owned(),
            could: tally.could,
            offered: tally.offered,
            accepted: tally.accepted,
            due,
            share: tally.offered as f64 / leads.max(1) as f64,
            share_due: due / leads.max(1) as f64,
            acceptance,
        }
    };
    let agents: Vec<AgentShare> = tallies.iter().map(|(name, tally)| shared(tally, name)).collect();
    let off_most = agents.iter().map(|agent| (agent.offered as f64 - agent.due).abs()).fold(0.0, f64::max);
    let balance = balance(&agents, leads);
    FairnessReport { agents, off_most, untaken, balance }
}

fn balance(agents: &[AgentShare], leads: u64) -> Balance {
    let due_least = agents.iter().map(|agent| agent.due).fold(f64::INFINITY, f64::min);
    if agents.len() < 2 || due_least < EXPECTED_MIN {
        let due_least = if due_least.is_finite() { due_least } else { 0.0 };
        return Balance::Insufficient { leads, due_least };
    }
    let term = |agent: &AgentShare| (agent.offered as f64 - agent.due).powi(2) / agent.due;
    let chi_square: f64 = agents.iter().map(term).sum();
    let degrees = agents.len() as u32 - 1;
    Balance::Tested { leads, chi_square, degrees, p_value: beyond(chi_square, degrees) }
}

/// The chance that a chi-square variable of `degrees` lies at `x` or beyond: the finite sums of Abramowitz and Stegun,
/// 26.4.4 and 26.4.5.
fn beyond(x: f64, degrees: u32) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let odd = degrees % 2 == 1;
    // Terms x^(r - 1/2) / (1 * 3 * .. * (2r - 1)), or x^r / (2 * 4 * .. * 2r).
    let (mut term, mut sum) = if odd { (x.sqrt(), 0.0) } else { (1.0, 0.0) };
    let mut divisor = if odd { 1.0 } else { 0.0 };
    for _ in 0..degrees / 2 {
        sum += term;
        divisor += 2.0;
        term *= x / divisor;
    }
    let density = libm::exp(-x / 2.0);
    let tail = if odd {
        libm::erfc((x / 2.0).sqrt()) + density * (2.0 / std::f64::consts::PI).sqrt() * sum
    } else {
        density * sum
    };
    tail.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // scipy 1.17 `stats.chi2.sf`.
    #[test]
    fn the_tail_agrees_with_known_values() {
        for (x, degrees, expected) in [
            (3.841_458_820_694_124, 1, 0.05),
            (5.991_464_547_107_979, 2, 0.05),
            (7.814_727_903_251_179, 3, 0.05),
            (9.487_729_036_781_154, 4, 0.05),
            (11.070_497_693_516_351, 5, 0.05),
            (23.209_251_158_954_356, 10, 0.01),
        ] {
            let found = beyond(x, degrees);
            assert!((found - expected).abs() < 1e-9, "{x} {degrees}: {found}");
        }
        assert_eq!(beyond(0.0, 3), 1.0);
    }
}
