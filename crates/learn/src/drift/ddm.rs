use super::{Detector, DriftError, Mean, Signal, share};

/// Watches an error rate: it should fall while a model learns, so that a rise beyond its lowest point is drift.
///
/// J. Gama, P. Medas, G. Castillo and P. Rodrigues, "Learning with drift detection", SBIA 2004. Takes errors (1)
/// and hits (0), or shares between them. It often warns early in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Ddm {
    /// Numbers before the first signal (30).
    pub numbers_min: u32,
    /// Standard deviations above the lowest point at which it warns (2).
    pub warning: f64,
    /// Standard deviations above the lowest point that are drift (3).
    pub drift: f64,
    rate: Mean,
    lowest: Option<(f64, f64)>,
    drifted: bool,
}

impl Default for Ddm {
    fn default() -> Self {
        Self {
            numbers_min: 30,
            warning: 2.0,
            drift: 3.0,
            rate: Mean::default(),
            lowest: None,
            drifted: false,
        }
    }
}

impl Detector for Ddm {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = share(value)?;
        if self.drifted {
            *self = Self { rate: Mean::default(), lowest: None, drifted: false, ..*self };
        }
        self.rate.update(value);
        if self.rate.count <= f64::from(self.numbers_min) {
            return Ok(Signal::Stable);
        }
        let rate = self.rate.value;
        let deviation = (rate * (1.0 - rate) / self.rate.count).max(0.0).sqrt();
        let (low, low_deviation) = match self.lowest {
            Some((low, low_deviation)) if rate + deviation > low + low_deviation => (low, low_deviation),
            _ => (rate, deviation),
        };
        self.lowest = Some((low, low_deviation));
        self.drifted = rate + deviation > low + self.drift * low_deviation;
        Ok(match () {
            () if self.drifted => Signal::Drift,
            () if rate + deviation > low + self.warning * low_deviation => Signal::Warning,
            () => Signal::Stable,
        })
    }
}
