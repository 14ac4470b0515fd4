use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{CompareError, Verdict};
use crate::chance::Generator;

/// How two models did on the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Loss of the challenger less loss of the champion: below 0 the challenger is better.
    pub difference: f64,
    /// Where that difference lies, by bootstrap over rows. Says nothing of another training set or another year.
    pub interval: Interval,
    /// Rows compared.
    pub rows: usize,
    /// Who is better; not known while the interval holds 0.
    pub verdict: Verdict,
    margin: f64,
}

impl Paired {
    /// Whether the challenger may replace the champion: its loss is surely not higher by more than the margin.
    pub fn may_be_promoted(&self) -> bool {
        self.interval.upper <= self.margin
    }
}

/// Rows below which nothing is compared.
const ROWS_MIN: usize = 30;

/// Compares the mean loss of two models, given for each row: log losses, squared errors, or costs.
///
/// The interval, at `level` (0.95), is the percentile bootstrap over `resamples` (1 000) draws of rows. `margin` is
/// the loss that a promotion may cost at most, in units of the loss (0: none).
///
/// # Errors
/// When the losses cannot be paired, are fewer than 30 or not finite, or an option is outside of its range.
pub fn paired(
    champion: &[f64],
    challenger: &[f64],
    margin: f64,
    resamples: usize,
    level: f64,
    seed: u64,
) -> Result<Paired, CompareError> {
    if champion.len() != challenger.len() {
        let (champion, challenger) = (champion.len(), challenger.len());
        return Err(CompareError::Lengths { champion, challenger });
    }
    let differences: Vec<f64> = champion.iter().zip(challenger).map(|(one, other)| other - one).collect();
    if let Some(row) = differences.iter().position(|difference| !difference.is_finite()) {
        return Err(CompareError::NotFinite { row, value: differences[row] });
    }
    let mean = |rows: &[usize]| rows.iter().map(|row| differences[*row] / rows.len() as f64).sum::<f64>();
    paired_figure(champion.len(), |_| 0.0, mean, margin, resamples, level, seed)
}

/// Compares any figure of two models for which lower is better (turn others around: 1 - AUC), computed over lists
/// of rows in which a resample may name a row more than once.
///
/// # Errors
/// As [`paired`]. Resamples for which a figure is not a number (only one class drawn) do not count.
pub fn paired_figure(
    rows: usize,
    champion: impl Fn(&[usize]) -> f64,
    challenger: impl Fn(&[usize]) -> f64,
    margin: f64,
    resamples: usize,
    level: f64,
    seed: u64,
) -> Result<Paired, CompareError> {
    if rows < ROWS_MIN {
        return Err(CompareError::TooFew { rows, needed: ROWS_MIN });
    }
    for (name, value, fine) in [
        ("level", level, level > 0.0 && level < 1.0),
        ("margin", margin, margin >= 0.0 && margin.is_finite()),
        ("resamples", resamples as f64, resamples >= 100),
    ] {
        if !fine {
            return Err(CompareError::Option { name, value });
        }
    }
    let mut chosen: Vec<usize> = (0..rows).collect();
    let difference = challenger(&chosen) - champion(&chosen);
    if !difference.is_finite() {
        return Err(CompareError::NotFinite { row: 0, value: difference });
    }
    let mut chance = Generator::seeded(seed);
    let mut drawn = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        chosen.fill_with(|| chance.below(rows));
        let difference = challenger(&chosen) - champion(&chosen);
        if difference.is_finite() {
            drawn.push(difference);
        }
    }
    if drawn.len() < resamples / 2 {
        return Err(CompareError::TooFew { rows: drawn.len(), needed: resamples / 2 });
    }
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (drawn.len() - 1) as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        drawn[below] + (drawn[above] - drawn[below]) * (place - place.floor())
    };
    let tail = 0.5 * (1.0 - level);
    let interval = Interval { lower: at(tail), upper: at(1.0 - tail) };
    let verdict = match () {
        () if interval.upper < 0.0 => Verdict::ChallengerBetter,
        () if interval.lower > 0.0 => Verdict::ChampionBetter,
        () => Verdict::NotYetKnown,
    };
    Ok(Paired { difference, interval, rows, verdict, margin })
}
