use std::collections::VecDeque;

use super::{Detector, DriftError, Signal, finite, kolmogorov_smirnov};
use crate::chance::Generator;

/// Compares the latest numbers with a sample of those before by the test of Kolmogorov and Smirnov: sees any change
/// of the distribution, not only of the mean.
///
/// C. Raab, M. Heusinger and F.-M. Schleif, "Reactive soft prototype computing for concept drift streams",
/// Neurocomputing 2020. Since every number is a test, `alpha` must be small: at 0.005 streams without change give
/// alarms.
///
/// river draws the sample with Python's generator, this one with [`Generator`]: over the same sample both say the
/// same (the tests hold that), over their own samples they find a change some numbers apart.
#[derive(Clone, Debug)]
pub struct Kswin {
    alpha: f64,
    window_size: usize,
    sample_size: usize,
    window: VecDeque<f64>,
    chance: Generator,
    p_value: f64,
}

impl Kswin {
    /// Tests the last `sample_size` of `window_size` numbers against as many of the others, drawn by `seed`, at
    /// `alpha`. Usual are 30 of 100 at 0.0001.
    ///
    /// # Errors
    /// When `alpha` is not inside 0-1, or the window holds less than two samples.
    pub fn new(alpha: f64, window_size: usize, sample_size: usize, seed: u64) -> Result<Self, DriftError> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(DriftError::Option { name: "alpha", value: alpha });
        }
        if sample_size == 0 || window_size < 2 * sample_size {
            return Err(DriftError::Option { name: "window_size", value: window_size as f64 });
        }
        let window = VecDeque::with_capacity(window_size);
        Ok(Self { alpha, window_size, sample_size, window, chance: Generator::seeded(seed), p_value: 1.0 })
    }

    /// The p-value of the last test; 1 before the first.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }

    /// [`Detector::update`] with a sample of the caller's: `draw` is asked for so many different places below a
    /// bound.
    ///
    /// # Errors
    /// When the value is not finite.
    pub fn update_with(
        &mut self,
        value: f64,
        draw: impl FnOnce(usize, usize) -> Vec<usize>,
    ) -> Result<Signal, DriftError> {
        let value = finite(value)?;
        if self.window.len() == self.window_size {
            self.window.pop_front();
        }
        self.window.push_back(value);
        if self.window.len() < self.window_size {
            return Ok(Signal::Stable);
        }
        let before = self.window_size - self.sample_size;
        let latest: Vec<f64> = self.window.iter().skip(before).copied().collect();
        let drawn = draw(before, self.sample_size);
        let sample: Vec<f64> =
            drawn.into_iter().filter_map(|place| self.window.get(place).copied()).collect();
        let test = kolmogorov_smirnov(&sample, &latest)?;
        self.p_value = test.p_value;
        if test.p_value <= self.alpha && test.distance > 0.1 {
            self.window.clear();
            return Ok(Signal::Drift);
        }
        Ok(Signal::Stable)
    }
}

impl Detector for Kswin {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let mut chance = self.chance.clone();
        let signal = self.update_with(value, |bound, count| chance.sample(bound, count))?;
        self.chance = chance;
        Ok(signal)
    }
}
