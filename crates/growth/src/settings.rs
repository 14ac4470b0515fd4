//! What the growth team sets once: the goal, the currency, how deals hang together, who signs letters.

use jiff::Timestamp;
use kernel::{Currency, Mrr};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::proposition::Sender;

/// The goal that the product ships with, in major units per month (the framework's "130K -> 400K MRR").
const GOAL_MRR: u32 = 400_000;
/// Correlation that counts as none.
const CORRELATION_MIN: f64 = 0.0;
/// Above it the factor model degenerates: all deals would be one.
const CORRELATION_MAX: f64 = 0.95;

/// The settings of the growth team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Currency of imports that do not say theirs, and of goals.
    pub currency: Currency,
    /// Monthly recurring revenue to reach, major units.
    pub goal_mrr: Decimal,
    /// Monthly recurring revenue today, where the snapshot's sum is not all of it; `None`: the sum counts.
    pub current_mrr: Option<Decimal>,
    /// Correlation between deals for projections, 0 to 0.95.
    pub correlation: f64,
    /// Who sends propositions.
    pub sender: Sender,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            goal_mrr: Decimal::from(GOAL_MRR),
            current_mrr: None,
            correlation: 0.0,
            sender: Sender::default(),
        }
    }
}

/// Why settings cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// The goal is no goal.
    #[error("the goal is more than zero per month, not {0}")]
    Goal(Decimal),
    /// Revenue below zero.
    #[error("current revenue is zero or more, not {0}")]
    CurrentMrr(Decimal),
    /// Not a usable correlation.
    #[error("the correlation lies between {CORRELATION_MIN} and {CORRELATION_MAX}, not at {0}")]
    Correlation(f64),
}

impl Settings {
    /// The goal.
    pub fn goal(&self) -> Mrr {
        Mrr::new(self.goal_mrr, self.currency)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value that cannot be.
    pub fn checked(self) -> Result<Self, SettingsError> {
        if self.goal_mrr <= Decimal::ZERO {
            return Err(SettingsError::Goal(self.goal_mrr));
        }
        if let Some(current) = self.current_mrr.filter(|current| *current < Decimal::ZERO) {
            return Err(SettingsError::CurrentMrr(current));
        }
        // Written so that a NaN is refused, too.
        if !(CORRELATION_MIN..=CORRELATION_MAX).contains(&self.correlation) {
            return Err(SettingsError::Correlation(self.correlation));
        }
        Ok(self)
    }
}

/// Settings as saved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SavedSettings {
    /// The settings.
    #[serde(flatten)]
    pub settings: Settings,
    /// When they were saved; `None`: never, these are the defaults.
    pub saved_at: Option<Timestamp>,
    /// By whom.
    pub saved_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_are_named() {
        assert!(Settings::default().checked().is_ok());
        let goal = Settings { goal_mrr: Decimal::ZERO, ..Settings::default() };
        assert_eq!(goal.checked(), Err(SettingsError::Goal(Decimal::ZERO)));
        let current = Settings { current_mrr: Some(Decimal::NEGATIVE_ONE), ..Settings::default() };
        assert_eq!(current.checked(), Err(SettingsError::CurrentMrr(Decimal::NEGATIVE_ONE)));
        for correlation in [-0.1, 1.0, f64::NAN] {
            let settings = Settings { correlation, ..Settings::default() };
            assert!(matches!(settings.checked(), Err(SettingsError::Correlation(_))), "{correlation}");
        }
    }
}
