//! What was reached of what the plan promised: its months and milestones against what happened.

use jiff::civil::Date;
use kernel::Arr;
use serde::{Deserialize, Serialize};

use super::{Action, ActionStatus, Milestone, MilestoneMeasure, MonthTarget, Plan};
use crate::{outcome::Outcome, playbook::ActionKind};

/// A month of the plan with what was done in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthProgress {
    /// What was to be done and expected.
    pub target: MonthTarget,
    /// Discovery calls done within the month.
    pub calls: u32,
    /// Executive presentations done.
    pub presentations: u32,
    /// Proposals done.
    pub proposals: u32,
    /// Follow-ups done.
    pub follow_ups: u32,
    /// Contracts signed.
    pub contracts: u32,
    /// Annual revenue signed, major units.
    pub arr: f64,
}

/// Where a milestone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneState {
    /// The figure is reached.
    Reached,
    /// Not reached, and there is time.
    Ahead,
    /// Not reached by its day.
    Missed,
}

/// A milestone with what was reached by its day, or by now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MilestoneProgress {
    /// The milestone.
    pub milestone: Milestone,
    /// The figure reached.
    pub actual: f64,
    /// Where it stands.
    pub state: MilestoneState,
}

/// What was reached of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanProgress {
    /// By month.
    pub months: Vec<MonthProgress>,
    /// By milestone, in the plan's order.
    pub milestones: Vec<MilestoneProgress>,
}

/// What was reached by the day `as_of`. `actions` are the plan's as they stand; of the outcomes those count
/// that were decided from the plan's first day on.
pub fn progress(plan: &Plan, actions: &[Action], outcomes: &[Outcome], as_of: Date) -> PlanProgress {
    let done = |kind: ActionKind, from: Date, until: Date| {
        let counts = |action: &&Action| {
            action.kind == kind
                && action.status == ActionStatus::Done
                && action.done_on.is_some_and(|day| from <= day && day <= until.min(as_of))
        };
        u32::try_from(actions.iter().filter(counts).count()).unwrap_or(u32::MAX)
    };
    let signed = |from: Date, until: Date| {
        let won = outcomes
            .iter()
            .filter(move |one| one.won() && from <= one.occurred_on && one.occurred_on <= until.min(as_of));
        let arr: f64 = won.clone().map(|one| Arr::to_f64(&one.arr)).sum();
        (u32::try_from(won.count()).unwrap_or(u32::MAX), arr)
    };
    let months = plan.targets.iter().map(|target| {
        let (from, until) = (target.from, target.until);
        let (contracts, arr) = signed(from, until);
        MonthProgress {
            target: target.clone(),
            calls: done(ActionKind::DiscoveryCall, from, until),
            presentations: done(ActionKind::ExecutivePresentation, from, until),
            proposals: done(ActionKind::CustomProposal, from, until),
            follow_ups: done(ActionKind::FollowUp, from, until),
            contracts,
            arr,
        }
    });
    let milestones = plan.milestones.iter().map(|milestone| {
        let (contracts, arr) = signed(plan.as_of, milestone.due);
        let actual = match milestone.measure {
            MilestoneMeasure::Proposals => {
                f64::from(done(ActionKind::CustomProposal, plan.as_of, milestone.due))
            }
            MilestoneMeasure::Contracts => f64::from(contracts),
            MilestoneMeasure::Arr => arr,
        };
        let state = if actual >= milestone.target {
            MilestoneState::Reached
        } else if milestone.due >= as_of {
            MilestoneState::Ahead
        } else {
            MilestoneState::Missed
        };
        MilestoneProgress { milestone: *milestone, actual, state }
    });
    PlanProgress { months: months.collect(), milestones: milestones.collect() }
}
