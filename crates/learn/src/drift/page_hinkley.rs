use super::{Detector, DriftError, Mean, Signal, finite};

/// Page and Hinkley's test: sums how far the stream strays from its own mean, and signals when that sum has come
/// far from where it was lowest (or highest).
///
/// E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.
#[derive(Clone, Copy, Debug)]
pub struct PageHinkley {
    /// Numbers before the first signal (30).
    pub numbers_min: u32,
    /// Distance from the mean that does not count (0.005).
    pub delta: f64,
    /// How far the sum may come, in units of the stream (50). Small thresholds give false alarms.
    pub threshold: f64,
    /// What is kept of the sum with each number (0.9999).
    pub memory: f64,
    /// Which changes count (both).
    pub direction: Direction,
    state: State,
}

/// Which changes of a mean count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Only rises.
    Up,
    /// Only falls.
    Down,
    /// Both.
    Both,
}

#[derive(Clone, Copy, Debug)]
struct State {
    mean: Mean,
    rise: f64,
    fall: f64,
    rise_min: f64,
    fall_max: f64,
    drifted: bool,
}

const FRESH: State = State {
    mean: Mean { count: 0.0, value: 0.0 },
    rise: 0.0,
    fall: 0.0,
    rise_min: f64::INFINITY,
    fall_max: -1.0,
    drifted: false,
};

impl Default for PageHinkley {
    fn default() -> Self {
        Self {
            numbers_min: 30,
            delta: 0.005,
            threshold: 50.0,
            memory: 1.0 - 0.0001,
            direction: Direction::Both,
            state: FRESH,
        }
    }
}

impl PageHinkley {
    /// The default with another `threshold`.
    ///
    /// # Errors
    /// When it is not a finite number above 0.
    pub fn with_threshold(threshold: f64) -> Result<Self, DriftError> {
        if threshold.is_finite() && threshold > 0.0 {
            Ok(Self { threshold, ..Self::default() })
        } else {
            Err(DriftError::Option { name: "threshold", value: threshold })
        }
    }
}

impl Detector for PageHinkley {
    fn update(&mut self, value: f64) -> Result<Signal, DriftError> {
        let value = finite(value)?;
        if self.state.drifted {
            self.state = FRESH;
        }
        let state = &mut self.state;
        state.mean.update(value);
        let stray = value - state.mean.value;
        state.rise = self.memory * state.rise + stray - self.delta;
        state.fall = self.memory * state.fall + stray + self.delta;
        state.rise_min = state.rise_min.min(state.rise);
        state.fall_max = state.fall_max.max(state.fall);
        let risen = state.rise - state.rise_min > self.threshold;
        let fallen = state.fall_max - state.fall > self.threshold;
        state.drifted = state.mean.count >= f64::from(self.numbers_min)
            && match self.direction {
                Direction::Up => risen,
                Direction::Down => fallen,
                Direction::Both => risen || fallen,
            };
        Ok(if state.drifted { Signal::Drift } else { Signal::Stable })
    }
}
