//! Champions and challengers: verdicts that hold however often one looks.

use learn::{
    chance::Generator,
    compare::{Arm, CompareError, Counts, Sequential, Split, Verdict, hash, paired, paired_figure},
};
use proptest::prelude::*;

use crate::stream::{assert_near, restored};

fn counts(rows: u64, positives: u64) -> Counts {
    Counts { rows, positives }
}

/// Runs one experiment with `looks` looks, `step` rows per arm each: (first verdict, whether all intervals held the
/// truth).
fn experiment(
    chance: &mut Generator,
    rates: (f64, f64),
    looks: u64,
    step: u64,
    tau2: f64,
) -> (Verdict, bool) {
    let mut test = Sequential::new(0.05, tau2).expect("options in range");
    let (mut one, mut other) = (counts(0, 0), counts(0, 0));
    let (mut verdict, mut held) = (Verdict::NotYetKnown, true);
    let truth = rates.1 - rates.0;
    for _ in 0..looks {
        for (arm, rate) in [(&mut one, rates.0), (&mut other, rates.1)] {
            arm.rows += step;
            arm.positives += (0..step).filter(|_| chance.unit() < rate).count() as u64;
        }
        let look = test.look(one, other).expect("counts that grow");
        verdict = look.verdict;
        held &= look.interval.lower <= truth && truth <= look.interval.upper;
    }
    (verdict, held)
}

#[test]
fn looking_at_every_step_is_wrong_at_most_as_often_as_promised() {
    // The usual test, looked at as often, is wrong in more than a third of such experiments.
    for (rate, tau2) in [(0.05, 1e-4), (0.3, 1e-3), (0.5, 1e-2), (0.02, 1e-4)] {
        let mut chance = Generator::seeded(99);
        let experiments = 400;
        let (mut wrong, mut missed) = (0, 0);
        for _ in 0..experiments {
            let (verdict, held) = experiment(&mut chance, (rate, rate), 120, 25, tau2);
            wrong += usize::from(verdict != Verdict::NotYetKnown);
            missed += usize::from(!held);
        }
        // 5 % of 400 are 20.
        assert!(wrong <= 20 && missed <= 20, "at {rate}: {wrong} wrong, {missed} missed");
    }
}

#[test]
fn the_usual_test_looked_at_as_often_is_wrong_far_more_often() {
    let mut chance = Generator::seeded(99);
    let mut wrong = 0;
    for _ in 0..200 {
        let (mut one, mut other, mut rows) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut alarmed = false;
        for _ in 0..120 {
            for _ in 0..25 {
                one += f64::from(u8::from(chance.unit() < 0.3));
                other += f64::from(u8::from(chance.unit() < 0.3));
            }
            rows += 25.0;
            let (a, b) = (one / rows, other / rows);
            let error = ((a * (1.0 - a) + b * (1.0 - b)) / rows).sqrt();
            alarmed |= (b - a).abs() > 1.96 * error;
        }
        wrong += usize::from(alarmed);
    }
    assert!(wrong > 50, "{wrong} of 200: this simulation could not tell the tests apart");
}

#[test]
fn real_differences_are_found_in_both_directions_and_intervals_hold_them() {
    let mut chance = Generator::seeded(3);
    let (mut found, mut missed) = (0, 0);
    for round in 0..60 {
        let (rates, expected) = if round % 2 == 0 {
            ((0.10, 0.15), Verdict::ChallengerBetter)
        } else {
            ((0.15, 0.10), Verdict::ChampionBetter)
        };
        let (verdict, held) = experiment(&mut chance, rates, 100, 40, 1e-3);
        assert!(verdict == expected || verdict == Verdict::NotYetKnown, "the wrong one");
        found += usize::from(verdict == expected);
        missed += usize::from(!held);
    }
    assert!(found >= 57, "{found} of 60");
    assert!(missed <= 7, "{missed} of 60");
}

#[test]
fn small_counts_decide_nothing() {
    for (one, other) in [
        (counts(0, 0), counts(0, 0)),
        (counts(5, 0), counts(5, 5)),
        (counts(29, 0), counts(29, 29)),
        (counts(2_000, 0), counts(2_000, 9)),
    ] {
        let mut test = Sequential::new(0.05, 1e-2).expect("options in range");
        let look = test.look(one, other).expect("counts that grow");
        assert_eq!((look.verdict, look.p_value), (Verdict::NotYetKnown, 1.0), "{one:?} {other:?}");
        assert_eq!((look.interval.lower, look.interval.upper), (-1.0, 1.0));
    }
    // Without any spread there is no test either.
    let mut test = Sequential::new(0.05, 1e-2).expect("options in range");
    let look = test.look(counts(50, 0), counts(50, 50)).expect("counts that grow");
    assert_eq!(look.verdict, Verdict::NotYetKnown);
}

