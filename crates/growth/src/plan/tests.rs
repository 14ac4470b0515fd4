use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{outcome::Outcome, playbook::Playbook, policy::Policy};

const AS_OF: Date = date(2026, 1, 19);

fn owner(id: &str, weekly_hours: f64) -> Owner {
    Owner { id: OwnerId::new(id), name: format!("Owner {id}").into(), weekly_hours }
}

fn candidate(id: &str, arr: i64, probability: f64, next_action: NextAction, close_days: u32) -> Candidate {
    Candidate {
        client_id: ClientId::new(id),
        client_name: format!("Brokerage {id}").into(),
        tier: Tier::Two,
        next_action,
        arr: Arr::new(arr.into(), Currency::USD),
        probability,
        close_days,
        priority: 5.0,
        owner: None,
    }
}

fn plan(candidates: &[Candidate], owners: &[Owner], booked: &[Action], as_of: Date) -> Plan {
    let inputs = PlanInputs { candidates, owners, booked, as_of, horizon_days: 90 };
    generate(inputs, &Policy::framework(), Playbook::standard()).expect("a plan")
}

fn reason(plan: &Plan, id: &str) -> Option<LeftOutReason> {
    plan.left_out.iter().find(|left| left.client_id.as_str() == id).map(|left| left.reason)
}

fn assert_within_capacity(plan: &Plan) {
    for load in &plan.load {
        let in_week = |action: &&Action| action.owner == load.owner && monday_of(action.due) == load.week;
        let hours: f64 = plan.actions.iter().filter(in_week).map(|action| action.hours).sum();
        assert!((hours - load.planned_hours).abs() < 1e-9, "{load:?} is not what its actions take: {hours}");
        let taken = load.booked_hours.min(load.capacity_hours) + load.planned_hours;
        assert!(taken <= load.capacity_hours + 1e-5, "{load:?}");
    }
    for action in &plan.actions {
        assert!(plan.as_of <= action.due && action.due <= plan.until, "{action:?}");
        assert!(action.due.weekday().to_monday_one_offset() <= 5, "{action:?} is due on a weekend");
    }
}

#[test]
fn the_plan_of_a_small_team_reads_like_this() {
    let candidates = [
        candidate("alpha", 37_500, 0.6, NextAction::ExecutivePresentation, 30),
        candidate("beta", 11_250, 0.7, NextAction::CustomProposal, 30),
        candidate("gamma", 11_250, 0.5, NextAction::DiscoveryCall, 60),
        candidate("delta", 6_250, 0.4, NextAction::NurtureSequence, 90),
        candidate("epsilon", 6_250, 0.1, NextAction::Monitor, 120),
    ];
    insta::assert_json_snapshot!(plan(&candidates, &[owner("ana", 10.0), owner("bo", 8.0)], &[], AS_OF));
}

#[test]
fn with_hours_for_one_the_more_valuable_one_is_taken_up() {
    let candidates = [
        candidate("small", 6_250, 0.9, NextAction::ExecutivePresentation, 75),
        candidate("large", 37_500, 0.5, NextAction::ExecutivePresentation, 75),
    ];
    let plan = plan(&candidates, &[owner("ana", 8.0)], &[], AS_OF);
    assert_within_capacity(&plan);
    assert_eq!(plan.proof, Proof::Optimal);
    assert_eq!((plan.expected_arr, plan.bound, plan.gap), (18_750.0, 18_750.0, 0.0));
    assert_eq!(reason(&plan, "small"), Some(LeftOutReason::Capacity));
    let tight = super::generate(
        PlanInputs {
            candidates: &candidates,
            owners: &[owner("ana", 8.0)],
            booked: &[],
            as_of: AS_OF,
            horizon_days: 30,
        },
        &Policy::framework(),
        Playbook::standard(),
    )
    .expect("a plan");
    assert_eq!(reason(&tight, "large"), Some(LeftOutReason::Horizon), "75 days do not fit into 30");
}

