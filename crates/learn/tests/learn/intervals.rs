//! Conformal intervals: they hold the outcome as often as they say, simulated group by group.

use kernel::Interval;
use learn::{
    chance::Generator,
    intervals::{Adaptive, Conformal, IntervalError, Miscoverage, Mondrian, Quantiles, Reach},
};
use proptest::prelude::*;

use crate::stream::{assert_near, restored};

fn tenth() -> Miscoverage {
    Miscoverage::new(0.1).expect("a share")
}

/// Rows of a world in which prices differ in how hard they are to predict: (prediction, outcome, spread, group).
fn world(rows: usize, seed: u64) -> Vec<(f64, f64, f64, &'static str)> {
    let mut chance = Generator::seeded(seed);
    (0..rows)
        .map(|_| {
            let (group, base) = [("flat", 1.0), ("house", 3.0), ("estate", 12.0)][chance.below(3)];
            let spread = base * (0.5 + chance.unit());
            let prediction = 100.0 * base + 20.0 * chance.normal();
            // Skewed, so that nothing rests on symmetry.
            let error = chance.normal() + 0.5 * chance.normal().powi(2);
            (prediction, prediction + spread * error, spread, group)
        })
        .collect()
}

type Columns = (Vec<f64>, Vec<f64>, Vec<f64>, Vec<&'static str>);

fn columns(rows: &[(f64, f64, f64, &'static str)]) -> Columns {
    let mut columns: Columns = Default::default();
    for (p, y, d, g) in rows {
        columns.0.push(*p);
        columns.1.push(*y);
        columns.2.push(*d);
        columns.3.push(*g);
    }
    columns
}

/// The share of `rows` that their intervals hold.
fn held(
    rows: &[(f64, f64, f64, &'static str)],
    interval: impl Fn(&(f64, f64, f64, &'static str)) -> Interval,
) -> f64 {
    rows.iter().filter(|row| interval(row).contains(row.1)).count() as f64 / rows.len() as f64
}

#[test]
fn the_rank_is_that_of_finite_samples() {
    // ceil((n + 1) 0.9)-th smallest error: exactly at the sizes where it is a whole number, and at one more.
    for (rows, rank) in [(9, 9), (10, 10), (11, 11), (18, 18), (19, 18), (20, 19), (99, 90), (999, 900)] {
        let errors: Vec<f64> = (1..=rows).map(f64::from).collect();
        let zeros = vec![0.0; errors.len()];
        let conformal = Conformal::constant(&zeros, &errors, tenth()).expect("enough rows");
        assert_eq!(conformal.reach(), f64::from(rank), "{rows} rows");
    }
}

#[test]
fn too_few_rows_for_the_promise_are_refused() {
    for (share, needed) in [(0.1, 9), (0.05, 19), (0.01, 99), (0.2, 4), (0.5, 1), (0.15, 6)] {
        let miscoverage = Miscoverage::new(share).expect("a share");
        assert_eq!(miscoverage.rows_min(), needed, "{share}");
        let rows = needed - 1;
        let refused = Conformal::constant(&vec![0.0; rows], &vec![0.0; rows], miscoverage);
        assert_eq!(refused, Err(IntervalError::TooFew { rows, needed }));
        assert!(Conformal::constant(&vec![0.0; needed], &vec![0.0; needed], miscoverage).is_ok());
    }
}

#[test]
fn coverage_over_many_small_calibrations_is_what_was_promised() {
    // With n calibration rows coverage is beta distributed with mean ceil((n+1)(1-a)) / (n+1): 27 / 30 for 29 rows.
    let mut total = 0.0;
    for seed in 0..400 {
        let rows = world(79, seed);
        let (p, y, d, _) = columns(&rows[..29]);
        let conformal = Conformal::normalised(&p, &y, &d, tenth()).expect("enough rows");
        total += held(&rows[29..], |row| conformal.around(row.0, row.2).expect("finite"));
    }
    // Standard error: sqrt(0.09 / 31 / 400 + 0.09 / 50 / 400) = 0.0034.
    assert_near(total / 400.0, 0.9, 4.0 * 0.0034, "mean coverage");
}

#[test]
fn difficulties_make_intervals_hold_where_one_width_does_not() {
    let (calibration, test) = (world(4_000, 1), world(12_000, 2));
    let (p, y, d, _) = columns(&calibration);
    let constant = Conformal::constant(&p, &y, tenth()).expect("enough rows");
    let normalised = Conformal::normalised(&p, &y, &d, tenth()).expect("enough rows");
    assert_near(held(&test, |row| constant.around(row.0, row.2).expect("finite")), 0.9, 0.012, "one width");
    let of = |group| test.iter().filter(|row| row.3 == group).copied().collect::<Vec<_>>();
    let estates = of("estate");
    let narrow = held(&estates, |row| constant.around(row.0, row.2).expect("finite"));
    assert!(narrow < 0.8, "one width holds estates too rarely: {narrow}");
    for group in ["flat", "house", "estate"] {
        let coverage = held(&of(group), |row| normalised.around(row.0, row.2).expect("finite"));
        assert_near(coverage, 0.9, 0.02, group);
    }
}

#[test]
fn groups_hold_their_own_promise_and_small_ones_say_on_whose_rows_they_rest() {
    let (mut calibration, test) = (world(3_000, 3), world(12_000, 4));
    let mut kept = 0;
    calibration.retain(|row| {
        kept += usize::from(row.3 == "estate");
        row.3 != "estate" || kept <= 8
    });
    let (p, y, _, g) = columns(&calibration);
    let ones = vec![1.0; p.len()];
    let mondrian = Mondrian::fit(&g, &p, &y, &ones, tenth()).expect("enough rows");
    for group in ["flat", "house"] {
        let of: Vec<_> = test.iter().filter(|row| row.3 == group).copied().collect();
        let coverage = held(&of, |row| mondrian.around(row.3, row.0, 1.0).expect("finite").0);
        assert_near(coverage, 0.9, 0.03, group);
        assert_eq!(mondrian.around(group, 0.0, 1.0).expect("finite").1, Reach::Group);
    }
    for group in ["estate", "castle"] {
        assert_eq!(mondrian.around(group, 0.0, 1.0).expect("finite").1, Reach::Pooled);
    }
    let strict = mondrian.strict();
    let refused = strict.around("estate", 0.0, 1.0);
    assert_eq!(refused, Err(IntervalError::UnknownGroup { group: "estate".into() }));
}

#[test]
fn wrong_quantiles_are_put_right() {
    let (calibration, test) = (world(4_000, 5), world(12_000, 6));
    // Models that are far too sure of the upper end, and too careful.
    for (down, up) in [(0.2, 0.3), (6.0, 9.0)] {
        let (p, y, d, _) = columns(&calibration);
        let lowers: Vec<f64> = p.iter().zip(&d).map(|(p, d)| p - down * d).collect();
        let uppers: Vec<f64> = p.iter().zip(&d).map(|(p, d)| p + up * d).collect();
        let quantiles = Quantiles::fit(&lowers, &uppers, &y, tenth()).expect("enough rows");
        assert_eq!(quantiles.widened() > 0.0, down < 1.0);
        let around = |row: &(f64, f64, f64, &str)| {
            quantiles.around(row.0 - down * row.2, row.0 + up * row.2).expect("finite")
        };
        assert_near(held(&test, around), 0.9, 0.012, "coverage");
        // Crossed quantiles change places.
        assert_eq!(quantiles.around(5.0, 1.0), quantiles.around(1.0, 5.0));
    }
}

#[test]
fn adaptive_intervals_keep_their_promise_while_the_world_moves() {
    let mut chance = Generator::seeded(11);
    let errors: Vec<f64> = (0..500).map(|_| chance.normal().abs()).collect();
    let mut adaptive = Adaptive::new(&errors, 500, tenth(), 0.02).expect("enough rows");
    let fixed = Conformal::constant(&vec![0.0; 500], &errors, tenth()).expect("enough rows");
    let (mut fixed_held, rows) = (0, 6_000);
    for row in 0..rows {
        // The spread quadruples on the way.
        let outcome = chance.normal() * (1.0 + 3.0 * f64::from(row) / f64::from(rows));
        fixed_held += u32::from(fixed.around(0.0, 1.0).expect("finite").contains(outcome));
        adaptive.learn(0.0, 1.0, outcome).expect("finite");
    }
    assert!(f64::from(fixed_held) / f64::from(rows) < 0.65, "what does not adapt misses: {fixed_held}");
    assert_near(adaptive.missed().expect("outcomes"), 0.1, 0.01, "missed");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let nines = [1.0; 9];
    let share = |share| Miscoverage::new(share).is_err();
    assert!(share(0.0) && share(1e-12) && share(1.0) && share(f64::NAN) && share(-1.0));
    for bad in [f64::NAN, f64::INFINITY] {
        let mut with = nines;
        with[4] = bad;
        let refused = |result: Result<Conformal, IntervalError>| {
            assert!(matches!(result, Err(IntervalError::NotFinite { row: 4, .. })), "{result:?}");
        };
        refused(Conformal::constant(&with, &nines, tenth()));
        refused(Conformal::constant(&nines, &with, tenth()));
        refused(Conformal::normalised(&nines, &nines, &with, tenth()));
        assert!(Quantiles::fit(&with, &nines, &nines, tenth()).is_err());
        assert!(Conformal::constant(&nines, &nines, tenth()).expect("fine").around(bad, 1.0).is_err());
    }
    let negative = Conformal::normalised(&nines, &nines, &[-1.0; 9], tenth());
    assert_eq!(negative, Err(IntervalError::TooSmall { row: 0, value: -1.0 }));
    assert!(Conformal::constant(&nines, &nines[..8], tenth()).is_err());
}

#[test]
fn intervals_survive_being_stored() {
    let (p, y, d, g) = columns(&world(300, 8));
    let mondrian = Mondrian::fit(&g, &p, &y, &d, tenth()).expect("enough rows");
    let text = serde_json::to_string(&mondrian).expect("text");
    assert_eq!(restored::<Mondrian>(&text), mondrian);
    let adaptive = Adaptive::new(&d, 100, tenth(), 0.01).expect("enough rows");
    let text = serde_json::to_string(&adaptive).expect("text");
    assert_eq!(restored::<Adaptive>(&text), adaptive);
    assert!(serde_json::from_str::<Miscoverage>("1.5").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Gibbs and Candès, proposition 4.1: for any outcomes whatsoever.
    #[test]
    fn adaptive_intervals_miss_as_often_as_promised_whatever_comes(
        outcomes in proptest::collection::vec(
            prop_oneof![Just(0.0), -1e3_f64..1e3, Just(1e300), Just(-1e300)], 1..600),
        pace in 0.005_f64..0.5,
    ) {
        let mut adaptive = Adaptive::new(&[1.0; 20], 50, tenth(), pace).expect("enough rows");
        for outcome in &outcomes {
            let interval = adaptive.around(0.0, 1.0).expect("finite");
            let held = adaptive.learn(0.0, 1.0, *outcome).expect("finite");
            prop_assert!(!held || interval.contains(*outcome));
        }
        let bound = (0.9 + pace) / (pace * outcomes.len() as f64);
        prop_assert!((adaptive.missed().expect("outcomes") - 0.1).abs() <= bound + 1e-9);
    }

    #[test]
    fn intervals_hold_the_prediction_and_are_finite_for_any_finite_number(
        mut numbers in proptest::collection::vec(-1e308_f64..1e308, 20..60), order: u64,
    ) {
        let zeros = vec![0.0; numbers.len()];
        let conformal = Conformal::constant(&zeros, &numbers, tenth()).expect("enough rows");
        let interval = conformal.around(numbers[0], 1.0).expect("finite");
        prop_assert!(interval.lower.is_finite() && interval.upper.is_finite() && interval.contains(numbers[0]));
        Generator::seeded(order).shuffle(&mut numbers);
        prop_assert_eq!(Conformal::constant(&zeros, &numbers, tenth()).expect("enough rows"), conformal);
    }

    #[test]
    fn a_stronger_promise_makes_wider_intervals(
        outcomes in proptest::collection::vec(-100.0_f64..100.0, 120..200),
        one in 0.01_f64..0.99, other in 0.01_f64..0.99,
    ) {
        let zeros = vec![0.0; outcomes.len()];
        let reach = |share: f64| Conformal::constant(&zeros, &outcomes, Miscoverage::new(share).expect("a share"))
            .expect("enough rows").reach();
        prop_assert!(reach(one.min(other)) >= reach(one.max(other)));
    }
}
