use finance::{Sequence, wilson};
use kernel::Interval;
use serde::Serialize;

/// Bins of the reliability diagram, of equal width.
const BINS: usize = 10;

/// Resamples behind an interval.
const RESAMPLES: usize = 400;

/// Mass of every interval.
const LEVEL: f64 = 0.9;

/// Chances are kept so far from 0 and 1 in the logarithmic loss, as scikit-learn does.
const LOG_CLIP: f64 = f64::EPSILON;

/// A measure and how far it might be from the truth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// 5 to 95 % of the values that resampled cases give.
    pub interval: Interval,
}

/// A bin of the reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Lower edge, inclusive.
    pub from: f64,
    /// Upper edge, exclusive; the last bin includes 1.
    pub to: f64,
    /// Predictions in it.
    pub n: u64,
    /// Mean chance predicted; `None` when empty.
    pub predicted: Option<f64>,
    /// Share that happened; `None` when empty.
    pub observed: Option<f64>,
    /// Range that holds the true share (Wilson, 90 %).
    pub interval: Interval,
}

/// How good the predictions were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Share that happened.
    pub base_rate: f64,
    /// Mean squared error of the chances, 0 is perfect.
    pub brier: Estimate,
    /// Brier score of always predicting the base rate: what the rule has to beat.
    pub brier_of_base_rate: f64,
    /// Mean negative logarithm of the chance given to what happened (natural logarithm).
    pub log_loss: f64,
    /// Chance that a case that happened was given the higher chance; equal chances count half. 0.5 is guessing.
    pub auc: Estimate,
    /// Expected calibration error: mean distance between predicted and observed over the bins, weighted by n.
    pub ece: f64,
    /// The reliability diagram.
    pub bins: Vec<Bin>,
    /// Share that happened in the tenth with the highest chances, over the base rate.
    pub top_decile_lift: f64,
}

/// All measures of (chance, happened). Both kinds occur.
pub(super) fn measure(cases: &[(f64, bool)], seed: u64) -> Measures {
    let n = cases.len() as f64;
    let base_rate = cases.iter().filter(|(_, happened)| *happened).count() as f64 / n;
    let bins = reliability(cases);
    let ece =
        bins.iter().filter_map(|bin| Some((bin.predicted? - bin.observed?).abs() * bin.n as f64 / n)).sum();
    let (brier_interval, auc_interval) = resampled(cases, seed);
    Measures {
        base_rate,
        brier: Estimate { value: brier(cases), interval: brier_interval },
        brier_of_base_rate: base_rate * (1.0 - base_rate),
        log_loss: log_loss(cases),
        auc: Estimate { value: auc(cases).unwrap_or(0.5), interval: auc_interval },
        ece,
        bins,
        top_decile_lift: top_decile(cases) / base_rate,
    }
}

fn brier(cases: &[(f64, bool)]) -> f64 {
    let errors = cases.iter().map(|(chance, happened)| (chance - f64::from(u8::from(*happened))).powi(2));
    errors.sum::<f64>() / cases.len() as f64
}

fn log_loss(cases: &[(f64, bool)]) -> f64 {
    let losses = cases.iter().map(|(chance, happened)| {
        let chance = chance.clamp(LOG_CLIP, 1.0 - LOG_CLIP);
        -(if *happened { chance } else { 1.0 - chance }).ln()
    });
    losses.sum::<f64>() / cases.len() as f64
}

/// Mann and Whitney's statistic by mean ranks; `None` when only one kind occurs.
fn auc(cases: &[(f64, bool)]) -> Option<f64> {
    let mut sorted: Vec<&(f64, bool)> = cases.iter().collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut positives, mut before) = (0.0, 0.0, 0.0);
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let happened = ties.iter().filter(|(_, happened)| *happened).count() as f64;
        let size = ties.len() as f64;
        rank_sum += happened * (before + 0.5 * (size + 1.0));
        positives += happened;
        before += size;
    }
    let negatives = before - positives;
    (positives > 0.0 && negatives > 0.0)
        .then(|| (rank_sum - 0.5 * positives * (positives + 1.0)) / (positives * negatives))
}

fn reliability(cases: &[(f64, bool)]) -> Vec<Bin> {
    let mut sums = [(0_u64, 0.0, 0_u64); BINS];
    for (chance, happened) in cases {
        // A hair added, so that 0.3 (just below 3/10 in binary) is not in the bin below.
        let bin = ((chance * BINS as f64 + 1e-9) as usize).min(BINS - 1);
        let (n, predicted, observed) = &mut sums[bin];
        *n += 1;
        *predicted += chance;
        *observed += u64::from(*happened);
    }
    sums.iter()
        .enumerate()
        .map(|(index, (n, predicted, observed))| {
            let (lower, upper) = wilson(*observed, *n, LEVEL);
            let some = *n > 0;
            Bin {
                from: index as f64 / BINS as f64,
                to: (index + 1) as f64 / BINS as f64,
                n: *n,
                predicted: some.then(|| predicted / *n as f64),
                observed: some.then(|| *observed as f64 / *n as f64),
                interval: Interval { lower, upper },
            }
        })
        .collect()
}