#[test]
fn every_reason_to_leave_something_out_is_told() {
    let proposal = NextAction::CustomProposal;
    let mut only_bo = candidate("only-bo", 9_000, 0.5, proposal, 30);
    only_bo.owner = Some(OwnerId::new("bo"));
    let mut candidates = vec![
        only_bo,
        candidate("late", 9_000, 0.5, NextAction::DiscoveryCall, 120),
        candidate("watched", 9_000, 0.5, NextAction::Monitor, 30),
        candidate("hopeless", 9_000, 0.0, proposal, 30),
    ];
    candidates.extend((0..12).map(|i| candidate(&format!("same-{i:02}"), 9_000, 0.5, proposal, 75)));
    let plan = plan(&candidates, &[owner("ana", 8.0), owner("bo", 4.0)], &[], AS_OF);
    assert_within_capacity(&plan);
    assert_eq!(reason(&plan, "only-bo"), Some(LeftOutReason::Effort));
    assert_eq!(reason(&plan, "late"), Some(LeftOutReason::Horizon));
    assert_eq!(reason(&plan, "watched"), Some(LeftOutReason::NotWorked));
    assert_eq!(reason(&plan, "hopeless"), Some(LeftOutReason::NothingExpected));
    let capacity = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::Capacity).count();
    assert_eq!(plan.engagements.len() + capacity, 12);
    assert!(
        capacity >= 9,
        "an eight-hour proposal takes a whole week of ana's, and only three weeks are early enough"
    );
}

#[test]
fn candidates_beyond_the_most_valuable_are_said_to_be_so() {
    let candidates: Vec<Candidate> = (0..5)
        .map(|i| candidate(&format!("c{i}"), 1_000 * (i + 1), 0.5, NextAction::CustomProposal, 30))
        .collect();
    let playbook = Playbook { candidates_max: 3, ..Playbook::standard().clone() };
    let inputs = PlanInputs {
        candidates: &candidates,
        owners: &[owner("ana", 40.0)],
        booked: &[],
        as_of: AS_OF,
        horizon_days: 90,
    };
    let plan = generate(inputs, &Policy::framework(), &playbook).expect("a plan");
    assert_eq!(plan.engagements.len(), 3);
    for id in ["c0", "c1"] {
        assert_eq!(reason(&plan, id), Some(LeftOutReason::Candidates));
    }
}

#[test]
fn what_is_booked_stays_and_takes_its_hours() {
    let candidates = [
        candidate("alpha", 37_500, 0.6, NextAction::CustomProposal, 30),
        candidate("beta", 11_250, 0.7, NextAction::CustomProposal, 30),
    ];
    let team = [owner("ana", 8.0)];
    let first = plan(&candidates[..1], &team, &[], AS_OF);
    let again = plan(&candidates, &team, &first.actions, AS_OF);
    assert_within_capacity(&again);
    assert_eq!(again.engagements.iter().map(|taken| taken.client_id.as_str()).collect::<Vec<_>>(), ["beta"]);
    assert_eq!(again.load[0].booked_hours, 8.0);
    assert!(again.actions.iter().all(|action| action.due >= date(2026, 1, 26)));
    let mut done = first.actions.clone();
    for action in &mut done {
        action.set(ActionStatus::Done, AS_OF);
    }
    assert_eq!(plan(&candidates, &team, &done, AS_OF).engagements.len(), 2);
}

#[test]
fn a_plan_begun_on_a_thursday_has_two_days_in_its_first_week() {
    let candidates = [candidate("alpha", 37_500, 0.6, NextAction::CustomProposal, 30)];
    let plan = plan(&candidates, &[owner("ana", 10.0)], &[], date(2026, 1, 22));
    assert_within_capacity(&plan);
    assert_eq!(plan.load[0].capacity_hours, 4.0);
    assert_eq!(plan.actions[0].due, date(2026, 1, 30), "eight hours fit only into the next, full week");
}

