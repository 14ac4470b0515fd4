//! Intervals by resampling keep what they promise.

use kernel::Interval;
use learn::{
    chance::Generator,
    evaluate::{
        ChanceDifferences, ChanceFigures, Judged, Needs,
        amounts::AmountFigures,
        bootstrap::{Resampling, Units, percentile, resample},
        ratio::{RatioStudy, Trim},
    },
};
use proptest::prelude::*;

/// Chances that are right by construction, with outcomes drawn from them.
fn world(rows: usize, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut chance = Generator::seeded(seed);
    let draw = |chance: &mut Generator| {
        let p = 1.0 / (1.0 + (-(0.3 + 1.2 * chance.normal())).exp());
        (p, chance.unit() < p)
    };
    (0..rows).map(|_| draw(&mut chance)).unzip()
}

#[test]
fn every_resample_counts_as_many_rows_as_there_are() {
    let mut rounds = 0;
    resample(Units::Rows(37), &Resampling { rounds: 25, level: 0.9, seed: 5 }, |counts| {
        rounds += 1;
        assert_eq!(counts.iter().sum::<f64>(), 37.0);
        assert_eq!(counts.len(), 37);
    });
    assert_eq!(rounds, 25);
}

#[test]
fn rows_of_a_cluster_are_drawn_together() {
    let clusters = [7, 7, 900_000_000, 3, 3, 3];
    let mut drawn_apart = false;
    resample(Units::Clusters(&clusters), &Resampling { rounds: 50, level: 0.9, seed: 5 }, |counts| {
        assert!(counts[0] == counts[1] && counts[3] == counts[4] && counts[4] == counts[5]);
        assert_eq!(counts[0] + counts[2] + counts[3], 3.0);
        drawn_apart |= counts[0] != counts[2];
    });
    assert!(drawn_apart);
}

#[test]
fn the_same_seed_gives_the_same_intervals() {
    let (p, y) = world(300, 1);
    let judged = Judged::new(&p, &y).unwrap();
    let with = |seed| {
        let resampling = Resampling { rounds: 200, level: 0.95, seed };
        ChanceFigures::of(&judged, &Needs::default(), &resampling)
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

/// The true mean lies in about 90 of 100 intervals at 90 %: with 200 worlds, three standard deviations are 6 points.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let truth = {
        // The AUC of this world, on many rows.
        let (p, y) = world(400_000, 99);
        learn::evaluate::auc(&p, &y).unwrap()
    };
    let worlds = 200;
    let mut held = 0;
    for seed in 0..worlds {
        let (p, y) = world(250, 1000 + seed);
        let judged = Judged::new(&p, &y).unwrap();
        let resampling = Resampling { rounds: 100, level: 0.9, seed };
        let figures = ChanceFigures::of(&judged, &Needs::default(), &resampling);
        held += u32::from(figures.auc.interval().expect("enough rows").contains(truth));
    }
    let share = f64::from(held) / worlds as f64;
    assert!((0.83..=0.96).contains(&share), "{share}");
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let (p, y) = world(400, 3);
    let judged = Judged::new(&p, &y).unwrap();
    let nothing = ChanceDifferences::of(&judged, &judged, &Needs::default(), &Resampling::default()).unwrap();
    for figure in [nothing.auc, nothing.average_precision, nothing.log_loss, nothing.brier, nothing.ece] {
        assert_eq!((figure.value(), figure.interval()), (Some(0.0), Some(Interval::point(0.0))));
    }
}

#[test]
fn a_paired_difference_is_narrower_than_the_figures_and_sees_what_they_do_not() {
    let (p, y) = world(1500, 4);
    // A little noise on the log odds makes every ranking slightly worse.
    let mut chance = Generator::seeded(8);
    let worse: Vec<f64> =
        p.iter().map(|p| 1.0 / (1.0 + (-((p / (1.0 - p)).ln() + 0.5 * chance.normal())).exp())).collect();
    let (good, bad) = (Judged::new(&p, &y).unwrap(), Judged::new(&worse, &y).unwrap());
    let (needs, resampling) = (Needs::default(), Resampling::default());
    let difference = ChanceDifferences::of(&good, &bad, &needs, &resampling).unwrap();
    let figures = ChanceFigures::of(&good, &needs, &resampling);
    let (paired, single) = (difference.auc.interval().unwrap(), figures.auc.interval().unwrap());
    assert!(paired.lower > 0.0, "{paired:?}");
    assert!(paired.width() < 0.7 * single.width(), "{paired:?} {single:?}");
    assert!(difference.log_loss.interval().unwrap().upper < 0.0);
    // Not the same rows: no difference.
    let other = Judged::new(&p[..1000], &y[..1000]).unwrap();
    assert_eq!(ChanceDifferences::of(&good, &other, &needs, &resampling), None);
}

#[test]
fn clusters_widen_the_interval_when_rows_repeat_each_other() {
    let (p, y) = world(200, 6);
    let repeat = |n: usize| (0..200).flat_map(move |row| std::iter::repeat_n(row, n));
    let (p5, y5): (Vec<f64>, Vec<bool>) = repeat(5).map(|row| (p[row], y[row])).unzip();
    let clusters: Vec<u32> = repeat(5).map(|row| row as u32).collect();
    let (needs, resampling) = (Needs::default(), Resampling::default());
    let blind = ChanceFigures::of(&Judged::new(&p5, &y5).unwrap(), &needs, &resampling);
    let judged = Judged::new(&p5, &y5).unwrap().clustered(&clusters).unwrap();
    let seeing = ChanceFigures::of(&judged, &needs, &resampling);
    assert_eq!(blind.auc.value(), seeing.auc.value());
    let ratio = seeing.auc.interval().unwrap().width() / blind.auc.interval().unwrap().width();
    // Five copies of each row hide a factor of the square root of 5.
    assert!((1.8..2.7).contains(&ratio), "{ratio}");
    assert!(Judged::new(&p5, &y5).unwrap().clustered(&clusters[1..]).is_err());
}

