//! How the team works an opportunity: data beside the policies (`policies/playbook.toml`), read and checked here.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use kernel::Currency;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{NextAction, Tier, named},
    policy::EffortHours,
};

/// The playbook as it is written, with its comments.
pub const PLAYBOOK_TOML: &str = include_str!("../../../policies/playbook.toml");

/// Steps, efforts and scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Name of this way of working.
    pub name: String,
    /// Most opportunities, by expected ARR, that one plan weighs against each other.
    pub candidates_max: usize,
    /// Efforts that the policies do not know.
    pub effort_hours: FurtherEffort,
    /// Named scenarios, in the order shown.
    pub scenarios: Vec<Scenario>,
    /// The client base that the scenarios were first worked out on, to compare a pipeline with.
    pub reference: ReferenceCase,
    /// Steps by next action; a next action without a sequence is not worked.
    pub sequences: Vec<StepSequence>,
}

/// Hours of the steps that follow an offer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherEffort {
    /// Hours of following up on a proposal.
    pub follow_up: f64,
    /// Hours of going through the contract.
    pub contract_review: f64,
}

/// A share of the clients that sign, per tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Stable identifier.
    pub name: String,
    /// As people read it.
    pub label: String,
    /// Fraction of the tier's clients that sign, 0-1; a tier that is not named signs nothing.
    pub shares: BTreeMap<Tier, f64>,
}

/// A client base on paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceCase {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Monthly revenue today, major units.
    pub current_mrr: u32,
    /// Monthly revenue to reach, major units.
    pub goal_mrr: u32,
    /// Clients of each tier, and what each of them would add.
    pub tiers: BTreeMap<Tier, ReferenceTier>,
}

/// The clients of one tier of a [`ReferenceCase`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceTier {
    /// Clients.
    pub clients: u32,
    /// Added annual revenue of each, major units.
    pub arr: u32,
}

/// What is done, in order, for clients with this next action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSequence {
    /// The next action that the sequence begins with.
    pub next_action: NextAction,
    /// The steps, ascending by week and weekday.
    pub steps: Vec<Step>,
}

/// One step of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is done.
    pub kind: ActionKind,
    /// Weeks after the first, from 0.
    pub week: usize,
    /// Day it is due, 1 (Monday) to 5 (Friday).
    pub weekday: i8,
}

/// What a person does for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Setting up an automated sequence of useful mails.
    NurtureSequence,
    /// A call that finds out what the client needs.
    DiscoveryCall,
    /// A presentation to those who decide.
    ExecutivePresentation,
    /// A written offer.
    CustomProposal,
    /// Asking what is still open.
    FollowUp,
    /// Going through the contract until it is signed or declined.
    ContractReview,
}

named!(ActionKind {
    NurtureSequence => "nurture_sequence", "Nurture sequence";
    DiscoveryCall => "discovery_call", "Discovery call";
    ExecutivePresentation => "executive_presentation", "Executive presentation";
    CustomProposal => "custom_proposal", "Custom proposal";
    FollowUp => "follow_up", "Follow-up";
    ContractReview => "contract_review", "Contract review";
});

/// The playbook cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlaybookError {
    /// Not TOML, or a key is unknown or missing.
    #[error("the playbook cannot be read: {0}")]
    Unreadable(String),
    /// A value that cannot be.
    #[error("playbook, {key}: {reason}")]
    Invalid {
        /// Where.
        key: String,
        /// Why.
        reason: &'static str,
    },
}

