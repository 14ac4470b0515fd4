use jiff::civil::date;
use kernel::Ulid;

use super::*;
use crate::{
    assess::assess,
    fixture::{blank, tier_one},
    outcome::OutcomeKind,
    policy::Policy,
};

const AS_OF: Date = date(2026, 3, 2);

fn action(client: &str, kind: ActionKind, due: Date, done_on: Option<Date>) -> Action {
    Action {
        client_id: ClientId::new(client),
        client_name: client.into(),
        owner: OwnerId::new("ana"),
        kind,
        due,
        hours: 2.0,
        status: if done_on.is_some() { ActionStatus::Done } else { ActionStatus::Planned },
        done_on,
    }
}

fn outcome(client: &str, occurred_on: Date, kind: OutcomeKind, arr: i64) -> Outcome {
    Outcome {
        id: Ulid::from_parts(0, 1),
        client_id: ClientId::new(client),
        occurred_on,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        kind,
        arr: Arr::new(arr.into(), Currency::USD),
        vehicle: None,
        note: None,
        predicted_probability: None,
    }
}

fn ask(actions: &[Action], outcomes: &[Outcome], assessments: &[Assessment], as_of: Date) -> Indicators {
    let inputs = IndicatorInputs { actions, outcomes, assessments, as_of, currency: Currency::USD };
    indicators(&inputs, &Policy::framework().document().plan).expect("dollars")
}

#[test]
fn weeks_count_what_was_planned_and_what_was_done() {
    use ActionKind::{CustomProposal, DiscoveryCall};
    let mut skipped = action("d", DiscoveryCall, date(2026, 2, 18), None);
    skipped.set(ActionStatus::Skipped, AS_OF);
    let actions = [
        action("a", DiscoveryCall, date(2026, 2, 16), Some(date(2026, 2, 17))),
        action("b", DiscoveryCall, date(2026, 2, 20), Some(date(2026, 2, 24))),
        action("c", CustomProposal, date(2026, 2, 27), None),
        action("e", DiscoveryCall, date(2026, 2, 27), Some(date(2026, 3, 9))),
        skipped,
    ];
    let activity = |day, kind, planned, done| WeekActivity { week: day, kind, planned, done };
    assert_eq!(
        ask(&actions, &[], &[], AS_OF).leading,
        [
            activity(date(2026, 2, 16), DiscoveryCall, 2, 1),
            activity(date(2026, 2, 23), DiscoveryCall, 1, 1),
            activity(date(2026, 2, 23), CustomProposal, 1, 0),
        ],
        "what is done after the day is not known yet"
    );
}

#[test]
fn contracts_rates_and_cycle_follow_the_outcomes() {
    let policy = Policy::framework();
    let assessments = [
        assess(&tier_one("a"), &policy, date(2026, 1, 19)),
        assess(&tier_one("b"), &policy, date(2026, 1, 19)),
        assess(&blank("c"), &policy, date(2026, 1, 19)),
    ];
    let actions = [
        action("a", ActionKind::DiscoveryCall, date(2026, 2, 2), Some(date(2026, 2, 2))),
        action("a", ActionKind::CustomProposal, date(2026, 2, 6), Some(date(2026, 2, 6))),
        action("c", ActionKind::CustomProposal, date(2026, 2, 6), Some(date(2026, 2, 8))),
    ];
    let outcomes = [
        outcome("a", date(2026, 2, 20), OutcomeKind::Won, 30_000),
        outcome("b", date(2026, 2, 21), OutcomeKind::Lost, 0),
        outcome("c", date(2026, 2, 28), OutcomeKind::Won, 5_000),
        outcome("gone", date(2026, 2, 28), OutcomeKind::Lost, 0),
        outcome("b", date(2026, 3, 3), OutcomeKind::Won, 99_000),
    ];
    let Indicators { lagging, health, .. } = ask(&actions, &outcomes, &assessments, AS_OF);
    assert_eq!((lagging.contracts, lagging.arr.amount()), (2, Decimal::from(35_000)));
    assert_eq!(lagging.overall.rate, Some(0.5));
    assert_eq!((lagging.by_tier[&Tier::One].won, lagging.by_tier[&Tier::One].lost), (1, 1));
    assert!(lagging.by_tier[&Tier::One].interval.contains(0.5));
    assert_eq!(lagging.cycle, Some(CycleDays { n: 2, mean: 19.0, median: 19.0 }));
    assert_eq!((health.open, health.pipeline.amount()), (0, Decimal::ZERO), "every opportunity was decided");
    let before = ask(&actions, &outcomes, &assessments, date(2026, 2, 1));
    assert_eq!((before.lagging.contracts, before.lagging.cycle, before.health.open), (0, None, 2));
    assert_eq!(before.health.pipeline.amount(), Decimal::from(75_000));
}

#[test]
fn stages_show_where_clients_stay() {
    use ActionKind::{ContractReview, CustomProposal, DiscoveryCall};
    let day = date(2026, 2, 3);
    let actions = [
        action("a", DiscoveryCall, day, Some(day)),
        action("b", DiscoveryCall, day, Some(day)),
        action("c", DiscoveryCall, day, Some(day)),
        action("a", CustomProposal, day, Some(day)),
        action("b", ContractReview, day, Some(day)),
        action("d", CustomProposal, day, None),
    ];
    let health = ask(&actions, &[outcome("b", day, OutcomeKind::Won, 1)], &[], AS_OF).health;
    let conversions: Vec<_> = health.stages.iter().map(|stage| (stage.reached, stage.conversion)).collect();
    assert_eq!(conversions, [(3, Some(2.0 / 3.0)), (0, None), (1, Some(0.0)), (0, None), (1, Some(1.0))]);
}

#[test]
fn a_deal_is_stalled_after_more_than_twenty_one_days() {
    use ActionKind::{CustomProposal, FollowUp};
    let (exactly, longer) = (date(2026, 2, 9), date(2026, 2, 8));
    let actions = [
        action("exactly", CustomProposal, exactly, Some(exactly)),
        action("exactly", FollowUp, AS_OF, None),
        action("longer", CustomProposal, longer, Some(longer)),
        action("longer", FollowUp, AS_OF, None),
        action("lost", CustomProposal, longer, Some(longer)),
        action("lost", FollowUp, AS_OF, None),
        action("never-begun", CustomProposal, date(2026, 1, 5), None),
        action("finished", CustomProposal, longer, Some(longer)),
    ];
    let outcomes = [outcome("lost", date(2026, 2, 20), OutcomeKind::Lost, 0)];
    let stalled = ask(&actions, &outcomes, &[], AS_OF).health.stalled;
    let deals: Vec<_> = stalled.iter().map(|deal| (deal.client_id.as_str(), deal.days)).collect();
    assert_eq!(deals, [("never-begun", 56), ("longer", 22)]);
}

#[test]
fn nothing_done_is_no_rate_and_no_cycle() {
    let nothing = ask(&[], &[], &[], AS_OF);
    assert_eq!((nothing.lagging.overall.rate, nothing.lagging.cycle), (None, None));
    assert!(nothing.leading.is_empty() && nothing.health.stalled.is_empty());
}
