//! Stages and promotion.

use kernel::Interval;
use learn::{
    chance::Generator,
    evaluate::{ChanceDifferences, Estimate, Figure, Judged, Needs, bootstrap::Resampling},
    fairness::{
        impact::{Chosen, four_fifths},
        names::{Purpose, audit},
    },
    registry::{
        Lineup, LineupError, Stage,
        promotion::{Cleared, Evidence, Objection, Rule, decide},
    },
};
use proptest::prelude::*;

/// Differences of which only the log loss counts.
fn difference(value: f64, lower: f64, upper: f64) -> ChanceDifferences {
    let zero = Figure::point(0.0);
    let log_loss = Figure::Known(Estimate { value, interval: Some(Interval { lower, upper }) });
    ChanceDifferences { auc: zero, average_precision: zero, log_loss, brier: zero, ece: zero }
}

fn cleared(challenger: &str, champion: Option<&str>) -> Cleared {
    let difference = difference(-0.02, -0.03, -0.01);
    let evidence =
        Evidence { challenger, champion, difference: &difference, segments: &[], impact: None, columns: &[] };
    decide(&evidence, &Rule::default()).expect("nothing speaks against it")
}

fn with_champion() -> Lineup {
    let mut lineup = Lineup::default();
    for version in ["v1", "v2", "v3"] {
        lineup.enter(version).expect("a new version");
    }
    lineup.challenge("v1").expect("a shadow");
    lineup.promote(&cleared("v1", None)).expect("a cleared challenger");
    lineup
}

#[test]
fn a_version_goes_from_shadow_over_challenger_to_champion_and_back_in_one_step() {
    let mut lineup = with_champion();
    assert_eq!(lineup.champion(), Some("v1"));
    lineup.challenge("v2").unwrap();
    lineup.promote(&cleared("v2", Some("v1"))).unwrap();
    assert_eq!((lineup.stage("v1"), lineup.champion()), (Some(Stage::Retired), Some("v2")));
    lineup.roll_back().unwrap();
    assert_eq!((lineup.champion(), lineup.stage("v2")), (Some("v1"), Some(Stage::Retired)));
    assert_eq!(lineup.roll_back(), Err(LineupError::NothingBefore));
}

#[test]
fn steps_that_are_not_allowed_change_nothing() {
    let mut lineup = with_champion();
    let before = lineup.clone();
    assert_eq!(lineup.enter("v1"), Err(LineupError::Known { version: "v1".to_owned() }));
    assert_eq!(lineup.challenge("v9"), Err(LineupError::Unknown { version: "v9".to_owned() }));
    assert!(matches!(lineup.challenge("v1"), Err(LineupError::Stage { from: Stage::Champion, .. })));
    assert!(matches!(
        lineup.promote(&cleared("v2", Some("v1"))),
        Err(LineupError::Stage { from: Stage::Shadow, .. })
    ));
    assert!(matches!(lineup.withdraw("v2"), Err(LineupError::Stage { .. })));
    assert_eq!(lineup, before);
}

#[test]
fn leave_to_replace_one_champion_does_not_hold_for_another() {
    let mut lineup = with_champion();
    lineup.challenge("v2").unwrap();
    lineup.challenge("v3").unwrap();
    let early = cleared("v3", Some("v1"));
    lineup.promote(&cleared("v2", Some("v1"))).unwrap();
    assert!(matches!(lineup.promote(&early), Err(LineupError::Clearance { .. })));
    assert_eq!(lineup.champion(), Some("v2"));
    lineup.promote(&cleared("v3", Some("v2"))).unwrap();
}

#[test]
fn a_retired_version_comes_back_as_a_shadow_and_not_by_promotion() {
    let mut lineup = with_champion();
    lineup.challenge("v2").unwrap();
    lineup.retire("v2").unwrap();
    assert!(matches!(lineup.promote(&cleared("v2", Some("v1"))), Err(LineupError::Stage { .. })));
    lineup.withdraw("v2").unwrap();
    assert_eq!(lineup.stage("v2"), Some(Stage::Shadow));
    lineup.retire("v1").unwrap();
    assert_eq!(lineup.champion(), None);
    lineup.roll_back().unwrap();
    assert_eq!(lineup.champion(), Some("v1"));
}

