use learn::{
    chance::Generator,
    drift::{
        Adjustment, DriftError, PSI_MODERATE, PSI_STRONG, adjust, chi_square, kolmogorov_smirnov, psi,
        psi_of_counts,
    },
};
use proptest::prelude::*;
use serde::Deserialize;

use crate::stream::{Stream, assert_near, reference};

#[derive(Deserialize)]
struct First {
    two_sample: TwoSample,
    chi2: FirstTable,
}

#[derive(Deserialize)]
struct TwoSample {
    psi: f64,
    ks: (f64, f64),
}

#[derive(Deserialize)]
struct FirstTable {
    table: [Vec<u64>; 2],
    stat: f64,
    p: f64,
    dof: usize,
}

#[derive(Deserialize)]
struct More {
    ks: Vec<KsCase>,
    chi_square: Vec<ChiSquareCase>,
    adjust: AdjustCase,
}

#[derive(Deserialize)]
struct KsCase {
    seed: u64,
    m: usize,
    n: usize,
    shift: f64,
    decimals: i32,
    distance: f64,
    p_value: f64,
}

#[derive(Deserialize)]
struct ChiSquareCase {
    reference: Vec<u64>,
    current: Vec<u64>,
    statistic: f64,
    degrees: usize,
    p_value: f64,
}

#[derive(Deserialize)]
struct AdjustCase {
    p_values: Vec<f64>,
    holm: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
}

#[test]
fn the_first_reference_is_met() {
    let first: First = reference("drift_reference_river0.26.json");
    let before: Vec<f64> = Stream::seeded(42).take(1_000).collect();
    let after = Stream::seeded(42).skip(1_000).take(1_000).map(|u| (u + 0.5) * 0.9 + 0.02);
    let after: Vec<f64> = after.collect();
    assert_near(psi(&before, &after, 10).expect("samples"), first.two_sample.psi, 1e-9, "psi");
    let test = kolmogorov_smirnov(&before, &after).expect("samples");
    assert_near(test.distance, first.two_sample.ks.0, 1e-12, "distance");
    assert_near(test.p_value / first.two_sample.ks.1, 1.0, 1e-9, "p-value, 100 digits down");
    let chi = chi_square(&first.chi2.table[0], &first.chi2.table[1]).expect("a table");
    assert_near(chi.statistic, first.chi2.stat, 1e-9, "chi-square");
    assert_near(chi.p_value, first.chi2.p, 1e-12, "p-value");
    assert_eq!(chi.degrees, first.chi2.dof);
}

#[test]
fn two_sample_tests_are_those_of_scipy() {
    let more: More = reference("drift_scipy_river.json");
    assert_eq!(more.ks.len(), 13);
    for case in more.ks {
        let scale = 10_f64.powi(case.decimals);
        let rounded = |u: f64| if case.decimals > 9 { u } else { (u * scale).round_ties_even() / scale };
        let mut stream = Stream::seeded(case.seed);
        let one: Vec<f64> = stream.by_ref().take(case.m).map(rounded).collect();
        let other: Vec<f64> = stream.take(case.n).map(|u| rounded(u + case.shift)).collect();
        let test = kolmogorov_smirnov(&one, &other).expect("samples");
        let what = format!("{} and {}", case.m, case.n);
        assert_near(test.distance, case.distance, 1e-12, &what);
        // Exact where SciPy was asked for exact; the limit is within a few percent of SciPy's other approximation.
        let tolerance = if case.m.max(case.n) <= 2_000 { 1e-9 } else { 0.03 };
        assert_near(test.p_value / case.p_value, 1.0, tolerance, &what);
    }
    for case in more.chi_square {
        let chi = chi_square(&case.reference, &case.current).expect("a table");
        assert_near(chi.statistic / case.statistic, 1.0, 1e-12, "chi-square");
        assert_eq!(chi.degrees, case.degrees);
        if case.p_value > 0.0 {
            assert_near(chi.p_value / case.p_value, 1.0, 1e-9, "p-value");
        } else {
            assert_eq!(chi.p_value, 0.0);
        }
    }
}

#[test]
fn p_values_of_many_tests_are_adjusted_as_statsmodels_does() {
    let more: More = reference("drift_scipy_river.json");
    let AdjustCase { p_values, holm, benjamini_hochberg } = more.adjust;
    for (adjustment, expected) in
        [(Adjustment::Holm, holm), (Adjustment::BenjaminiHochberg, benjamini_hochberg)]
    {
        for (actual, expected) in adjust(&p_values, adjustment).expect("p-values").iter().zip(expected) {
            assert_near(*actual, expected, 1e-12, "adjusted");
        }
    }
    assert_eq!(adjust(&[], Adjustment::Holm), Ok(vec![]));
    let nan = adjust(&[0.5, f64::NAN], Adjustment::Holm);
    assert!(matches!(nan, Err(DriftError::PValue { place: 1, .. })));
}