/// Share that happened among the tenth with the highest chances (rounded up). Of cases that tie at its
/// edge the mean is taken, so that no order of the input plays a part.
fn top_decile(cases: &[(f64, bool)]) -> f64 {
    let size = cases.len().div_ceil(10);
    let mut sorted: Vec<&(f64, bool)> = cases.iter().collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut taken) = (0.0, 0);
    for ties in sorted.chunk_by(|a, b| a.0 == b.0) {
        let happened = ties.iter().filter(|(_, happened)| *happened).count() as f64;
        let room = ties.len().min(size - taken);
        hits += happened * room as f64 / ties.len() as f64;
        taken += room;
        if taken == size {
            break;
        }
    }
    hits / size as f64
}

/// Percentile intervals of Brier score and AUC over resampled cases (Efron's bootstrap).
fn resampled(cases: &[(f64, bool)], seed: u64) -> (Interval, Interval) {
    let mut sequence = Sequence::new(seed);
    let (mut briers, mut aucs) = (Vec::new(), Vec::new());
    for _ in 0..RESAMPLES {
        let drawn: Vec<(f64, bool)> = (0..cases.len()).map(|_| cases[sequence.below(cases.len())]).collect();
        briers.push(brier(&drawn));
        aucs.extend(auc(&drawn));
    }
    (percentiles(briers), percentiles(aucs))
}

fn percentiles(mut values: Vec<f64>) -> Interval {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (share * (values.len().saturating_sub(1)) as f64).round() as usize;
        values.get(index).copied().unwrap_or(f64::NAN)
    };
    Interval { lower: at(0.5 - LEVEL / 2.0), upper: at(0.5 + LEVEL / 2.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 120 chances in steps of 5 % and outcomes that lean towards them.
    pub(super) fn cases() -> Vec<(f64, bool)> {
        (0..120_u32)
            .map(|i| {
                let chance = f64::from((i * 37) % 101 / 5 * 5) / 100.0;
                let draw = f64::from((i * i * 17 + i * 5) % 103) / 103.0;
                (chance, draw < 0.2 + 0.6 * chance)
            })
            .collect()
    }

    // scikit-learn 1.9: brier_score_loss, log_loss, roc_auc_score; ECE and lift by numpy.
    #[test]
    fn the_measures_agree_with_scikit_learn() {
        let measures = measure(&cases(), 1);
        assert_eq!(measures.base_rate, 0.55);
        assert!((measures.brier.value - 0.23425).abs() < 1e-12);
        assert!((measures.log_loss - 0.953_839_412_150_883_4).abs() < 1e-12, "{}", measures.log_loss);
        assert!((measures.auc.value - 0.706_930_415_263_748_6).abs() < 1e-12);
        assert!((measures.ece - 0.17).abs() < 1e-12, "{}", measures.ece);
        let happened: Vec<f64> =
            measures.bins.iter().map(|bin| (bin.observed.unwrap_or(0.0) * bin.n as f64).round()).collect();
        assert_eq!(happened, [3.0, 3.0, 4.0, 9.0, 8.0, 4.0, 7.0, 8.0, 11.0, 9.0]);
        assert!((measures.top_decile_lift - 1.363_636_363_636_363_5).abs() < 1e-12);
    }

    #[test]
    fn intervals_hold_their_value_and_repeat_with_their_seed() {
        let (once, again, other) = (measure(&cases(), 1), measure(&cases(), 1), measure(&cases(), 2));
        assert_eq!(once, again);
        assert_ne!(once.auc.interval, other.auc.interval);
        for estimate in [once.auc, once.brier] {
            assert!(
                estimate.interval.contains(estimate.value) && estimate.interval.width() < 0.2,
                "{estimate:?}"
            );
        }
    }

    #[test]
    fn perfect_and_inverted_orders_are_the_ends_of_auc() {
        let order = |flip: bool| (0..10).map(|i| (f64::from(i) / 10.0, (i >= 5) != flip)).collect::<Vec<_>>();
        assert_eq!((auc(&order(false)), auc(&order(true))), (Some(1.0), Some(0.0)));
        assert_eq!(auc(&[(0.4, true), (0.4, false), (0.4, false)]), Some(0.5));
        assert_eq!(auc(&[(0.4, true)]), None);
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_the_right_order(cases in prop::collection::vec((0_u8..12, any::<bool>()), 2..40)) {
            let cases: Vec<(f64, bool)> = cases.into_iter().map(|(chance, happened)| (f64::from(chance) / 12.0, happened)).collect();
            let (mut right, mut pairs) = (0.0, 0.0);
            for (won, _) in cases.iter().filter(|case| case.1) {
                for (lost, _) in cases.iter().filter(|case| !case.1) {
                    pairs += 1.0;
                    right += if won > lost { 1.0 } else if won == lost { 0.5 } else { 0.0 };
                }
            }
            match auc(&cases) {
                Some(auc) => prop_assert!((auc - right / pairs).abs() < 1e-12),
                None => prop_assert_eq!(pairs, 0.0),
            }
        }

        #[test]
        fn the_order_of_the_cases_plays_no_part(seed: u64) {
            let mut shuffled = cases();
            let mut sequence = Sequence::new(seed);
            for end in (1..shuffled.len()).rev() {
                shuffled.swap(end, sequence.below(end + 1));
            }
            let (here, there) = (measure(&cases(), 1), measure(&shuffled, 1));
            prop_assert!((here.top_decile_lift - there.top_decile_lift).abs() < 1e-12);
            prop_assert!((here.auc.value - there.auc.value).abs() < 1e-12);
            prop_assert!((here.ece - there.ece).abs() < 1e-12);
        }
    }
}