proptest! {
    /// Whatever is tried, there is at most one champion, and a step back leads to one that was.
    #[test]
    fn there_is_never_more_than_one_champion(steps in prop::collection::vec((0_u8..6, 0_usize..4), 0..60)) {
        let versions = ["a", "b", "c", "d"];
        let mut lineup = Lineup::default();
        for (step, version) in steps {
            let version = versions[version];
            let from = lineup.clone();
            let champion = lineup.champion().map(str::to_owned);
            let taken = match step {
                0 => lineup.enter(version),
                1 => lineup.challenge(version),
                2 => lineup.withdraw(version),
                3 => lineup.promote(&cleared(version, champion.as_deref())),
                4 => lineup.retire(version),
                _ => lineup.roll_back(),
            };
            let champions = lineup.versions().filter(|(_, stage)| *stage == Stage::Champion).count();
            prop_assert!(champions <= 1);
            if taken.is_err() {
                prop_assert_eq!(&lineup, &from);
            }
            for (version, stage) in lineup.versions() {
                if let Some(before) = from.stage(version) {
                    prop_assert!(before == stage || before.may_become(stage), "{before:?} to {stage:?}");
                }
            }
            let text = serde_json::to_string(&lineup).unwrap();
            prop_assert_eq!(serde_json::from_str::<Lineup>(&text).unwrap(), lineup.clone());
        }
    }
}

#[test]
fn a_challenger_that_may_lose_too_much_is_not_promoted_however_good_it_looks() {
    let judge = |difference: &ChanceDifferences| {
        let evidence = Evidence {
            challenger: "v2",
            champion: Some("v1"),
            difference,
            segments: &[],
            impact: None,
            columns: &[],
        };
        decide(&evidence, &Rule::default())
    };
    let risky = judge(&difference(-0.01, -0.04, 0.02)).unwrap_err();
    assert_eq!(risky, [Objection::MayLose { loss: 0.02, margin: 0.005 }]);
    assert!(judge(&difference(0.001, -0.002, 0.004)).is_ok(), "as good within the margin");
    let mut few = difference(0.0, 0.0, 0.0);
    few.log_loss = Needs::default().of_chances(10, 5).unwrap_err().into();
    assert!(matches!(judge(&few).unwrap_err()[..], [Objection::Insufficient(_)]));
}

#[test]
fn segments_groups_and_columns_must_pass_as_well() {
    let difference = difference(-0.02, -0.03, -0.01);
    let segments = [
        ("north".to_owned(), self::difference(0.01, 0.002, 0.02)),
        ("south".to_owned(), self::difference(-0.01, -0.03, 0.01)),
        ("tiny".to_owned(), {
            let mut few = self::difference(0.0, 0.0, 0.0);
            few.log_loss = Needs::default().of_chances(10, 5).unwrap_err().into();
            few
        }),
    ];
    let group = |group: &str, chosen, rows| Chosen { group: group.to_owned(), rows, chosen };
    let impact = four_fifths(&[group("a", 500, 1000), group("b", 200, 1000), group("c", 3, 9)], 0.95);
    let columns = audit(["visits", "religion"], Purpose::People);
    let all = Evidence {
        challenger: "v2",
        champion: Some("v1"),
        difference: &difference,
        segments: &segments,
        impact: Some(&impact),
        columns: &columns,
    };
    let objections = decide(&all, &Rule::default()).unwrap_err();
    assert_eq!(
        objections,
        [
            Objection::WorseInSegment { segment: "north".to_owned(), loss: 0.01 },
            Objection::AdverseImpact { group: "b".to_owned(), ratio: 0.4 },
            Objection::RefusedColumn { column: "religion".to_owned() },
        ]
    );
    let some = Evidence { segments: &segments[1..], impact: None, columns: &[], ..all };
    assert_eq!(decide(&some, &Rule::default()).unwrap().unjudged(), ["tiny"]);
}

/// From rows to a verdict: a model that knows more is cleared, one that knows less is not.
#[test]
fn the_rule_reads_what_evaluation_says() {
    let mut chance = Generator::seeded(9);
    let truth: Vec<f64> = (0..2000).map(|_| 1.0 / (1.0 + (-1.5 * chance.normal()).exp())).collect();
    let outcomes: Vec<bool> = truth.iter().map(|p| chance.unit() < *p).collect();
    let timid: Vec<f64> = truth.iter().map(|p| 0.5 + 0.4 * (p - 0.5)).collect();
    let [good, poor] = [&truth, &timid].map(|p| Judged::new(p, &outcomes).unwrap());
    let of = |one, other| {
        ChanceDifferences::of(
            one,
            other,
            &Needs::default(),
            &Resampling { rounds: 200, ..Resampling::default() },
        )
        .unwrap()
    };
    let judge = |difference: &ChanceDifferences| {
        let evidence = Evidence {
            challenger: "v2",
            champion: Some("v1"),
            difference,
            segments: &[],
            impact: None,
            columns: &[],
        };
        decide(&evidence, &Rule::default())
    };
    assert!(judge(&of(&good, &poor)).is_ok());
    assert!(matches!(judge(&of(&poor, &good)).unwrap_err()[..], [Objection::MayLose { .. }]));
}