#[test]
fn months_add_up_to_the_plan() {
    let candidates: Vec<Candidate> =
        (0..8).map(|i| candidate(&format!("c{i}"), 10_000, 0.5, NextAction::DiscoveryCall, 60)).collect();
    let plan = plan(&candidates, &[owner("ana", 30.0)], &[], AS_OF);
    assert_eq!(plan.targets.len(), 3);
    assert!((plan.targets.iter().map(|target| target.arr).sum::<f64>() - plan.expected_arr).abs() < 1e-6);
    let calls: u32 = plan.targets.iter().map(|target| target.calls).sum();
    assert_eq!(calls as usize, plan.engagements.len());
    assert_eq!(plan.targets[0].until.tomorrow().expect("a day"), plan.targets[1].from);
    let last = plan
        .milestones
        .iter()
        .rev()
        .find(|milestone| milestone.measure == MilestoneMeasure::Arr)
        .expect("one");
    assert!((last.target - plan.expected_arr).abs() < 1e-6);
    assert_eq!(last.due, plan.until);
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let sound = candidate("alpha", 1_000, 0.5, NextAction::CustomProposal, 30);
    let refuse = |candidates: &[Candidate], owners: &[Owner], horizon_days| {
        let inputs = PlanInputs { candidates, owners, booked: &[], as_of: AS_OF, horizon_days };
        generate(inputs, &Policy::framework(), Playbook::standard()).expect_err("refused")
    };
    assert_eq!(refuse(&[], &[], 90), PlanError::NoOwners);
    assert_eq!(refuse(&[], &[owner("ana", 0.0)], 90), PlanError::NoOwners);
    assert!(matches!(refuse(&[], &[owner("ana", f64::NAN)], 90), PlanError::Hours { .. }));
    assert!(matches!(refuse(&[], &[owner("ana", 1.0), owner("ana", 1.0)], 90), PlanError::OwnerTwice(_)));
    assert_eq!(refuse(&[], &[owner("ana", 1.0)], 3), PlanError::Horizon(3));
    let broken = Candidate { probability: f64::NAN, ..sound.clone() };
    assert!(matches!(refuse(&[broken], &[owner("ana", 1.0)], 90), PlanError::Candidate(_)));
    let euros = Candidate { arr: Arr::new(1.into(), "EUR".parse().expect("code")), ..sound.clone() };
    assert!(matches!(refuse(&[sound, euros], &[owner("ana", 1.0)], 90), PlanError::Currency { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nobody_ever_works_more_than_there_are_hours(
        drawn in prop::collection::vec((1_000_i64..40_000, 0.0_f64..1.0, 0_usize..5, 15_u32..120), 0..12),
        hours in prop::collection::vec(1.0_f64..16.0, 1..3),
        start in 0_i64..14,
    ) {
        let candidates: Vec<Candidate> = drawn
            .into_iter()
            .enumerate()
            .map(|(i, (arr, p, action, days))| candidate(&format!("c{i:02}"), arr, p, NextAction::ALL[action], days))
            .collect();
        let owners: Vec<Owner> = hours.iter().enumerate().map(|(i, hours)| owner(&format!("o{i}"), *hours)).collect();
        let as_of = AS_OF.saturating_add(jiff::ToSpan::days(start));
        let plan = plan(&candidates, &owners, &[], as_of);
        assert_within_capacity(&plan);
        prop_assert_eq!(plan.engagements.len() + plan.left_out.len(), candidates.len());
        prop_assert!(plan.bound >= plan.expected_arr - 1e-6);
        let sum: f64 = plan.engagements.iter().map(|taken| taken.expected_arr).sum();
        prop_assert!((sum - plan.expected_arr).abs() < 1e-6);
        prop_assert!(plan.engagements.iter().all(|taken| taken.starts_on <= taken.closes_on));
    }
}

#[test]
fn work_counts_where_it_lies_now_and_not_where_it_was_planned() {
    let owners = [owner("ana", 10.0), owner("bo", 8.0)];
    let plan = plan(&[candidate("beta", 11_250, 0.7, NextAction::CustomProposal, 30)], &owners, &[], AS_OF);
    let hours: Vec<(OwnerId, f64)> = owners.iter().map(|one| (one.id.clone(), one.weekly_hours)).collect();
    let total = |work: &[WeekWork], owner: &str| -> f64 {
        let of_owner = work.iter().filter(|week| week.owner.as_str() == owner);
        of_owner.map(|week| week.done_hours + week.open_hours).sum()
    };
    let before = workload(&plan, &plan.actions, &hours);
    let holder = plan.actions[0].owner.clone();
    let other = if holder.as_str() == "ana" { "bo" } else { "ana" };
    assert_eq!(total(&before, other), 0.0);
    assert!(before.iter().all(|week| week.excess_hours() == 0.0), "a fresh plan fits");

    let mut actions = plan.actions.clone();
    actions[0].owner = OwnerId::new(other);
    actions[0].set(ActionStatus::Done, AS_OF);
    actions[1].set(ActionStatus::Skipped, AS_OF);
    let after = workload(&plan, &actions, &hours);
    assert_eq!(total(&after, other), actions[0].hours);
    let rest: f64 = actions[2..].iter().map(|action| action.hours).sum();
    assert!((total(&after, holder.as_str()) - rest).abs() < 1e-9);

    actions[2].hours = 100.0;
    let full = workload(&plan, &actions, &hours);
    assert!(full.iter().any(|week| week.excess_hours() > 80.0), "too much for a week is visible");
}

#[test]
fn a_milestone_is_reached_ahead_or_missed() {
    let plan = plan(
        &[candidate("beta", 11_250, 0.7, NextAction::CustomProposal, 30)],
        &[owner("ana", 10.0)],
        &[],
        AS_OF,
    );
    let state =
        |actions: &[Action], outcomes: &[Outcome], on: Date| -> Vec<(MilestoneMeasure, MilestoneState)> {
            let progress = progress(&plan, actions, outcomes, on);
            progress.milestones.iter().take(3).map(|one| (one.milestone.measure, one.state)).collect()
        };
    use MilestoneMeasure::{Arr as Revenue, Contracts, Proposals};
    use MilestoneState::{Ahead, Missed, Reached};
    assert_eq!(state(&plan.actions, &[], AS_OF), [(Proposals, Ahead), (Contracts, Ahead), (Revenue, Ahead)]);

    let mut actions = plan.actions.clone();
    let proposal = actions.iter_mut().find(|one| one.kind == ActionKind::CustomProposal).expect("a proposal");
    proposal.set(ActionStatus::Done, date(2026, 1, 23));
    let signed = |on| Outcome {
        id: kernel::Ulid::from_parts(0, 1),
        client_id: ClientId::new("beta"),
        occurred_on: on,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        kind: crate::outcome::OutcomeKind::Won,
        arr: Arr::new(11_250.into(), Currency::USD),
        vehicle: None,
        note: None,
        predicted_probability: None,
    };
    let late = date(2026, 12, 1);
    let won = [signed(date(2026, 2, 2))];
    assert_eq!(state(&actions, &won, late), [(Proposals, Reached), (Contracts, Reached), (Revenue, Reached)]);
    // The day before it was done it was not done, and a win before the plan is none of the plan's.
    let early = date(2026, 1, 22);
    assert_eq!(state(&actions, &won, early), [(Proposals, Ahead), (Contracts, Ahead), (Revenue, Ahead)]);
    let earlier = [signed(date(2026, 1, 2))];
    assert_eq!(
        state(&actions, &earlier, late),
        [(Proposals, Reached), (Contracts, Missed), (Revenue, Missed)]
    );
    let months = progress(&plan, &actions, &won, late).months;
    assert_eq!((months[0].proposals, months[0].contracts, months[0].arr), (1, 1, 11_250.0));
}