#[test]
fn a_verdict_stays_and_intervals_only_narrow() {
    let mut test = Sequential::new(0.05, 1e-3).expect("options in range");
    let first = test.look(counts(1_000, 50), counts(1_000, 120)).expect("counts that grow");
    assert_eq!(first.verdict, Verdict::ChallengerBetter);
    // The lead melts away.
    let second = test.look(counts(2_000, 150), counts(2_000, 155)).expect("counts that grow");
    assert_eq!((second.verdict, second.p_value), (Verdict::ChallengerBetter, first.p_value));
    assert!(second.ratio < 1.0);
    assert!(second.interval.lower >= first.interval.lower && second.interval.upper <= first.interval.upper);
    assert!(second.interval.lower <= second.interval.upper);
    assert_eq!(test.looks(), 2);
    // A test goes on where it was stored.
    let text = serde_json::to_string(&test).expect("text");
    assert_eq!(restored::<Sequential>(&text), test);
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let mut test = Sequential::new(0.05, 1e-3).expect("options in range");
    let more = test.look(counts(10, 11), counts(10, 1));
    assert_eq!(more, Err(CompareError::MoreThanAll { positives: 11, rows: 10 }));
    test.look(counts(100, 10), counts(100, 10)).expect("counts that grow");
    let shrunk = test.look(counts(99, 10), counts(100, 10));
    assert_eq!(shrunk, Err(CompareError::Shrunk { before: 100, now: 99 }));
    for (alpha, tau2) in [(0.0, 1.0), (1.0, 1.0), (f64::NAN, 1.0), (0.05, 0.0), (0.05, f64::INFINITY)] {
        assert!(Sequential::new(alpha, tau2).is_err());
    }
}

