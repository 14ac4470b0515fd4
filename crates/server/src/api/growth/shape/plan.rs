use growth::{owner, plan, plan_record};
use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    PolicyName, Shown, many, shows,
    words::{ActionKindWord, ActionStatusWord, LeftOutWord, MilestoneWord, TierWord},
};

/// A person with a weekly capacity.
#[derive(Debug, Serialize, ToSchema)]
pub struct Owner {
    /// Identity.
    pub id: Ulid,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Hours per week for expansion work.
    pub weekly_hours: f64,
    /// Whether new plans count on them.
    pub active: bool,
}

shows!(Owner of owner::Owner { id, name, email, weekly_hours, active });

/// Something that one person does for one client by one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Action {
    /// Identity.
    pub id: Ulid,
    /// The plan it belongs to now.
    pub plan_id: Ulid,
    /// The client.
    pub client_id: String,
    /// Display name.
    pub client_name: String,
    /// Identifier of who does it.
    pub owner: String,
    /// What is done.
    pub kind: ActionKindWord,
    /// By when.
    pub due: Date,
    /// Effort in hours.
    pub hours: f64,
    /// Where it stands.
    pub status: ActionStatusWord,
    /// Since when.
    pub status_since: Timestamp,
    /// The day it was done.
    pub done_on: Option<Date>,
    /// A remark.
    pub note: String,
}

impl Shown<plan_record::PlannedAction> for Action {
    fn shown(value: &plan_record::PlannedAction) -> Self {
        let action = &value.action;
        Self {
            id: value.id,
            plan_id: value.plan_id,
            client_id: action.client_id.to_string(),
            client_name: action.client_name.to_string(),
            owner: action.owner.to_string(),
            kind: ActionKindWord(action.kind),
            due: action.due,
            hours: action.hours,
            status: ActionStatusWord(action.status),
            status_since: value.status_since,
            done_on: action.done_on,
            note: value.note.clone(),
        }
    }
}

/// An opportunity that the plan takes up.
#[derive(Debug, Serialize, ToSchema)]
pub struct Engagement {
    /// The client.
    pub client_id: String,
    /// Display name.
    pub client_name: String,
    /// The tier reached.
    pub tier: TierWord,
    /// Identifier of who works on it.
    pub owner: String,
    /// Due day of the first action.
    pub starts_on: Date,
    /// Expected day of signature.
    pub closes_on: Date,
    /// Added annual revenue if signed.
    pub arr: f64,
    /// The chance that it is, 0-1.
    pub probability: f64,
    /// `arr` times `probability`.
    pub expected_arr: f64,
    /// Effort of all its actions.
    pub hours: f64,
}

shows!(Engagement of plan::Engagement {
    client_id, client_name, tier, owner, starts_on, closes_on, arr, probability, expected_arr, hours,
});

/// An opportunity that is not in the plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// The client.
    pub client_id: String,
    /// Display name.
    pub client_name: String,
    /// Added annual revenue if it were signed.
    pub arr: f64,
    /// `arr` times its chance.
    pub expected_arr: f64,
    /// Why.
    pub reason: LeftOutWord,
}

shows!(LeftOut of plan::LeftOut { client_id, client_name, arr, expected_arr, reason });

/// How full a week of an owner is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeekLoad {
    /// Identifier of the owner.
    pub owner: String,
    /// Monday of the week.
    pub week: Date,
    /// Hours there are.
    pub capacity_hours: f64,
    /// Hours that earlier actions take.
    pub booked_hours: f64,
    /// Hours that this plan's actions take.
    pub planned_hours: f64,
}

shows!(WeekLoad of plan::WeekLoad { owner, week, capacity_hours, booked_hours, planned_hours });

/// What is to be done and expected in a month of the plan.
#[derive(Debug, Serialize, ToSchema)]
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
    /// Expected annual revenue signed.
    pub arr: f64,
}

shows!(MonthTarget of plan::MonthTarget {
    month, from, until, calls, presentations, proposals, follow_ups, contracts, arr,
});

/// A figure to have reached by a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Milestone {
    /// The day.
    pub due: Date,
    /// What is measured.
    pub measure: MilestoneWord,
    /// The figure.
    pub target: f64,
}

shows!(Milestone of plan::Milestone { due, measure, target });

/// A plan with its actions as they stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plan {
    /// Identity.
    pub id: Ulid,
    /// The snapshot it was made from.
    pub snapshot_id: Ulid,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// First day.
    pub as_of: Date,
    /// Last day.
    pub until: Date,
    /// The policy behind potentials, chances and efforts.
    pub policy: PolicyName,
    /// Currency of every amount.
    pub currency: Option<String>,
    /// Expected added annual revenue of what is taken up: what was maximised.
    pub expected_arr: f64,
    /// No plan within these hours expects more.
    pub bound: f64,
    /// Share of the bound that the plan may be missing, 0-1.
    pub gap: f64,
    /// How sure that is: `optimal`, `heuristic` or `interrupted`.
    pub proof: String,
    /// What is taken up, most valuable first.
    pub engagements: Vec<Engagement>,
    /// What is done, by day.
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

impl Shown<plan_record::PlanRecord> for Plan {
    fn shown(value: &plan_record::PlanRecord) -> Self {
        let plan = &value.plan;
        let proof = match plan.proof {
            plan::Proof::Optimal => "optimal",
            plan::Proof::Heuristic => "heuristic",
            plan::Proof::Interrupted => "interrupted",
        };
        Self {
            id: value.id,
            snapshot_id: value.snapshot_id,
            created_at: value.created_at,
            created_by: value.created_by.clone(),
            as_of: plan.as_of,
            until: plan.until,
            policy: PolicyName::shown(&plan.policy),
            currency: Shown::shown(&plan.currency),
            expected_arr: plan.expected_arr,
            bound: plan.bound,
            gap: plan.gap,
            proof: proof.to_owned(),
            engagements: many(&plan.engagements),
            actions: many(&value.actions),
            left_out: many(&plan.left_out),
            load: many(&plan.load),
            targets: many(&plan.targets),
            milestones: many(&plan.milestones),
        }
    }
}
