use super::{Detector, DriftError, Mean, Signal, finite};

/// Page and Hinkley's test: sums how far the stream strays from its own mean, and signals when that sum has come
/// far from where it was lowest (or highest).
///
/// E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.
#[derive(Clone, Copy, Debug)]
pub struct PageHinkley {
    threshold: f64,
    direction: Direction,
    state: State,
}

/// Numbers before the first signal.
const NUMBERS_MIN: f64 = 30.0;
/// Distance from the mean that does not count.
const DELTA: f64 = 0.005;
/// What is kept of the sums with each number.
const MEMORY: f64 = 1.0 - 0.0001;

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
        Self { threshold: 50.0, direction: Direction::Both, state: FRESH }
    }
}

impl PageHinkley {
    /// A test of changes in `direction`, whose sums may come as far as `threshold`, in units of the stream. The
    /// default is 50 in both directions; much smaller ones give false alarms on error rates.
    ///
    /// # Errors
    /// When the threshold is not a finite number above 0.
    pub fn new(threshold: f64, direction: Direction) -> Result<Self, DriftError> {
        if threshold.is_finite() && threshold > 0.0 {
            Ok(Self { threshold, direction, state: FRESH })
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
        state.rise = MEMORY * state.rise + stray - DELTA;
        state.fall = MEMORY * state.fall + stray + DELTA;
        state.rise_min = state.rise_min.min(state.rise);
        state.fall_max = state.fall_max.max(state.fall);
        let risen = state.rise - state.rise_min > self.threshold;
        let fallen = state.fall_max - state.fall > self.threshold;
        state.drifted = state.mean.count >= NUMBERS_MIN
            && match self.direction {
                Direction::Up => risen,
                Direction::Down => fallen,
                Direction::Both => risen || fallen,
            };
        Ok(if state.drifted { Signal::Drift } else { Signal::Stable })
    }
}
