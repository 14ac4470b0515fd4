use super::{Detector, DriftError, Mean, Signal, share};

/// Watches a rate by Hoeffding's bound: signals when its mean has risen above the best mean it had, or, on demand,
/// fallen below the worst.
///
/// I. Frías-Blanco et al., "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE
/// TKDE 27(3), 2015 (HDDM_A). Takes errors (1) and hits (0), or shares between them.
#[derive(Clone, Copy, Debug)]
pub struct HddmA {
    /// The chance of a false alarm (0.001).
    pub drift: f64,
    /// The chance of a false warning (0.005).
    pub warning: f64,
    /// Whether falls count as well (no).
    pub both_sides: bool,
    all: Mean,
    lowest: Mean,
    highest: Mean,
    drifted: bool,
}

impl Default for HddmA {
    fn default() -> Self {
        let none = Mean::default();
        Self {
            drift: 0.001,
            warning: 0.005,
            both_sides: false,
            all: none,
            lowest: none,
            highest: none,
            drifted: false,
        }
    }
}

impl HddmA {
    fn reach(&self, count: f64) -> f64 {
        (libm::log(1.0 / self.drift) / (2.0 * count)).sqrt()
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

impl Detector for HddmA {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = share(value)?;
        if self.drifted {
            let none = Mean::default();
            *self = Self { all: none, lowest: none, highest: none, drifted: false, ..*self };
        }
        self.all.update(value);
        if self.lowest.count == 0.0 {
            self.lowest = self.all;
            self.highest = self.all;
        }
        let reach = self.reach(self.all.count);
        if self.lowest.value + self.reach(self.lowest.count) >= self.all.value + reach {
            self.lowest = self.all;
        }
        if self.highest.value - self.reach(self.highest.count) <= self.all.value - reach {
            self.highest = self.all;
        }
        let moved = |confidence| self.risen(confidence) || (self.both_sides && self.fallen(confidence));
        let signal = match () {
            () if moved(self.drift) => Signal::Drift,
            () if moved(self.warning) => Signal::Warning,
            () => Signal::Stable,
        };
        self.drifted = signal == Signal::Drift;
        Ok(signal)
    }
}