/// Forty features at a time, none of which has moved: each alone gives an alarm in every second or third look.
#[test]
fn watching_many_features_gives_no_more_false_alarms_than_promised() {
    let mut chance = Generator::seeded(20);
    let (mut alone, mut together, looks) = (0, 0, 150);
    for _ in 0..looks {
        let p_values: Vec<f64> = (0..40)
            .map(|_| {
                let one: Vec<f64> = (0..60).map(|_| chance.normal()).collect();
                let other: Vec<f64> = (0..45).map(|_| chance.normal()).collect();
                kolmogorov_smirnov(&one, &other).expect("samples").p_value
            })
            .collect();
        let alarm = |p_values: &[f64]| usize::from(p_values.iter().any(|p| *p <= 0.05));
        alone += alarm(&p_values);
        together += alarm(&adjust(&p_values, Adjustment::Holm).expect("p-values"));
    }
    assert!(alone > looks / 2, "{alone} of {looks}");
    // 5 % of 150 are 7.5; 16 is three standard errors more.
    assert!(together <= 16, "{together} of {looks}");
}

#[test]
fn a_stability_index_tells_little_from_much() {
    let mut chance = Generator::seeded(5);
    let mut normal = |shift: f64| -> Vec<f64> { (0..4_000).map(|_| chance.normal() + shift).collect() };
    let (before, same, moved, far) = (normal(0.0), normal(0.0), normal(0.4), normal(1.0));
    assert!(psi(&before, &same, 10).expect("samples") < 0.02);
    let moderate = psi(&before, &moved, 10).expect("samples");
    assert!((PSI_MODERATE..PSI_STRONG).contains(&moderate), "{moderate}");
    assert!(psi(&before, &far, 10).expect("samples") > PSI_STRONG);
    // Few different values: bins that fall together are one.
    let coarse: Vec<f64> = before.iter().map(|v| v.round()).collect();
    assert_eq!(psi(&coarse, &coarse, 10), Ok(0.0));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    assert_eq!(kolmogorov_smirnov(&[], &[1.0]), Err(DriftError::Empty));
    assert!(matches!(kolmogorov_smirnov(&[1.0], &[f64::NAN]), Err(DriftError::NotFinite { place: 0, .. })));
    assert_eq!(psi(&[1.0], &[1.0], 1), Err(DriftError::Bins { bins: 1 }));
    assert_eq!(psi_of_counts(&[1, 2], &[1]), Err(DriftError::Categories { reference: 2, current: 1 }));
    assert_eq!(psi_of_counts(&[0, 0], &[1, 2]), Err(DriftError::Empty));
    assert_eq!(chi_square(&[5, 0], &[7, 0]), Err(DriftError::Categories { reference: 2, current: 2 }));
}

/// All orders in which two samples can fall, and how far apart their distribution functions come in each.
fn brute_force(m: usize, n: usize, distance: f64) -> f64 {
    let (mut far, mut all) = (0_u32, 0_u32);
    for mask in 0_u32..1 << (m + n) {
        if mask.count_ones() as usize != m {
            continue;
        }
        all += 1;
        let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
        for place in 0..m + n {
            if mask >> place & 1 == 1 {
                i += 1
            } else {
                j += 1
            }
            largest = largest.max((i as f64 / m as f64 - j as f64 / n as f64).abs());
        }
        far += u32::from(largest >= distance - 1e-12);
    }
    f64::from(far) / f64::from(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn small_samples_are_judged_as_counting_all_orders_does(
        one in proptest::collection::vec(0.0_f64..1.0, 1..7),
        other in proptest::collection::vec(0.0_f64..1.3, 1..7),
    ) {
        let test = kolmogorov_smirnov(&one, &other).expect("samples");
        let counted = brute_force(one.len(), other.len(), test.distance);
        prop_assert!((test.p_value - counted).abs() < 1e-12, "{} {}", test.p_value, counted);
    }

    #[test]
    fn neither_the_order_of_a_sample_nor_of_the_samples_matters(
        mut one in proptest::collection::vec(-1e90_f64..1e90, 1..60),
        other in proptest::collection::vec(prop_oneof![Just(0.0), -5.0_f64..5.0], 1..60),
        seed: u64,
    ) {
        let before = kolmogorov_smirnov(&one, &other).expect("samples");
        let index = psi(&one, &other, 5).expect("samples");
        prop_assert!(index.is_finite() && index >= 0.0);
        Generator::seeded(seed).shuffle(&mut one);
        prop_assert_eq!(kolmogorov_smirnov(&one, &other).expect("samples"), before);
        prop_assert_eq!(psi(&one, &other, 5).expect("samples"), index);
        let turned = kolmogorov_smirnov(&other, &one).expect("samples");
        prop_assert!((turned.p_value - before.p_value).abs() < 1e-12 && turned.distance == before.distance);
        prop_assert!((0.0..=1.0).contains(&before.p_value));
    }

    #[test]
    fn adjusting_keeps_the_order_and_only_raises(p_values in proptest::collection::vec(0.0_f64..=1.0, 0..40)) {
        let holm = adjust(&p_values, Adjustment::Holm).expect("p-values");
        let milder = adjust(&p_values, Adjustment::BenjaminiHochberg).expect("p-values");
        for one in 0..p_values.len() {
            prop_assert!(p_values[one] <= milder[one] && milder[one] <= holm[one] + 1e-12 && holm[one] <= 1.0);
            for other in 0..p_values.len() {
                if p_values[one] <= p_values[other] {
                    prop_assert!(holm[one] <= holm[other] && milder[one] <= milder[other]);
                }
            }
        }
    }
}
