use jiff::ToSpan;

use super::{Milestone, MilestoneMeasure, MonthTarget, Plan};
use crate::playbook::ActionKind;

/// Days of a month of the plan; what remains at the end belongs to the last one.
const MONTH_DAYS: i64 = 30;

/// What falls into each thirty days of the plan.
pub(super) fn by_month(plan: &Plan) -> Vec<MonthTarget> {
    let days = i64::from((plan.until - plan.as_of).get_days());
    let months = (days / MONTH_DAYS).max(1);
    (0..months)
        .map(|month| {
            let from = plan.as_of.saturating_add((month * MONTH_DAYS + i64::from(month > 0)).days());
            let until = if month + 1 == months {
                plan.until
            } else {
                plan.as_of.saturating_add(((month + 1) * MONTH_DAYS).days())
            };
            let within = |day| from <= day && day <= until;
            let due = |kind| {
                let count =
                    plan.actions.iter().filter(|action| action.kind == kind && within(action.due)).count();
                u32::try_from(count).unwrap_or(u32::MAX)
            };
            let closing = || plan.engagements.iter().filter(|engagement| within(engagement.closes_on));
            MonthTarget {
                month: u32::try_from(month + 1).unwrap_or(u32::MAX),
                from,
                until,
                calls: due(ActionKind::DiscoveryCall),
                presentations: due(ActionKind::ExecutivePresentation),
                proposals: due(ActionKind::CustomProposal),
                follow_ups: due(ActionKind::FollowUp),
                contracts: closing().map(|engagement| engagement.probability).sum(),
                arr: closing().map(|engagement| engagement.expected_arr).sum(),
            }
        })
        .collect()
}

/// The figures that should have been reached at the end of each month; none for what is not planned yet.
pub(super) fn milestones(targets: &[MonthTarget]) -> Vec<Milestone> {
    let mut milestones = Vec::new();
    let (mut proposals, mut contracts, mut arr) = (0.0, 0.0, 0.0);
    for target in targets {
        proposals += f64::from(target.proposals);
        contracts += target.contracts;
        arr += target.arr;
        for (measure, target_value) in [
            (MilestoneMeasure::Proposals, proposals),
            (MilestoneMeasure::Contracts, contracts),
            (MilestoneMeasure::Arr, arr),
        ] {
            if target_value > 0.0 {
                milestones.push(Milestone { due: target.until, measure, target: target_value });
            }
        }
    }
    milestones
}
