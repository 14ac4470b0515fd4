use super::{Detector, DriftError, Mean, Signal, share};

/// Watches an error rate: it should fall while a model learns, so that a rise beyond its lowest point is drift.
///
/// J. Gama, P. Medas, G. Castillo and P. Rodrigues, "Learning with drift detection", SBIA 2004. Takes errors (1)
/// and hits (0), or shares between them. It often warns early in a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ddm {
    rate: Mean,
    /// Rate and its standard deviation where their sum was lowest.
    lowest: Option<(f64, f64)>,
    drifted: bool,
}

/// Numbers before the first signal.
const NUMBERS_MIN: f64 = 30.0;
/// Standard deviations above the lowest point at which it warns.
const WARNING: f64 = 2.0;
/// Standard deviations above the lowest point that are drift.
const DRIFT: f64 = 3.0;

impl Detector for Ddm {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = share(value)?;
        if self.drifted {
            *self = Self::default();
        }
        self.rate.update(value);
        if self.rate.count <= NUMBERS_MIN {
            return Ok(Signal::Stable);
        }
        let rate = self.rate.value;
        let deviation = (rate * (1.0 - rate) / self.rate.count).max(0.0).sqrt();
        let (low, low_deviation) = match self.lowest {
            Some((low, low_deviation)) if rate + deviation > low + low_deviation => (low, low_deviation),
            _ => (rate, deviation),
        };
        self.lowest = Some((low, low_deviation));
        self.drifted = rate + deviation > low + DRIFT * low_deviation;
        Ok(match () {
            () if self.drifted => Signal::Drift,
            () if rate + deviation > low + WARNING * low_deviation => Signal::Warning,
            () => Signal::Stable,
        })
    }
}