impl Playbook {
    /// The playbook that ships with the product.
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<Playbook> = LazyLock::new(|| {
            // Part of the program and read by the tests of this module.
            Playbook::from_toml(PLAYBOOK_TOML).expect("the embedded playbook is valid")
        });
        &STANDARD
    }

    /// Reads and checks a playbook as written in `policies/playbook.toml`.
    ///
    /// # Errors
    /// When it is not TOML, a key is unknown or missing, or a value cannot be.
    pub fn from_toml(text: &str) -> Result<Self, PlaybookError> {
        let playbook: Self =
            toml::from_str(text).map_err(|error| PlaybookError::Unreadable(error.to_string()))?;
        playbook.check()?;
        Ok(playbook)
    }

    /// The steps for a client with this next action; none when it is not worked.
    pub fn steps(&self, next_action: NextAction) -> &[Step] {
        let sequence = self.sequences.iter().find(|sequence| sequence.next_action == next_action);
        sequence.map_or(&[], |sequence| &sequence.steps)
    }

    /// Hours of one action: the policy's where it knows it.
    pub fn hours(&self, kind: ActionKind, policy: &EffortHours) -> f64 {
        match kind {
            ActionKind::NurtureSequence => policy.nurture_sequence,
            ActionKind::DiscoveryCall => policy.discovery_call,
            ActionKind::ExecutivePresentation => policy.executive_presentation,
            ActionKind::CustomProposal => policy.custom_proposal,
            ActionKind::FollowUp => self.effort_hours.follow_up,
            ActionKind::ContractReview => self.effort_hours.contract_review,
        }
    }

    fn check(&self) -> Result<(), PlaybookError> {
        let invalid = |key: String, reason| Err(PlaybookError::Invalid { key, reason });
        let FurtherEffort { follow_up, contract_review } = self.effort_hours;
        if ![follow_up, contract_review].iter().all(|hours| (0.0..=40.0).contains(hours)) {
            return invalid("effort_hours".to_owned(), "must be 0 to 40 hours");
        }
        for scenario in &self.scenarios {
            if !scenario.shares.values().all(|share| (0.0..=1.0).contains(share)) {
                return invalid(format!("scenarios.{}", scenario.name), "a share is a fraction, 0 to 1");
            }
        }
        for sequence in &self.sequences {
            let key = format!("sequences.{}", sequence.next_action.id());
            if sequence.steps.is_empty() {
                return invalid(key, "needs at least one step");
            }
            if sequence.steps.iter().any(|step| !(1..=5).contains(&step.weekday) || step.week > 25) {
                return invalid(key, "weekdays are 1 (Monday) to 5 (Friday), weeks 0 to 25");
            }
            if !sequence.steps.is_sorted_by_key(|step| (step.week, step.weekday))
                || sequence.steps[0].week != 0
            {
                return invalid(key, "steps ascend by week and weekday, from week 0");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playbook_that_ships_is_valid_and_works_every_action_but_watching() {
        let playbook = Playbook::from_toml(PLAYBOOK_TOML).expect("valid");
        for action in NextAction::ALL {
            assert_eq!(playbook.steps(*action).is_empty(), *action == NextAction::Monitor, "{action}");
        }
        for sequence in &playbook.sequences {
            assert_eq!(sequence.steps[0].kind.id(), sequence.next_action.id());
            assert_eq!(sequence.steps.last().map(|step| step.kind), Some(ActionKind::ContractReview));
        }
    }

    #[test]
    fn slips_are_named() {
        for (from, to, key) in [
            ("follow_up = 1", "follow_up = -1", "effort_hours"),
            ("tier_1 = 0.40", "tier_1 = 40", "scenarios.conservative"),
            ("week = 0, weekday = 3", "week = 0, weekday = 6", "sequences.executive_presentation"),
            ("week = 5, weekday = 3", "week = 0, weekday = 3", "sequences.nurture_sequence"),
        ] {
            let text = PLAYBOOK_TOML.replacen(from, to, 1);
            assert_ne!(text, PLAYBOOK_TOML, "{from}");
            let error = Playbook::from_toml(&text).expect_err(to);
            assert!(error.to_string().contains(key), "{error}");
        }
        assert!(matches!(Playbook::from_toml("surprise = 1"), Err(PlaybookError::Unreadable(_))));
    }
}
