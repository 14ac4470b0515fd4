use std::collections::BTreeMap;

use kernel::Interval;
use serde::{Deserialize, Serialize};

use super::{Conformal, IntervalError, Miscoverage, check_lengths};

/// Intervals that keep their promise in each group (price band, region, source), each calibrated by itself.
///
/// V. Vovk et al., "Mondrian confidence machine", 2003. A group must be known before the outcome is: a band of
/// predicted prices, not of paid ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mondrian {
    groups: BTreeMap<String, Conformal>,
    pooled: Option<Conformal>,
}

/// On which rows an interval rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// On the group's own: the promise holds in the group.
    Group,
    /// On all groups together, since the group had too few: the promise holds on average only.
    Pooled,
}

impl Mondrian {
    /// Calibrates each of `groups` (one name per row), and all rows together for groups that have too few.
    ///
    /// # Errors
    /// When the slices do not belong together, hold numbers that are not finite, a difficulty is negative, or all
    /// rows together are too few.
    pub fn fit<G: AsRef<str>>(
        groups: &[G],
        predictions: &[f64],
        outcomes: &[f64],
        difficulties: &[f64],
        miscoverage: Miscoverage,
    ) -> Result<Self, IntervalError> {
        check_lengths(predictions.len(), "groups", groups.len())?;
        let pooled = Conformal::normalised(predictions, outcomes, difficulties, miscoverage)?;
        let mut rows: BTreeMap<&str, [Vec<f64>; 3]> = BTreeMap::new();
        for (row, group) in groups.iter().enumerate() {
            let [p, y, d] = rows.entry(group.as_ref()).or_default();
            p.push(predictions[row]);
            y.push(outcomes[row]);
            d.push(difficulties[row]);
        }
        let mut fitted = BTreeMap::new();
        for (group, [p, y, d]) in rows {
            match Conformal::normalised(&p, &y, &d, miscoverage) {
                Ok(conformal) => {
                    fitted.insert(group.to_owned(), conformal);
                }
                Err(IntervalError::TooFew { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { groups: fitted, pooled: Some(pooled) })
    }

    /// The same without the fallback: groups with too few rows get no interval.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { pooled: None, ..self }
    }

    /// The interval for a row of `group`, and on which rows it rests.
    ///
    /// # Errors
    /// When a number is not finite, the difficulty is negative, or the group is not known and there is no fallback.
    pub fn around(
        &self,
        group: &str,
        prediction: f64,
        difficulty: f64,
    ) -> Result<(Interval, Reach), IntervalError> {
        let own = self.groups.get(group).map(|conformal| (conformal, Reach::Group));
        let Some((conformal, reach)) = own.or(self.pooled.as_ref().map(|pooled| (pooled, Reach::Pooled)))
        else {
            return Err(IntervalError::UnknownGroup { group: group.to_owned() });
        };
        Ok((conformal.around(prediction, difficulty)?, reach))
    }

    /// The groups that are calibrated by themselves.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &Conformal)> {
        self.groups.iter().map(|(group, conformal)| (group.as_str(), conformal))
    }
}
