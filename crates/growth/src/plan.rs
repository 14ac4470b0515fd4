//! The 30/60/90-day plan: who does what for which client, and by when.
//!
//! ```text
//! assessments -> candidates -> (effort per week from the playbook, capacity per week from the owners)
//!     -> finance::allocate -> actions with owner and due date, what was left out and why, targets
//! ```
//!
//! The plan maximises expected added ARR within the owners' hours and prints the gap to the upper bound.

mod calendar;
mod generate;
mod progress;
mod targets;
mod workload;

use std::{fmt, sync::Arc};

use finance::AllocationError;
pub use finance::Proof;
use jiff::civil::Date;
use kernel::{Arr, Currency, PolicyKey};
use serde::{Deserialize, Serialize};

pub use self::{
    calendar::{WEEKLY_WORKING_DAYS, monday_of},
    generate::{candidates, generate},
    progress::{MilestoneProgress, MilestoneState, MonthProgress, PlanProgress, progress},
    workload::{WeekWork, workload},
};
use crate::{
    assessment::{NextAction, Tier, named},
    metrics::ClientId,
    playbook::ActionKind,
};

/// Identifies a person of the team.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(Arc<str>);

impl OwnerId {
    /// The identifier with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A person who works on expansion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Identity.
    pub id: OwnerId,
    /// Display name.
    pub name: Arc<str>,
    /// Hours for expansion in a full week of five working days.
    pub weekly_hours: f64,
}

/// An opportunity that the plan may take up.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The client.
    pub client_id: ClientId,
    /// Display name.
    pub client_name: Arc<str>,
    /// The tier reached.
    pub tier: Tier,
    /// What the sequence of steps begins with.
    pub next_action: NextAction,
    /// Added annual revenue if signed.
    pub arr: Arr,
    /// The chance that it is, 0-1: the rule, or the posterior where outcomes are recorded.
    pub probability: f64,
    /// Days from the first step to signature.
    pub close_days: u32,
    /// 1.0-10.0; decides between equal expectations.
    pub priority: f64,
    /// The only owner who may work on it; `None` when anyone may.
    pub owner: Option<OwnerId>,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanInputs<'a> {
    /// Opportunities, in any order.
    pub candidates: &'a [Candidate],
    /// The team.
    pub owners: &'a [Owner],
    /// Actions of an earlier plan that stay: their hours are taken, their clients are not planned again.
    pub booked: &'a [Action],
    /// First day of the plan.
    pub as_of: Date,
    /// Length of the plan in days (90).
    pub horizon_days: u32,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// Not begun.
    #[default]
    Planned,
    /// Begun.
    Doing,
    /// Done on a known day.
    Done,
    /// Will not be done.
    Skipped,
}

named!(ActionStatus {
    Planned => "planned", "Planned";
    Doing => "doing", "Doing";
    Done => "done", "Done";
    Skipped => "skipped", "Skipped";
});

impl ActionStatus {
    /// Whether hours are still to be spent on it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Doing)
    }
}

/// Something that one person does for one client by one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// The client.
    pub client_id: ClientId,
    /// Display name.
    pub client_name: Arc<str>,
    /// Who does it.
    pub owner: OwnerId,
    /// What is done.
    pub kind: ActionKind,
    /// A working day.
    pub due: Date,
    /// Effort in hours, within the week of `due`.
    pub hours: f64,
    /// Where it stands.
    pub status: ActionStatus,
    /// The day it was done; set exactly when the status is [`ActionStatus::Done`].
    pub done_on: Option<Date>,
}

impl Action {
    /// Moves the action to `status` on the day `on`; only a done action keeps the day.
    pub fn set(&mut self, status: ActionStatus, on: Date) {
        self.status = status;
        self.done_on = (status == ActionStatus::Done).then_some(on);
    }
}

/// An opportunity that the plan takes up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engagement {
    /// The client.
    pub client_id: ClientId,
    /// Display name.
    pub client_name: Arc<str>,
    /// The tier reached.
    pub tier: Tier,
    /// Who works on it.
    pub owner: OwnerId,
    /// Due day of the first action.
    pub starts_on: Date,
    /// Expected day of signature.
    pub closes_on: Date,
    /// Added annual revenue if signed.
    pub arr: Arr,
    /// The chance that it is, 0-1.
    pub probability: f64,
    /// `arr` times `probability`, major units.
    pub expected_arr: f64,
    /// Effort of all its actions.
    pub hours: f64,
}

