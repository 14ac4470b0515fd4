use jiff::Timestamp;
use kernel::Interval;
use proptest::prelude::*;

use super::*;

fn features(values: impl IntoIterator<Item = (Feature, Value)>) -> Features {
    Features::of(Timestamp::UNIX_EPOCH, values)
}

fn margin(feature: Feature, value: f64) -> f64 {
    Prior::shipped().assess(&features([(feature, Value::Number(value))])).margin
}

#[test]
fn the_shipped_policy_names_a_source_for_every_constant() {
    let document = Prior::shipped().document();
    assert!(document.factors.iter().all(|section| section.source.len() > 10));
    assert!(
        document.factors.iter().all(|section| section.evidence != Evidence::Study),
        "no study measures these for real-estate leads; one that does is named here when it comes"
    );
}

#[test]
fn of_whom_nothing_is_known_the_base_rate_is_said_nearly() {
    let score = Prior::shipped().assess(&features([]));
    // No reply and no activity are known not to have been, and count a little against.
    assert!(score.probability() < 0.05 && score.probability() > 0.02, "{}", score.probability());
    let unknown: Vec<Feature> = score.missing.iter().map(|missing| missing.feature).collect();
    assert_eq!(unknown, [Feature::Source, Feature::Preapproved, Feature::HorizonDays]);
}

#[test]
fn what_a_person_would_expect_holds() {
    assert!(margin(Feature::Preapproved, 1.0) > margin(Feature::Preapproved, 0.0));
    assert!(margin(Feature::HorizonDays, 10.0) > margin(Feature::HorizonDays, 300.0));
    assert!(margin(Feature::HoursSinceInbound, 1.0) > margin(Feature::HoursSinceInbound, 500.0));
    assert!(margin(Feature::Unanswered, 1.0) > margin(Feature::Unanswered, 8.0));
    assert!(margin(Feature::NoShows90d, 0.0) > margin(Feature::NoShows90d, 1.0));
}

#[test]
fn a_curve_is_straight_between_its_points_and_level_beyond() {
    let points = [[0.0, 0.0], [10.0, 1.0], [20.0, 0.0]];
    for (x, y) in [(-5.0, 0.0), (0.0, 0.0), (5.0, 0.5), (10.0, 1.0), (15.0, 0.5), (20.0, 0.0), (99.0, 0.0)] {
        assert_eq!(on_curve(&points, x), y, "at {x}");
    }
}

#[test]
fn policies_that_cannot_be_are_refused_with_their_key() {
    let cases = [
        ("probability = 0.05", "probability = 1", "base.probability"),
        ("version = 1", "version = 0", "version"),
        ("log_odds = 0.7", "log_odds = -1", "doubt.log_odds"),
        ("feature = \"saves_7d\"", "feature = \"shoe_size\"", "factors[6].feature"),
        ("feature = \"saves_7d\"", "feature = \"inbound_7d\"", "factors[6].feature"),
        ("[[5, 0.5], [60, 0.25]", "[[60, 0.25], [5, 0.5]", "factors[8].curve"),
        ("referral = 0.9", "refferal = 0.9", "factors[0].levels"),
        ("yes = 0.6", "yes = 6.0", "factors[13].log-odds"),
        ("yes = 0.6", "curve = [[0, 1]]", "factors[13].feature"),
        ("yes = 0.6\nno = -0.2\nabsent = 0.0", "yes = 0.6\nno = 0.2\nabsent = 0.0", "factors[13].absent"),
    ];
    for (from, to, key) in cases {
        assert!(PRIOR_TOML.contains(from), "{from}");
        match Prior::from_toml(&PRIOR_TOML.replacen(from, to, 1)) {
            Err(PriorError::Invalid { key: found, .. }) => assert_eq!(found, key, "{to}"),
            other => panic!("{to}: {other:?}"),
        }
    }
    let unknown = PRIOR_TOML.replacen("horizon_days", "horizon_weeks", 1);
    assert!(matches!(Prior::from_toml(&unknown), Err(PriorError::Unreadable(_))));
}

#[test]
fn a_policy_comes_back_from_its_text() {
    let text = toml::to_string(Prior::shipped().document()).unwrap();
    assert_eq!(&Prior::from_toml(&text).unwrap(), Prior::shipped());
}

/// Any value that a feature can have; missing ones too.
fn row() -> impl Strategy<Value = Features> {
    let numbers = prop::collection::vec(prop::option::of(-1.0_f64..5_000.0), Feature::ALL.len());
    numbers.prop_map(|numbers| {
        let value = |(feature, number): (Feature, Option<f64>)| {
            let levels = feature.spec().levels.len() as u32;
            let value = match number {
                None => Value::Missing,
                Some(number) if levels > 0 => Value::Level(number.abs() as u32 % levels),
                Some(number) if feature.spec().unit == crate::features::Unit::Answer => {
                    Value::Number(f64::from(u8::from(number > 2_000.0)))
                }
                Some(number) => Value::Number(number),
            };
            (feature, value)
        };
        features(Feature::ALL.into_iter().zip(numbers).map(value).collect::<Vec<_>>())
    })
}

proptest! {
    #[test]
    fn contributions_sum_to_the_score_exactly_in_any_order(row in row(), turn in 0_usize..16) {
        let score = Prior::shipped().assess(&row);
        let mut parts: Vec<f64> = score.contributions.iter().map(|(_, adds)| *adds).collect();
        let places = parts.len();
        parts.rotate_left(turn % places);
        prop_assert_eq!(parts.iter().sum::<f64>() + score.base, score.margin);
        prop_assert_eq!(Prior::shipped().probability(&row), score.probability());
    }

    #[test]
    fn the_interval_holds_every_value_of_what_is_unknown(row in row(), told in row()) {
        // Whatever we are told of what is unknown, the score stays inside and the interval becomes no wider.
        let before = Prior::shipped().assess(&row);
        let values = Feature::ALL.map(|feature| {
            let known = row.value(feature) != Value::Missing || feature.spec().absent == Absent::Never;
            (feature, if known { row.value(feature) } else { told.value(feature) })
        });
        let after = Prior::shipped().assess(&features(values));
        let Interval { lower, upper } = before.margins;
        prop_assert!(lower <= after.margin && after.margin <= upper);
        prop_assert!(lower <= after.margins.lower && after.margins.upper <= upper);
        prop_assert!(after.missing.len() <= before.missing.len());
    }
}
