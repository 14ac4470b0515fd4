use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use finance::{Allocation, Placement, Work, allocate};
use jiff::{ToSpan, civil::Date};
use kernel::Currency;
use rust_decimal::Decimal;

use super::{
    Action, ActionStatus, Candidate, Engagement, LeftOut, LeftOutReason, Owner, OwnerId, Plan, PlanError,
    PlanInputs, WeekLoad,
    calendar::{Week, weeks},
    targets,
};
use crate::{
    assessment::Assessment,
    metrics::{ClientId, ClientMetrics},
    playbook::{Playbook, Step},
    policy::Policy,
};

/// Every client with something to offer, by the policy's own chance, for anyone to work on.
pub fn candidates<'a>(
    clients: impl IntoIterator<Item = (&'a ClientMetrics, &'a Assessment)>,
) -> Vec<Candidate> {
    clients
        .into_iter()
        .filter(|(_, assessment)| assessment.potential_arr.amount() > Decimal::ZERO)
        .map(|(client, assessment)| Candidate {
            client_id: client.client_id.clone(),
            client_name: Arc::clone(&client.client_name),
            tier: assessment.tier,
            next_action: assessment.next_action,
            arr: assessment.potential_arr,
            probability: assessment.success_probability,
            close_days: assessment.close_days,
            priority: assessment.priority,
            owner: None,
        })
        .collect()
}

/// Chooses which opportunities to take up, who works on them and when, so that the expected added ARR
/// signed within the plan is greatest and no owner works more hours in a week than there are.
///
/// # Errors
/// When there is nobody to plan for, numbers are out of range, or currencies mix.
pub fn generate(inputs: PlanInputs<'_>, policy: &Policy, playbook: &Playbook) -> Result<Plan, PlanError> {
    let currency = check(&inputs)?;
    let until = inputs.as_of.saturating_add(i64::from(inputs.horizon_days).days());
    let team = Team::new(&inputs, until);
    let efforts = policy.document().plan.effort_hours;
    let mut left_out = Vec::new();
    let mut considered: Vec<(&Candidate, Work)> = Vec::new();
    for candidate in by_expectation(&inputs) {
        let steps = playbook.steps(candidate.next_action);
        let hours = |step: &Step| playbook.hours(step.kind, &efforts);
        let mut reason = match work(candidate, steps, hours, &team, until) {
            Ok(work) if considered.len() < playbook.candidates_max => {
                considered.push((candidate, work));
                continue;
            }
            Ok(_) => LeftOutReason::Candidates,
            Err(reason) => reason,
        };
        if expected(candidate) <= 0.0 {
            reason = LeftOutReason::NothingExpected;
        }
        left_out.push(left(candidate, reason));
    }
    let works: Vec<Work> = considered.iter().map(|(_, work)| work.clone()).collect();
    let allocation = allocate(&works, &team.free)?;
    let mut plan = Plan {
        as_of: inputs.as_of,
        until,
        policy: policy.key().clone(),
        currency,
        expected_arr: allocation.value,
        bound: allocation.bound,
        gap: allocation.gap(),
        proof: allocation.proof,
        engagements: Vec::new(),
        actions: Vec::new(),
        left_out,
        load: Vec::new(),
        targets: Vec::new(),
        milestones: Vec::new(),
    };
    for ((candidate, work), placement) in considered.iter().zip(&allocation.placements) {
        let Some(placement) = placement else {
            let alone = team.could_alone(work);
            let reason = if alone { LeftOutReason::Capacity } else { LeftOutReason::Effort };
            plan.left_out.push(left(candidate, reason));
            continue;
        };
        let steps = playbook.steps(candidate.next_action);
        let actions = team.actions(candidate, steps, *placement, |step| playbook.hours(step.kind, &efforts));
        plan.engagements.push(team.engagement(candidate, work, *placement, &actions));
        plan.actions.extend(actions);
    }
    plan.actions.sort_by(|a, b| {
        (a.due, &a.owner, &a.client_id, a.kind).cmp(&(b.due, &b.owner, &b.client_id, b.kind))
    });
    plan.left_out.sort_by(|a, b| {
        b.expected_arr.total_cmp(&a.expected_arr).then_with(|| a.client_id.cmp(&b.client_id))
    });
    plan.load = team.load(&works, &allocation);
    plan.targets = targets::by_month(&plan);
    plan.milestones = targets::milestones(&plan.targets);
    Ok(plan)
}

