use super::{Detector, DriftError, Mean, Signal, share};

/// Watches a rate by Hoeffding's bound: signals when its mean has risen above the best mean it had, or, on demand,
/// fallen below the worst.
///
/// I. Frías-Blanco et al., "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE
/// TKDE 27(3), 2015 (HDDM_A). Takes errors (1) and hits (0), or shares between them.
#[derive(Clone, Copy, Debug, Default)]
pub struct HddmA {
    both_sides: bool,
    all: Mean,
    lowest: Mean,
    highest: Mean,
    drifted: bool,
}

/// The chance of a false alarm.
const DRIFT: f64 = 0.001;
/// The chance of a false warning.
const WARNING: f64 = 0.005;

impl HddmA {
    /// The detector that also takes a fall of the mean for drift; the default looks for rises only.
    pub fn both_sides() -> Self {
        Self { both_sides: true, ..Self::default() }
    }

    /// How far two means must lie apart, the first `before` numbers against all.
    fn apart(&self, before: Mean, confidence: f64) -> f64 {
        let m = (self.all.count - before.count) / before.count * (1.0 / self.all.count);
        (m / 2.0 * libm::log(2.0 / confidence)).sqrt()
    }

    fn risen(&self, confidence: f64) -> bool {
        self.lowest.count != self.all.count
            && self.all.value - self.lowest.value >= self.apart(self.lowest, confidence)
    }

    fn fallen(&self, confidence: f64) -> bool {
        self.highest.count != self.all.count
            && self.highest.value - self.all.value >= self.apart(self.highest, confidence)
    }
}

/// How far the mean of `count` numbers may be off.
fn reach(count: f64) -> f64 {
    (libm::log(1.0 / DRIFT) / (2.0 * count)).sqrt()
}

impl Detector for HddmA {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = share(value)?;
        if self.drifted {
            *self = Self { both_sides: self.both_sides, ..Self::default() };
        }
        self.all.update(value);
        if self.lowest.count == 0.0 {
            self.lowest = self.all;
            self.highest = self.all;
        }
        let own_reach = reach(self.all.count);
        if self.lowest.value + reach(self.lowest.count) >= self.all.value + own_reach {
            self.lowest = self.all;
        }
        if self.highest.value - reach(self.highest.count) <= self.all.value - own_reach {
            self.highest = self.all;
        }
        let moved = |confidence| self.risen(confidence) || (self.both_sides && self.fallen(confidence));
        let signal = match () {
            () if moved(DRIFT) => Signal::Drift,
            () if moved(WARNING) => Signal::Warning,
            () => Signal::Stable,
        };
        self.drifted = signal == Signal::Drift;
        Ok(signal)
    }
}