/// Why an opportunity is not in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// The hours go to work that is worth more.
    Capacity,
    /// No owner who may work on it has enough hours in any week, even with nothing else to do.
    Effort,
    /// It would be signed after the last day of the plan.
    Horizon,
    /// Only the most valuable opportunities are weighed against each other, and it is not among them.
    Candidates,
    /// The playbook has no steps for its next action.
    NotWorked,
    /// Its expected revenue is zero.
    NothingExpected,
}

named!(LeftOutReason {
    Capacity => "capacity", "The hours go to work that is worth more";
    Effort => "effort", "Takes more hours in a week than anyone who may do it has";
    Horizon => "horizon", "Would be signed after the last day of the plan";
    Candidates => "candidates", "Below the most valuable opportunities that one plan weighs";
    NotWorked => "not_worked", "Nothing to do now but watching";
    NothingExpected => "nothing_expected", "No expected revenue";
});

/// An opportunity that is not in the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The client.
    pub client_id: ClientId,
    /// Display name.
    pub client_name: Arc<str>,
    /// Added annual revenue if it were signed.
    pub arr: Arr,
    /// `arr` times its chance, major units.
    pub expected_arr: f64,
    /// Why.
    pub reason: LeftOutReason,
}

/// How full a week of an owner is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeekLoad {
    /// The owner.
    pub owner: OwnerId,
    /// Monday of the week.
    pub week: Date,
    /// Hours there are: the weekly hours, fewer in a week that the plan covers in part.
    pub capacity_hours: f64,
    /// Hours that earlier actions take.
    pub booked_hours: f64,
    /// Hours that this plan's actions take.
    pub planned_hours: f64,
}

/// What is to be done and expected in a month of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthTarget {
    /// From 1.
    pub month: u32,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// Discovery calls due.
    pub calls: u32,
    /// Executive presentations due.
    pub presentations: u32,
    /// Proposals due.
    pub proposals: u32,
    /// Follow-ups due.
    pub follow_ups: u32,
    /// Expected number of signatures.
    pub contracts: f64,
    /// Expected annual revenue signed, major units.
    pub arr: f64,
}

/// What a milestone measures, counted from the first day of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneMeasure {
    /// Proposals sent.
    Proposals,
    /// Contracts signed, expected.
    Contracts,
    /// Annual revenue signed, expected, major units.
    Arr,
}

named!(MilestoneMeasure {
    Proposals => "proposals", "Proposals sent";
    Contracts => "contracts", "Contracts signed";
    Arr => "arr", "ARR signed";
});

/// A figure to have reached by a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    /// The day: the last of a month of the plan.
    pub due: Date,
    /// What is measured.
    pub measure: MilestoneMeasure,
    /// The figure.
    pub target: f64,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// First day.
    pub as_of: Date,
    /// Last day.
    pub until: Date,
    /// The policy behind potentials, chances and efforts.
    pub policy: PolicyKey,
    /// Currency of every amount; `None` when there are no candidates.
    pub currency: Option<Currency>,
    /// Expected added annual revenue of what is taken up: what was maximised.
    pub expected_arr: f64,
    /// No plan within these hours expects more.
    pub bound: f64,
    /// Share of the bound that the plan may be missing, 0-1.
    pub gap: f64,
    /// How sure that is.
    pub proof: Proof,
    /// What is taken up, most valuable first.
    pub engagements: Vec<Engagement>,
    /// What is done, by due date, owner, client.
    pub actions: Vec<Action>,
    /// What is not taken up, most valuable first.
    pub left_out: Vec<LeftOut>,
    /// How full every owner's weeks are.
    pub load: Vec<WeekLoad>,
    /// Targets by month.
    pub targets: Vec<MonthTarget>,
    /// Cumulated figures at the end of each month.
    pub milestones: Vec<Milestone>,
}

/// A plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Nobody to plan for.
    #[error("the plan needs at least one owner with hours: add one under owners first")]
    NoOwners,
    /// Hours that cannot be.
    #[error("owner {owner}: weekly hours are {hours}, which is not between 0 and 168")]
    Hours {
        /// Whose.
        owner: OwnerId,
        /// What was given.
        hours: f64,
    },
    /// The same owner twice.
    #[error("owner {0} is listed twice")]
    OwnerTwice(OwnerId),
    /// A chance outside 0-1, or a negative amount.
    #[error("client {0}: chance or added ARR is out of range")]
    Candidate(ClientId),
    /// Opportunities in several currencies cannot be weighed against each other.
    #[error("opportunities are in {left} and {right}: convert one of them first")]
    Currency {
        /// One.
        left: Currency,
        /// Another.
        right: Currency,
    },
    /// A plan has a length that calendars hold.
    #[error("a plan covers 7 to 366 days, not {0}")]
    Horizon(u32),
    /// The allocation refused its numbers.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
}

#[cfg(test)]
mod tests;