fn check(inputs: &PlanInputs<'_>) -> Result<Option<Currency>, PlanError> {
    if !(7..=366).contains(&inputs.horizon_days) {
        return Err(PlanError::Horizon(inputs.horizon_days));
    }
    let mut seen = BTreeSet::new();
    for Owner { id, weekly_hours, .. } in inputs.owners {
        if !(0.0..=168.0).contains(weekly_hours) {
            return Err(PlanError::Hours { owner: id.clone(), hours: *weekly_hours });
        }
        if !seen.insert(id) {
            return Err(PlanError::OwnerTwice(id.clone()));
        }
    }
    if inputs.owners.iter().all(|owner| owner.weekly_hours == 0.0) {
        return Err(PlanError::NoOwners);
    }
    let mut currency: Option<Currency> = None;
    for candidate in inputs.candidates {
        let right = candidate.arr.currency();
        let left = *currency.get_or_insert(right);
        if left != right {
            return Err(PlanError::Currency { left, right });
        }
        if !(0.0..=1.0).contains(&candidate.probability) || candidate.arr.amount() < Decimal::ZERO {
            return Err(PlanError::Candidate(candidate.client_id.clone()));
        }
    }
    Ok(currency)
}

fn expected(candidate: &Candidate) -> f64 {
    candidate.arr.to_f64() * candidate.probability
}

/// Candidates that are not being worked on, the most valuable first.
fn by_expectation<'a>(inputs: &PlanInputs<'a>) -> Vec<&'a Candidate> {
    let busy: BTreeSet<&ClientId> = inputs
        .booked
        .iter()
        .filter(|action| action.status.is_open())
        .map(|action| &action.client_id)
        .collect();
    let mut order: Vec<&Candidate> =
        inputs.candidates.iter().filter(|candidate| !busy.contains(&candidate.client_id)).collect();
    order.sort_by(|a, b| {
        expected(b)
            .total_cmp(&expected(a))
            .then(b.priority.total_cmp(&a.priority))
            .then_with(|| a.client_id.cmp(&b.client_id))
    });
    order
}

/// The effort week by week and the weeks it fits into; or why it fits nowhere.
fn work(
    candidate: &Candidate,
    steps: &[Step],
    hours: impl Fn(&Step) -> f64,
    team: &Team<'_>,
    until: Date,
) -> Result<Work, LeftOutReason> {
    let last = steps.last().ok_or(LeftOutReason::NotWorked)?;
    if expected(candidate) <= 0.0 {
        return Err(LeftOutReason::NothingExpected);
    }
    let mut weekly = vec![0.0; last.week + 1];
    for step in steps {
        weekly[step.week] += hours(step);
    }
    let close = i64::from(candidate.close_days).days();
    let in_time = |start: usize, week: &Week| {
        week.first.saturating_add(close) <= until && start + last.week < team.weeks.len()
    };
    let latest = team
        .weeks
        .iter()
        .enumerate()
        .rposition(|(start, week)| in_time(start, week))
        .ok_or(LeftOutReason::Horizon)?;
    let owners = team
        .owners
        .iter()
        .enumerate()
        .filter(|(_, owner)| candidate.owner.as_ref().is_none_or(|only| *only == owner.id))
        .map(|(index, _)| index)
        .collect();
    Ok(Work { value: expected(candidate), hours: weekly, owners, weeks: 0..=latest + last.week })
}

fn left(candidate: &Candidate, reason: LeftOutReason) -> LeftOut {
    LeftOut {
        client_id: candidate.client_id.clone(),
        client_name: Arc::clone(&candidate.client_name),
        arr: candidate.arr,
        expected_arr: expected(candidate),
        reason,
    }
}

/// The owners' weeks.
struct Team<'a> {
    owners: &'a [Owner],
    weeks: Vec<Week>,
    /// Hours that earlier actions take, by owner and week.
    booked: Vec<Vec<f64>>,
    /// Hours that remain, by owner and week.
    free: Vec<Vec<f64>>,
}