/// J.-P. Aumasson and D. Bernstein, "SipHash: a fast short-input PRF", appendix A, and the first outputs of the
/// reference program `vectors.h` for the messages "", 00, 00 01.
#[test]
fn the_hash_is_siphash() {
    let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
    let message: Vec<u8> = (0..15).collect();
    assert_eq!(hash(key, &message), 0xa129_ca61_49be_45e5);
    for (length, expected) in
        [(0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (2, 0x0d6c_8009_d9a9_4f5a)]
    {
        assert_eq!(hash(key, &message[..length]), expected, "{length} bytes");
    }
}

#[test]
fn assignments_never_change() {
    // Whoever changes these numbers moves people between models in the middle of an experiment.
    let split = Split::new("first contact", 0.5).expect("a share");
    let arms: String = (0..32)
        .map(|n| if split.arm(&format!("subject-{n}")) == Arm::Challenger { 'C' } else { '.' })
        .collect();
    assert_eq!(arms, ARMS);
    assert_near(split.place("subject-0"), PLACE, 0.0, "place");
}

const ARMS: &str = ".C..CCCC.....C.CCC..CCCCCC.C..CC";
const PLACE: f64 = 0.673_029_592_623_038;

#[test]
fn places_are_uniform_and_experiments_independent() {
    let (one, other) = (Split::new("a", 0.3).expect("a share"), Split::new("b", 0.3).expect("a share"));
    let subjects: Vec<String> = (0..40_000).map(|n| format!("{n}")).collect();
    let mut cells = [0_u32; 100];
    let mut table = [[0_u64; 2]; 2];
    for subject in &subjects {
        cells[(one.place(subject) * 100.0) as usize] += 1;
        let arm = |split: &Split| usize::from(split.arm(subject) == Arm::Challenger);
        table[arm(&one)][arm(&other)] += 1;
    }
    // Chi-square with 99 degrees of freedom: 148.2 is the 0.999 quantile.
    let chi: f64 = cells.iter().map(|c| (f64::from(*c) - 400.0).powi(2) / 400.0).sum();
    assert!(chi < 148.2, "{chi}");
    let challengers = (table[1][0] + table[1][1]) as f64 / 40_000.0;
    assert_near(challengers, 0.3, 0.01, "share");
    let test = learn::drift::chi_square(&table[0], &table[1]).expect("a table");
    assert!(test.p_value > 0.001, "experiments that know of each other: {test:?}");
    // Names run together differently are different.
    let place =
        |experiment: &str, subject: &str| Split::new(experiment, 0.5).expect("a share").place(subject);
    assert_ne!(place("ab", "c"), place("a", "bc"));
}

/// Log losses of two models on the same rows, the second better by `gain` in the mean.
fn losses(rows: usize, seed: u64, gain: f64) -> (Vec<f64>, Vec<f64>) {
    let mut chance = Generator::seeded(seed);
    (0..rows)
        .map(|_| {
            let common = 1.0 + chance.normal().abs();
            (common, common - gain + 0.2 * chance.normal())
        })
        .unzip()
}

#[test]
fn paired_rows_find_small_differences_and_their_intervals_hold_the_truth() {
    let (mut held, rounds) = (0, 100);
    for seed in 0..rounds {
        let (champion, challenger) = losses(300, seed, 0.05);
        let compared = paired(&champion, &challenger, 0.0, 400, 0.95, seed).expect("pairs");
        held += u32::from(compared.interval.contains(-0.05));
        assert_ne!(compared.verdict, Verdict::ChampionBetter);
    }
    // 95 % of 100, less three standard errors.
    assert!(held >= 88, "{held} of {rounds}");
    let (champion, challenger) = losses(2_000, 1, 0.05);
    let better = paired(&champion, &challenger, 0.0, 400, 0.95, 1).expect("pairs");
    assert_eq!(better.verdict, Verdict::ChallengerBetter);
    assert!(better.may_be_promoted());
    let worse = paired(&challenger, &champion, 0.0, 400, 0.95, 1).expect("pairs");
    assert_eq!(worse.verdict, Verdict::ChampionBetter);
    assert!(!worse.may_be_promoted());
    assert_eq!(paired(&champion, &challenger, 0.0, 400, 0.95, 1).expect("pairs"), better, "the same seed");
}

#[test]
fn a_promotion_may_cost_no_more_than_its_margin() {
    let (champion, challenger) = losses(1_000, 6, 0.0);
    let strict = paired(&champion, &challenger, 0.0, 400, 0.95, 2).expect("pairs");
    assert_eq!((strict.verdict, strict.may_be_promoted()), (Verdict::NotYetKnown, false));
    let lenient = paired(&champion, &challenger, 0.05, 400, 0.95, 2).expect("pairs");
    assert!(lenient.may_be_promoted());
}

#[test]
fn any_figure_can_be_compared() {
    // The share of misses above a threshold, which is no mean of losses of rows.
    let mut chance = Generator::seeded(1);
    let truth: Vec<f64> = (0..600).map(|_| chance.unit()).collect();
    let good: Vec<f64> = truth.iter().map(|t| t + 0.1 * chance.normal()).collect();
    let bad: Vec<f64> = truth.iter().map(|t| t + 0.8 * chance.normal()).collect();
    let figure = |predictions: &[f64], rows: &[usize]| {
        let mut errors: Vec<f64> = rows.iter().map(|row| (predictions[*row] - truth[*row]).abs()).collect();
        errors.sort_by(f64::total_cmp);
        errors[errors.len() / 2]
    };
    let compared =
        paired_figure(600, |rows| figure(&bad, rows), |rows| figure(&good, rows), 0.0, 300, 0.95, 1);
    assert_eq!(compared.expect("pairs").verdict, Verdict::ChallengerBetter);
}

#[test]
fn what_cannot_be_paired_is_refused() {
    let good = vec![1.0; 40];
    let refused = |one: &[f64], other: &[f64]| paired(one, other, 0.0, 200, 0.95, 1).expect_err("no pairs");
    assert_eq!(refused(&good, &good[1..]), CompareError::Lengths { champion: 40, challenger: 39 });
    assert_eq!(refused(&good[..29], &good[..29]), CompareError::TooFew { rows: 29, needed: 30 });
    let mut bad = good.clone();
    bad[7] = f64::NAN;
    assert!(matches!(refused(&good, &bad), CompareError::NotFinite { row: 7, .. }));
    for (margin, resamples, level) in [(-1.0, 200, 0.95), (0.0, 99, 0.95), (0.0, 200, 1.0)] {
        assert!(paired(&good, &good, margin, resamples, level, 1).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_growing_share_moves_nobody_back(subject in ".*", one in 0.0_f64..=1.0, other in 0.0_f64..=1.0) {
        let arm = |share: f64| Split::new("growing", share).expect("a share").arm(&subject);
        let (small, large) = (one.min(other), one.max(other));
        prop_assert!(arm(small) == Arm::Champion || arm(large) == Arm::Challenger);
        prop_assert_eq!(arm(0.0), Arm::Champion);
        prop_assert_eq!(arm(1.0), Arm::Challenger);
    }

    #[test]
    fn looks_are_finite_and_the_two_sides_alike(
        rows in (1_u64..1_000_000, 1_u64..1_000_000), shares in (0.0_f64..=1.0, 0.0_f64..=1.0),
        tau2 in 1e-9_f64..10.0,
    ) {
        let of = |rows: u64, share: f64| counts(rows, (rows as f64 * share) as u64);
        let (one, other) = (of(rows.0, shares.0), of(rows.1, shares.1));
        let look = |a, b| Sequential::new(0.05, tau2).expect("options in range").look(a, b).expect("counts");
        let (forth, back) = (look(one, other), look(other, one));
        prop_assert!(forth.ratio.is_finite() && (0.0..=1.0).contains(&forth.p_value));
        prop_assert!(forth.interval.lower <= forth.interval.upper);
        prop_assert_eq!(forth.p_value, back.p_value);
        prop_assert!((forth.interval.lower + back.interval.upper).abs() < 1e-12);
        // The interval leaves out 0 exactly when the p-value is small.
        let known = forth.verdict != Verdict::NotYetKnown;
        prop_assert_eq!(known, forth.p_value <= 0.05);
        let around_zero = forth.interval.lower < -1e-9 && forth.interval.upper > 1e-9;
        prop_assert!(!(known && around_zero));
    }
}