#[test]
fn figures_that_most_resamples_cannot_have_get_no_interval() {
    let mut round = 0;
    let [rare, always] = percentile(Units::Rows(10), &Resampling::default(), |_| {
        round += 1;
        [if round % 2 == 0 { f64::NAN } else { 1.0 }, 2.0]
    });
    assert_eq!((rare, always), (None, Some(Interval::point(2.0))));
}

/// numpy's default quantile.
fn percentiles(mut draws: Vec<f64>, level: f64) -> Interval {
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (draws.len() - 1) as f64;
        let (below, part) = (place.floor() as usize, place.fract());
        draws[below] + part * (draws[(below + 1).min(draws.len() - 1)] - draws[below])
    };
    Interval { lower: at(0.5 - level / 2.0), upper: at(0.5 + level / 2.0) }
}

/// The slow way: repeat the rows that each resample drew, and compute the figure from the beginning.
fn slowly(rows: usize, resampling: &Resampling, figure: impl Fn(&[usize]) -> f64) -> Interval {
    let mut draws = Vec::new();
    resample(Units::Rows(rows), resampling, |counts| {
        let drawn = counts.iter().enumerate();
        let drawn: Vec<usize> =
            drawn.flat_map(|(row, count)| std::iter::repeat_n(row, *count as usize)).collect();
        draws.push(figure(&drawn));
    });
    percentiles(draws, resampling.level)
}

fn pick<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| from[*row]).collect()
}

fn same(one: Option<Interval>, other: Interval) -> bool {
    one.is_some_and(|one| {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        near(one.lower, other.lower) && near(one.upper, other.upper)
    })
}

const FEW: Needs = Needs { rows: 1, each: 0 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn intervals_of_chances_are_those_of_the_repeated_rows(seed in any::<u64>()) {
        let (p, y) = world(60, seed);
        let p: Vec<f64> = p.iter().map(|p| (p * 20.0).round() / 20.0).collect();
        let resampling = Resampling { rounds: 40, level: 0.8, seed };
        let fast = ChanceFigures::of(&Judged::new(&p, &y).unwrap(), &FEW, &resampling);
        let slow = |figure: fn(&[f64], &[bool]) -> Option<f64>| {
            slowly(60, &resampling, |rows| figure(&pick(&p, rows), &pick(&y, rows)).unwrap())
        };
        prop_assert!(same(fast.auc.interval(), slow(learn::evaluate::auc)));
        prop_assert!(same(fast.average_precision.interval(), slow(learn::evaluate::average_precision)));
        prop_assert!(same(fast.log_loss.interval(), slow(learn::evaluate::log_loss)));
        prop_assert!(same(fast.brier.interval(), slow(learn::evaluate::brier)));
    }

    #[test]
    fn intervals_of_amounts_are_those_of_the_repeated_rows(seed in any::<u64>()) {
        let (p, y) = world(60, seed);
        let amounts: Vec<f64> = p.iter().map(|p| 100.0 * p + 1.0).collect();
        let truths: Vec<f64> = p.iter().zip(&y).map(|(p, y)| 90.0 * p + if *y { 14.0 } else { 2.0 }).collect();
        let resampling = Resampling { rounds: 40, level: 0.8, seed };
        let once = Resampling { rounds: 1, ..resampling };
        let study = RatioStudy::of(&amounts, &truths, Trim::Nothing, &FEW, &resampling).unwrap();
        let slow = |figure: fn(RatioStudy) -> learn::evaluate::Figure| {
            slowly(60, &resampling, |rows| {
                // In the caller's order, which repeated rows keep.
                let study = RatioStudy::of(&pick(&amounts, rows), &pick(&truths, rows), Trim::Nothing, &FEW, &once);
                figure(study.unwrap()).value().unwrap()
            })
        };
        prop_assert!(same(study.median.interval(), slow(|study| study.median)));
        prop_assert!(same(study.cod.interval(), slow(|study| study.cod)));
        prop_assert!(same(study.prd.interval(), slow(|study| study.prd)));
        prop_assert!(same(study.prb.interval(), slow(|study| study.prb)));
        prop_assert!(same(study.mki.interval(), slow(|study| study.mki)));
        let figures = AmountFigures::of(&amounts, &truths, &FEW, &resampling).unwrap();
        let slow = |figure: fn(AmountFigures) -> learn::evaluate::Figure| {
            slowly(60, &resampling, |rows| {
                let figures = AmountFigures::of(&pick(&amounts, rows), &pick(&truths, rows), &FEW, &once);
                figure(figures.unwrap()).value().unwrap()
            })
        };
        prop_assert!(same(figures.r_squared.interval(), slow(|figures| figures.r_squared)));
        prop_assert!(same(figures.relative.unwrap().median.interval(), slow(|f| f.relative.unwrap().median)));
    }
}