impl<'a> Team<'a> {
    fn new(inputs: &PlanInputs<'a>, until: Date) -> Self {
        let weeks = weeks(inputs.as_of, until);
        let position: BTreeMap<&OwnerId, usize> =
            inputs.owners.iter().enumerate().map(|(index, owner)| (&owner.id, index)).collect();
        let mut booked = vec![vec![0.0; weeks.len()]; inputs.owners.len()];
        for action in inputs.booked.iter().filter(|action| action.status.is_open()) {
            // What is overdue is still to be done: it takes hours of the first week.
            let week = weeks.iter().rposition(|week| week.monday <= action.due).unwrap_or(0);
            if let Some(owner) = position.get(&action.owner)
                && action.due <= until
                && let Some(hours) = booked[*owner].get_mut(week)
            {
                *hours += action.hours;
            }
        }
        let free = inputs
            .owners
            .iter()
            .zip(&booked)
            .map(|(owner, booked)| {
                weeks
                    .iter()
                    .zip(booked)
                    .map(|(week, taken)| (hours_of(owner, week) - taken).max(0.0))
                    .collect()
            })
            .collect();
        Self { owners: inputs.owners, weeks, booked, free }
    }

    /// Whether someone could do the work if there were no other.
    fn could_alone(&self, work: &Work) -> bool {
        let fits = |owner: &usize, week: usize| {
            self.free[*owner]
                .get(week..week + work.hours.len())
                .is_some_and(|free| work.hours.iter().zip(free).all(|(need, free)| need <= free))
        };
        work.owners
            .iter()
            .any(|owner| (0..=work.weeks.end() + 1 - work.hours.len()).any(|week| fits(owner, week)))
    }

    fn actions(
        &self,
        candidate: &Candidate,
        steps: &[Step],
        at: Placement,
        hours: impl Fn(&Step) -> f64,
    ) -> Vec<Action> {
        steps
            .iter()
            .map(|step| Action {
                client_id: candidate.client_id.clone(),
                client_name: Arc::clone(&candidate.client_name),
                owner: self.owners[at.owner].id.clone(),
                kind: step.kind,
                due: self.weeks[at.week + step.week].day(step.weekday),
                hours: hours(step),
                status: ActionStatus::Planned,
                done_on: None,
            })
            .collect()
    }

    fn engagement(
        &self,
        candidate: &Candidate,
        work: &Work,
        at: Placement,
        actions: &[Action],
    ) -> Engagement {
        let week = &self.weeks[at.week];
        let first = actions.first().map_or(week.first, |action| action.due);
        let last = actions.last().map_or(week.last, |action| action.due);
        Engagement {
            client_id: candidate.client_id.clone(),
            client_name: Arc::clone(&candidate.client_name),
            tier: candidate.tier,
            owner: self.owners[at.owner].id.clone(),
            starts_on: first,
            closes_on: week.first.saturating_add(i64::from(candidate.close_days).days()).max(last),
            arr: candidate.arr,
            probability: candidate.probability,
            expected_arr: work.value,
            hours: work.hours.iter().sum(),
        }
    }

    fn load(&self, works: &[Work], allocation: &Allocation) -> Vec<WeekLoad> {
        let mut planned = vec![vec![0.0; self.weeks.len()]; self.owners.len()];
        for (work, placement) in works.iter().zip(&allocation.placements) {
            let Some(at) = placement else { continue };
            for (hours, sum) in work.hours.iter().zip(&mut planned[at.owner][at.week..]) {
                *sum += hours;
            }
        }
        let mut load = Vec::new();
        for ((owner, planned), booked) in self.owners.iter().zip(&planned).zip(&self.booked) {
            for ((week, planned), booked) in self.weeks.iter().zip(planned).zip(booked) {
                load.push(WeekLoad {
                    owner: owner.id.clone(),
                    week: week.monday,
                    capacity_hours: hours_of(owner, week),
                    booked_hours: *booked,
                    planned_hours: *planned,
                });
            }
        }
        load
    }
}

fn hours_of(owner: &Owner, week: &Week) -> f64 {
    owner.weekly_hours * week.share()
}
